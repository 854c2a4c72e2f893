"""Proposing a change on a branch: for registries whose main branch is protected."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentpm.model.name import PackageName
from agentpm.model.version import parse_version
from agentpm.registry.edits import ReleaseExists, publish_edit, yank_edit
from agentpm.registry.proposal import UnusableBranch, branch_for, same_but_for_time
from agentpm.registry.unreachable import PublishRefused, refused
from support.git_servers import protect
from support.index_repo import IndexRepo, Server, index_file
from support.machine import Machine, entry, identity

pytestmark = pytest.mark.usefixtures("ada_commits")

LEAD = publish_edit([entry("lead", "1.0.0", tools="Read")])


@pytest.fixture
def index(index: IndexRepo) -> IndexRepo:
    """The same registry with a protected main branch."""
    protect(index)
    return index


def test_a_protected_branch_names_the_way_around_it(index: IndexRepo, ada: Machine) -> None:
    """Who is refused reads the server's words, and the flag that helps."""
    with pytest.raises(PublishRefused) as caught:
        ada.registry(index.url).publish([entry("lead", "1.0.0")], "Publish")
    assert any("GH006" in line for line in caught.value.details)
    assert caught.value.hint is not None
    assert caught.value.hint.startswith("run the same command with `--branch`")


def test_another_refusal_does_not_claim_to_know_that_a_branch_helps() -> None:
    """A gate that wants a licence wants it on a branch as well."""
    other = refused("https://x.example/i.git", "pre-receive hook declined", "remote: No licence.")
    assert other.hint is not None
    assert "--branch" not in other.hint
    assert "its own words" in other.hint


def test_a_refusal_without_a_word_may_be_about_the_branch() -> None:
    """Some hosts say no more than that."""
    other = refused("https://x.example/i.git", "pre-receive hook declined", "")
    assert other.hint is not None
    assert other.hint.startswith("if its main branch is protected, run the same command")


def test_files_that_were_changed_in_the_registry_are_named() -> None:
    """A registry with a work tree takes nothing while somebody has half a change in it."""
    other = refused("/srv/index", "Working directory has unstaged changes", "")
    assert other.hint is not None
    assert "`git status` there" in other.hint


def test_a_proposal_is_one_commit_on_a_branch(index: IndexRepo, ada: Machine) -> None:
    """Readers see nothing of it before it is merged, and everything afterwards."""
    before = index.tip
    registry = ada.registry(index.url)
    proposal = registry.propose(LEAD, "Publish lead 1.0.0", "publish/lead-1.0.0")
    assert proposal is not None
    assert index.tip == before
    assert index.git("rev-parse", "publish/lead-1.0.0", "publish/lead-1.0.0~1").split() == [
        proposal.commit,
        before,
    ]
    assert registry.releases(PackageName("lead")) == ()
    index.git("update-ref", "refs/heads/main", proposal.commit)
    (found,) = ada.registry(index.url, force=True).releases(PackageName("lead"))
    assert found.version == parse_version("1.0.0")


def test_the_server_s_own_words_come_back_without_commands_for_the_terminal(
    index: IndexRepo, ada: Machine
) -> None:
    """Git hosts print the address at which a request is opened; some server may print more."""
    proposal = ada.registry(index.url).propose(LEAD, "Publish", "publish/lead-1.0.0")
    assert proposal is not None
    assert proposal.told == (
        "Create a pull request for your branch by visiting:",
        "https://git.example.org/acme/index/pull/new/branch?[2J",
    )


def test_the_same_proposal_again_moves_its_branch(index: IndexRepo, ada: Machine) -> None:
    """An author who corrects the agent proposes it again under the same name."""
    registry = ada.registry(index.url)
    first = registry.propose(LEAD, "First", "publish/lead-1.0.0")
    better = publish_edit([entry("lead", "1.0.0", tools="Grep")])
    second = registry.propose(better, "Second", "publish/lead-1.0.0")
    assert first is not None
    assert second is not None
    assert index.git("log", "-2", "--format=%s", "publish/lead-1.0.0").split("\n")[:2] == [
        "Second",
        "reviewer 1.0.0",
    ]
    assert first.commit != second.commit


def test_the_same_proposal_again_stays_where_it_is(index: IndexRepo, ada: Machine) -> None:
    """The same command finishes, however often it is run, also when others published meanwhile."""
    registry = ada.registry(index.url)
    first = registry.propose(LEAD, "First", "publish/lead-1.0.0")
    index.publish("other", "1.0.0")
    again = ada.registry(index.url).propose(LEAD, "Second", "publish/lead-1.0.0")
    assert first is not None
    assert again is not None
    assert (first.is_new, again.is_new) == (True, False)
    assert again.commit == first.commit == index.git("rev-parse", "publish/lead-1.0.0").strip()


def test_time_makes_no_difference_to_a_proposal_and_everything_else_does() -> None:
    """Whoever repeats a command does so later; who signs, or yanks, says something new."""
    line = b'{"name": "a", "published": "2026-01-01", "signature": {"key": "x"}}\n'
    assert same_but_for_time(line, line.replace(b"2026", b"2027").replace(b'"x"', b'"y"'))
    assert not same_but_for_time(line, line.replace(b"name", b"nome"))
    assert not same_but_for_time(line, b'{"name": "a", "published": "2026-01-01"}\n')
    assert not same_but_for_time(line, line + line)
    assert not same_but_for_time(b"a file", b"another")


def test_somebody_else_s_branch_is_not_moved(
    index: IndexRepo, ada: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two people who have the same idea must not lose each other's work."""
    mine = ada.registry(index.url).propose(LEAD, "Ada's", "publish/lead-1.0.0")
    identity(monkeypatch, tmp_path, "Bob")
    bob = Machine(tmp_path, "bob")
    with pytest.raises(UnusableBranch, match="with somebody else's work") as caught:
        bob.registry(index.url).propose(LEAD, "Bob's", "publish/lead-1.0.0")
    assert "--branch-name" in str(caught.value.hint)
    assert mine is not None
    assert index.git("rev-parse", "publish/lead-1.0.0").strip() == mine.commit
    assert bob.registry(index.url).propose(LEAD, "Bob's", "bob/lead") is not None
    bob.close()


@pytest.mark.parametrize("name", ["-f", "a..b", "a b", "", "x.lock", "--upload-pack=touch", "a:b"])
def test_what_git_calls_no_branch_is_none(index: IndexRepo, ada: Machine, name: str) -> None:
    """A name from the command line is neither an option nor a refspec."""
    with pytest.raises(UnusableBranch, match="is not the name of a branch"):
        ada.registry(index.url).propose(LEAD, "x", name)


def test_the_branch_that_readers_follow_is_no_proposal(index: IndexRepo, ada: Machine) -> None:
    """It would be published, which is what the flag is there to avoid."""
    with pytest.raises(UnusableBranch, match="is the branch that readers of"):
        ada.registry(index.url).propose(LEAD, "x", "main")


def test_what_is_there_already_needs_no_proposal(index: IndexRepo, ada: Machine) -> None:
    """An empty request would only cost its reader time; a used version is refused here too."""
    same = entry("reviewer", "1.0.0", tools="Read")
    assert ada.registry(index.url).propose(publish_edit([same]), "x", "publish/x") is None
    other = publish_edit([entry("reviewer", "1.0.0", tools="Bash")])
    with pytest.raises(ReleaseExists):
        ada.registry(index.url).propose(other, "x", "publish/x")
    assert index.git("branch", "--list", "publish/*") == ""


def test_a_yank_can_be_proposed_too(index: IndexRepo, ada: Machine) -> None:
    """Withdrawing a release is a change to the same protected branch."""
    edit = yank_edit(PackageName("reviewer"), parse_version("1.0.0"), "loses data")
    assert ada.registry(index.url).propose(edit, "Yank", "yank/reviewer-1.0.0") is not None
    record = index.git("show", f"yank/reviewer-1.0.0:{index_file('reviewer')}")
    assert '"yanked": "loses data"' in record


def test_a_proposal_through_a_partial_clone(tmp_path: Path, ada: Machine) -> None:
    """The same where the records alone are here, and the other branch's commit is not."""
    index = IndexRepo(tmp_path, "served").publish("reviewer", "1.0.0", tools="Read")
    with Server(index, pushes=True) as server:
        first = ada.registry(server.url, allow_insecure=True).propose(LEAD, "1", "publish/lead")
        ada.clean_cache()
        again = ada.registry(server.url, allow_insecure=True).propose(LEAD, "2", "publish/lead")
    assert first is not None
    assert again is not None
    assert index.git("rev-parse", "publish/lead").strip() == again.commit
    assert index.git("fsck", "--full", "--strict", "--no-dangling") == ""


def test_a_branch_is_named_for_its_change() -> None:
    """The same command finds the same branch again."""
    lead, owned = entry("lead", "1.0.0")[0], entry("acme/lead", "2.0.0rc1")[0]
    assert branch_for("publish", [lead]) == "publish/lead-1.0.0"
    assert branch_for("yank", [owned]) == "yank/acme/lead-2.0.0rc1"
    assert branch_for("publish", [lead, owned, owned]) == "publish/lead-1.0.0-and-2-more"
