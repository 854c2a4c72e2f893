"""A registry over ssh: a real server, the user's own way of starting ssh, and no questions."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentpm.limits import Limits
from agentpm.registry.unreachable import RegistryUnreachable
from support.agent_text import agent_text
from support.index_repo import IndexRepo
from support.machine import Machine, identity
from support.odd_git_server import OddGitServer
from support.project import Project
from support.ssh_server import SshServer


@pytest.fixture
def index(tmp_path: Path) -> IndexRepo:
    """A registry with one agent in it."""
    return IndexRepo(tmp_path).publish("reviewer", "1.0.0", tools="Read")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SshServer]:
    """An ssh server that lets in whoever runs this test."""
    if SshServer.missing():
        pytest.skip(SshServer.missing())
    with SshServer(tmp_path / "ssh") as server:
        yield server


@pytest.fixture
def ada(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    """Ada's machine."""
    identity(monkeypatch, tmp_path)
    for variable in ("GIT_SSH", "GIT_SSH_COMMAND"):
        monkeypatch.delenv(variable, raising=False)
    machine = Machine(tmp_path)
    yield machine
    machine.close()


@pytest.mark.parametrize("write", [SshServer.url, SshServer.scp])
def test_the_whole_way_over_ssh(
    index: IndexRepo, server: SshServer, tmp_path: Path, write: object
) -> None:
    """Added, installed from, published to, and read again by somebody else."""
    assert callable(write)
    url = write(server, index.bare)
    project = Project(tmp_path)
    project.environ["PATH"] = f"{server.path}:{project.environ['PATH']}"
    project.run("registry", "add", "acme", url).done()
    project.run("install", "reviewer", "--registry", "acme").done()
    assert project.agent("reviewer").read_bytes() == index.agent("reviewer", "1.0.0")
    project.write("helper.md", agent_text("version: 1.0.0", "tools: Read"))
    project.run("publish", "helper.md", "--registry", "acme").done()
    assert index.git("log", "-1", "--format=%s").strip() == "Publish helper 1.0.0"
    bob = Project(tmp_path, "his", person="bob")
    bob.environ["PATH"] = project.environ["PATH"]
    bob.write("agentpm.toml", project.manifest)
    bob.run("install", "helper", "--registry", "acme").done()


@pytest.mark.parametrize("write", [SshServer.url, SshServer.scp])
def test_an_unknown_host_is_refused_without_a_question(
    index: IndexRepo, server: SshServer, tmp_path: Path, write: object
) -> None:
    """Nobody would see the question, and a yes to it would be the user's alone to give."""
    assert callable(write)
    url = write(server, index.bare)
    server.forget()
    project = Project(tmp_path)
    project.environ["PATH"] = f"{server.path}:{project.environ['PATH']}"
    ran = project.run_process("registry", "add", "acme", url, "--json", stdin="yes\n")
    error = ran.failed(1, "registry-unreachable").envelope["error"]
    assert error["hint"] == f"connect once by hand, and compare the key: `git ls-remote {url}`"
    assert not server.known.exists()
    assert not project.exists("agentpm.toml")


def fake_ssh(tmp_path: Path, name: str) -> Path:
    """A program in place of ssh, which writes down how it was called, and lets nobody in."""
    program = tmp_path / name / "ssh"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\necho "$@" >> {tmp_path / name}/called\n'
        'echo "Permission denied (publickey)." >&2\nexit 255\n',
        "utf-8",
    )
    program.chmod(0o755)
    return program


@pytest.mark.parametrize("url", ["ssh://git@x.example/i.git", "git@x.example:i.git"])
def test_ssh_is_told_not_to_wait_for_ever(
    ada: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    """By itself it waits minutes for a connection, and for ever for an answer."""
    monkeypatch.setenv("PATH", f"{fake_ssh(tmp_path, 'bin').parent}:{os.environ['PATH']}")
    with pytest.raises(RegistryUnreachable, match="could not reach"):
        ada.registry(url).refresh()
    called = (tmp_path / "bin" / "called").read_text("utf-8")
    for option in ("BatchMode=yes", "ConnectTimeout=", "ServerAliveInterval="):
        assert f"-o{option}" in called


@pytest.mark.parametrize("how", ["GIT_SSH", "GIT_SSH_COMMAND", "core.sshCommand"])
def test_the_user_s_own_way_of_starting_ssh_is_kept(
    ada: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """It names a key, a jump host or another program, and knows best how long to wait."""
    other = fake_ssh(tmp_path, "other")
    monkeypatch.setenv("PATH", f"{fake_ssh(tmp_path, 'bin').parent}:{os.environ['PATH']}")
    if how == "core.sshCommand":
        with (tmp_path / "gitconfig").open("a", encoding="utf-8") as config:
            config.write(f"[core]\n\tsshCommand = {other}\n")
    else:
        monkeypatch.setenv(how, str(other))
    with pytest.raises(RegistryUnreachable):
        ada.registry("ssh://git@x.example/i.git").refresh()
    assert "ConnectTimeout" not in (tmp_path / "other" / "called").read_text("utf-8")
    assert not (tmp_path / "bin" / "called").exists()


def test_an_ssh_server_that_says_nothing_is_not_waited_for(ada: Machine) -> None:
    """It accepts the connection, and never says who it is."""
    with OddGitServer() as server:
        url = f"ssh://git@127.0.0.1:{server.port}/x.git"
        registry = ada.registry(url, limits=Limits(silence=0.5))
        with pytest.raises(RegistryUnreachable, match="it said nothing"):
            registry.refresh()
