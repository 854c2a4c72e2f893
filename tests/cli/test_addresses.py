"""Addresses in files that cannot be used, or lead nowhere: said with the line that holds them."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.index_repo import IndexRepo
from support.project import Project
from support.team import Team


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def manifest(*lines: str) -> str:
    return "\n".join(["[agents]", *lines, ""])


@pytest.mark.parametrize(
    ("url", "code", "exit_code"),
    [
        ("nonsense", "unusable-address", 2),
        ("ext::sh -c true", "unusable-address", 2),
        ("http://x.example/i.git", "insecure-registry", 1),
    ],
)
def test_an_address_that_cannot_be_used_is_shown_where_it_stands(
    project: Project, url: str, code: str, exit_code: int
) -> None:
    """A manifest has many lines, and a team many hands in it."""
    project.write(
        "agentpm.toml", manifest('x = { registry = "acme" }', "[registries]", f'acme = "{url}"')
    )
    where = project.run("lock", "--json").failed(exit_code, code).envelope["error"]["where"]
    assert (Path(where["path"]).name, where["line"]) == ("agentpm.toml", 4)


def test_a_password_beside_the_mistake_is_not_shown(project: Project) -> None:
    """The line is quoted, and whoever reads the log of a CI run must not learn the login."""
    project.write(
        "agentpm.toml",
        manifest(
            'x = { registry = "acme" }',
            "[registries]",
            'acme = "http://ada:secret@x.example/index.git"',
        ),
    )
    ran = project.run("lock").failed(1)
    assert "agentpm.toml:4" in ran.err
    assert "x.example/index.git" in ran.err
    assert "secret" not in ran.err


SECRETS = ["https://bob:s3'cr/3t@127.0.0.1:1/x.git", "https://127.0.0.1:1/x.git?token=s3'cr/3t"]


@pytest.mark.parametrize("url", SECRETS)
def test_an_unclear_password_is_neither_stored_nor_said(project: Project, url: str) -> None:
    """What would be read as a host, or as a part of the path, would stand in every message."""
    for more in ([], ["--offline"], ["--global"]):
        ran = project.run("registry", "add", "cc", url, *more, "--json")
        assert "s3" not in ran.failed(2, "unusable-address").out + ran.err
    assert not project.exists("agentpm.toml")


@pytest.mark.parametrize("url", SECRETS)
def test_an_unclear_password_that_was_stored_is_not_said(project: Project, url: str) -> None:
    """It may stand in files that were written by hand, or before it was refused."""
    line = f'[registries]\ncc = "{url}"\n'
    config = project.home / "config" / "config.toml"
    config.parent.mkdir()
    for file in (config, project.path("agentpm.toml")):
        file.write_text(line, "utf-8")
        for command in (
            ("registry", "list"),
            ("registry", "update", "cc"),
            ("registry", "add", "cc", "https://other.example/x.git"),
            ("doctor",),
            ("config",),
            ("info", "x", "--registry", "cc"),
        ):
            ran = project.run(*command)
            assert "s3" not in ran.out + ran.err, command
            assert "3t" not in ran.out + ran.err, command


def test_an_address_in_ones_own_configuration_is_shown_there(project: Project) -> None:
    """Otherwise one would look for it in the project in vain."""
    config = project.home / "config" / "config.toml"
    config.parent.mkdir()
    config.write_text('[registries]\nacme = "nonsense"\n', "utf-8")
    ran = project.run("info", "x", "--registry", "acme", "--json")
    where = ran.failed(2, "unusable-address").envelope["error"]["where"]
    assert (where["path"], where["line"]) == (str(config), 2)


def test_the_git_address_of_an_agent_is_no_registry(project: Project, tmp_path: Path) -> None:
    """Who named a repository for one agent is not helped by the list of registries."""
    url = (tmp_path / "nowhere.git").as_uri()
    line = f'x = {{ git = "{url}", rev = "main", file = "x.md" }}'
    project.write("agentpm.toml", manifest(line))
    ran = project.run("lock", "--json").failed(1, "repository-unreachable")
    error = ran.envelope["error"]
    assert error["message"] == f"could not reach the git repository `{url}`"
    assert error["hint"] == "check the `git` address in `agentpm.toml`"
    assert error["where"]["line"] == 2


def test_what_is_wrong_in_an_index_says_in_which(tmp_path: Path) -> None:
    """With several registries, a path below `index/` could be in any of them."""
    team = Team(tmp_path)
    team.index.publish("reviewer", "1.0.0", tools="Read")
    team.index.append("index/re/vi/reviewer.jsonl", "{broken")
    team.index.commit("Broken")
    ran = team.project.run("info", "reviewer", "--json").failed(4, "malformed-index")
    assert ran.envelope["error"]["message"].endswith("in the index of `acme`")


def test_an_agent_that_moves_to_another_registry_shows_that(tmp_path: Path) -> None:
    """The version is the same; what changed is whom the project trusts for it."""
    old = IndexRepo(tmp_path, "old").publish("reviewer", "1.0.0", tools="Read")
    new = IndexRepo(tmp_path, "new").publish("reviewer", "1.0.0", tools="Read")
    project = Project(tmp_path)
    lines = ['reviewer = { version = "==1.0.0", registry = "acme" }', "[registries]"]
    project.write("agentpm.toml", manifest(*lines, f'acme = "{old.url}"'))
    project.run("install").done()
    project.write("agentpm.toml", manifest(*lines, f'acme = "{new.url}"'))
    ran = project.run("install").done()
    assert ran.lines[0] == f"~ reviewer 1.0.0, now from {new.url}  Read"
