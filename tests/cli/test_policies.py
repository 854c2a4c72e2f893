"""Policies from elsewhere: what a project extends, and what an organisation asks of everybody."""

from __future__ import annotations

import os
import time
import tomllib
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from support.agent_text import agent_text
from support.https_server import HttpsServer, https_server
from support.project import Project

NO_SHELL = '[permissions]\ndeny = ["shell"]\n'
DAY = 86_400


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(tmp_path)
    for version, tools in (("1.0.0", "Read"), ("1.1.0", "Read, Bash")):
        project.write("helper.md", agent_text(f"version: {version}", f"tools: {tools}"))
        project.run("publish", "helper.md", "--quiet").done()
    return project


@pytest.fixture
def server(tmp_path: Path, project: Project) -> Iterator[HttpsServer]:
    with https_server(tmp_path) as server:
        project.environ |= server.trust
        server.files["/policy.toml"] = NO_SHELL.encode()
        yield server


def digest(text: str) -> str:
    return f"sha256:{sha256(text.encode()).hexdigest()}"


def extend(project: Project, place: str, checksum: str, more: str = "") -> None:
    """A manifest that asks for `helper`, and builds on the policy at `place`."""
    project.write(
        "agentpm.toml",
        '[agents]\nhelper = "^1.0"\n\n[permissions]\n'
        f'extends = {{ from = "{place}", checksum = "{checksum}" }}\n{more}',
    )


def configure(project: Project, text: str) -> None:
    folder = project.home / "config"
    folder.mkdir(exist_ok=True)
    (folder / "config.toml").write_text(text, "utf-8")


def locked(project: Project) -> str:
    (agent,) = tomllib.loads(project.lockfile)["agent"]
    return str(agent["version"])


# What a project extends


def test_a_policy_in_the_project_steers_like_the_manifests_own_rules(project: Project) -> None:
    """It is the team's: a release that it forbids is passed over, and named with the rule's place."""
    project.write("rules/base.toml", NO_SHELL)
    extend(project, "rules/base.toml", digest(NO_SHELL))
    ran = project.run("install").done()
    assert locked(project) == "1.0.0"
    assert "1.1.0 is forbidden" in ran.err
    assert "rules/base.toml:2" in ran.err


def test_a_policy_with_other_bytes_than_pinned_stops_everything(project: Project) -> None:
    """Whoever can change the base must not change what is allowed without a review."""
    project.write("base.toml", "[permissions]\n")
    extend(project, "base.toml", digest(NO_SHELL))
    ran = project.run("install", "--json").failed(4, "policy-changed")
    error = ran.envelope["error"]
    assert error["where"]["line"] == 5
    assert f"found:  {digest('[permissions]' + chr(10))}" in error["details"]
    assert not project.exists("agentpm.lock")


def test_a_policy_that_changes_after_an_install_is_noticed(project: Project) -> None:
    """The short cut of an install with nothing to do looks at it as well."""
    project.write("base.toml", NO_SHELL)
    extend(project, "base.toml", digest(NO_SHELL))
    project.run("install").done()
    assert "up to date" in project.run("install").done().out
    project.write("base.toml", "[permissions]\n")
    project.run("install", "--json").failed(4, "policy-changed")


def test_a_policy_at_a_url_is_fetched_once(project: Project, server: HttpsServer) -> None:
    """Its digest says all there is to know, so it never has to be asked for again."""
    extend(project, f"{server.url}/policy.toml", digest(NO_SHELL))
    project.run("install").done()
    assert locked(project) == "1.0.0"
    assert server.asked == ["/policy.toml"]
    project.agent("helper").unlink()
    project.run("install", "--offline").done()
    assert server.asked == ["/policy.toml"]


def test_another_policy_at_the_url_is_not_the_one_pinned(
    project: Project, server: HttpsServer
) -> None:
    """A server that was broken into cannot loosen a single rule."""
    extend(project, f"{server.url}/policy.toml", digest("[permissions]\n"))
    project.run("install", "--json").failed(4, "policy-changed")


def test_a_policy_that_cannot_be_had_forbids_everything(
    project: Project, server: HttpsServer
) -> None:
    """What nobody has read might say no."""
    extend(project, f"{server.url}/absent.toml", digest(NO_SHELL))
    project.run("install", "--json").failed(3, "policy-unreachable")
    project.run("install", "--offline", "--json").failed(3, "policy-unreachable")
    project.run("lock", "--json").failed(3, "policy-unreachable")
    project.run("approve", "helper", "--yes", "--json").failed(3, "policy-unreachable")


@pytest.mark.parametrize("place", ["\\u001b[2Jrules.toml", "https://localhost/\\u001b[2J"])
def test_a_place_cannot_speak_to_the_terminal(project: Project, place: str) -> None:
    """A clone's manifest must not be able to write over what was said before."""
    extend(project, place, digest(NO_SHELL))
    ran = project.run("install")
    assert ran.code != 0
    assert "\x1b" not in ran.err


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("http://localhost/policy.toml", "not encrypted"),
        ("file:///etc/policy.toml", "not encrypted"),
        ("https://ada:secret@localhost/policy.toml", "holds a password"),
        ("../policy.toml", "leads out of the project"),
        ("/etc/policy.toml", "leads out of the project"),
        ("C:\\\\policy.toml", "leads out of the project"),
        ("absent.toml", "does not exist"),
    ],
)
def test_places_that_a_team_cannot_share(project: Project, place: str, says: str) -> None:
    """Everybody who clones the project must come to the same rules, over a safe way."""
    extend(project, place, digest(NO_SHELL))
    ran = project.run("install", "--json").failed(1, "malformed-policy")
    assert says in ran.envelope["error"]["message"]
    assert "secret" not in ran.out


def test_a_bare_place_says_what_is_missing(project: Project) -> None:
    """The first thing everybody writes."""
    project.write("agentpm.toml", '[permissions]\nextends = "base.toml"\n')
    ran = project.run("install", "helper", "--json").failed(1, "malformed-policy")
    assert "checksum" in ran.envelope["error"]["hint"]


@pytest.mark.parametrize(
    ("policy", "says"),
    [
        ("", "no table `[permissions]`"),
        ('[permisions]\ndeny = ["shell"]\n', "unknown key `permisions`"),
        ('[permissions]\ndenny = ["shell"]\n', "unknown key `denny`"),
        ("<html>Log in first</html>\n", "not valid TOML"),
        ('[permissions.approved]\nhelper = ["shell"]\n', "`approved` counts in a project"),
        (
            f'[permissions]\nextends = {{ from = "x.toml", checksum = "{digest("")}" }}\n',
            "`extends` counts in a project",
        ),
    ],
)
def test_a_policy_is_rules_and_nothing_else(project: Project, policy: str, says: str) -> None:
    """An approval that comes from outside the project would be nobody's decision here."""
    project.write("base.toml", policy)
    extend(project, "base.toml", digest(policy))
    ran = project.run("install", "--json").failed(1, "malformed-policy")
    assert says in ran.envelope["error"]["message"]
    configure(project, f"organization = '{project.path('base.toml')}'\n")
    project.write("agentpm.toml", '[agents]\nhelper = "^1.0"\n')
    ran = project.run("install", "--json").failed(1, "malformed-policy")
    assert says in ran.envelope["error"]["message"]


def test_the_users_configuration_approves_nothing(project: Project) -> None:
    """A decision stands where the team reviews it; one that would be ignored is an error."""
    configure(project, '[permissions.approved]\nhelper = ["shell"]\n')
    ran = project.run("install", "helper", "--json").failed(1, "malformed-policy")
    assert ran.envelope["error"]["where"]["line"] == 1


# What an organisation asks of everybody


def test_an_organisation_refuses_and_does_not_steer(project: Project, server: HttpsServer) -> None:
    """The lockfile is the same for everybody, whoever their employer is."""
    configure(project, f'organization = "{server.url}/policy.toml"\n')
    ran = project.run("install", "helper").failed(3)
    assert "`helper` is not allowed here" in ran.err
    assert f"{server.url}/policy.toml:2" in ran.err
    project.run("install", "helper@1.0.0").done()


def test_an_organisations_policy_is_fetched_once_an_hour(
    project: Project, server: HttpsServer
) -> None:
    """A command a minute must not be a request a minute."""
    configure(project, f'organization = "{server.url}/policy.toml"\n')
    project.run("install", "helper@1.0.0").done()
    project.run("permissions", "--check").done()
    assert len(server.asked) == 1
    age_copy(project, seconds=3700)
    server.files["/policy.toml"] = b'[permissions]\ndeny = ["read"]\n'
    project.run("permissions", "--check").failed(3)
    assert len(server.asked) == 2


def test_without_the_network_the_last_copy_holds_for_a_month(
    project: Project, server: HttpsServer
) -> None:
    """People work in trains; and a server that is gone for good must not be forgotten."""
    configure(project, f'organization = "{server.url}/policy.toml"\n')
    project.run("install", "helper@1.0.0").done()
    del server.files["/policy.toml"]
    age_copy(project, seconds=3 * DAY + 60)
    ran = project.run("install", "helper@1.1.0").failed(3)
    assert "what it said 3 days ago still holds" in ran.err
    assert "it can run any shell command" in ran.err
    project.run("permissions", "--check", "--offline", "--quiet").done()
    age_copy(project, seconds=31 * DAY)
    project.run("install", "helper", "--json").failed(3, "policy-unreachable")
    project.run("install", "helper", "--offline", "--json").failed(3, "policy-unreachable")


def test_a_policy_never_seen_forbids_everything(project: Project, server: HttpsServer) -> None:
    """Nothing is known of it, so nothing can be allowed."""
    configure(project, f'organization = "{server.url}/absent.toml"\n')
    project.run("install", "helper", "--json").failed(3, "policy-unreachable")
    configure(project, 'organization = "http://localhost/policy.toml"\n')
    project.run("install", "helper", "--json").failed(1, "malformed-policy")


def test_a_copy_of_the_future_is_none(project: Project, server: HttpsServer) -> None:
    """A clock that was put back would keep it for ever."""
    configure(project, f'organization = "{server.url}/policy.toml"\n')
    project.run("install", "helper@1.0.0").done()
    age_copy(project, seconds=-DAY)
    project.run("permissions", "--check").done()
    assert len(server.asked) == 2


def test_a_page_in_place_of_a_policy_does_not_replace_the_last_copy(
    project: Project, server: HttpsServer
) -> None:
    """The page of a network that wants a password is not what the organisation says."""
    configure(project, f'organization = "{server.url}/policy.toml"\n')
    project.run("install", "helper@1.0.0").done()
    age_copy(project, seconds=DAY)
    server.files["/policy.toml"] = b"<html>Log in first</html>"
    project.run("permissions", "--check", "--json").failed(1, "malformed-policy")
    server.files["/policy.toml"] = NO_SHELL.encode()
    project.run("permissions", "--check").done()


def test_an_endless_policy_is_not_read(project: Project, server: HttpsServer) -> None:
    """A megabyte of rules is a mistake, or an attack."""
    server.files["/policy.toml"] = NO_SHELL.encode() + b"#" * (1 << 20)
    configure(project, f'organization = "{server.url}/policy.toml"\n')
    project.run("install", "helper", "--json").failed(3, "policy-unreachable")


def test_a_redirect_to_an_unencrypted_address_is_refused(
    project: Project, server: HttpsServer
) -> None:
    """Anybody on the way could write the rules; what lies behind is not even asked for."""
    server.redirects["/policy.toml"] = "http://127.0.0.1:9/policy.toml"
    configure(project, f'organization = "{server.url}/policy.toml"\n')
    ran = project.run("install", "helper", "--json").failed(3, "policy-unreachable")
    assert "encrypted" in str(ran.envelope["error"]["details"])


def age_copy(project: Project, seconds: int) -> None:
    """Let the copy of the organisation's policy have been fetched `seconds` ago."""
    (copy,) = (project.home / "data" / "policies").iterdir()
    then = time.time() - seconds
    os.utime(copy, (then, then))
