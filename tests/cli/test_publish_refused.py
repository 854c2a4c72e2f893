"""What a refused `publish` says: what differs, which choices there are, where the mistake stands."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from support.agent_text import agent_text
from support.index_repo import IndexRepo
from support.project import Project

PROTECTED = """\
#!/bin/sh
while read old new ref; do
  [ "$ref" != refs/heads/main ] || { echo 'Protected branch.' >&2; exit 1; }
done
echo 'Open a request: https://git.example.org/acme/index/pull/new' >&2
"""


@pytest.fixture
def index(tmp_path: Path) -> IndexRepo:
    return IndexRepo(tmp_path, "acme").publish("reviewer", "1.0.0", tools="Read")


@pytest.fixture
def project(tmp_path: Path, index: IndexRepo) -> Project:
    """A project that knows the registry `acme`."""
    project = Project(tmp_path)
    project.run("registry", "add", "acme", index.url).done()
    project.write("helper.md", agent_text("version: 1.0.0", "tools: Read"))
    return project


@pytest.fixture
def protected(index: IndexRepo) -> IndexRepo:
    """The registry, to whose main branch nobody may push."""
    hook = index.bare / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(PROTECTED, "utf-8")
    hook.chmod(0o755)
    return index


# A version that is taken


def test_a_version_that_exists_is_refused_with_its_fields_and_lines(project: Project) -> None:
    """The author sees at once whether it was the wrong file or a forgotten bump."""
    project.run("publish", "helper.md", "--registry", "acme").done()
    project.write("helper.md", agent_text("version: 1.0.0", "tools: Read, Grep"))
    ran = project.run("publish", "helper.md", "--registry", "acme", "--json")
    error = ran.failed(1, "release-exists").envelope["error"]
    assert "tools: `Read` is published, `Read, Grep` is yours" in error["details"]
    assert error["details"][-2:] == [
        "helper.md:5: - tools: Read",
        "helper.md:5: + tools: Read, Grep",
    ]
    assert "--bump patch" in error["hint"]


def test_a_difference_in_line_ends_alone_is_named_as_such(project: Project) -> None:
    """To the eye the two files are the same; an editor on another system made the difference."""
    project.run("publish", "helper.md", "--registry", "acme").done()
    project.write("helper.md", project.read("helper.md").replace("\n", "\r\n"))
    ran = project.run("publish", "helper.md", "--registry", "acme", "--json")
    details = ran.failed(1, "release-exists").envelope["error"]["details"]
    assert details[-1] == "the two differ in their line ends only"


def test_a_long_difference_is_cut_and_hides_nothing_that_a_terminal_obeys(project: Project) -> None:
    """A rewritten prompt would push the message itself off the screen."""
    project.run("publish", "helper.md", "--registry", "acme").done()
    body = "\033[2J" + "x" * 500 + "\n" + "".join(f"line {n}\n" for n in range(100))
    project.write("helper.md", agent_text("version: 1.0.0", "tools: Read", body=body))
    ran = project.run("publish", "helper.md", "--registry", "acme", "--json")
    details = ran.failed(1, "release-exists").envelope["error"]["details"]
    assert details[-1].startswith("and ")
    assert details[-1].endswith(" more lines")
    assert len(details) < 30
    assert all(len(line) < 200 and "\033" not in line for line in details)


def test_without_the_published_bytes_the_record_has_to_do(project: Project, tmp_path: Path) -> None:
    """A refusal must not turn into another error because a file was removed."""
    index = IndexRepo(tmp_path, "old").publish("helper", "1.0.0", tools="Bash", removed="by law")
    index.remove("agents/he/lp/helper/1.0.0.md")
    project.run("registry", "add", "old", index.url).done()
    ran = project.run("publish", "helper.md", "--registry", "old", "--json")
    details = ran.failed(1, "release-exists").envelope["error"]["details"]
    assert "tools: `Bash` is published, `Read` is yours" in details


# Protected branches


def test_a_protected_registry_is_published_to_by_a_branch(
    project: Project, protected: IndexRepo
) -> None:
    """Refused, told the flag, proposed with it, and told by the server where to go on."""
    refused = project.run("publish", "helper.md", "--registry", "acme").failed(1)
    assert "Protected branch." in refused.err
    assert "`--branch`" in refused.err
    ran = project.run("publish", "helper.md", "--registry", "acme", "--branch").done()
    assert ran.lines[1] == "1 agent proposed to acme"
    assert ran.lines[2].startswith("  branch publish/helper-1.0.0, commit ")
    assert "acme says: Open a request: https://git.example.org/acme/index/pull/new" in ran.err
    assert "open a request to merge `publish/helper-1.0.0`" in ran.err
    project.run("info", "helper", "--registry", "acme").failed(1)
    protected.git("update-ref", "refs/heads/main", "publish/helper-1.0.0")
    project.run("install", "helper", "--registry", "acme").done()


def test_the_same_proposal_twice_changes_nothing(project: Project) -> None:
    """In a registry as agentpm makes them, too, where nobody may rewrite a branch."""
    project.run("registry", "init", "--bare", "ours.git").done()
    project.run("registry", "add", "ours", project.path("ours.git").as_uri()).done()
    publish = ("publish", "helper.md", "--registry", "ours", "--branch")
    first = project.run(*publish, "--json").data
    wait_for_the_next_second()
    again = project.run(*publish).done()
    assert "`publish/helper-1.0.0` of `ours` proposes the same already" in again.err
    assert project.run(*publish, "--json").data["branch"]["commit"] == first["commit"]


def test_another_state_of_a_proposal_gets_a_branch_of_its_own(project: Project) -> None:
    """Where no branch can be rewritten, as in registries that agentpm makes, it is the next one."""
    project.run("registry", "init", "--bare", "ours.git").done()
    project.run("registry", "add", "ours", project.path("ours.git").as_uri()).done()
    publish = ("publish", "helper.md", "--registry", "ours", "--branch")
    first = project.run(*publish, "--json").data["branch"]
    project.write("helper.md", agent_text("version: 1.0.0", "tools: Read, Grep"))
    second = project.run(*publish).done()
    assert "branch publish/helper-1.0.0-2, commit" in second.out
    assert "`publish/helper-1.0.0` holds another state of this" in second.err
    assert "proposes the same already" in project.run(*publish).done().err
    project.write("helper.md", agent_text("version: 1.0.0", "tools: Glob"))
    third = project.run(*publish, "--json").data["branch"]
    assert (first["name"], third["name"]) == ("publish/helper-1.0.0", "publish/helper-1.0.0-3")


def test_a_branch_that_was_given_a_name_is_the_only_one(project: Project) -> None:
    """Who gives a name has a reason for it, and is told that it cannot be had."""
    project.run("registry", "init", "--bare", "ours.git").done()
    project.run("registry", "add", "ours", project.path("ours.git").as_uri()).done()
    publish = ("publish", "helper.md", "--registry", "ours", "--branch-name")
    project.run(*publish, "first").done()
    project.write("helper.md", agent_text("version: 1.0.0", "tools: Read, Grep"))
    error = project.run(*publish, "first", "--json").failed(2, "unusable-branch").envelope["error"]
    assert "holds another state of this change" in error["message"]
    assert "--branch-name" in error["hint"]
    project.run(*publish, "second").done()


def wait_for_the_next_second() -> None:
    """Releases carry the second in which they were published."""
    time.sleep(1.05 - time.time() % 1)


def test_a_branch_can_be_given_a_name(project: Project, protected: IndexRepo) -> None:
    """Some hosts take only branches that are called as their rules say."""
    data = project.run(
        *("publish", "helper.md", "--registry", "acme", "--branch-name", "ada/helper", "--json")
    ).data
    assert data["branch"]["name"] == "ada/helper"
    assert data["branch"]["commit"] == protected.git("rev-parse", "ada/helper").strip()
    assert data["commit"] == data["branch"]["commit"]


def test_a_yank_goes_the_same_way(project: Project, protected: IndexRepo) -> None:
    """Withdrawing is urgent, and must not end at a protected branch."""
    yank = ("yank", "reviewer@1.0.0", "--reason", "leaks", "--registry", "acme")
    assert "`--branch`" in project.run(*yank).failed(1).err
    ran = project.run(*yank, "--branch").done()
    assert ran.lines[0] == "reviewer 1.0.0 is yanked in acme once this is merged"
    protected.git("update-ref", "refs/heads/main", "yank/reviewer-1.0.0")
    unyank = ("unyank", "reviewer@1.0.0", "--registry", "acme", "--branch")
    project.run("registry", "update").done()
    assert project.run(*unyank, "--json").data["branch"]["name"] == "unyank/reviewer-1.0.0"


def test_the_registry_on_this_machine_has_nobody_to_merge(project: Project) -> None:
    """A branch in one's own copy would never be looked at."""
    ran = project.run("publish", "helper.md", "--branch", "--json").failed(1, "no-branches")
    assert "--registry" in ran.envelope["error"]["hint"]


# Other mistakes


def test_a_dependency_in_another_registry_leaves_three_choices(
    project: Project, tmp_path: Path
) -> None:
    """Names never fall through to another registry, so the author has to decide."""
    other = IndexRepo(tmp_path, "tools").publish("linter", "1.0.0", tools="Read")
    project.run("registry", "add", "tools", other.url).done()
    needs = ("version: 1.0.0", "tools: Agent", "dependencies:", "  - linter")
    project.write("helper.md", agent_text(*needs))
    ran = project.run("publish", "helper.md", "--registry", "acme", "--json")
    hint = ran.failed(1, "missing-dependency").envelope["error"]["hint"]
    assert hint.splitlines() == [
        "`linter` is in `tools`, but a dependency is looked for only where its dependent is:",
        "publish `linter` to `acme` as well,",
        "or `helper` to `tools` (`--registry tools`),",
        "or leave the dependency out, and let projects add `linter` themselves",
    ]


def test_a_dependency_that_ships_is_not_to_be_followed_onto_this_machine(project: Project) -> None:
    """What is published into one's own copy of the shipped registry reaches nobody."""
    needs = ("version: 1.0.0", "tools: Agent", "dependencies:", "  - code-reviewer")
    project.write("helper.md", agent_text(*needs))
    ran = project.run("publish", "helper.md", "--registry", "acme", "--json")
    hint = ran.failed(1, "missing-dependency").envelope["error"]["hint"]
    assert "`code-reviewer` is in `shipped`" in hint
    assert "--registry shipped" not in hint


def test_a_directory_is_no_agent_but_holds_some(project: Project) -> None:
    """`publish .` is what people try first."""
    ran = project.run("publish", ".", "--json").failed(2, "no-such-file")
    assert ran.envelope["error"]["hint"] == "name the files: `agentpm publish *.md`"
