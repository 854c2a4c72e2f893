"""Projects that use agents of two registries: whose name is meant, and what is said of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from support.index_repo import IndexRepo
from support.project import Project


class Two:
    """A project with two registries, `acme` and `beta`; names without one are in the shipped one."""

    def __init__(self, tmp_path: Path) -> None:
        self.acme = IndexRepo(tmp_path, "acme")
        self.beta = IndexRepo(tmp_path, "beta")
        self.project = Project(tmp_path)
        self.project.environ["AGENTPM_MAX_AGE"] = "0"
        self.asks()

    def asks(self, *lines: str) -> None:
        """Write the manifest; the lines of its agents begin with line 2."""
        agents = "".join(f"{line}\n" for line in lines)
        registries = f'acme = "{self.acme.url}"\nbeta = "{self.beta.url}"\n'
        self.project.write("agentpm.toml", f"[agents]\n{agents}\n[registries]\n{registries}")

    def needs(self, name: str) -> list[str]:
        """What `agentpm tree` shows below an agent."""
        (node,) = self.project.run("tree", name, "--json").done().data["trees"]
        return [f"{below['name']} {below['version']}" for below in node["below"]]


@pytest.fixture
def two(tmp_path: Path) -> Two:
    two = Two(tmp_path)
    two.acme.publish("lead", "1.0.0", "writer >=1", tools="Read")
    two.acme.publish("writer", "1.0.0", tools="Read").publish("writer", "1.5.0", tools="Read")
    two.beta.publish("editor", "1.0.0", "writer >=1", tools="Read")
    two.beta.publish("writer", "2.0.0", tools="Bash")
    return two


LEAD = 'lead = { version = "^1", registry = "acme" }'


def test_another_name_takes_nobody_s_dependency_elsewhere(two: Two) -> None:
    """One more agent is asked for, and not another one for those who need one of that name."""
    two.asks(LEAD)
    two.project.run("install").done()
    two.project.run("install", "writer", "--registry", "beta", "--as", "w2").done()
    assert two.needs("lead") == ["writer 1.5.0"]
    assert "asks for lead" in two.project.run("why", "writer").done().out
    assert "lead" not in two.project.run("why", "w2").done().out
    two.project.run("install", "--frozen").done()
    assert "nothing to do" in two.project.run("status").done().out


def test_two_packages_of_one_name_go_to_those_of_their_registry(two: Two) -> None:
    """The way out of a clash: under two names both are there, and each dependent has its own."""
    two.asks(LEAD, 'editor = { version = "^1", registry = "beta" }')
    ran = two.project.run("install", "writer", "--registry", "beta", "--as", "w2").done()
    assert (two.needs("lead"), two.needs("editor")) == (["writer 1.5.0"], ["w2 2.0.0"])
    assert "`editor` can start agents that can do more than itself: `w2`" in ran.err
    assert "`lead` can start" not in ran.err


def test_a_line_under_the_package_s_own_name_is_for_everybody(two: Two) -> None:
    """This is how a team puts something in the place of what others ask for."""
    two.asks(LEAD, 'writer = { version = "*", registry = "beta" }')
    two.project.run("install").done()
    assert two.needs("lead") == ["writer 2.0.0"]


# What is said of them


def test_a_clash_is_told_by_the_names_that_registries_have_here(two: Two) -> None:
    """Nobody knows the URLs by heart, and the manifest does not use them either."""
    two.asks(LEAD, 'editor = { version = "^1", registry = "beta" }')
    err = two.project.run("lock").failed(1).err
    assert "`writer` of `acme` and `writer` of `beta` would both be installed as `writer`" in err
    assert "file://" not in err


@pytest.mark.parametrize("default", ["acme", "beta"])
def test_a_clash_is_solved_by_the_command_that_is_offered(two: Two, default: str) -> None:
    """One of the two gets another name, and each dependent has the one of its registry."""
    editor = 'editor = { version = "^1", registry = "beta" }'
    two.asks(LEAD, editor)
    two.project.write(
        "agentpm.toml", f'[project]\nregistry = "{default}"\n\n{two.project.manifest}'
    )
    err = two.project.run("lock").failed(1).err
    offered = re.search(r"^hint: give one of them another name: `agentpm (.+)`$", err, re.MULTILINE)
    assert offered is not None
    assert ("--registry" in offered[1]) == (default != "acme")
    two.project.run(*offered[1].replace("NAME", "w2").split()).done()
    assert {*two.needs("lead"), *two.needs("editor")} == {"w2 1.5.0", "writer 2.0.0"}


def test_a_line_that_takes_a_name_elsewhere_is_named_where_it_is_in_the_way(two: Two) -> None:
    """`acme` has what is needed, so that "no such release" would not be true."""
    two.acme.publish("lead", "1.1.0", "writer ^1", tools="Read")
    two.asks(LEAD.replace("^1", "^1.1"), 'writer = { version = "*", registry = "beta" }')
    err = two.project.run("lock").failed(1).err
    assert (
        "`agentpm.toml:2` asks for `lead ^1.1`, which needs `writer ^1`, but `agentpm.toml:3` "
        "takes that from `beta`, not from `acme`, and the newest there is 2.0.0\n"
    ) in err
    assert "no such release" not in err


def test_who_takes_a_name_elsewhere_on_the_command_line_is_told_so(two: Two) -> None:
    """There is no line yet that could be named."""
    two.acme.publish("lead", "1.1.0", "writer ^1", tools="Read")
    two.asks(LEAD.replace("^1", "^1.1"))
    err = two.project.run("add", "writer", "--registry", "beta").failed(1).err
    assert "but the command line takes that from `beta`, not from `acme`, and the newest" in err


def test_the_exact_name_in_another_registry_comes_before_a_likeness(two: Two) -> None:
    """`tech-lead` is in the shipped registry, but `lead` was typed, and `acme` has it."""
    two.asks(LEAD)
    two.project.run("lock").done()
    err = two.project.run("add", "lead@>=1", "--registry", "shipped").failed(1).err
    assert "is in `acme`: ask for it with `--registry acme`" in err
    assert "tech-lead" not in err


def test_a_registry_that_was_seen_before_is_remembered_for_a_hint(two: Two) -> None:
    """It is not opened for this, and need not be reachable."""
    two.project.run("registry", "update").done()
    two.acme.bare.rename(two.acme.bare.with_name("moved"))
    ran = two.project.run("install", "lead").failed(1)
    assert "is in `acme`: ask for it with `--registry acme`" in ran.err
    assert not [command for command in ran.git if "fetch" in command]


def test_a_registry_that_was_never_seen_is_not_asked_for_a_hint(two: Two) -> None:
    """A spelling mistake must not cost a look at everything that has a name here."""
    ran = two.project.run("install", "editor").failed(1)
    assert "it is in" not in ran.err
    assert not [command for command in ran.git if "fetch" in command or "clone" in command]


@pytest.mark.parametrize("command", ["install", "add"])
def test_a_registry_s_name_may_be_misspelt(two: Two, command: str) -> None:
    """The registry is there already, under the name that was meant."""
    ran = two.project.run(command, "editor", "--registry", "bta", "--json")
    ran.failed(1, "unknown-registry")
    assert ran.envelope["error"]["hint"] == "did you mean `beta`?"
