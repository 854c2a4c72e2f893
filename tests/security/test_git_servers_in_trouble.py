"""Git servers in trouble: what was seen stays here, and the message names registry and way out."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from agentpm.fs import TooLarge
from agentpm.limits import Limits
from agentpm.model.name import PackageName
from agentpm.registry.gitfile import read_git_file
from agentpm.registry.importing.source import UnusableSource, opened
from agentpm.registry.unreachable import (
    NotARegistry,
    PublishRefused,
    RegistryUnreachable,
    RepositoryUnreachable,
)
from support.endless_refs import ENOUGH, EndlessRefs
from support.git_http import GitHost
from support.git_servers import half_of_a_pack, large, stuck
from support.https_server import https_server
from support.index_repo import IndexRepo, Server
from support.machine import Machine, entry
from support.odd_git_server import OddGitServer, packet
from support.project import Project

REVIEWER = PackageName("reviewer")

pytestmark = pytest.mark.usefixtures("ada_commits")


def files(machine: Machine) -> dict[str, bytes]:
    """The objects and refs of the machine's one clone."""
    clone = machine.cached("clone.git")
    found = [p for p in clone.rglob("*") if p.is_file() and p.name != "config"]
    return {p.relative_to(clone).as_posix(): p.read_bytes() for p in found}


def objects(machine: Machine) -> list[str]:
    """The objects of the machine's one clone, however they are packed."""
    command = ["cat-file", "--batch-all-objects", "--batch-check"]
    where = f"--git-dir={machine.cached('clone.git')}"
    ran = subprocess.run(["git", where, *command], check=True, capture_output=True)
    return ran.stdout.decode().splitlines()


# Errors that pass


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_an_error_of_the_server_costs_nothing_that_was_seen(
    index: IndexRepo, ada: Machine, status: int
) -> None:
    """Servers are restarted every day; a clone that is thrown away over that has to come again."""
    with GitHost(index.bare.parent) as host:
        url = f"{host.url}/{index.bare.name}"
        ada.registry(url, allow_insecure=True).refresh()
        before = files(ada)
        host.requests.clear()
        host.trouble = status
        with pytest.raises(RegistryUnreachable) as caught:
            ada.registry(url, allow_insecure=True).refresh(force=True)
    assert host.requests == [f"GET /{index.bare.name}/info/refs"], "it was asked once"
    assert url in caught.value.message
    assert "try again later" in str(caught.value.hint)
    assert files(ada) == before


def test_what_was_installed_once_still_installs_without_the_server(
    index: IndexRepo, tmp_path: Path
) -> None:
    """The hint says that `--offline` works, so it must."""
    project = Project(tmp_path)
    with GitHost(index.bare.parent) as host:
        line = f'acme = {{ url = "{host.url}/{index.bare.name}", allow-insecure = true }}'
        project.write("agentpm.toml", f'[project]\nregistry = "acme"\n\n[registries]\n{line}\n')
        project.run("install", "reviewer").done()
        host.trouble = 503
        ran = project.run("outdated", "--refresh")
    assert "--offline" in ran.err
    project.run("uninstall", "reviewer", "--offline").done()
    project.run("install", "reviewer", "--offline").done()


def test_an_error_in_words_of_its_own_is_no_damage(index: IndexRepo, ada: Machine) -> None:
    """Whatever a server says, the clone is judged by what is in it."""
    with OddGitServer(packet("ERR the moon is in the wrong house")) as server:
        url = f"{server.url}/{index.bare.name}"
        with Server(index) as good:
            ada.registry(good.url, allow_insecure=True).refresh()
        clone = ada.cached("clone.git")
        registry = ada.registry(url, allow_insecure=True)
        registry._mirror.directory.parent.mkdir(parents=True)
        clone.rename(registry._mirror.directory)
        before = files(ada)
        with pytest.raises(RegistryUnreachable) as caught:
            registry.refresh()
        assert server.asked == 1
    assert any("wrong house" in line for line in caught.value.details)
    assert f"git ls-remote {url}" in str(caught.value.hint)
    assert files(ada) == before


def test_a_server_that_nobody_vouches_for_is_named_as_such(ada: Machine, tmp_path: Path) -> None:
    """Its certificate is the reason, not the network, and not the clone."""
    with https_server(tmp_path) as server, pytest.raises(RegistryUnreachable) as caught:
        ada.registry(f"{server.url}/x.git").refresh()
    assert "certificate" in str(caught.value.hint)


def test_an_error_while_publishing_is_one_of_the_server(index: IndexRepo, ada: Machine) -> None:
    """Nobody refused the release."""
    with GitHost(index.bare.parent) as host:
        registry = ada.registry(f"{host.url}/{index.bare.name}", allow_insecure=True)
        registry.refresh()
        commit = registry.tip
        assert commit is not None
        host.trouble = 503
        with pytest.raises(RegistryUnreachable):
            registry._mirror.push(commit, "refs/heads/other")
        with pytest.raises((RegistryUnreachable, PublishRefused)):
            registry.publish([entry("other", "1.0.0")], "Publish")


def test_a_worn_clone_loses_nothing_while_its_server_is_in_trouble(
    index: IndexRepo, ada: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is packed anew to be quicker, which is no reason to lose any of it."""
    monkeypatch.setattr("agentpm.registry.gitremote._MANY_PACKS", 0)
    with GitHost(index.bare.parent) as host:
        url = f"{host.url}/{index.bare.name}"
        ada.registry(url, allow_insecure=True).refresh()
        before = objects(ada)
        host.trouble = 503
        with pytest.raises(RegistryUnreachable):
            ada.registry(url, allow_insecure=True).refresh(force=True)
        assert objects(ada) == before
        host.trouble = 0
        index.publish("reviewer", "2.0.0")
        found = ada.registry(url, allow_insecure=True, force=True).releases(REVIEWER)
    assert [str(release.version) for release in found] == ["1.0.0", "2.0.0"]


@pytest.mark.parametrize("served", [True, False])
def test_a_repository_with_other_ids_is_named_as_such(
    tmp_path: Path, ada: Machine, served: bool
) -> None:
    """Git can make repositories with SHA-256, which it cannot mix with others yet."""
    index = IndexRepo(tmp_path)
    made, index.bare = tmp_path / "made", tmp_path / "sha256.git"
    for command in (
        ["init", "--quiet", "--object-format=sha256", str(made)],
        ["-C", str(made), "commit", "--quiet", "--allow-empty", "--message=First"],
        ["clone", "--quiet", "--bare", str(made), str(index.bare)],
    ):
        subprocess.run(["git", *command], check=True)
    with Server(index) as server, pytest.raises(NotARegistry, match="by SHA-256"):
        ada.registry(server.url if served else index.url, allow_insecure=True).refresh()


# Silence


def test_a_silent_server_is_not_waited_for(ada: Machine) -> None:
    """It accepts the connection, and that is all; git itself would wait for ever."""
    began = time.monotonic()
    with OddGitServer() as server:
        url, limits = f"{server.url}/x.git", Limits(silence=0.5)
        registry = ada.registry(url, allow_insecure=True, limits=limits)
        with pytest.raises(RegistryUnreachable) as caught:
            registry.refresh()
    assert time.monotonic() - began < 30
    assert caught.value.message.endswith("it said nothing for 0.5 seconds")
    assert "check the network" in str(caught.value.hint)


def test_a_silent_server_leaves_what_was_seen(index: IndexRepo, ada: Machine) -> None:
    """Also in the middle of an answer, of which nothing stays behind."""
    with stuck(index, ada) as url:
        before = files(ada)
        with pytest.raises(RegistryUnreachable, match="it said nothing"):
            ada.registry(url, allow_insecure=True, limits=Limits(silence=1.0)).refresh(force=True)
        assert files(ada) == before


# Size


def test_an_answer_has_a_limit(index: IndexRepo, ada: Machine) -> None:
    """A pack without an end would fill the disk; this one has more than half a MiB, and goes on."""
    with stuck(index, ada) as url:
        before = files(ada)
        limits = Limits(size=1 << 19)
        with pytest.raises(TooLarge) as caught:
            ada.registry(url, allow_insecure=True, limits=limits).refresh(force=True)
        assert files(ada) == before
    assert caught.value.message == f"`{url}` sent more than 0.5 MiB at once"
    assert caught.value.hint


def test_the_repository_of_an_agent_has_the_same_limits(index: IndexRepo, tmp_path: Path) -> None:
    """An agent that a manifest names by `git` comes from anywhere."""
    large(index)
    with (tmp_path / "gitconfig").open("a", encoding="utf-8") as config:
        config.write(f"[uploadpack]\n\tpackObjectsHook = {half_of_a_pack(tmp_path)}\n")
    with pytest.raises(TooLarge, match="sent more than"):
        read_git_file(index.url, "main", "x.md", Limits(size=1 << 19))
    with pytest.raises(RepositoryUnreachable, match="it said nothing"):
        read_git_file(index.url, "main", "x.md", Limits(silence=0.5))
    with pytest.raises(TooLarge), opened(index.url, tmp_path, limits=Limits(size=1 << 19)):
        pytest.fail("it cannot be opened")
    with (
        pytest.raises(UnusableSource, match="it said nothing"),
        opened(index.url, tmp_path, limits=Limits(silence=0.5)),
    ):
        pytest.fail("it cannot be opened")
    assert not list(tmp_path.glob("source-*"))


ENDLESS: list[dict[str, Any]] = [{"version": 0}, {"version": 2}, {"web": True}]


@pytest.mark.parametrize("kind", ENDLESS)
@pytest.mark.skipif(os.name != "posix", reason="needs to see the memory of git")
def test_a_list_of_refs_has_a_limit(ada: Machine, kind: dict[str, Any]) -> None:
    """Git keeps all of it in memory, and writes nothing before it has an end."""
    with EndlessRefs(**kind) as server:
        registry = ada.registry(
            f"{server.url}/x.git", allow_insecure=True, limits=Limits(memory=64 << 20)
        )
        with pytest.raises(TooLarge, match="sent more than 64 MiB at once"):
            registry.refresh()
        assert server.sent < ENOUGH, "git was ended before the list was"


@pytest.mark.parametrize("look", ["branch", "standing"])
def test_what_git_prints_of_refs_has_a_limit(ada: Machine, look: str) -> None:
    """It would be kept in the memory of this process."""
    with EndlessRefs(amount=4 << 20) as server:
        limits = Limits(answer=1 << 20)
        mirror = ada.registry(f"{server.url}/x.git", allow_insecure=True, limits=limits)._mirror
        mirror._prepare()
        with pytest.raises(TooLarge, match="sent more than 1 MiB at once"):
            mirror.branch() if look == "branch" else mirror.standing("HEAD")


def test_usual_answers_are_within_the_limits(index: IndexRepo) -> None:
    """The limits that the program has are for attacks, not for large registries."""
    assert Limits().size >= 1 << 30
    assert Limits().answer >= 1 << 23
    assert Limits().memory >= 1 << 29
    assert 60 <= Limits().silence <= 600
