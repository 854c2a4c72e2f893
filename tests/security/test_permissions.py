"""Ways to get an agent installed that can do more than policy, approvals and lockfile say."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from support.agent_text import agent_text
from support.project import Project


def hook(command: str) -> list[str]:
    return [
        "hooks:", "  PreToolUse:", "    - matcher: Bash", "      hooks:",
        "        - type: command", f"          command: {command}",
    ]  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def publish(project: Project, version: str, *front: str, name: str = "helper") -> None:
    project.write(f"{name}.md", agent_text(f"version: {version}", *front, name=name))
    project.run("publish", f"{name}.md", "--quiet").done()


def powers(project: Project, word: str) -> dict[str, Any]:
    (agent,) = project.run("permissions", word, "--json").done().data["agents"]
    assert isinstance(agent, dict)
    return agent


# The lockfile


@pytest.fixture
def committed(project: Project) -> Project:
    """A team's project with `helper` 1.0.0, which reads; 1.1.0 has a shell as well."""
    publish(project, "1.0.0", "tools: Read")
    project.run("install", "helper").done()
    project.commit()
    publish(project, "1.1.0", "tools: Read, Bash")
    return project


def test_powers_written_into_the_lockfile_are_no_yes(committed: Project) -> None:
    """Whoever can edit one file, an agent for example, must not lift the gate for its next release."""
    text = committed.lockfile.replace('    "read",\n', '    "read",\n    "shell",\n')
    assert text != committed.lockfile
    committed.write("agentpm.lock", text)
    committed.run("update", "helper", "--json").failed(3, "permission-widened")


def test_a_conflict_of_lockfiles_is_no_yes(committed: Project) -> None:
    """Solving it again compares with what the team had, not with what one side claims."""
    block = committed.lockfile[committed.lockfile.index("[[agent]]") :]
    claimed = block.replace('    "read",\n', '    "read",\n    "shell",\n')
    for ours, theirs in ((block, claimed), (claimed, block)):
        conflict = f"<<<<<<< HEAD\n{ours}=======\n{theirs}>>>>>>> branch\n"
        committed.write("agentpm.lock", 'lock-version = 1\ntool-table = "x"\n' + conflict)
        committed.write("agentpm.toml", '[agents]\nhelper = "^1.1"\n')
        committed.run("lock", "--json").failed(3, "permission-widened")


def test_another_branch_in_head_is_no_yes(committed: Project) -> None:
    """An agent taken out and put back is the agent that it was."""
    committed.run("uninstall", "helper").done()
    committed.run("install", "helper@1.1.0", "--json").failed(3, "permission-widened")


def test_an_approved_widening_is_not_asked_about_again(committed: Project) -> None:
    """Comparing with git must not stop what the manifest says yes to."""
    committed.run("approve", "helper", "shell").done()
    committed.run("update", "helper").done()
    committed.run("lock").done()
    committed.run("install", "--force").done()
    committed.run("permissions", "--check").done()


# Approvals


def test_an_approval_elsewhere_than_in_the_manifest_opens_nothing(project: Project) -> None:
    """Neither a policy that is extended nor the user's configuration decides for a team."""
    publish(project, "1.0.0", "tools: Read", *hook("./a.sh"))
    word = powers(project, "helper")["missing"][0]
    policy = f'[permissions.approved]\nhelper = ["{word}"]\n'
    config = project.home / "config" / "config.toml"
    config.parent.mkdir(exist_ok=True)
    config.write_text(policy, "utf-8")
    project.run("install", "helper", "--json").failed(1, "malformed-policy")
    config.write_text(f'organization = "{project.write("org.toml", policy)}"\n', "utf-8")
    project.run("install", "helper", "--json").failed(1, "malformed-policy")
    assert not project.agent("helper").exists()


def test_everything_is_no_yes_to_programs_modes_or_memory(project: Project) -> None:
    """They are covered by nothing but themselves."""
    publish(project, "1.0.0", *hook("./a.sh"), "memory: user", "permissionMode: acceptEdits")
    project.write("agentpm.toml", '[permissions.approved]\nhelper = ["everything"]\n')
    ran = project.run("install", "helper", "--json").failed(3, "permission-denied")
    said = ran.envelope["error"]["hint"]
    assert all(word in said for word in ("exec.hook:sha256:", "memory:user", "mode:acceptEdits"))


def test_an_approval_is_for_the_agent_that_it_names(project: Project) -> None:
    """The same program under another name is another decision."""
    publish(project, "1.0.0", "tools: Read", *hook("./a.sh"))
    project.run("approve", "helper", "--yes").done()
    project.run("install", "helper", "--as", "other", "--json").failed(3, "permission-denied")


def test_trusting_programs_confirms_no_program_that_is_not_used(project: Project) -> None:
    """A clone that approves two of them gets one through; the other waits until it is seen."""
    words = []
    for command in ("./a.sh", "./b.sh"):
        project.write("draft.md", agent_text(*hook(command), name="draft"))
        words += powers(project, "draft.md")["missing"]
    project.write(
        "agentpm.toml",
        '[agents]\nhelper = { path = "own/helper.md" }\n\n'
        f"[permissions.approved]\nhelper = {json.dumps(words)}\n",
    )
    project.write("own/helper.md", agent_text("version: 1.0.0", *hook("./a.sh")))
    project.commit()
    theirs = project.clone("mallory")
    theirs.run("install", "--trust-programs").done()
    theirs.write("own/helper.md", agent_text("version: 2.0.0", *hook("./b.sh")))
    ran = theirs.run("install", "--json").failed(3, "untrusted-program")
    assert "./b.sh" in str(ran.envelope["error"]["details"])


@pytest.mark.parametrize(
    "other",
    [
        hook("./a.sh --force"),
        [line.replace("Bash", "Read") for line in hook("./a.sh")],
        [line.replace("PreToolUse", "PostToolUse") for line in hook("./a.sh")],
        [*hook("./a.sh"), "          timeout: 5"],
        [*hook("./a.sh"), "          shell: powershell"],
        [*hook("./a.sh"), "        - type: command", "          command: ./b.sh"],
        [
            *hook("./a.sh"),
            "  Stop:",
            "    - hooks:",
            "        - type: command",
            "          command: b",
        ],
    ],
    ids=["argument", "matcher", "event", "timeout", "shell", "second", "second-event"],
)
def test_whatever_changes_about_a_program_is_another_program(
    project: Project, other: list[str]
) -> None:
    """The digest is of the whole configuration; what is written in another way only is the same."""
    publish(project, "1.0.0", "tools: Bash", *hook("./a.sh"))
    project.run("approve", "helper", "--yes").done()
    project.run("install", "helper").done()
    publish(project, "1.1.0", "tools: Bash", *hook('"./a.sh"'))
    project.run("update", "helper").done()
    publish(project, "2.0.0", "tools: Bash", *other)
    project.run("install", "helper@2.0.0", "--json").failed(3, "permission-widened")


# Policies


def test_a_project_does_not_bring_its_own_organisation(project: Project) -> None:
    """A relative path is one from the configuration, wherever the command runs."""
    config = project.home / "config" / "config.toml"
    config.parent.mkdir(exist_ok=True)
    config.write_text('organization = "policy.toml"\n', "utf-8")
    project.write("policy.toml", "[permissions]\n")
    publish(project, "1.0.0", "tools: Bash")
    project.run("install", "helper", "--json").failed(1, "malformed-policy")
    config.with_name("policy.toml").write_text('[permissions]\ndeny = ["shell"]\n', "utf-8")
    project.run("install", "helper", "--json").failed(3, "permission-denied")


@pytest.mark.parametrize("name", [".claude/settings.json", ".mcp.json"])
def test_json_without_end_is_no_bug(project: Project, name: str) -> None:
    """A clone may bring such a file; rules that cannot be read stop, servers are only a note."""
    publish(project, "1.0.0", "tools: Read, mcp__github")
    project.write(name, '{"mcpServers":' + "[" * 200_000)
    ran = project.run("install", "helper", "--json")
    assert ran.code == (1 if "settings" in name else 0)
    if ran.code:
        assert ran.envelope["error"]["code"] == "malformed-settings"


# The front matter


@pytest.mark.parametrize(
    "front",
    [
        ["tools: Read", "tools: Read, Bash"],
        ["base: &b", "  tools: Bash", "tools: Read", "<<: *b", "tools: Bash"],
        ["tools: [Read, &x Bash]"],
        ["tools:", "  - Read", "  - 'Bash(ls)'"],
        ['tools: "Read, B\\u0061sh"'],
        ["tools: |", "  Read, Bash"],
        ["Tools: Read"],
        ["tools : Read", "tools: '*'"],
    ],
)
def test_a_shell_by_any_spelling_is_a_shell(project: Project, front: list[str]) -> None:
    """The rule against it holds, whatever the line looks like."""
    project.write("own/helper.md", agent_text(*front))
    project.write(
        "agentpm.toml",
        '[agents]\nhelper = { path = "own/helper.md" }\n\n[permissions]\ndeny = ["shell"]\n',
    )
    assert project.run("install").code != 0
    assert not project.agent("helper").exists()


@pytest.mark.parametrize("key", ["model", "tools", "disallowed-tools"])
def test_an_override_stays_on_its_line(project: Project, key: str) -> None:
    """A value with a line end in it would be a further line, with a further power."""
    evil = "opus\ntools: Bash\nhooks: {}"
    value = evil if key == "model" else [evil]
    project.write("own/helper.md", agent_text("tools: Read", "model: sonnet"))
    entry = f'helper = {{ path = "own/helper.md", {key} = {json.dumps(value)} }}\n'
    project.write("agentpm.toml", f"[agents]\n{entry}")
    if project.run("install").code == 0:
        installed = project.agent("helper").read_text("utf-8")
        assert len(installed.splitlines()) == len(project.read("own/helper.md").splitlines())
        locked = tomllib.loads(project.lockfile)["agent"][0]
        assert locked["capabilities"]["claude"] == ["read"]
    else:
        assert not project.agent("helper").exists()


# What a killed command left


@pytest.mark.parametrize(
    "place", ["../home-of-ada/.claude/agents/evil.md", "x/../../evil.md", "/evil.md", "C:\\evil.md"]
)
@pytest.mark.parametrize("kind", ["write", "kept", "remove"])
def test_a_journal_that_came_with_a_clone_reaches_nothing_outside_it(
    project: Project, place: str, kind: str
) -> None:
    """It would be finished without any question: an agent of anybody's choice in the user's folder."""
    publish(project, "1.0.0", *hook("./a.sh"))
    project.run("approve", "helper", "--yes").done()
    project.run("install", "helper").done()
    digest = tomllib.loads(project.lockfile)["agent"][0]["checksum"]
    clone = Project(project.tmp_path, "clone")
    row = [place, digest] if kind == "remove" else ["evil", "claude", place, digest, None]
    empty: dict[str, Any] = {"write": [], "kept": [], "remove": []}
    texts = {"journal-version": 1, "manifest": None, "lockfile": None}
    clone.write(".agentpm/pending.json", json.dumps({**texts, **empty, kind: [row]}))
    clone.write("agentpm.toml", "[agents]\n")
    clone.run("install", "--json").failed(1, "malformed-receipt")
    assert not list(project.tmp_path.rglob("evil.md"))
