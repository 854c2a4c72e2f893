"""Commits that git is configured to sign: registries of teams that protect branches with that."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from agentpm.git import Git
from agentpm.model.name import PackageName
from agentpm.registry.commit import CommitNotSigned, Draft, make_commit, signs
from agentpm.registry.edits import publish_edit
from agentpm.registry.init import init_registry
from support.index_repo import IndexRepo, Server
from support.machine import Machine, entry, identity

pytestmark = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="needs ssh-keygen")


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Ada's key, with which her git signs every commit."""
    identity(monkeypatch, tmp_path)
    key = tmp_path / "id_ed25519"
    make_key(key)
    sign_with(tmp_path, key)
    signer = f"ada@example.org {key.with_suffix('.pub').read_text('utf-8')}"
    (tmp_path / "signers").write_text(signer, "utf-8")
    return key


def make_key(path: Path, passphrase: str = "") -> None:
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", "ada", "-f", str(path)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


def sign_with(tmp_path: Path, key: Path) -> None:
    with (tmp_path / "gitconfig").open("a", encoding="utf-8") as config:
        config.write(
            f"\tsigningKey = {key}.pub\n[gpg]\n\tformat = ssh\n[commit]\n\tgpgSign = true\n"
        )


def verify(repository: Path, commit: str, signers: Path) -> None:
    """Let git itself check a signature."""
    setting = f"gpg.ssh.allowedSignersFile={signers}"
    command = ["git", f"--git-dir={repository}", "-c", setting, "verify-commit", commit]
    ran = subprocess.run(command, capture_output=True, check=False, env=dict(os.environ))
    assert ran.returncode == 0, ran.stderr.decode()
    assert b'Good "git" signature for ada@example.org' in ran.stderr


def test_a_release_is_signed_where_git_signs(key: Path, ada: Machine, tmp_path: Path) -> None:
    """A host that takes only signed commits takes this one, which is otherwise as it would be."""
    index = IndexRepo(tmp_path).publish("reviewer", "1.0.0", tools="Read")
    before = index.tip
    registry = ada.registry(index.url)
    commit = registry.publish([entry("lead", "1.0.0")], "Publish lead 1.0.0")
    verify(index.bare, commit, tmp_path / "signers")
    assert index.tip == commit
    assert index.git("log", "-1", "--format=%P|%an <%ae>|%cn|%B").strip() == (
        f"{before}|Ada <ada@example.org>|Ada|Publish lead 1.0.0"
    )
    assert index.git("diff", "--name-only", "HEAD~1", "HEAD").split() == [
        "agents/le/ad/lead/1.0.0.md",
        "index/le/ad/lead.jsonl",
    ]
    assert [str(r.version) for r in registry.releases(PackageName("lead"))] == ["1.0.0"]


def test_a_signed_release_goes_through_a_partial_clone(
    key: Path, ada: Machine, tmp_path: Path
) -> None:
    """Signing needs the tree's id, not the blobs that were left on the server."""
    index = IndexRepo(tmp_path).publish("reviewer", "1.0.0", tools="Read")
    with Server(index, pushes=True) as server:
        registry = ada.registry(server.url, allow_insecure=True)
        commit = registry.publish([entry("lead", "1.0.0")], "Publish")
        proposal = registry.propose(publish_edit([entry("x", "1.0.0")]), "x", "publish/x")
    verify(index.bare, commit, tmp_path / "signers")
    assert proposal is not None
    verify(index.bare, proposal.commit, tmp_path / "signers")


def test_a_new_registry_begins_with_a_signed_commit(key: Path, tmp_path: Path) -> None:
    """Otherwise it could never be pushed to a host that insists on signatures."""
    init_registry(tmp_path / "new.git", bare=True)
    verify(tmp_path / "new.git", "refs/heads/main", tmp_path / "signers")
    refs = Git(tmp_path / "new.git").run("for-each-ref", "--format=%(refname)").decode().split()
    assert refs == ["refs/heads/main"]


def test_a_key_that_asks_for_a_passphrase_is_not_waited_for(
    key: Path, ada: Machine, tmp_path: Path
) -> None:
    """Nobody could answer; the message says how to make the key ready, and nothing was sent."""
    locked = tmp_path / "locked"
    make_key(locked, "a passphrase")
    (tmp_path / "gitconfig").write_text("[user]\n\tname = Ada\n\temail = ada@example.org\n")
    sign_with(tmp_path, locked)
    index = IndexRepo(tmp_path).publish("reviewer", "1.0.0", tools="Read")
    before = index.tip
    with pytest.raises(CommitNotSigned) as caught:
        ada.registry(index.url).publish([entry("lead", "1.0.0")], "Publish")
    assert "ssh-add" in str(caught.value.hint)
    assert index.tip == before


def test_a_signed_commit_loses_a_race_as_any_other(key: Path, tmp_path: Path) -> None:
    """A branch that moved in between is never set back to an older state."""
    init_registry(tmp_path / "new.git", bare=True)
    git = Git(tmp_path / "new.git")
    author, main = "Ada <ada@example.org> 1790000000 +0000", "refs/heads/main"
    parent = git.run("rev-parse", main).decode().strip()
    draft = Draft(main, parent, {"a": b"1"}, "x", author, sign=True)
    first = make_commit(git, draft)
    assert first is not None
    assert make_commit(git, draft) is None
    assert git.run("rev-parse", main).decode().strip() == first


def test_nothing_is_signed_where_nobody_asked_for_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Most people's git does not sign."""
    identity(monkeypatch, tmp_path)
    assert not signs()


@pytest.mark.skipif(shutil.which("gpg") is None, reason="needs gpg")
def test_an_openpgp_key_signs_as_well(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, ada: Machine
) -> None:
    """`gpg.format` says which kind of key, and git's own default is this one."""
    identity(monkeypatch, tmp_path)
    # The path of gpg's socket may not be long.
    with tempfile.TemporaryDirectory(prefix="gpg-") as home:
        monkeypatch.setenv("GNUPGHOME", home)
        made = ["gpg", "--batch", "--quiet", "--passphrase", "", "--quick-gen-key"]
        subprocess.run([*made, "Ada <ada@example.org>"], check=True, capture_output=True)
        with (tmp_path / "gitconfig").open("a", encoding="utf-8") as config:
            config.write("[commit]\n\tgpgSign = true\n")
        index = IndexRepo(tmp_path).publish("reviewer", "1.0.0", tools="Read")
        commit = ada.registry(index.url).publish([entry("lead", "1.0.0")], "Publish")
        checked = ["git", f"--git-dir={index.bare}", "verify-commit", commit]
        ran = subprocess.run(checked, capture_output=True, check=False)
        subprocess.run(["gpgconf", "--kill", "all"], check=True, capture_output=True)
    assert ran.returncode == 0, ran.stderr.decode()
    assert b"Good signature" in ran.stderr
