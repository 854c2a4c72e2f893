"""The command line over a registry that a web server offers as files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.fault_proxy import FaultProxy, says
from support.https_server import https_server
from support.index_repo import IndexRepo
from support.loading import loaded
from support.project import Project
from support.web_server import StaticServer

MANIFEST = """\
[project]
registry = "acme"

[agents]

[registries]
acme = {{ url = "{url}", allow-insecure = true }}
"""
NAMES = [f"agent-{number}" for number in range(10)]


@pytest.fixture
def index(tmp_path: Path) -> IndexRepo:
    index = IndexRepo(tmp_path)
    with index.one_commit():
        index.publish("reviewer", "1.0.0", tools="Read")
        index.publish("lead", "1.0.0", "reviewer ^1.0", tools="Read")
        for name in NAMES:
            index.publish(name, "1.0.0", "helper ^1.0", tools="Read")
        index.publish("helper", "1.0.0", tools="Read")
    return index


@pytest.fixture
def server(index: IndexRepo) -> Iterator[StaticServer]:
    with StaticServer(index.tree) as server:
        yield server


@pytest.fixture
def project(tmp_path: Path, server: StaticServer) -> Project:
    project = Project(tmp_path)
    project.write("agentpm.toml", MANIFEST.format(url=server.address))
    return project


def test_ten_agents_cost_tens_of_small_requests(project: Project, server: StaticServer) -> None:
    """And no git at all. One for the registry, two for each agent, however large the registry is."""
    ran = project.run("install", *NAMES).done()
    assert ran.git == ()
    records = [path for path, _ in server.requests if path.startswith("/index/")]
    contents = [path for path, _ in server.requests if path.startswith("/agents/")]
    assert (len(records), len(contents)) == (11, 11)
    assert len(server.requests) - 22 <= 3, server.requests
    assert project.agent("helper").exists() and project.agent("agent-9").exists()


def test_a_second_project_asks_for_nothing(project: Project, server: StaticServer) -> None:
    """What one project has just looked at is fresh for the next, and its bytes are here."""
    project.run("install", "lead").done()
    before = len(server.requests)
    other = Project(project.tmp_path, "other")
    other.write("agentpm.toml", MANIFEST.format(url=server.address))
    other.run("install", "lead").done()
    assert server.requests[before:] == []
    assert other.lockfile == project.lockfile


def test_looking_for_newer_releases_does_not_look_for_reasons(
    project: Project, index: IndexRepo, server: StaticServer
) -> None:
    """Nothing answers the manifest. What would help is `update`'s to find, and asks for more agents."""
    index.publish("lead", "1.1.0", "editor ^1.0", tools="Read")
    index.publish("lead", "2.0.0", "writer ^9", tools="Read")
    for name in ("writer", "editor"):
        index.publish(name, "1.0.0", tools="Read")
    project.run("install", "lead@==1.0.0").done()
    project.write("agentpm.toml", project.manifest.replace("==1.0.0", "^2"))
    ran = project.run("outdated", "--refresh").done()
    assert "warning: nothing can be updated: `lead ^2` cannot be installed\n" in ran.err
    asked = [path for path, _ in server.requests if path.endswith("/editor.jsonl")]
    assert asked == []
    err = project.run("update").failed(1).err
    assert "hint: `agentpm.toml:5` would have to ask for `lead ^1.1.0`" in err
    assert [path for path, _ in server.requests if path.endswith("/editor.jsonl")] != []


def test_records_that_are_too_large_are_those_of_a_registry_with_a_name(
    project: Project, index: IndexRepo
) -> None:
    """Whoever reads that has several registries, and gave each of them a name."""
    index.write("index/he/lp/helper.jsonl", b" " * (16 * 2**20 + 1))
    ran = project.run("install", "helper", "--json").failed(4, "malformed-index")
    message = ran.envelope["error"]["message"]
    assert message.endswith("has more than 16,777,216 bytes, in the index of `acme`")


def test_the_lockfile_names_the_address(project: Project, server: StaticServer) -> None:
    """It is part of what each agent is, and others install from it with nothing else known."""
    project.run("install", "lead").done()
    assert f'"registry+{server.address}"' in project.lockfile
    project.commit()
    theirs = project.clone("bob")
    theirs.run("sync").done()
    assert theirs.agent("reviewer").read_bytes() == project.agent("reviewer").read_bytes()
    assert theirs.lockfile == project.lockfile


def test_a_clone_is_synced_in_one_wave(project: Project, server: StaticServer) -> None:
    """The records of all locked agents are asked for side by side, and each once."""
    project.run("install", *NAMES).done()
    project.commit()
    before = len(server.requests)
    project.clone("bob").run("sync").done()
    asked = [path for path, _ in server.requests[before:]]
    assert len(asked) == len(set(asked))
    assert len(asked) <= 1 + 11 + 11 + 2


def test_an_update_finds_what_is_new(project: Project, index: IndexRepo) -> None:
    """A look is due, the rest is as with every other registry."""
    project.run("install", "lead").done()
    index.publish("reviewer", "1.1.0", tools="Read")
    project.environ["AGENTPM_MAX_AGE"] = "0"
    assert "1.1.0" in project.run("outdated").out
    project.run("update").done()
    assert b"in your version 1.1.0" in project.agent("reviewer").read_bytes()


def test_offline_works_with_what_was_seen(project: Project, server: StaticServer) -> None:
    """The network is not touched, and what was never seen is told apart from what is not there."""
    project.run("install", "lead").done()
    before = len(server.requests)
    project.run("install", "reviewer", "--offline").done()
    ran = project.run("install", "helper", "--offline", "--json")
    ran.failed(1, "offline")
    assert server.requests[before:] == []


def test_what_is_fresh_is_answered_without_a_library_for_the_web(project: Project) -> None:
    """Loading one takes longer than everything else in a command that asks nobody."""
    project.run("install", "lead").done()
    assert "requests" not in loaded(project, "install", "reviewer")


def test_a_misspelt_name_gets_a_hint(project: Project) -> None:
    """From the names that came up here before; the registry itself cannot be asked for similar ones."""
    project.run("install", "reviewer").done()
    ran = project.run("install", "reviewr", "--json")
    assert ran.code == 1
    assert "reviewer" in ran.out


def test_a_registry_is_added_by_its_address(
    project: Project, server: StaticServer, tmp_path: Path
) -> None:
    """It is asked first, and only encrypted addresses are taken without a word."""
    ran = project.run("registry", "add", "other", server.address, "--json")
    ran.failed(1, "insecure-registry")
    assert "sparse+https://" in ran.envelope["error"]["hint"]
    project.run("registry", "add", "other", "sparse+https://x/?a=b", "--json").failed(
        2, "unusable-address"
    )
    listed = project.run("registry", "list", "--json").done().data["registries"]
    assert [(item["name"], item["age"]) for item in listed][1:] == [("acme", None)]


def test_an_encrypted_registry_is_added_and_used(tmp_path: Path, index: IndexRepo) -> None:
    """From the address to the installed agent, with a certificate that this machine trusts."""
    files = (path for path in index.tree.rglob("*") if path.is_file())
    with https_server(tmp_path) as server:
        for path in files:
            server.files[f"/agents/{path.relative_to(index.tree).as_posix()}"] = path.read_bytes()
        address = server.url.replace("https://", "sparse+https://") + "/agents"
        project = Project(tmp_path)
        ran = project.run("registry", "add", "acme", address, "--json")
        ran.failed(1, "registry-unreachable")
        assert "certificate" in ran.out
        project.environ |= server.trust
        project.run("registry", "add", "acme", f"{address}/").done()
        assert f'"{address}"' in project.manifest
        project.run("install", "lead", "--registry", "acme").done()
        assert f'"registry+{address}"' in project.lockfile
        assert project.agent("reviewer").exists()


def test_news_are_told_for_what_came_up_here(project: Project, index: IndexRepo) -> None:
    """`registry update` looks at the names that are known, and says what changed."""
    project.run("install", "lead").done()
    with index.one_commit():
        index.publish("reviewer", "1.1.0", tools="Read").publish("writer", "1.0.0")
    ran = project.run("registry", "update", "acme").done()
    assert "reviewer 1.0.0 -> 1.1.0" in ran.out
    assert "writer" not in ran.out


def test_a_rewrite_is_accepted_with_the_evidence_on_screen(
    project: Project, index: IndexRepo
) -> None:
    """The same way on as for a registry in git."""
    project.run("install", "lead").done()
    index.edit("reviewer", '"Use the reviewer when a test needs one."', '"Use it always."')
    project.run("registry", "update", "acme").failed(4)
    ran = project.run("registry", "update", "--accept-rewrite", "acme", "--yes").done()
    assert "`description` was" in ran.out + ran.err
    project.run("registry", "update", "acme").done()


def test_publishing_is_refused_with_the_place_for_it(project: Project, index: IndexRepo) -> None:
    """Files cannot be pushed to; the git repository behind them can."""
    config = json.loads((index.tree / "config.json").read_text("utf-8"))
    git = "https://git.example.org/acme/agents-index.git"
    index.write("config.json", json.dumps(config | {"git": git}).encode())
    project.write("mine.md", "---\nname: mine\ndescription: Mine.\nversion: 1.0.0\n---\nHello.\n")
    ran = project.run("publish", "mine.md", "--json").failed(1, "publish-refused")
    assert git in ran.envelope["error"]["hint"]
    project.run("install", "reviewer").done()
    ran = project.run("yank", "reviewer@1.0.0", "--reason", "bad", "--json")
    ran.failed(1, "publish-refused")


def test_a_search_says_what_it_did_not_see(project: Project) -> None:
    """An empty answer would otherwise be taken for the truth."""
    project.run("install", "reviewer").done()
    ran = project.run("search", "reviewer", "--registry", "acme").done()
    assert "reviewer" in ran.out
    assert "only what came up on this machine was searched (1 so far)" in ran.err


def test_a_token_is_for_the_address_in_your_own_configuration(
    project: Project, server: StaticServer
) -> None:
    """A manifest comes from others, and could send the token of any name anywhere."""
    project.environ["AGENTPM_TOKEN_ACME"] = "secret"
    with FaultProxy(server) as proxy:
        project.write("agentpm.toml", MANIFEST.format(url=proxy.address))
        project.run("install", "lead").done()
        assert {seen["Authorization"] for seen in proxy.seen} == {None}
        config = project.home / "config" / "config.toml"
        config.parent.mkdir(exist_ok=True)
        config.write_text(f'[registries]\nacme = "{proxy.address}"\n')
        proxy.seen.clear()
        ran = project.run("registry", "update", "acme", "--verbose").done()
        assert {seen["Authorization"] for seen in proxy.seen} == {"Bearer secret"}
        assert "secret" not in ran.out + ran.err


def test_a_server_that_wants_a_token_says_so(project: Project, server: StaticServer) -> None:
    """The hint names the variable."""
    with FaultProxy(server) as proxy:
        proxy.always("/config.json", says(401))
        project.write("agentpm.toml", MANIFEST.format(url=proxy.address))
        ran = project.run("install", "lead", "--json").failed(1, "registry-unreachable")
        hint = ran.envelope["error"]["hint"]
        assert f"`agentpm registry add acme {proxy.address} --global --offline`" in hint
        assert "`AGENTPM_TOKEN_ACME`" in hint


def test_a_token_that_the_server_does_not_take_is_named(
    project: Project, server: StaticServer
) -> None:
    """Whoever has put one there already looks for what is wrong with it."""
    with FaultProxy(server) as proxy:
        proxy.always("/config.json", says(401))
        project.write("agentpm.toml", MANIFEST.format(url=proxy.address))
        config = project.home / "config" / "config.toml"
        config.parent.mkdir(exist_ok=True)
        config.write_text(f'[registries]\nmy-own = "{proxy.address}"\n')
        without = project.run("install", "lead", "--json").failed(1, "registry-unreachable")
        assert without.envelope["error"]["hint"] == "put its token into `AGENTPM_TOKEN_MY_OWN`"
        project.environ["AGENTPM_TOKEN_MY_OWN"] = "wrong"
        ran = project.run("install", "lead", "--json").failed(1, "registry-unreachable")
    assert "does not take the token in `AGENTPM_TOKEN_MY_OWN`" in ran.envelope["error"]["hint"]


def test_a_password_in_the_address_of_files_is_no_matter_for_git(project: Project) -> None:
    """Git's credential helper never hears of it."""
    url = "sparse+https://ada:secret@example.org/agents"
    ran = project.run("registry", "add", "acme", url, "--offline", "--json")
    error = ran.failed(1, "credentials-in-manifest").envelope["error"]
    assert "git" not in error["hint"]
    assert "`AGENTPM_TOKEN_ACME`" in error["hint"]
