"""A registry over HTTP: real git on both sides, logins by git's own helpers, nothing printed."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

from agentpm.errors import AgentpmError
from agentpm.model.name import PackageName
from agentpm.registry.unreachable import PublishRefused, RegistryUnreachable
from support.git_http import GitHost
from support.git_servers import credential_helper
from support.index_repo import IndexRepo
from support.machine import Machine, entry

REVIEWER = PackageName("reviewer")

pytestmark = pytest.mark.usefixtures("ada_commits")


def everything_said(error: AgentpmError) -> str:
    return "\n".join([error.message, error.hint or "", *error.details])


def test_the_whole_way_over_http(index: IndexRepo, ada: Machine, tmp_path: Path) -> None:
    """Reading, publishing, reading again: the transport that most registries have."""
    with GitHost(index.bare.parent) as host:
        url = f"{host.url}/{index.bare.name}"
        registry = ada.registry(url, allow_insecure=True)
        (found,) = registry.releases(REVIEWER)
        assert registry.fetch([found]) == {found.checksum: index.agent("reviewer", "1.0.0")}
        registry.publish([entry("lead", "1.0.0")], "Publish")
        bob = Machine(tmp_path, "bob")
        theirs = bob.registry(url, allow_insecure=True)
        assert theirs.names() == ("lead", "reviewer")
        bob.close()
    assert index.git("log", "-1", "--format=%s").strip() == "Publish"


def test_every_look_is_at_most_two_fetches(index: IndexRepo, ada: Machine) -> None:
    """Commits with trees, then all records at once, each one question and one answer."""
    with index.one_commit():
        for number in range(30):
            index.publish(f"agent-{number}", "1.0.0")
    with GitHost(index.bare.parent) as host:
        registry = ada.registry(f"{host.url}/{index.bare.name}", allow_insecure=True)
        registry.refresh()
        first = [r for r in host.requests if r.endswith("info/refs")]
        host.requests.clear()
        index.publish("one-more", "1.0.0")
        registry.refresh(force=True)
        later = [r for r in host.requests if r.endswith("info/refs")]
    assert (len(first), len(later)) == (2, 2)


@pytest.mark.parametrize("version", [0, 2])
@pytest.mark.parametrize("filters", ["true", "false"])
def test_a_server_without_partial_clones_does_as_well(
    index: IndexRepo, ada: Machine, filters: str, version: int
) -> None:
    """Many hosts leave nothing out, or speak git's older protocol; the user need not know."""
    index.git("config", "uploadpack.allowFilter", filters)
    with GitHost(index.bare.parent, version=version) as host:
        registry = ada.registry(f"{host.url}/{index.bare.name}", allow_insecure=True)
        (found,) = registry.releases(REVIEWER)
        assert len(registry.fetch([found])) == 1
    assert ada.notes == []


def test_a_login_comes_from_git_s_own_helper(
    index: IndexRepo, ada: Machine, tmp_path: Path
) -> None:
    """What works with `git clone` works here, and agentpm keeps no password of its own."""
    credential_helper(tmp_path, "ada:s3cret")
    with GitHost(index.bare.parent, login="ada:s3cret") as host:
        registry = ada.registry(f"{host.url}/{index.bare.name}", allow_insecure=True)
        registry.publish([entry("lead", "1.0.0")], "Publish")
        assert registry.names() == ("lead", "reviewer")
        assert host.unauthorized > 0
    for path in ada.home.rglob("*"):
        assert not path.is_file() or b"s3cret" not in path.read_bytes()


def test_nobody_is_asked_for_a_login(
    index: IndexRepo, ada: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A prompt in the background would hang for ever: not on a terminal, not in a window."""
    asked = tmp_path / "asked"
    program = tmp_path / "ask"
    program.write_text(f"#!/bin/sh\ntouch {asked}\necho ada\n", "utf-8")
    program.chmod(0o755)
    for variable in ("GIT_ASKPASS", "SSH_ASKPASS"):
        monkeypatch.setenv(variable, str(program))
    monkeypatch.setenv("SSH_ASKPASS_REQUIRE", "force")
    monkeypatch.setenv("DISPLAY", ":0")
    with (tmp_path / "gitconfig").open("a", encoding="utf-8") as config:
        config.write(f"[core]\n\taskPass = {program}\n")
    with GitHost(index.bare.parent, login="ada:s3cret") as host:
        with pytest.raises(RegistryUnreachable) as caught:
            ada.registry(f"{host.url}/{index.bare.name}", allow_insecure=True).names()
        assert host.unauthorized == 1
    assert "credential helper" in str(caught.value.hint)
    assert not asked.exists()


@pytest.mark.parametrize("login", ["ada:s3cret", "ada:wr0ng", "wr0ngtoken"])
def test_a_password_in_an_address_is_used_and_never_said(
    index: IndexRepo, ada: Machine, login: str
) -> None:
    """Right or wrong, it stands in no message, no source and no lockfile."""
    with GitHost(index.bare.parent, login="ada:s3cret") as host:
        url = f"http://{login}@127.0.0.1:{host.port}/{index.bare.name}"
        registry = ada.registry(url, allow_insecure=True)
        assert registry.source == f"{host.url}/{index.bare.name}"
        if login == "ada:s3cret":
            assert registry.names() == ("reviewer",)
        else:
            with pytest.raises(RegistryUnreachable) as caught:
                registry.names()
            said = everything_said(caught.value)
            assert "wr0ng" not in said
            assert f"git ls-remote {registry.source}" in said
        wanted = "Basic " + base64.b64encode(b"ada:s3cret").decode()
        assert (wanted in host.sent) == (login == "ada:s3cret")


def test_a_login_that_may_only_read_is_told_so(
    index: IndexRepo, ada: Machine, tmp_path: Path
) -> None:
    """Publishing needs more rights than reading, and the refusal shows no password."""
    index.git("config", "http.receivepack", "false")
    credential_helper(tmp_path, "ada:s3cret")
    with GitHost(index.bare.parent, login="ada:s3cret") as host:
        registry = ada.registry(f"{host.url}/{index.bare.name}", allow_insecure=True)
        with pytest.raises((RegistryUnreachable, PublishRefused)) as caught:
            registry.publish([entry("lead", "1.0.0")], "Publish")
    assert "403" in everything_said(caught.value)
    assert "s3cret" not in everything_said(caught.value)


def test_a_repository_that_is_not_on_the_host_is_named(index: IndexRepo, ada: Machine) -> None:
    """Told from a network that is down, by the hint."""
    with GitHost(index.bare.parent) as host, pytest.raises(RegistryUnreachable) as caught:
        ada.registry(f"{host.url}/other.git", allow_insecure=True).names()
    assert caught.value.hint == "check the address: `agentpm registry list`"


def test_the_password_of_an_address_is_in_no_process_list(
    index: IndexRepo, ada: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Arguments of a process are for everybody on the machine to read."""
    real, log = tmp_path / "real", tmp_path / "arguments"
    real.mkdir()
    wrapper = real / "git"
    found = next(p for d in os.environ["PATH"].split(":") if (p := Path(d) / "git").exists())
    wrapper.write_text(f'#!/bin/sh\necho "$@" >> {log}\nexec {found} "$@"\n', "utf-8")
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{real}:{os.environ['PATH']}")
    with GitHost(index.bare.parent, login="ada:s3cret") as host:
        url = f"http://ada:s3cret@127.0.0.1:{host.port}/{index.bare.name}"
        ada.registry(url, allow_insecure=True).publish([entry("lead", "1.0.0")], "Publish")
    assert "push" in log.read_text("utf-8")
    assert "s3cret" not in log.read_text("utf-8")
