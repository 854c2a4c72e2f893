"""`agentpm lint`: files and folders, three formats, safe fixes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agentpm.cli.sarif import SCHEMA
from agentpm.lint.check import RULES
from support.agent_text import agent_text
from support.project import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_a_finding_shows_place_caret_and_hint(project: Project) -> None:
    """As compilers show theirs, so that a click in a terminal leads there."""
    project.write("helper.md", agent_text("tools: Raed, Grep"))
    ran = project.run("lint", "helper.md").failed(1)
    assert ran.out == (
        "error[misspelt-tool]: `Raed` is no tool of Claude Code, and grants nothing\n"
        " --> helper.md:4:8\n"
        "  |\n"
        "4 | tools: Raed, Grep\n"
        "  |        ^^^^\n"
        "hint: did you mean `Read`?\n"
        "\n"
        "1 file: 1 error\n"
    )


def test_warnings_and_notes_fail_nothing(project: Project) -> None:
    """Only what keeps an agent from being published is an error."""
    project.write("helper.md", agent_text("tools: Edit, MultiEdit", "category: x"))
    ran = project.run("lint", "helper.md").done()
    assert ran.lines[-1] == "1 file: 1 warning, 1 note; --fix mends 1 of them"
    assert project.run("lint", "--quiet", "helper.md").done().out == ""


def test_a_folder_is_walked_for_agents(project: Project) -> None:
    """What is no agent is passed over, and counted; what should be one is not."""
    project.write("agents/deep/helper.md", agent_text("tools: []"))
    project.write("agents/README.md", "# Our agents\n")
    project.write("agents/late.md", "\n---\nname: late\ndescription: x\n---\n")
    project.write("agents/notes.txt", "---\nname: x\n---\n")
    project.write("agents/node_modules/x/broken.md", "---\na: b: c\n d\n---\n")
    ran = project.run("lint", "--json", "agents").failed(1)
    assert [Path(file["path"]).name for file in ran.envelope["data"]["files"]] == [
        "helper.md",
        "late.md",
    ]
    assert ran.envelope["data"]["passed_over"] == 1
    text = project.run("lint", "agents").failed(1)
    assert text.lines[-1] == "2 files: 1 error; 1 file without front matter passed over"


def test_a_file_that_is_named_is_always_looked_at(project: Project) -> None:
    """Whoever names it believes that it is an agent; and nobody wants it told twice."""
    project.write("README.md", "# Not an agent\n")
    ran = project.run("lint", "README.md", "README.md", ".").failed(1)
    assert ran.out.count("no-front-matter") == 1
    for flags in (["--json"], ["--format", "json"], ["--format=json"]):
        ran = project.run("lint", "absent.md", *flags).failed(2, "no-such-file")
        assert ran.err == ""


def test_a_file_beyond_the_limit_is_a_finding(project: Project) -> None:
    """One file that nobody could read keeps nobody from hearing about the others."""
    project.write("agents/big.md", b"---\n" + b"x" * (3 << 20))
    project.write("agents/broken.md", "---\nname: 'a' b\n---\n")
    project.write("agents/helper.md", agent_text("tools: read"))
    data = project.run("lint", "agents", "--json").failed(1).envelope["data"]
    codes = {Path(f["path"]).name: [x["code"] for x in f["findings"]] for f in data["files"]}
    assert codes["big.md"] == codes["broken.md"] == ["malformed-agent"]
    assert "wrong-case-tool" in codes["helper.md"]


def test_fixes_are_written_and_told(project: Project) -> None:
    """The key is renamed, the name put in its case; the rest stays for a person."""
    project.write("helper.md", agent_text("allowed-tools: read, Raed"))
    ran = project.run("lint", "--fix", "helper.md").failed(1)
    assert "tools: Read, Raed" in project.read("helper.md")
    assert [line.partition(":")[0] for line in ran.lines[:2]] == [
        "fixed[ignored-restriction]",
        "fixed[wrong-case-tool]",
    ]
    assert ran.lines[-1] == "1 file: 1 error; 2 fixed"


def test_a_file_without_anything_to_fix_is_not_written(project: Project) -> None:
    """Watchers and build tools go by the time of change."""
    path = project.write("helper.md", agent_text("tools: Raed"))
    before = path.stat().st_mtime_ns
    project.run("lint", "--fix", "helper.md").failed(1)
    assert path.stat().st_mtime_ns == before


@pytest.mark.parametrize("flags", [["--json"], ["--format", "json"]])
def test_findings_as_data(project: Project, flags: list[str]) -> None:
    """Everything that the text says, and the fix as an edit."""
    project.write("helper.md", agent_text("tools: read"))
    ran = project.run("lint", *flags, "helper.md").failed(1)
    (file,) = ran.envelope["data"]["files"]
    wrong_case = next(f for f in file["findings"] if f["code"] == "wrong-case-tool")
    assert (wrong_case["severity"], wrong_case["line"], wrong_case["column"]) == ("error", 4, 8)
    assert wrong_case["fix"] == {"line": 4, "column": 8, "old": "read", "new": "Read"}
    assert ran.envelope["data"]["errors"] == 2


def sarif(project: Project, *argv: str) -> Any:
    return json.loads(project.run("lint", "--format", "sarif", *argv).out)


def test_findings_as_sarif(project: Project) -> None:
    """Code scanning needs rule, level, region and fix, with every rule described."""
    project.write("agents/helper.md", agent_text("tools: read, Grep"))
    log = sarif(project, "agents")
    assert (log["version"], log["$schema"]) == ("2.1.0", SCHEMA)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [rule.code for rule in RULES]
    (result,) = run["results"]
    assert (result["ruleId"], result["level"]) == ("wrong-case-tool", "error")
    assert rules[result["ruleIndex"]]["id"] == "wrong-case-tool"
    (location,) = result["locations"]
    physical = location["physicalLocation"]
    assert physical["artifactLocation"] == {"uri": "agents/helper.md"}
    assert physical["region"] == {"startLine": 4, "startColumn": 8, "endColumn": 12}
    (change,) = result["fixes"][0]["artifactChanges"]
    assert change["replacements"][0]["insertedContent"] == {"text": "Read"}


def test_a_place_in_sarif_is_an_address(project: Project) -> None:
    """A blank, a hash or a letter beyond ASCII would lead readers of the log to another file."""
    project.write("my agents/höher #1.md", agent_text("tools: read, Grep"))
    for folder in ("my agents", str(project.path("my agents"))):
        (result,) = [
            r
            for r in sarif(project, folder)["runs"][0]["results"]
            if r["ruleId"] == "wrong-case-tool"
        ]
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert uri.endswith("my%20agents/h%C3%B6her%20%231.md")
        assert uri.startswith("file:///" if folder.startswith("/") else "my%20")


def test_a_finding_without_a_fix_offers_none(project: Project) -> None:
    """Code scanning would otherwise show an empty change."""
    project.write("helper.md", agent_text("tools: Raed, Grep"))
    (result,) = sarif(project, "helper.md")["runs"][0]["results"]
    assert "fixes" not in result
    assert result["message"]["text"].endswith("did you mean `Read`?")


def test_sarif_of_clean_files_has_no_results(project: Project) -> None:
    """The log must be there all the same: it clears what an earlier one reported."""
    project.write("helper.md", agent_text("tools: []"))
    assert sarif(project, "helper.md")["runs"][0]["results"] == []


def test_nothing_of_a_hostile_file_reaches_the_terminal_as_it_is(project: Project) -> None:
    """Escape codes and hidden characters in a name or a command are spelt out."""
    front = ["tools: Read, \x1b[31mx", "hooks:", "  Stop:", "    - hooks:",
             '        - command: "rm \\e[2K -rf"']  # fmt: skip
    project.write("helper.md", agent_text(*front))
    out = project.run("lint", "helper.md").out
    assert "\x1b" not in out
    assert "\\u001b" in out
