"""What is said where a project's policy forbids every release that fits: the hint is true."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.project import Ran
from support.team import Team


@pytest.fixture
def team(tmp_path: Path) -> Team:
    team = Team(tmp_path)
    team.index.publish("lead", "1.0.0", "writer >=2", tools="Read")
    team.index.publish("writer", "1.0.0", tools="Read")
    team.index.publish("writer", "2.0.0", tools="Read, Bash")
    team.index.publish("writer", "2.1.0", tools="Read, WebFetch, Bash")
    team.index.publish("sheller", "1.0.0", tools="Bash")
    return team


def rules(team: Team, *lines: str) -> None:
    """Give the project a policy."""
    team.project.append("agentpm.toml", "\n".join(["", "[permissions]", *lines, ""]))


def hint(ran: Ran) -> str:
    """The hint of a run that the policy refused."""
    err = ran.failed(3).err
    return err[err.index("hint: ") :].removeprefix("hint: ").rstrip("\n")


def offered(ran: Ran) -> str:
    """The line of the manifest that a hint offers."""
    return hint(ran).splitlines()[-1].strip()


def add_line(team: Team, line: str) -> None:
    """Write a line under `[agents]`."""
    team.project.write(
        "agentpm.toml", team.project.manifest.replace("[agents]\n", f"[agents]\n{line}\n")
    )


def test_a_narrowing_of_a_dependency_is_told_as_a_whole_line(team: Team) -> None:
    """Nothing in the manifest mentions it yet, and no approval answers a `deny`."""
    rules(team, 'deny = ["shell", "net"]')
    said = hint(team.project.run("install", "lead"))
    line = 'writer = { version = "*", tools = ["Read"] }'
    start = "this line under `[agents]` lets `writer` in without what is forbidden:"
    assert said == f"{start}\n      {line}"
    add_line(team, line)
    assert "+ writer 2.1.0  Read" in team.project.run("install", "lead").done().out


def test_a_narrowing_of_a_listed_agent_names_its_line(team: Team) -> None:
    """There is a line already, to which something is added."""
    rules(team, 'allow = ["read"]')
    add_line(team, 'writer = { version = "^2" }')
    said = hint(team.project.run("lock"))
    assert said.startswith('tools = ["Read"] in `agentpm.toml:5` lets `writer` in')
    changed = team.project.manifest.replace('"^2"', '"^2", tools = ["Read"]')
    team.project.write("agentpm.toml", changed)
    team.project.run("lock").done()


def test_a_narrowing_of_an_agent_of_another_registry_says_which(team: Team, tmp_path: Path) -> None:
    """Without the registry, the line would take the name elsewhere."""
    text = team.project.manifest.replace('registry = "acme"', 'registry = "shipped"')
    team.project.write("agentpm.toml", text)
    rules(team, 'deny = ["shell", "net"]')
    line = offered(team.project.run("install", "lead", "--registry", "acme"))
    assert line == 'writer = { registry = "acme", version = "*", tools = ["Read"] }'
    add_line(team, line)
    team.project.run("install", "lead", "--registry", "acme").done()


def test_where_nothing_would_be_left_the_rule_is_told_that_denies(team: Team) -> None:
    """An agent without a tool is of no use to anybody."""
    rules(team, 'deny = ["WebFetch", "shell"]')
    add_line(team, 'sheller = "*"')
    assert hint(team.project.run("lock")) == (
        "`agentpm.toml:11` would have to leave `shell` out of `deny`"
    )
    team.project.write("agentpm.toml", team.project.manifest.replace(', "shell"', ""))
    team.project.run("lock").done()


def test_where_nothing_would_be_left_the_rule_is_told_that_does_not_allow(team: Team) -> None:
    """One word more on the list, and the agent passes."""
    rules(team, 'allow = ["read"]')
    add_line(team, 'sheller = "*"')
    assert hint(team.project.run("lock")) == "`agentpm.toml:11` would have to allow `shell`"
    team.project.write("agentpm.toml", team.project.manifest.replace('"read"', '"read", "shell"'))
    team.project.run("lock").done()


def test_two_rules_that_both_refuse_are_told_together(team: Team) -> None:
    """To change one of them would not help."""
    rules(team, 'allow = ["read"]', 'deny = ["Bash"]')
    add_line(team, 'sheller = "*"')
    assert hint(team.project.run("lock")) == (
        "`agentpm.toml:11` would have to allow `shell` "
        "and `agentpm.toml:12` would have to leave `Bash` out of `deny`"
    )


def test_one_rule_is_told_once_whatever_each_release_may_keep(team: Team) -> None:
    """Releases differ in the tools they could keep, and the line that is told fits the newest."""
    team.index.publish("writer", "2.2.0", tools="Read, Grep, Bash(git:*)")
    rules(team, 'deny = ["shell"]')
    ran = team.project.run("install", "lead")
    (told,) = [line for line in ran.err.splitlines() if "forbidden by" in line]
    assert told.endswith(
        "needs `writer >=2`, "
        'every release of which is forbidden by `deny = ["shell"]` in agentpm.toml:11'
    )
    line = offered(ran)
    assert line == 'writer = { version = "*", tools = ["Read", "Grep"] }'
    add_line(team, line)
    assert "+ writer 2.2.0  Grep Read" in team.project.run("install", "lead").done().out


def test_releases_that_one_rule_forbids_are_passed_over_in_one_note(team: Team) -> None:
    """Neither a tool more nor another way to spell it makes another reason."""
    team.index.publish("writer", "2.2.0", tools="Read, Grep, Bash(git:*)")
    rules(team, 'deny = ["shell"]')
    ran = team.project.run("install", "writer").done()
    (note,) = [line for line in ran.err.splitlines() if "forbidden" in line]
    rule = '`deny = ["shell"]` in agentpm.toml:11'
    assert note == f"note: `writer` 2.0.0 to 2.2.0: each is forbidden by {rule}"


def test_a_line_that_narrows_one_release_leaves_another_alone(team: Team) -> None:
    """What would get more from a line than its file gives it is passed over, and stops nothing."""
    team.index.publish("chief", "1.0.0", "writer >=2,<3", tools="Read")
    team.index.publish("writer", "3.0.0", tools="Grep")
    rules(team, 'deny = ["shell"]')
    add_line(team, offered(team.project.run("install", "chief")))
    ran = team.project.run("install", "chief").done()
    assert "+ writer 2.1.0  Read WebFetch" in ran.out
    assert "`writer` 3.0.0 is forbidden: the override would let the agent" in ran.err


def test_a_line_that_narrows_no_release_says_what_may_stay(team: Team) -> None:
    """The error is about this line, so the hint is, too."""
    team.index.publish("reader", "1.0.0", tools="Read")
    rules(team, 'deny = ["shell"]')
    add_line(team, 'reader = { version = "*", tools = ["Read", "WebFetch"] }')
    said = hint(team.project.run("lock"))
    assert said == 'tools = ["Read"] in `agentpm.toml:5` lets `reader` in without what is forbidden'
    text = team.project.manifest.replace(', "WebFetch"', "")
    team.project.write("agentpm.toml", text)
    team.project.run("lock").done()


def test_several_narrowings_have_a_line_each(team: Team) -> None:
    """Each of them can be copied, and none of them is wider than a terminal."""
    team.index.publish("editor", "1.0.0", tools="Read, Grep, Bash")
    team.index.publish("team", "1.0.0", "writer >=2", "editor", tools="Read")
    rules(team, 'deny = ["shell", "net"]')
    err = team.project.run("install", "team").failed(3).err
    head, *lines = err[err.index("hint: ") :].splitlines()
    assert head == "hint: it takes all of these:"
    assert max(map(len, lines)) <= 80
    narrowings = [line.strip() for line in lines if " = " in line]
    assert len(narrowings) == 2
    add_line(team, "\n".join(narrowings))
    team.project.run("install", "team").done()


def test_no_change_is_told_that_does_not_help(team: Team) -> None:
    """A release that is too young as well stays out, whatever the policy says."""
    team.index.publish("fresh", "1.0.0", tools="Read, Bash", published="")
    text = team.project.manifest.replace('"acme"\n', '"acme"\nminimum-release-age = "1d"\n', 1)
    team.project.write("agentpm.toml", text)
    rules(team, 'deny = ["shell"]')
    ran = team.project.run("install", "fresh")
    assert "hint:" not in ran.failed(3).err
