"""`agentpm publish`: everything is checked before anything is sent, and nothing is sent twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.agent_text import agent_text
from support.project import Project, Ran


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def write(project: Project, *front: str, name: str = "helper") -> None:
    project.write(f"{name}.md", agent_text(*front, name=name))


def publish(project: Project, *argv: str) -> Ran:
    return project.run("publish", *argv, "--json")


def releases(project: Project, name: str = "helper", registry: str | None = None) -> list[str]:
    """The versions that a registry has, oldest first."""
    named = ["--registry", registry] if registry else []
    ran = project.run("info", name, *named, "--json")
    return [r["version"] for r in reversed(ran.data["releases"])] if ran.code == 0 else []


@pytest.fixture
def acme(project: Project) -> Project:
    """The project, with an empty registry called `acme`."""
    where = project.tmp_path / "acme.git"
    project.run("registry", "init", "--bare", str(where)).done()
    project.run("registry", "add", "acme", where.as_uri()).done()
    return project


# The main way


def test_what_one_publishes_the_other_installs(acme: Project) -> None:
    """Two machines and one registry between them; the bytes are the same."""
    write(acme, "version: 1.0.0", "tools: Read")
    done = publish(acme, "helper.md", "--registry", "acme").done().data
    assert done["registry"] == "acme"
    assert done["commit"]
    theirs = Project(acme.tmp_path, person="bob")
    theirs.write("agentpm.toml", acme.read("agentpm.toml"))
    theirs.run("install", "helper", "--registry", "acme").done()
    assert theirs.agent("helper").read_bytes() == acme.path("helper.md").read_bytes()
    info = theirs.run("info", "helper", "--json").data["releases"][0]
    assert info["publisher"] == "Ada <ada@example.org>"
    assert info["published"].endswith("Z")


def test_the_registry_on_this_machine_warns_that_nobody_else_has_it(project: Project) -> None:
    """It works without any set-up, and it must not be taken for sharing."""
    write(project, "version: 1.0.0", "tools: Read")
    ran = project.run("publish", "helper.md").done()
    assert ran.lines == ["+ helper 1.0.0  Read", "1 agent published to shipped"]
    assert "where nobody else can install from" in ran.err
    assert "agentpm registry add NAME URL" in ran.err
    assert releases(project) == ["1.0.0"]
    project.run("install", "helper").done()


def test_a_dry_run_checks_everything_and_sends_nothing(project: Project) -> None:
    """What it says would happen is what happens without it."""
    write(project, "tools: Read")
    project.run("publish", "helper.md", "--version", "1.0.0").done()
    write(project, "tools: Read, Grep")
    before = project.read("helper.md")
    ran = project.run("publish", "helper.md", "--bump", "minor", "--dry-run").done()
    assert "would change helper.md: version (none) -> 1.1.0" in ran.out
    assert ran.lines[-1] == "1 agent would be published to shipped"
    assert (project.read("helper.md"), releases(project)) == (before, ["1.0.0"])
    publish(project, "helper.md", "--bump", "patch", "--dry-run").failed(3, "widening-patch")


def test_the_same_release_again_is_no_change(project: Project) -> None:
    """An interrupted publish is repeated without fear."""
    write(project, "version: 1.0.0", "tools: Read")
    first = publish(project, "helper.md").done().data
    again = publish(project, "helper.md").done().data
    assert (first["agents"][0]["already_there"], again["agents"][0]["already_there"]) == (
        False,
        True,
    )
    assert again["commit"] == first["commit"]
    assert releases(project) == ["1.0.0"]
    lines = project.run("publish", "helper.md").done().lines
    assert lines[1:] == [
        "  is published already, with the same bytes",
        "0 agents published to shipped",
    ]


def test_the_same_version_with_other_bytes_is_refused(project: Project) -> None:
    """A release never changes."""
    write(project, "version: 1.0.0", "tools: Read")
    publish(project, "helper.md").done()
    write(project, "version: 1.0.0", "tools: Grep")
    publish(project, "helper.md").failed(1, "release-exists")


def test_an_owner_is_given_with_the_whole_name(acme: Project) -> None:
    """The file says `helper`, the registry `team/helper`."""
    write(acme, "version: 1.0.0", "tools: Read")
    publish(acme, "helper.md", "--package", "team/helper", "--registry", "acme").done()
    assert releases(acme, "team/helper", "acme") == ["1.0.0"]
    publish(acme, "helper.md", "--package", "team/other").failed(2, "wrong-package")
    both = ["helper.md", "helper.md", "--package", "team/helper"]
    publish(acme, *both).failed(2, "conflicting-request")


# Which version


def test_a_first_release_needs_a_version_said_by_somebody(project: Project) -> None:
    """Nobody can guess what its author promises."""
    write(project, "tools: Read")
    for argv in (["helper.md"], ["helper.md", "--bump", "minor"]):
        error = publish(project, *argv).failed(1, "no-version").envelope["error"]
        assert "--version 1.0.0" in error["hint"]


def test_a_file_without_a_version_is_published_as_it_is(project: Project) -> None:
    """`--version` says it for the registry; the file stays the author's."""
    write(project, "tools: Read")
    before = project.read("helper.md")
    publish(project, "helper.md", "--version", "1.0.0-rc.1").done()
    assert (project.read("helper.md"), releases(project)) == (before, ["1.0.0rc1"])
    hint = publish(project, "helper.md").failed(1, "no-version").envelope["error"]["hint"]
    assert "`--bump patch` publishes 1.0.0, `--bump minor` 1.0.0" in hint


@pytest.mark.parametrize(
    ("said", "step", "becomes"),
    [
        ("version: 1.2.3", "patch", "1.2.4"),
        ("version: 1.2.3  # ours", "minor", "1.3.0"),
        ("version: 'v1.2.3'", "major", "2.0.0"),
        ("version: 2.0.0-rc.1", "major", "2.0.0"),
        ("version: 2.1.0rc1", "minor", "2.1.0"),
        ("version: 2.1.1rc1", "patch", "2.1.1"),
        ("version: 2.1.1rc1", "minor", "2.2.0"),
        ("version: 2.1.0rc1", "major", "3.0.0"),
    ],
)
def test_bump_edits_the_line_and_shows_it(
    project: Project, said: str, step: str, becomes: str
) -> None:
    """Nothing else in the file changes, and its bytes are those of the release."""
    write(project, "tools: Read", said, "color: red")
    before = project.read("helper.md").splitlines()
    ran = project.run("publish", "helper.md", "--bump", step).done()
    after = project.read("helper.md").splitlines()
    assert before[:4] + before[5:] == after[:4] + after[5:]
    assert after[4].split("#")[0].strip() == f"version: {becomes}"
    assert f"-> {becomes}" in ran.out
    assert releases(project) == [becomes]
    publish(project, "helper.md").done()


def test_a_refused_bump_leaves_the_file_alone(project: Project) -> None:
    """Whatever refuses does so before the first byte is written."""
    write(project, "tools: Read")
    publish(project, "helper.md", "--version", "1.0.0").done()
    write(project, "version: 1.0.0", "tools: Bash")
    before = project.read("helper.md")
    publish(project, "helper.md", "--bump", "patch").failed(3, "widening-patch")
    assert project.read("helper.md") == before


def test_two_words_on_the_version_must_agree(project: Project) -> None:
    """Otherwise the file would say one thing and the lockfile another."""
    write(project, "version: 1.0.0", "tools: Read")
    error = publish(project, "helper.md", "--version", "1.1.0").failed(1, "version-mismatch")
    assert error.envelope["error"]["where"]["line"] == 4
    publish(project, "helper.md", "--version", "1.0.0").done()
    publish(project, "helper.md", "--version", "2", "--bump", "minor").failed(
        2, "conflicting-request"
    )


# What is refused


def test_lint_errors_refuse_with_all_of_them(project: Project) -> None:
    """The first with its place, the others below, and how to see more."""
    write(project, "version: 1.0.0", "tools: Raed", "allowed-tools: Read")
    ran = project.run("publish", "helper.md").failed(1)
    assert " --> helper.md:5:8" in ran.err
    assert "[no-tools-left]" in ran.err
    assert "`agentpm lint helper.md` shows everything" in ran.err
    assert releases(project) == []


def test_warnings_are_told_and_refuse_nothing(project: Project) -> None:
    """They are the author's business; whoever pipes the output is not bothered."""
    write(project, "version: 1.0.0", "tools: Edit, MultiEdit")
    ran = project.run("publish", "helper.md").done()
    assert "helper.md:5:14: `MultiEdit` does not exist any more" in ran.err
    assert "MultiEdit` does not" not in ran.out


def test_hidden_text_is_refused_unless_the_agent_is_named(project: Project) -> None:
    """For the brave, and for who writes about such characters."""
    text = agent_text("version: 1.0.0", "tools: Read", body="Do\U000e0041\n")
    project.write("helper.md", text)
    publish(project, "helper.md").failed(1, "lint-errors")
    publish(project, "helper.md", "--allow-hidden-text", "other").failed(1, "lint-errors")
    publish(project, "helper.md", "--allow-hidden-text", "helper").done()


def test_a_name_that_ships_with_agentpm_is_taken(project: Project) -> None:
    """In one's own registry `backend-engineer` would be taken for the shipped one; elsewhere not."""
    write(project, "version: 9.0.0", "tools: Read", name="backend-engineer")
    publish(project, "backend-engineer.md").failed(1, "reserved-name")
    publish(project, "backend-engineer.md", "--dry-run").failed(1, "reserved-name")


def test_a_file_that_is_not_there(project: Project) -> None:
    """Said before anything else is done."""
    publish(project, "absent.md").failed(2, "no-such-file")


# Dependencies

NEEDS = ("version: 1.0.0", "tools: Agent", "dependencies:", "  - reviewer ^1.0")


def test_dependencies_must_be_in_the_same_registry(project: Project) -> None:
    """A release that nobody can install helps nobody; the place is the line that asks."""
    write(project, *NEEDS)
    error = publish(project, "helper.md").failed(1, "missing-dependency").envelope["error"]
    assert error["where"]["line"] == 7
    assert error["message"].endswith("which is not in the registry `shipped`")
    write(project, "version: 2.0.0", "tools: Read", name="reviewer")
    publish(project, "reviewer.md").done()
    error = publish(project, "helper.md").failed(1, "missing-dependency").envelope["error"]
    assert error["message"].endswith("the registry `shipped` has no fitting release")
    assert error["hint"] == "it has 2.0.0"


def test_what_is_nowhere_is_to_be_published_first(project: Project) -> None:
    """The way out for who writes several agents that belong together."""
    write(project, "version: 1.0.0", "tools: Agent", "dependencies:", "  - qqqqqqqqqqqq")
    error = publish(project, "helper.md").failed(1, "missing-dependency").envelope["error"]
    assert error["hint"] == "publish `qqqqqqqqqqqq` first, or both with one command"


def test_a_name_that_is_nearly_there_is_suggested(project: Project) -> None:
    """The commonest reason is a slip of the pen."""
    write(project, "version: 1.0.0", "tools: Agent", "dependencies:", "  - code-reviewr")
    error = publish(project, "helper.md").failed(1, "missing-dependency").envelope["error"]
    assert "`code-reviewer`" in error["hint"]


def test_a_withdrawn_or_early_release_meets_no_dependency(project: Project) -> None:
    """The resolver would not choose it either."""
    write(project, "version: 1.0.0", "tools: Read", name="reviewer")
    publish(project, "reviewer.md").done()
    project.run("yank", "reviewer@1.0.0", "--reason", "broken").done()
    write(project, "version: 1.1.0rc1", "tools: Read", name="reviewer")
    publish(project, "reviewer.md").done()
    write(project, *NEEDS)
    error = publish(project, "helper.md").failed(1, "missing-dependency").envelope["error"]
    assert error["hint"] == "it has 1.0.0 (withdrawn), 1.1.0rc1"


def test_agents_that_need_one_another_go_together(project: Project) -> None:
    """One command, one commit; of two that are the same release neither goes."""
    write(project, *NEEDS)
    write(project, "version: 1.0.0", "tools: Read", name="reviewer")
    publish(project, "helper.md", "reviewer.md").done()
    assert (releases(project), releases(project, "reviewer")) == (["1.0.0"], ["1.0.0"])
    project.write("copy.md", agent_text("version: 1.1.0", "tools: Read"))
    write(project, "version: 1.1.0", "tools: Grep")
    publish(project, "helper.md", "copy.md").failed(2, "conflicting-request")
    assert releases(project) == ["1.0.0"]


# More power than before


def history(project: Project, *versions: tuple[str, str]) -> None:
    """Publish the agent at each version, with its tools."""
    for version, tools in versions:
        write(project, f"version: {version}", f"tools: {tools}")
        publish(project, "helper.md").done()


@pytest.mark.parametrize(
    ("before", "version", "smallest"),
    [
        ([("1.0.0", "Read")], "1.0.1", "1.1.0"),
        ([("1.0.0", "Read")], "1.0.1rc1", "1.1.0"),
        ([("1.4.2", "Read"), ("2.0.0", "Bash")], "1.4.3", "1.5.0"),
        ([("0.1.0", "Read")], "0.1.1", "0.2.0"),
        ([("1.0.0", "Read"), ("1.0.1", "Read")], "1.0.2", "1.1.0"),
    ],
)
def test_more_power_cannot_come_as_a_patch(
    project: Project, before: list[tuple[str, str]], version: str, smallest: str
) -> None:
    """The message says what is new, and which version may carry it."""
    history(project, *before)
    write(project, f"version: {version}", "tools: Read, Bash")
    error = publish(project, "helper.md").failed(3, "widening-patch").envelope["error"]
    assert error["details"][0] == "can now run any shell command"
    assert f"publish it as {smallest} or later" in error["hint"]


@pytest.mark.parametrize(
    ("before", "version", "tools"),
    [
        ([("1.0.0", "Read")], "1.1.0", "Read, Bash"),
        ([("0.1.0", "Read")], "0.2.0", "Read, Bash"),
        ([("1.0.0", "Read")], "2.0.0", "Read, Bash"),
        ([("1.0.0", "Bash")], "1.0.1", "Bash, Write"),
        ([("1.0.0", "Read, Grep")], "1.0.1", "Read"),
        ([("1.0.0", "Read"), ("1.1.0rc1", "Read")], "1.1.0", "Read, Bash"),
        ([("2.0.0", "Read")], "1.0.1", "Bash"),
    ],
)
def test_what_is_no_widening_patch_goes_through(
    project: Project, before: list[tuple[str, str]], version: str, tools: str
) -> None:
    """A step that says so, less power, the same power in other words, a first release of its line."""
    history(project, *before)
    write(project, f"version: {version}", f"tools: {tools}")
    publish(project, "helper.md").done()


def test_a_yanked_release_sets_no_measure(project: Project) -> None:
    """Who withdrew a release with a shell in it has taken the shell back."""
    history(project, ("1.0.0", "Read"), ("1.1.0", "Bash"))
    project.run("yank", "helper@1.1.0", "--reason", "too much").done()
    write(project, "version: 1.0.1", "tools: Bash")
    publish(project, "helper.md").failed(3, "widening-patch")


def test_losing_the_list_of_tools_is_the_largest_widening(project: Project) -> None:
    """A line that is gone looks like nothing in a review."""
    history(project, ("1.0.0", "Read, Grep, Glob"))
    write(project, "version: 1.0.1")
    error = publish(project, "helper.md").failed(3, "widening-patch").envelope["error"]
    assert "can now use every tool" in error["details"][0]


def test_a_publication_shows_what_changes_for_who_updates(project: Project) -> None:
    """The author reads what every user will be asked."""
    history(project, ("1.0.0", "Read"))
    write(project, "version: 1.1.0", "tools: Read, Bash")
    ran = project.run("publish", "helper.md").done()
    assert "  more power than 1.0.0:" in ran.lines
    assert "    can now run any shell command" in ran.lines
    write(project, "version: 1.1.1", "tools: Bash, Read, Write")
    assert "  can do what 1.1.0 could" in project.run("publish", "helper.md").done().lines
    write(project, "version: 1.2.0", "tools: Read")
    assert (
        "  less power than 1.1.1: without shell, write" in project.run("publish", "helper.md").lines
    )
