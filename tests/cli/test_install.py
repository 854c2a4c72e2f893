"""The main job, as a person does it: from a name to the published bytes, with a lockfile."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

import pytest

from support.project import Project

SEED = "c7fe6aecf3d5779a8021bf5407fc1f1a502e21c423d034c8e55b91c87c1bf40e"
AGENT = ".claude/agents/backend-engineer.md"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_exact_published_bytes_arrive(project: Project) -> None:
    """What is installed for Claude Code is byte for byte what was published."""
    ran = project.run("install", "backend-engineer").done()
    assert sha256(project.agent("backend-engineer")) == SEED
    assert ran.lines[0] == "+ backend-engineer 1.0.0  Bash Edit Grep MultiEdit Read Write"
    assert "`MultiEdit`" in ran.out
    assert ".claude/agents" in ran.lines[-1]


def test_manifest_and_lockfile_say_what_was_asked_and_what_was_got(project: Project) -> None:
    """The team commits these two, and nothing in them is of this machine."""
    project.run("install", "backend-engineer").done()
    assert tomllib.loads(project.manifest)["agents"] == {"backend-engineer": "^1.0"}
    (agent,) = tomllib.loads(project.lockfile)["agent"]
    assert agent["source"] == "registry+shipped"
    assert agent["checksum"] == f"sha256:{SEED}"
    assert "shell" in agent["capabilities"]["claude"]
    assert str(project.tmp_path) not in project.manifest + project.lockfile


def test_a_second_install_does_nothing_at_all(project: Project) -> None:
    """No git process, no byte written: manifest, lockfile, receipt and stats are enough."""
    project.run("install", "tech-lead").done()
    before = {name: project.path(name).stat().st_mtime_ns for name in project.tree()}
    ran = project.run("install").done()
    assert ran.git == ()
    assert "up to date" in ran.out
    assert before == {name: project.path(name).stat().st_mtime_ns for name in project.tree()}


def test_a_second_install_notices_whatever_changed(project: Project) -> None:
    """The short cut must never hide a missing file, an edit, or a new rule."""
    project.run("install", "backend-engineer").done()
    project.agent("backend-engineer").unlink()
    project.run("install").done()
    assert sha256(project.agent("backend-engineer")) == SEED
    project.write(".claude/settings.json", '{"permissions": {"deny": ["Bash"]}}')
    assert "Bash" in project.run("install").done().err
    project.append("agentpm.toml", '\n[permissions]\ndeny = ["shell"]\n')
    assert "deny" in project.run("install").failed(3).err


def test_a_dependency_comes_along_and_leaves_again(project: Project) -> None:
    """What only a removed agent needed goes with it."""
    project.run("install", "tech-lead").done()
    installed = {path.stem for path in project.agent("x").parent.iterdir()}
    assert {"tech-lead", "code-reviewer", "test-engineer", "debugger"} <= installed
    project.run("uninstall", "tech-lead").done()
    assert [p for p in project.agent("x").parent.iterdir() if p.suffix == ".md"] == []
    assert tomllib.loads(project.lockfile)["agent"] == []


@pytest.mark.parametrize(
    ("asked", "version", "written"),
    [
        ("code-reviewer", "2.0.0", "^2.0"),
        ("code-reviewer@^1", "1.1.0", "^1"),
        ("code-reviewer@1.0.0", "1.0.0", "==1.0.0"),
    ],
)
def test_what_is_typed_decides_what_is_written(
    project: Project, asked: str, version: str, written: str
) -> None:
    """By name: the newest, as `^chosen`; with a version: exactly that."""
    project.run("install", asked).done()
    (agent,) = tomllib.loads(project.lockfile)["agent"]
    assert (agent["version"], agent["requirement"]) == (version, written)


def test_an_unknown_name_is_answered_with_the_one_that_was_meant(project: Project) -> None:
    """And nothing is written for it."""
    ran = project.run("install", "backend-enginer").failed(1)
    assert "`backend-engineer`" in ran.err
    assert not project.exists("agentpm.toml")
    assert not project.exists("agentpm.lock")


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "con", "A", "a/../b"])
def test_a_name_never_becomes_a_path(project: Project, name: str) -> None:
    """Usage errors, before anything is looked up."""
    project.run("install", name).failed(2)
    assert not project.exists("agentpm.toml")


def test_the_team_gets_the_same_bytes(project: Project) -> None:
    """One installs and commits, the other clones and runs `install --frozen` on a new machine."""
    project.run("install", "tech-lead").done()
    project.write(".gitignore", ".claude/\n")
    project.commit()
    theirs = project.clone("bob")
    theirs.run("install", "--frozen").done()
    mine = {p.name: p.read_bytes() for p in project.agent("x").parent.iterdir()}
    assert {p.name: p.read_bytes() for p in theirs.agent("x").parent.iterdir()} == mine
    assert theirs.lockfile == project.lockfile


def test_a_warm_cache_is_enough_offline(project: Project) -> None:
    """On a train, in a second project."""
    project.run("install", "tech-lead").done()
    second = Project(project.tmp_path, "second")
    second.write("agentpm.toml", project.manifest)
    second.write("agentpm.lock", project.lockfile)
    second.run("sync", "--offline").done()
    assert second.agent("tech-lead").exists()


def test_frozen_refuses_a_lockfile_that_does_not_answer(project: Project) -> None:
    """CI must not solve anything by itself."""
    project.run("install", "backend-engineer").done()
    project.append("agentpm.toml", 'code-reviewer = "^1"\n')
    ran = project.run("install", "--frozen", "--json").failed(1, "stale-lockfile")
    assert "code-reviewer" in ran.out
    project.path("agentpm.lock").unlink()
    project.run("install", "--frozen", "--json").failed(1, "missing-lockfile")


def test_a_merge_that_is_clean_for_git_may_be_unsolved(project: Project) -> None:
    """Two branches can add agents that need different releases of a third."""
    project.run("install", "tech-lead").done()
    text = project.lockfile.replace('"code-reviewer ^2.0"', '"code-reviewer ^9"')
    assert text != project.lockfile
    project.write("agentpm.lock", text)
    ran = project.run("install", "--frozen", "--json").failed(1, "stale-lockfile")
    assert "code-reviewer" in ran.out


def test_a_dry_run_changes_nothing(project: Project) -> None:
    """Not even the folder for local files."""
    ran = project.run("install", "backend-engineer", "--dry-run").done()
    assert "+ backend-engineer 1.0.0" in ran.out
    assert "would be" in ran.out
    assert project.tree() == []


def test_what_was_edited_by_hand_is_never_lost(project: Project) -> None:
    """An update stops, shows the difference, and offers the ways out."""
    project.run("install", "code-reviewer@^1").done()
    project.agent("code-reviewer").write_text(
        "---\nname: code-reviewer\ndescription: x\n---\nmine\n"
    )
    ran = project.run("install", "code-reviewer@^2").failed(1)
    assert "edited" in ran.err
    assert "-mine" in ran.err
    assert "--force" in ran.err
    assert project.agent("code-reviewer").read_text().endswith("mine\n")
    assert tomllib.loads(project.lockfile)["agent"][0]["version"].startswith("1.")
    project.run("install", "code-reviewer@^2", "--force").done()
    (backup,) = project.path(".agentpm/backup").iterdir()
    assert backup.read_text().endswith("mine\n")


def test_an_edited_file_is_not_removed(project: Project) -> None:
    """`uninstall` takes away only what agentpm wrote."""
    project.run("install", "backend-engineer").done()
    project.append(AGENT, "\nmine\n")
    project.run("uninstall", "backend-engineer", "--json").failed(1, "edited-by-hand")
    assert project.read(AGENT).endswith("mine\n")
    assert "backend-engineer" in project.manifest


def test_a_foreign_file_is_not_written_over(project: Project) -> None:
    """Somebody copied an agent of that name here by hand before."""
    project.write(AGENT, "---\nname: backend-engineer\ndescription: mine\n---\nmine\n")
    project.run("install", "backend-engineer", "--json").failed(1, "edited-by-hand")
    assert project.read(AGENT).endswith("mine\n")


def test_a_committed_agent_is_recognised(project: Project) -> None:
    """A team that commits its agents directory has right files, and no receipt."""
    project.run("install", "code-reviewer@1.0.0").done()
    project.write(".gitignore", ".agentpm/\n")
    project.commit()
    theirs = project.clone("bob")
    theirs.run("install").done()
    theirs.run("install", "code-reviewer@^2").done()
    assert b"2.0.0" in theirs.agent("code-reviewer").read_bytes()


def test_a_name_that_another_file_claims_is_a_collision(project: Project) -> None:
    """Identity is the name inside: Claude Code would load only one of the two."""
    other = "---\nname: backend-engineer\ndescription: mine\n---\nmine\n"
    project.write(".claude/agents/team/own.md", other)
    ran = project.run("install", "backend-engineer", "--json").failed(1, "name-collision")
    assert "team/own.md" in ran.out
    project.run("install", "backend-engineer", "--as", "server-engineer").done()
    assert project.agent("server-engineer").read_text().splitlines()[1] == "name: server-engineer"


def test_an_alias_changes_one_line(project: Project) -> None:
    """`--as` rewrites the name; every other byte is the published one."""
    project.run("install", "backend-engineer").done()
    project.run("install", "backend-engineer", "--as", "be").failed(2)
    published = project.agent("backend-engineer").read_bytes()
    second = Project(project.tmp_path, "second")
    second.run("install", "backend-engineer", "--as", "be").done()
    renamed = second.agent("be").read_bytes()
    assert renamed == published.replace(b"name: backend-engineer", b"name: be", 1)


def test_overrides_narrow_an_agent(project: Project) -> None:
    """The installed file differs in exactly the overridden lines; widening is refused."""
    project.write(
        "agentpm.toml",
        '[agents]\nbackend-engineer = { version = "^1", tools = ["Read"], model = "opus" }\n',
    )
    project.run("install").done()
    text = project.read(AGENT)
    assert "tools: [Read]\n" in text
    assert "model: opus\n" in text
    (agent,) = tomllib.loads(project.lockfile)["agent"]
    assert agent["capabilities"]["claude"] == ["read"]
    project.write(
        "agentpm.toml",
        '[agents]\nbackend-engineer = { version = "^1", tools = ["WebFetch", "Agent"] }\n',
    )
    project.run("install", "--json").failed(3, "override-widens")


def test_an_agent_can_be_a_file_of_the_project(project: Project) -> None:
    """A path is a package with one release, and its dependencies come from the registry."""
    project.write(
        "agents/style.md",
        "---\nname: style\ndescription: Use for style\ntools: Read, Agent\n"
        "dependencies:\n  - code-reviewer ^2\n---\nBe brief.\n",
    )
    project.run("add", "style", "--path", "agents/style.md").done()
    project.run("install").done()
    assert project.agent("style").read_bytes() == project.path("agents/style.md").read_bytes()
    assert project.agent("code-reviewer").exists()
    project.write("agents/style.md", project.read("agents/style.md").replace("brief", "kind"))
    project.run("install").done()
    assert "kind" in project.agent("style").read_text()


def test_an_agent_can_be_a_file_of_a_git_repository(project: Project, tmp_path: Path) -> None:
    """Locked at a commit: moving the tag moves nothing until somebody asks."""
    upstream = Project(tmp_path, "upstream", person="eve")
    agent = "---\nname: legacy\ndescription: Use for old code\ntools: Read\n---\nfirst\n"
    upstream.write("agents/legacy.md", agent)
    upstream.commit()
    upstream.git("tag", "v1")
    url = upstream.root.as_uri()
    project.run("install", "backend-engineer").done()
    project.run("add", "legacy", "--git", url, "--rev", "v1", "--file", "agents/legacy.md").done()
    project.run("install").done()
    upstream.write("agents/legacy.md", agent.replace("first", "second"))
    upstream.commit()
    upstream.git("tag", "--force", "v1")
    theirs = Project(tmp_path, "theirs", person="bob")
    theirs.write("agentpm.toml", project.manifest)
    theirs.write("agentpm.lock", project.lockfile)
    theirs.run("sync").done()
    assert theirs.agent("legacy").read_text().endswith("first\n")
    project.run("update", "legacy").done()
    assert project.agent("legacy").read_text().endswith("second\n")


def test_global_agents_are_the_user_s_own(project: Project) -> None:
    """`-g`, and the home directory itself, mean `~/.claude/agents`."""
    project.run("install", "--global", "technical-writer").done()
    assert (project.home / ".claude/agents/technical-writer.md").is_file()
    assert project.tree() == []
    project.run("install", "code-reviewer", cwd=project.home).done()
    assert (project.home / ".claude/agents/code-reviewer.md").is_file()
    assert (project.home / "config/agentpm.toml").is_file()
    project.environ["CLAUDE_CONFIG_DIR"] = str(project.home / "elsewhere")
    project.run("install", "-g").done()
    assert (project.home / "elsewhere/agents/code-reviewer.md").is_file()


def test_a_subdirectory_belongs_to_its_project(project: Project) -> None:
    """The nearest manifest upward wins."""
    project.run("install", "backend-engineer").done()
    below = project.root / "src" / "deep"
    below.mkdir(parents=True)
    project.run("install", "code-reviewer", cwd=below).done()
    assert project.agent("code-reviewer").exists()


def test_update_moves_what_the_manifest_allows(project: Project) -> None:
    """`update` goes to the newest that fits, and says from where to where."""
    project.run("install", "database-engineer@1.0.0").done()
    project.write("agentpm.toml", project.manifest.replace("==1.0.0", "^1.0"))
    project.run("install").done()
    assert '"1.0.0"' in project.lockfile
    ran = project.run("update").done()
    assert "~ database-engineer 1.0.0 -> 1.0.1" in ran.out


def test_an_update_that_asks_for_more_power_stops(project: Project) -> None:
    """The difference is on screen, and the exit code is 3."""
    project.run("install", "migration-planner@1.0.0").done()
    project.write("agentpm.toml", project.manifest.replace("==1.0.0", "^1.0"))
    ran = project.run("update", "migration-planner").failed(3)
    assert "migration-planner" in ran.err
    assert "approve" in ran.err
    assert '"1.0.0"' in project.lockfile
    project.path("agentpm.lock").unlink()
    project.run("install").failed(3)
    project.agent("migration-planner").unlink()
    project.run("install").done()


def test_deleting_the_lockfile_does_not_hide_a_widening(project: Project) -> None:
    """The last committed lockfile still knows what the agent could do."""
    project.run("install", "migration-planner@1.0.0").done()
    project.commit()
    project.write("agentpm.toml", project.manifest.replace("==1.0.0", "^1.0"))
    project.path("agentpm.lock").unlink()
    project.run("lock", "--json").failed(3, "permission-widened")


def test_update_without_names_holds_back_what_asks_for_more(project: Project) -> None:
    """The others move; the one that widens is named."""
    project.run("install", "migration-planner@1.0.0", "database-engineer@1.0.0").done()
    project.write("agentpm.toml", project.manifest.replace("==1.0.0", "^1.0"))
    ran = project.run("update").done()
    assert "~ database-engineer 1.0.0 -> 1.0.1" in ran.out
    assert "migration-planner" in ran.err
    (held,) = [
        a for a in tomllib.loads(project.lockfile)["agent"] if a["name"] == "migration-planner"
    ]
    assert held["version"] == "1.0.0"


def test_a_conflicted_lockfile_is_solved_again(project: Project) -> None:
    """`agentpm lock` reads through git's markers."""
    project.run("install", "backend-engineer", "code-reviewer@^1").done()
    block = project.lockfile[project.lockfile.index("[[agent]]") :]
    project.write(
        "agentpm.lock",
        f"lock-version = 1\n<<<<<<< HEAD\n{block}=======\n{block.replace('1.1.0', '1.0.0')}>>>>>>> x\n",
    )
    project.run("install", "--frozen").failed(1)
    project.run("lock").done()
    versions = {a["name"]: a["version"] for a in tomllib.loads(project.lockfile)["agent"]}
    assert versions == {"backend-engineer": "1.0.0", "code-reviewer": "1.1.0"}


def test_an_own_publication_cannot_be_restored_by_the_team(project: Project) -> None:
    """It exists only on this machine, and everybody hears of it at that moment."""
    project.write(
        "mine.md",
        "---\nname: my-reviewer\nversion: 1.0.0\ndescription: Use to review\ntools: Read\n---\nx\n",
    )
    assert "registry" in project.run("publish", "mine.md").done().err
    ran = project.run("install", "my-reviewer").done()
    assert "only in your own registry" in ran.err
    project.commit()
    ran = project.clone("bob").run("sync", "--json").failed(1, "gone-release")
    assert "publish --registry" in ran.out


def test_json_is_one_document(project: Project) -> None:
    """Whether it worked or not, and with nothing else on standard output."""
    data = project.run("install", "backend-engineer", "--json").done().data
    assert data["moves"] == [
        {"name": "backend-engineer", "before": None, "after": "1.0.0", "reason": None}
    ]
    assert data["agents"][0]["path"] == AGENT
    assert project.run("install", "--json").done().data["up_to_date"] is True
    project.run("install", "nobody", "--json").failed(1, "unsolvable")


def test_a_manifest_may_ask_for_another_agentpm(project: Project) -> None:
    """Before anything is solved that this one might misread."""
    project.write("agentpm.toml", '[project]\nrequires-agentpm = ">=99"\n[agents]\n')
    project.run("install", "--json").failed(1, "wrong-agentpm")


def test_without_a_manifest_there_is_nothing_to_install(project: Project) -> None:
    """With a hint for a person who just arrived."""
    ran = project.run("install").failed(1)
    assert "agentpm install NAME" in ran.err
    assert project.tree() == []


def test_a_policy_can_forbid_what_delegation_adds(project: Project) -> None:
    """`tech-lead` only reads, and starts agents that have a shell."""
    project.write(
        "agentpm.toml", '[agents]\ntech-lead = "^2"\n[permissions]\ndelegation = "deny"\n'
    )
    ran = project.run("install", "--json").failed(3, "permission-denied")
    assert "`backend-engineer` adds" in ran.out
    assert not project.agent("tech-lead").exists()
    project.write("agentpm.toml", '[agents]\ntech-lead = "^2"\n')
    assert "can start agents that can do more" in project.run("install").done().err


def test_a_target_that_nothing_is_written_for_is_refused(project: Project) -> None:
    """Installing for Claude Code where another harness was asked for would be a lie."""
    project.write("agentpm.toml", '[project]\ntargets = ["claude", "cursor"]\n[agents]\n')
    ran = project.run("install", "--json").failed(1, "unknown-target")
    assert ran.envelope["error"]["where"] == {"path": "agentpm.toml", "line": 2, "column": 1}


def test_a_no_op_notices_other_rules_elsewhere(project: Project) -> None:
    """Another configuration directory may hold another policy; the short cut must not miss it."""
    project.run("install", "backend-engineer").done()
    strict = project.home / "strict"
    strict.mkdir()
    (strict / "config.toml").write_text('[permissions]\ndeny = ["shell"]\n')
    project.environ["AGENTPM_CONFIG_DIR"] = str(strict)
    project.run("install", "--json").failed(3, "permission-denied")
    assert project.run_process("install").code == 3


def test_offline_is_meant_for_git_agents_too(project: Project, tmp_path: Path) -> None:
    """No network at all, whatever kind of source an agent has."""
    project.write(
        "agentpm.toml",
        '[agents]\nlegacy = { git = "https://example.invalid/x.git", file = "legacy.md" }\n',
    )
    project.run("install", "--offline", "--json").failed(1, "offline")


def test_another_file_of_the_same_commit_is_another_agent(project: Project, tmp_path: Path) -> None:
    """`--frozen` holds the path in the repository against the manifest, as it does the revision."""
    upstream = Project(tmp_path, "upstream", person="eve")
    for name, tools in (("a", "Read"), ("b", "Read, Bash")):
        text = f"---\nname: legacy\ndescription: Use {name}\ntools: {tools}\n---\n{name}\n"
        upstream.write(f"{name}.md", text)
    upstream.commit()
    entry = 'legacy = { git = "URL", rev = "main", file = "a.md" }\n'
    text = "[agents]\n" + entry.replace("URL", upstream.root.as_uri())
    project.write("agentpm.toml", text)
    project.run("install").done()
    project.write("agentpm.toml", text.replace("a.md", "b.md"))
    project.run("sync", "--json").failed(1, "stale-lockfile")
    project.run("install", "--json").failed(3, "permission-widened")
    assert project.agent("legacy").read_text().endswith("a\n")


def test_frozen_never_writes_the_lockfile(project: Project) -> None:
    """Not even where only a comment or a line end differs from what agentpm would write."""
    project.run("install", "backend-engineer").done()
    text = "# ours\n" + project.lockfile.replace('tool-table = "claude-code 2.1.330"\n', "")
    project.write("agentpm.lock", text)
    project.run("sync").done()
    assert project.lockfile == text
    project.write("agentpm.lock", text.replace("size = 2515", "size = 3"))
    project.run("sync", "--json").failed(4, "not-the-locked-bytes")


def test_a_byte_order_mark_is_no_obstacle(project: Project) -> None:
    """Editors on Windows write one; every verb has to read such a file, and may edit it."""
    project.write("agentpm.toml", "\ufeff[agents]\n")
    project.run("install", "backend-engineer").done()
    project.write("agentpm.toml", "\ufeff" + project.manifest)
    project.write("agentpm.lock", "\ufeff" + project.lockfile)
    project.run("install").done()
    project.run("uninstall", "backend-engineer").done()
    (project.home / "config").mkdir(exist_ok=True)
    (project.home / "config/config.toml").write_text("\ufeffmax-age = 'x'\n", "utf-8")
    assert "config.toml:1:1" in project.run("list").failed(1).err


@pytest.mark.parametrize("name", ["agentpm.toml", "agentpm.lock"])
def test_a_file_that_is_not_utf8_is_refused_with_its_place(project: Project, name: str) -> None:
    """As every other mistake in a file that people write."""
    project.run("install", "backend-engineer").done()
    project.write(name, project.path(name).read_bytes() + b"# caf\xe9\n")
    line = project.path(name).read_bytes().count(b"\n")
    assert f"{name}:{line}:6" in project.run("install").failed(1).err


def test_a_directory_above_is_the_one_above(project: Project) -> None:
    """`-C ..` leaves the project that the shell is in."""
    inner = project.root / "inner"
    inner.mkdir()
    (inner / "agentpm.toml").write_text("[agents]\n")
    project.run("install", "-C", "..", "backend-engineer", cwd=inner).done()
    assert project.agent("backend-engineer").exists()
    assert not (inner / ".claude").exists()


def test_a_home_behind_a_link_is_still_home(project: Project) -> None:
    """Agents installed in the home directory are the user's own."""
    link = project.tmp_path / "link"
    link.symlink_to(project.home, target_is_directory=True)
    project.environ["HOME"] = str(link)
    project.run("install", "backend-engineer", cwd=link).done()
    assert (project.home / ".claude/agents/backend-engineer.md").is_file()
    assert not (project.home / "agentpm.toml").exists()


def test_a_no_op_sees_a_folder_that_became_a_link(project: Project) -> None:
    """What every other verb refuses, the short cut must not wave through."""
    project.run("install", "backend-engineer").done()
    folder = project.agent("x").parent
    folder.rename(project.root / "elsewhere")
    folder.symlink_to(project.root / "elsewhere", target_is_directory=True)
    project.run("install", "--json").failed(4, "link-in-the-way")


def test_update_asks_the_registry_however_recent_the_last_look(project: Project) -> None:
    """Somebody published a minute ago, and says so."""
    registry = project.root / "registry.git"
    project.run("registry", "init", "registry.git", "--bare").done()
    project.run("registry", "add", "team", registry.as_uri()).done()
    agent = "---\nname: reviewer\nversion: 1.0.0\ndescription: Use to review\ntools: Read\n---\nx\n"
    project.write("reviewer.md", agent)
    project.run("publish", "reviewer.md", "--registry", "team").done()
    project.run("install", "reviewer", "--registry", "team").done()
    colleague = Project(project.tmp_path, "work", person="bob")
    colleague.write("agentpm.toml", project.manifest)
    colleague.write("reviewer.md", agent.replace("1.0.0", "1.1.0"))
    colleague.run("publish", "reviewer.md", "--registry", "team").done()
    assert "~ reviewer 1.0.0 -> 1.1.0" in project.run("update").done().out


def test_a_fresh_machine_can_publish_for_itself(project: Project) -> None:
    """Into its own registry, before anybody told git a name; for others, a name is needed."""
    (project.home / ".gitconfig").unlink()
    agent = (
        "---\nname: my-reviewer\nversion: 1.0.0\ndescription: Use to review\ntools: Read\n---\nx\n"
    )
    project.write("my-reviewer.md", agent)
    project.run("publish", "my-reviewer.md").done()
    project.run("install", "my-reviewer").done()
    project.run("registry", "init", "team.git", "--bare").done()
    url = (project.root / "team.git").as_uri()
    project.run("registry", "add", "team", url).done()
    ran = project.run("publish", "my-reviewer.md", "--registry", "team", "--json")
    ran.failed(1, "no-identity")


def test_a_registry_that_nobody_named_is_no_registry(project: Project) -> None:
    """And the error is about what was typed, not about a line that is in no file."""
    ran = project.run("install", "x", "--registry", "nobody", "--json").failed(1)
    assert ran.envelope["error"]["code"] == "unknown-registry"
    assert project.tree() == []
