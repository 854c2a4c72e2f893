"""`agentpm config`: the user's settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.project import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def config(project: Project) -> Path:
    path = project.home / "config" / "config.toml"
    path.parent.mkdir(exist_ok=True)
    return path


def origin(project: Project, key: str) -> tuple[object, str]:
    data = project.run("config", "get", key, "--json").done().data
    return data["value"], project.masked(data["origin"])


def test_each_setting_says_where_it_comes_from(project: Project) -> None:
    """A variable wins over the file, the file over the default."""
    assert origin(project, "max-age") == (300, "default")
    project.run("config", "set", "max-age", "600").done()
    assert origin(project, "max-age") == (600, "HOME/config/config.toml")
    project.environ["AGENTPM_MAX_AGE"] = "7"
    assert origin(project, "max-age") == (7, "AGENTPM_MAX_AGE")
    assert "wins over the file" in project.run("config", "set", "max-age", "60").done().err
    project.environ["AGENTPM_OFFLINE"] = "1"
    assert origin(project, "offline") == (True, "AGENTPM_OFFLINE")


def test_setting_leaves_comments_and_order_alone(project: Project) -> None:
    """The file is its owner's; a new key stands before the tables, where TOML wants it."""
    text = '# mine\nmax-age = 5 # short\n\n# at work\n[registries]\na = "https://a.example/x.git"\n'
    config(project).write_text(text)
    project.run("config", "set", "max-age", "9").done()
    assert config(project).read_text() == text.replace("5 #", "9 #")
    project.run("config", "set", "organization", "/etc/policy.toml").done()
    after = config(project).read_text()
    assert after.index("organization") < after.index("# at work") < after.index("[registries]")
    project.run("config", "unset", "organization").done()
    project.run("config", "set", "permissions.deny", '["shell", "write"]').done()
    assert origin(project, "permissions.deny")[0] == ["shell", "write"]
    assert "# at work\n[registries]" in config(project).read_text()


def test_a_password_is_for_its_owner_alone(project: Project) -> None:
    """Others on the machine must not read it, whoever could read the file before."""
    config(project).write_text("# mine\n")
    config(project).chmod(0o644)
    ran = project.run("config", "set", "registries.acme", "https://ada:secret@x.org/i.git").done()
    assert config(project).stat().st_mode & 0o077 == 0
    assert "holds a password" in ran.err
    assert "git's credential helper" in ran.err
    assert "secret" not in ran.out + ran.err
    assert "password" not in project.run("config", "set", "max-age", "7").done().err


@pytest.mark.parametrize("url", ["", "ext::sh -c true", "nowhere"])
def test_a_registry_gets_an_address(project: Project, url: str) -> None:
    """As with `agentpm registry add`; one that was there before is no reason to refuse the rest."""
    config(project).write_text('[registries]\nold = "nonsense"\n')
    project.run("config", "set", "registries.acme", url, "--json").failed(2, "bad-setting")
    assert "acme" not in config(project).read_text()
    project.run("config", "set", "max-age", "7").done()


def test_unsetting_brings_the_default_back(project: Project) -> None:
    """Once; there is nothing to unset the second time."""
    project.run("config", "set", "max-age", "600").done()
    project.run("config", "unset", "max-age").done()
    assert origin(project, "max-age") == (300, "default")
    project.run("config", "unset", "max-age", "--json").failed(2, "unknown-setting")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("max-agee", "5"),
        ("max-age", "soon"),
        ("max-age", "-1"),
        ("permissions.denny", '["shell"]'),
        ("permissions.deny", '["shel"]'),
        ("permissions", "x"),
        ("max-age.inner", "5"),
        ("offline", "true"),
        ("a b", "5"),
        ("", "5"),
        ('x"', "5"),
        ("max-age = 1\nb", "5"),
    ],
)
def test_what_the_file_cannot_hold_is_not_written(project: Project, key: str, value: str) -> None:
    """A configuration that cannot be read would stop every command."""
    config(project).write_text("max-age = 5\n")
    project.run("config", "set", "--json", "--", key, value).failed(2, "bad-setting")
    assert config(project).read_text() == "max-age = 5\n"


def test_a_misspelt_key_is_answered_with_what_was_meant(project: Project) -> None:
    """Also when it is to be written."""
    for command in (("get", "max-aeg"), ("set", "max-aeg", "5")):
        ran = project.run("config", *command, "--json")
        assert ran.code == 2
        assert "`max-age`" in ran.envelope["error"]["hint"]


def test_the_password_in_a_url_is_not_shown(project: Project) -> None:
    """Settings are pasted into bug reports."""
    config(project).write_text('[registries]\na = "https://ada:secret@a.example/x.git"\n')
    ran = project.run("config", "list").done()
    assert "a.example" in ran.out
    assert "secret" not in ran.out


def test_the_folders_are_those_of_the_environment(project: Project) -> None:
    """For scripts, and for whoever looks for a file."""
    project.environ["CLAUDE_CONFIG_DIR"] = str(project.home / "elsewhere")
    data = project.run("config", "path", "--json").done().data
    assert data["cache"] == str(project.home / "cache")
    assert data["claude"] == str(project.home / "elsewhere")
    assert data["config"].endswith("config.toml")


def test_line_ends_are_kept(project: Project) -> None:
    """A file from Windows stays one."""
    config(project).write_bytes(b"# mine\r\nmax-age = 5\r\n[registries]\r\n")
    project.run("config", "set", "max-age", "6").done()
    project.run("config", "set", "organization", "p.toml").done()
    raw = config(project).read_bytes()
    assert raw.count(b"\n") == raw.count(b"\r\n")
