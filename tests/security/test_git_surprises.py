"""Git does much by itself: none of it may happen because of what a registry or a manifest holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agentpm.errors import AgentpmError
from agentpm.model.name import PackageName
from agentpm.registry.address import UnusableAddress
from agentpm.registry.gitfile import read_git_file
from agentpm.registry.init import init_registry
from support.index_repo import IndexRepo, Server, index_file
from support.machine import Machine, entry, identity

REVIEWER = PackageName("reviewer")
CLIENT_HOOKS = (
    "pre-push",
    "reference-transaction",
    "post-checkout",
    "pre-auto-gc",
    "post-index-change",
)


@pytest.fixture(autouse=True)
def _ada_commits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    identity(monkeypatch, tmp_path)


@pytest.fixture
def index(tmp_path: Path) -> IndexRepo:
    """A registry with one agent in it."""
    return IndexRepo(tmp_path).publish("reviewer", "1.0.0", tools="Read")


@pytest.fixture
def ada(tmp_path: Path) -> Iterator[Machine]:
    """Ada's machine."""
    machine = Machine(tmp_path)
    yield machine
    machine.close()


def trap(path: Path) -> tuple[Path, Path]:
    """A program at `path`, with the file that it makes when it runs."""
    ran = path.with_name(f"{path.name}.ran")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\ntouch {ran}\n", "utf-8")
    path.chmod(0o755)
    return path, ran


def configure(tmp_path: Path, text: str) -> None:
    with (tmp_path / "gitconfig").open("a", encoding="utf-8") as config:
        config.write(text)


def use(ada: Machine, index: IndexRepo) -> None:
    """Do everything that can be done with a registry."""
    registry = ada.registry(index.url, force=True)
    registry.fetch(registry.releases(REVIEWER))
    registry.publish([entry("lead", "1.0.0")], "Publish")
    assert registry.names() == ("lead", "reviewer")


def test_no_hook_of_the_clone_or_of_the_user_runs(
    index: IndexRepo, ada: Machine, tmp_path: Path
) -> None:
    """Hooks are for people at work in a repository; agentpm's clones are nobody's workplace."""
    traps = [trap(tmp_path / "hooks" / name) for name in CLIENT_HOOKS]
    configure(tmp_path, f"[core]\n\thooksPath = {tmp_path / 'hooks'}\n")
    with Server(index, pushes=True) as server:
        ada.registry(server.url, allow_insecure=True).refresh()
        traps += [trap(ada.cached("clone.git") / "hooks" / name) for name in CLIENT_HOOKS]
        registry = ada.registry(server.url, allow_insecure=True, force=True)
        registry.publish([entry("lead", "1.1.0")], "Publish")
    assert not [ran for _, ran in traps if ran.exists()]


def test_a_new_registry_gets_no_hooks_from_a_template(tmp_path: Path) -> None:
    """What lies in the user's template directory was meant for repositories with work in them."""
    trap(tmp_path / "template" / "hooks" / "pre-receive")
    configure(tmp_path, f"[init]\n\ttemplateDir = {tmp_path / 'template'}\n")
    init_registry(tmp_path / "new.git", bare=True)
    assert not (tmp_path / "new.git" / "hooks" / "pre-receive").exists()


def test_no_file_system_monitor_pager_or_external_difference_starts(
    index: IndexRepo, ada: Machine, tmp_path: Path
) -> None:
    """They are programs too, and git starts them when it sees fit."""
    program, ran = trap(tmp_path / "program")
    configure(
        tmp_path,
        f"[core]\n\tfsmonitor = {program}\n\tpager = {program}\n\teditor = {program}\n"
        f"[diff]\n\texternal = {program}\n",
    )
    use(ada, index)
    assert not ran.exists()


def test_submodules_of_a_registry_are_left_alone(
    index: IndexRepo, ada: Machine, tmp_path: Path
) -> None:
    """A submodule is an address that the registry chose, and git likes to follow those."""
    configure(
        tmp_path,
        "[submodule]\n\trecurse = true\n[fetch]\n\trecurseSubmodules = true\n"
        "[push]\n\trecurseSubmodules = check\n",
    )
    _, ran = trap(tmp_path / "submodule")
    address = f"ext::sh -c touch% {ran}"
    index.write(".gitmodules", f'[submodule "x"]\n\tpath = agents/x\n\turl = {address}\n'.encode())
    index.git("update-index", "--add", "--cacheinfo", f"160000,{index.tip},index/re/vi/sub.jsonl")
    index.git("add", ".gitmodules")
    index.git("commit", "--quiet", "-m", "With a submodule")
    use(ada, index)
    assert not ran.exists()


def test_a_link_in_an_index_leads_nowhere(index: IndexRepo, ada: Machine, tmp_path: Path) -> None:
    """What a link points to is on the reader's machine, and none of the registry's business."""
    secret = tmp_path / "secret"
    secret.write_bytes((index.tree / index_file("reviewer")).read_bytes())
    record = index.tree / index_file("linked")
    record.parent.mkdir(parents=True)
    record.symlink_to(secret)
    agent = index.tree / "agents/re/vi/reviewer/1.0.0.md"
    agent.unlink()
    agent.symlink_to(secret)
    index.commit("Links")
    registry = ada.registry(index.url)
    assert registry.names() == ("reviewer",)
    with pytest.raises(AgentpmError, match="does not have its file"):
        registry.fetch(registry.releases(REVIEWER))


def test_attributes_of_a_registry_translate_nothing(
    index: IndexRepo, ada: Machine, tmp_path: Path
) -> None:
    """A filter in `.gitattributes` would run a program on the bytes, and change them."""
    program, ran = trap(tmp_path / "filter")
    configure(tmp_path, f'[filter "x"]\n\tsmudge = {program}\n\tclean = {program}\n')
    before = index.agent("reviewer", "1.0.0")
    index.write(".gitattributes", b"*.md filter=x text eol=crlf ident\n")
    index.git("-c", "filter.x.clean=cat", "commit", "--quiet", "-am", "With attributes")
    registry = ada.registry(index.url)
    (content,) = registry.fetch(registry.releases(REVIEWER)).values()
    assert content == before
    assert not ran.exists()


def test_the_configuration_of_a_local_registry_starts_nothing(
    index: IndexRepo, ada: Machine, tmp_path: Path
) -> None:
    """A project can name any directory as a registry, whose configuration a stranger wrote."""
    program, ran = trap(tmp_path / "program")
    for key in (
        "uploadpack.packObjectsHook",
        "core.fsmonitor",
        "core.sshCommand",
        "core.pager",
        "core.alternateRefsCommand",
        "gc.recentObjectsHook",
    ):
        index.git("config", key, str(program))
    registry = ada.registry(index.url)
    registry.fetch(registry.releases(REVIEWER))
    assert not ran.exists()


@pytest.mark.parametrize(
    "address",
    [
        "ext::sh -c touch% ran",
        "fd::17/x",
        "--upload-pack=touch ran",
        "-oProxyCommand=touch ran",
        "ssh://-oProxyCommand=touch%20ran/x",
        "ssh://ada@-oProxyCommand=x/y",
        "-x:y",
        "ada@-x:y",
        "relative/path",
        "../index.git",
        "file://",
        "https://x\n.example/y",
        "http+ext::x://y",
    ],
)
def test_an_address_is_a_place_and_nothing_else(
    ada: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    """Manifests are written by strangers, too: no programs, no options, no paths from here."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnusableAddress):
        ada.registry(address)
    with pytest.raises(UnusableAddress):
        read_git_file(address, "main", "x.md")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("rev", ["--upload-pack=touch ran", "-f", "main:refs/heads/main", "+main"])
def test_a_revision_is_neither_option_nor_refspec(
    index: IndexRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rev: str
) -> None:
    """The `rev` of an agent comes from a manifest, and goes onto git's command line."""
    monkeypatch.chdir(tmp_path)
    before = index.git("for-each-ref")
    with pytest.raises(AgentpmError):
        read_git_file(index.url, rev, "README.md")
    assert not (tmp_path / "ran").exists()
    assert index.git("for-each-ref") == before


def test_a_default_branch_with_an_odd_name_stays_a_name(index: IndexRepo, ada: Machine) -> None:
    """The server says what its main branch is called, and publishers push to that."""
    index.git("update-ref", "refs/heads/--force", index.tip)
    index.git("symbolic-ref", "HEAD", "refs/heads/--force")
    before = index.git("rev-parse", "refs/heads/main")
    commit = ada.registry(index.url).publish([entry("lead", "1.0.0")], "Publish")
    assert index.git("rev-parse", "refs/heads/--force").strip() == commit
    assert index.git("rev-parse", "refs/heads/main") == before


def test_what_a_record_calls_its_repository_is_never_asked(ada: Machine, tmp_path: Path) -> None:
    """Addresses in records are for people to read."""
    _, ran = trap(tmp_path / "trap")
    index = IndexRepo(tmp_path).publish(
        *("reviewer", "1.0.0"),
        tools="Read",
        repository=f"ext::sh -c touch% {ran}",
        provenance={"repository": f"ext::sh -c touch% {ran}"},
    )
    with ada.counting() as git:
        use(ada, index)
    assert not ran.exists()
    assert "clone" not in git.commands
