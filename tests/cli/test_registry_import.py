"""`agentpm registry import`: a registry from the agent files that there are."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from support.collection import NOON, Collection, agent_file
from support.index_repo import IndexRepo, index_file
from support.index_repo import agent_file as agent_place
from support.project import Project, Ran

MIT = """\
MIT License

Copyright (c) 2026 Grace

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and
associated documentation files (the "Software"), to deal in the Software without restriction.

The above copyright notice and this permission notice shall be included in all copies.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND.
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    return Collection(tmp_path)


def imported(project: Project, source: Path | str, *flags: str, to: str = "index.git") -> Ran:
    """Import a source into a registry of the project's person, made where there is none."""
    return project.run(
        *("registry", "import", str(source), "--to", to, "--init", "--json", *flags)
    ).done()


def show(project: Project, path: str, registry: str = "index.git") -> bytes:
    """A file of a registry's newest commit."""
    place = project.root / registry
    inner = place / ".git" if (place / ".git").exists() else place
    ran = subprocess.run(
        ["git", f"--git-dir={inner}", "show", f"main:{path}"], check=True, capture_output=True
    )
    return ran.stdout


def records(project: Project, name: str, registry: str = "index.git") -> list[dict[str, Any]]:
    """The records of a package in a registry."""
    return [json.loads(line) for line in show(project, index_file(name), registry).splitlines()]


def versions(project: Project, name: str, registry: str = "index.git") -> list[str]:
    return [record["version"] for record in records(project, name, registry)]


def reasons(ran: Ran) -> dict[str, str]:
    """What was left out, by its first path, with the reason."""
    return {item["paths"][0]: item["reason"] for item in ran.data["left_out"]}


def names(ran: Ran) -> list[str]:
    return [package["name"] for package in ran.data["packages"]]


# Versions from history


def test_each_commit_that_changed_an_agent_is_a_release(
    project: Project, collection: Collection
) -> None:
    """Whoever depends on an older state can name it, with the time when it was the newest."""
    collection.agent("a/reviewer.md").commit()
    first = collection.tip
    collection.write("README.md", "Nothing of interest.").commit()
    collection.agent("a/reviewer.md", text="Look twice.").commit()
    imported(project, collection.path)
    one, two = records(project, "reviewer")
    assert (one["version"], two["version"]) == ("0.1.0", "0.1.1")
    assert (one["published"], two["published"]) == ("2026-05-28T21:26:40Z", "2026-05-28T23:26:40Z")
    assert one["provenance"] == {"imported": True, "path": "a/reviewer.md", "commit": first}
    assert show(project, agent_place("reviewer", "0.1.0")) == agent_file("reviewer").encode()


def test_more_power_is_more_than_a_patch(project: Project, collection: Collection) -> None:
    """A number that agentpm invents keeps to the rule that it demands of publishers."""
    for tools in ("Read", "Read, Grep", "Read", "Read, Bash", "Read"):
        collection.agent("reviewer.md", tools=tools).commit()
    imported(project, collection.path)
    assert versions(project, "reviewer") == ["0.1.0", "0.2.0", "0.2.1", "0.3.0", "0.3.1"]


def test_a_file_that_moves_stays_the_same_agent(project: Project, collection: Collection) -> None:
    """Tidying up a repository is nothing that users of its agents should notice."""
    collection.agent("reviewer.md").commit()
    collection.move("reviewer.md", "agents/quality/code.md").commit()
    collection.agent("agents/quality/code.md", name="reviewer", text="Look twice.").commit()
    imported(project, collection.path)
    one, two = records(project, "reviewer")
    assert [one["provenance"]["path"], two["provenance"]["path"]] == [
        "reviewer.md",
        "agents/quality/code.md",
    ]


def test_a_merge_counts_when_it_arrives(project: Project, collection: Collection) -> None:
    """What people tried out on a branch was never the state of the collection."""
    collection.agent("reviewer.md").commit()
    collection.git("checkout", "--quiet", "-b", "work")
    collection.agent("reviewer.md", text="Try.").commit()
    collection.agent("reviewer.md", text="Done.").commit()
    collection.git("checkout", "--quiet", "main")
    collection.git("merge", "--quiet", "--no-ff", "--message", "Merge", "work")
    imported(project, collection.path)
    assert versions(project, "reviewer") == ["0.1.0", "0.1.1"]
    assert b"Done." in show(project, agent_place("reviewer", "0.1.1"))


def test_an_agent_that_is_gone_is_left_behind(project: Project, collection: Collection) -> None:
    """Somebody took it out for a reason."""
    collection.agent("old.md").agent("reviewer.md").commit()
    collection.remove("old.md").commit()
    assert names(imported(project, collection.path)) == ["reviewer"]


def test_a_broken_state_of_the_past_is_passed_over(
    project: Project, collection: Collection
) -> None:
    """One bad commit must not keep out all that came after it."""
    collection.agent("reviewer.md").commit()
    collection.write("reviewer.md", "---\nname: reviewer\n---\nNo description.").commit()
    collection.agent("reviewer.md", text="Mended.").commit()
    ran = imported(project, collection.path)
    assert versions(project, "reviewer") == ["0.1.0", "0.1.1"]
    assert [item["reason"] for item in ran.data["passed_over"]] == ["missing-description"]


def test_the_first_version_can_be_chosen(project: Project, collection: Collection) -> None:
    """Agents that were in use for years are not at their beginning."""
    collection.agent("reviewer.md").commit().agent("reviewer.md", text="More.").commit()
    imported(project, collection.path, "--first", "1.0.0")
    assert versions(project, "reviewer") == ["1.0.0", "1.0.1"]


def test_one_release_can_be_enough(project: Project, collection: Collection) -> None:
    """Not everybody wants to carry years of edits along."""
    collection.agent("reviewer.md").commit().agent("reviewer.md", text="More.").commit()
    imported(project, collection.path, "--single")
    (record,) = records(project, "reviewer")
    assert record["version"] == "0.1.0"
    assert record["provenance"]["commit"] == collection.tip


# Once more


def test_a_later_import_continues_where_the_first_one_ended(
    project: Project, collection: Collection
) -> None:
    """The same commit is the same version for good, so a collection can be followed."""
    for text in ("One.", "Two."):
        collection.agent("reviewer.md", text=text).commit()
    imported(project, collection.path)
    before = show(project, index_file("reviewer"))
    collection.agent("reviewer.md", tools="Bash").agent("writer.md").commit()
    imported(project, collection.path)
    after = show(project, index_file("reviewer"))
    assert after.startswith(before)
    assert versions(project, "reviewer") == ["0.1.0", "0.1.1", "0.2.0"]
    imported(project, collection.path, to="anew.git")
    assert show(project, index_file("reviewer"), "anew.git") == after


def test_an_import_of_nothing_new_makes_no_commit(project: Project, collection: Collection) -> None:
    """The command can stand in a nightly job."""
    collection.agent("reviewer.md").commit()
    assert imported(project, collection.path).data["commit"]
    assert imported(project, collection.path).data["commit"] is None


def test_the_same_source_gives_the_same_index_whoever_imports_it(
    project: Project, collection: Collection, tmp_path: Path
) -> None:
    """Two people can compare what they have."""
    collection.agent("reviewer.md").commit().agent("reviewer.md", text="More.").commit()
    imported(project, collection.path)
    bob = Project(tmp_path, person="bob")
    imported(bob, collection.path)
    assert show(project, index_file("reviewer")) == show(bob, index_file("reviewer"))


def test_an_agent_of_somebody_else_is_not_continued(
    project: Project, collection: Collection, tmp_path: Path
) -> None:
    """Else the next version of an agent could come from whoever chose the same name."""
    collection.agent("reviewer.md").commit()
    imported(project, collection.path)
    other = Collection(tmp_path, "other").agent("reviewer.md", tools="Bash", text="Mine.").commit()
    ran = imported(project, other.path)
    assert reasons(ran) == {"reviewer.md": "diverged"}
    assert versions(project, "reviewer") == ["0.1.0"]
    again = imported(project, other.path, "--single")
    assert reasons(again) == {"reviewer.md": "diverged"}


def test_a_history_that_was_rewritten_adds_nothing(
    project: Project, collection: Collection
) -> None:
    """Commits that are gone cannot be told from those of another collection."""
    collection.agent("reviewer.md").commit().agent("reviewer.md", text="More.").commit()
    imported(project, collection.path)
    collection.git("reset", "--quiet", "--hard", "HEAD~1")
    collection.agent("reviewer.md", text="Other.").commit()
    ran = imported(project, collection.path)
    assert reasons(ran) == {"reviewer.md": "diverged"}
    assert "imported from another history" in ran.data["left_out"][0]["message"]


def test_the_same_commits_with_other_flags_are_not_the_same_releases(
    project: Project, collection: Collection
) -> None:
    """A release never changes, and half of one file with half of another is nobody's history."""
    collection.agent("a/x.md", text="A.").agent("b/x.md", text="B.").commit()
    imported(project, collection.path, "--prefer", "a/*")
    ran = imported(project, collection.path, "--prefer", "b/*")
    assert reasons(ran) == {"b/x.md": "diverged"}
    assert "with other flags" in ran.data["left_out"][0]["message"]


# Versions from tags


@pytest.mark.parametrize("prefix", ["v", "", "reviewer-v", "reviewer@", "reviewer-"])
def test_tags_are_versions(project: Project, collection: Collection, prefix: str) -> None:
    """Who tagged releases said which states were meant for others."""
    collection.agent("reviewer.md").commit().tag(f"{prefix}1.0.0")
    collection.agent("reviewer.md", text="Try.").commit()
    collection.agent("reviewer.md", text="Done.").commit().tag(f"{prefix}1.1.0").tag("nightly")
    imported(project, collection.path)
    one, two = records(project, "reviewer")
    assert (one["version"], two["version"]) == ("1.0.0", "1.1.0")
    assert two["provenance"]["tag"] == f"{prefix}1.1.0"
    assert two["published"] == "2026-05-29T01:26:40Z"


def test_a_tag_without_a_change_is_no_release(project: Project, collection: Collection) -> None:
    """A collection of a hundred agents has a version; not each of them changed in it."""
    collection.agent("reviewer.md").agent("writer.md").commit().tag("v1.0.0")
    collection.agent("writer.md", text="More.").commit().tag("v1.1.0")
    imported(project, collection.path)
    assert versions(project, "reviewer") == ["1.0.0"]
    assert versions(project, "writer") == ["1.0.0", "1.1.0"]


def test_a_release_may_be_what_its_candidate_was(project: Project, collection: Collection) -> None:
    """That is what candidates are for; nobody would find 1.0.0 otherwise."""
    collection.agent("reviewer.md").commit().tag("v1.0.0-rc.1").tag("v1.0.0")
    imported(project, collection.path)
    assert versions(project, "reviewer") == ["1.0.0rc1", "1.0.0"]


def test_a_tag_for_one_agent_says_nothing_about_the_others(
    project: Project, collection: Collection
) -> None:
    """The others have a history."""
    collection.agent("reviewer.md").agent("writer.md").commit().tag("reviewer-v2.0.0")
    collection.agent("writer.md", text="More.").commit()
    imported(project, collection.path)
    assert versions(project, "reviewer") == ["2.0.0"]
    assert versions(project, "writer") == ["0.1.0", "0.1.1"]


def test_a_tagged_patch_that_widens_is_left_out(project: Project, collection: Collection) -> None:
    """The registry's own gate would refuse it; the tag after it may be a minor release."""
    collection.agent("reviewer.md").commit().tag("v1.0.0")
    collection.agent("reviewer.md", tools="Bash").commit().tag("v1.0.1").tag("v1.1.0")
    ran = imported(project, collection.path)
    assert versions(project, "reviewer") == ["1.0.0", "1.1.0"]
    assert [item["reason"] for item in ran.data["passed_over"]] == ["widening-patch"]


def test_what_no_tag_names_is_reported(project: Project, collection: Collection) -> None:
    """Otherwise one looks for the new agent in vain."""
    collection.agent("reviewer.md").commit().tag("v1.0.0")
    collection.agent("reviewer.md", text="More.").agent("writer.md").commit()
    ran = imported(project, collection.path)
    assert reasons(ran) == {"writer.md": "untagged"}
    assert [package["unreleased"] for package in ran.data["packages"]] == [True]


def test_tags_can_be_disregarded(project: Project, collection: Collection) -> None:
    """They may be versions of something else that lives in the repository."""
    collection.agent("reviewer.md").commit().tag("v7.0.0")
    collection.agent("reviewer.md", text="More.").commit()
    imported(project, collection.path, "--history")
    assert versions(project, "reviewer") == ["0.1.0", "0.1.1"]


def test_a_collection_can_begin_to_tag(project: Project, collection: Collection) -> None:
    """What was imported before there were tags stays, and what is tagged follows it."""
    collection.agent("reviewer.md").commit()
    imported(project, collection.path)
    collection.agent("reviewer.md", text="Ready.").commit().tag("v1.0.0")
    imported(project, collection.path)
    assert versions(project, "reviewer") == ["0.1.0", "1.0.0"]


def test_a_tag_that_was_moved_changes_no_release(project: Project, collection: Collection) -> None:
    """A release never changes, whatever its tag does."""
    collection.agent("reviewer.md").commit().tag("v1.0.0")
    imported(project, collection.path)
    collection.agent("reviewer.md", text="Other.").commit()
    collection.git("tag", "--delete", "v1.0.0")
    collection.tag("v1.0.0")
    assert reasons(imported(project, collection.path)) == {"reviewer.md": "diverged"}


# Names


def test_a_name_that_is_none_is_left_out_or_rewritten(
    project: Project, collection: Collection
) -> None:
    """One line is changed; the record says what the bytes were before."""
    collection.agent("reviewer.md", name="Code Reviewer").commit()
    raw = agent_file("Code Reviewer").encode()
    assert reasons(imported(project, collection.path)) == {"reviewer.md": "bad-name"}
    imported(project, collection.path, "--rename")
    (record,) = records(project, "code-reviewer")
    assert record["provenance"]["original"] == "sha256:" + hashlib.sha256(raw).hexdigest()
    assert show(project, agent_place("code-reviewer", "0.1.0")) == raw.replace(
        b"name: Code Reviewer", b"name: code-reviewer"
    )


def test_an_import_that_leaves_everything_out_says_why_there_is_no_registry(
    project: Project, collection: Collection
) -> None:
    """A script that goes on with the new registry would fail at a place that explains nothing."""
    collection.agent("reviewer.md", name="Code Reviewer").commit()
    ran = project.run("registry", "import", str(collection.path), "--to", "r1", "--init").done()
    assert "reviewer.md" in ran.out
    assert ran.lines[-1] == (
        "nothing imported into r1: 1 file left out, and none remains, so that r1 was not made"
    )
    assert not project.exists("r1")


def test_two_files_with_one_name_are_both_left_out(
    project: Project, collection: Collection
) -> None:
    """Which of them is meant, only a person knows."""
    collection.agent("a/reviewer.md", text="A.").agent("b/reviewer.md", text="B.").commit()
    (left,) = imported(project, collection.path).data["left_out"]
    assert left["reason"] == "collision"
    assert left["paths"] == ["a/reviewer.md", "b/reviewer.md"]
    imported(project, collection.path, "--prefer", "b/*")
    assert b"B." in show(project, agent_place("reviewer", "0.1.0"))


def test_copies_of_one_file_are_one_agent(project: Project, collection: Collection) -> None:
    """Collections keep the same agent in several plugins, and there is nothing to choose."""
    collection.agent("a/reviewer.md").agent("b/reviewer.md").commit()
    ran = imported(project, collection.path)
    assert names(ran) == ["reviewer"]
    assert ran.data["left_out"] == []


def test_names_can_stand_under_an_owner(project: Project, collection: Collection) -> None:
    """A registry with several collections in it keeps them apart."""
    collection.agent("reviewer.md").commit()
    assert names(imported(project, collection.path, "--owner", "acme")) == ["acme/reviewer"]
    assert versions(project, "acme/reviewer") == ["0.1.0"]


def test_the_version_in_a_file_gives_way(project: Project, collection: Collection) -> None:
    """Files say what they said when somebody last thought of it; the record decides."""
    text = agent_file("reviewer").replace("tools:", "version: 9.9.9\ntools:")
    collection.write("reviewer.md", text).commit()
    imported(project, collection.path)
    assert versions(project, "reviewer") == ["0.1.0"]


# Files


def test_files_that_are_no_agents_are_told_from_broken_ones(
    project: Project, collection: Collection
) -> None:
    """A list of what needs mending must not be drowned in files that need nothing."""
    collection.agent("agents/reviewer.md")
    collection.write("README.md", "# Agents\n").write("agents/notes.md", "Only notes.\n")
    collection.write("docs/page.md", "---\ntitle: A page\n---\n")
    collection.write("agents/nameless.md", "---\ndescription: Use it.\n---\n")
    collection.write("agents/torn.md", "---\nname: torn\n- one\n---\n")
    collection.write("agents/silent.md", "---\nname: silent\n---\n")
    collection.write("agents/large.md", b"x" * (1024 * 1024 + 1))
    collection.agent("commands/deploy.md").agent("skills/draw/SKILL.md", name="draw").commit()
    ran = imported(project, collection.path)
    assert names(ran) == ["reviewer"]
    assert reasons(ran) == {
        "agents/nameless.md": "missing-name",
        "agents/torn.md": "malformed-agent",
        "agents/silent.md": "missing-description",
        "agents/large.md": "unreadable",
    }
    assert ran.data["other_files"] == 3


def test_only_the_wanted_files_are_looked_at(project: Project, collection: Collection) -> None:
    """Repositories hold more than agents, and some agents are not for others."""
    collection.agent("a/one.md").agent("a/secret/two.md").agent("b/three.md").commit()
    ran = imported(project, collection.path, "--include", "a", "--exclude", "*/secret/*")
    assert names(ran) == ["one"]


def test_a_link_is_no_file(project: Project, collection: Collection) -> None:
    """What it points to may lie anywhere on the machine of whoever imports."""
    collection.agent("reviewer.md")
    (collection.root / "other.md").symlink_to("/etc/passwd")
    (collection.root / "copy.md").symlink_to("reviewer.md")
    collection.commit()
    for source in (collection.path, str(collection.plain())):
        ran = imported(project, source, "--dry-run")
        assert names(ran) == ["reviewer"]
        assert ran.data["other_files"] == 0


def test_hidden_text_stops_an_agent(project: Project, collection: Collection) -> None:
    """A person looks at it first; the states before it are fine."""
    collection.agent("reviewer.md").commit()
    collection.agent("reviewer.md", text="Work.\U000e0041").commit()
    ran = imported(project, collection.path)
    assert reasons(ran) == {"reviewer.md": "hidden-text"}
    assert versions(project, "reviewer") == ["0.1.0"]
    imported(project, collection.path, "--allow-hidden-text", "reviewer")
    assert versions(project, "reviewer") == ["0.1.0", "0.1.1"]


def test_other_findings_are_told_and_stop_nothing(project: Project, collection: Collection) -> None:
    """Agents that work as they are must not be kept out by what could be better."""
    collection.agent("reviewer.md", tools="read").commit()
    ran = imported(project, collection.path)
    assert "wrong-case-tool" in [finding["code"] for finding in ran.data["findings"]]
    assert versions(project, "reviewer") == ["0.1.0"]


def test_a_dependency_that_is_nowhere_is_told(project: Project, collection: Collection) -> None:
    """Nobody could install the agent."""
    needs = "dependencies:\n  - writer ^0.1\n  - gone\ntools:"
    collection.write("reviewer.md", agent_file("reviewer").replace("tools:", needs))
    collection.agent("writer.md").commit()
    ran = imported(project, collection.path)
    assert ran.data["missing_dependencies"] == [{"name": "reviewer", "dependency": "gone"}]


# Licences, addresses


def test_the_licence_is_that_of_the_time(project: Project, collection: Collection) -> None:
    """A release is under the licence under which it was given, not a later one."""
    collection.agent("reviewer.md").commit()
    collection.write("LICENSE", MIT).agent("reviewer.md", text="More.").commit()
    imported(project, collection.path)
    assert [record.get("license") for record in records(project, "reviewer")] == [None, "MIT"]


def test_a_licence_can_be_said(project: Project, collection: Collection) -> None:
    """Whoever imports may know better than a file that is not there."""
    collection.agent("reviewer.md").commit()
    imported(project, collection.path, "--license", "CC0-1.0")
    assert records(project, "reviewer")[0]["license"] == "CC0-1.0"


@pytest.mark.parametrize(
    ("origin", "told"),
    [
        ("https://ada:secret@example.org/agents.git", "https://example.org/agents.git"),
        ("git@example.org:agents.git", "git@example.org:agents.git"),
        ("/srv/agents.git", None),
        ("file:///srv/agents.git", None),
    ],
)
def test_a_record_names_an_address_that_others_can_use(
    project: Project, collection: Collection, origin: str, told: str | None
) -> None:
    """No password, and no folder of this machine, belongs into a registry."""
    collection.git("remote", "add", "origin", origin)
    collection.agent("reviewer.md").commit()
    imported(project, collection.path)
    (record,) = records(project, "reviewer")
    assert record.get("repository") == told
    assert record["provenance"].get("repository") == told


# Sources


def test_a_directory_without_a_history_gives_one_release(
    project: Project, collection: Collection
) -> None:
    """A folder of agents is where most people start."""
    collection.agent("a/reviewer.md").write("LICENSE", MIT)
    os.utime(collection.root / "a/reviewer.md", (NOON, NOON))
    imported(project, collection.plain())
    (record,) = records(project, "reviewer")
    assert (record["version"], record["license"]) == ("0.1.0", "MIT")
    assert record["published"] == "2026-05-28T20:26:40Z"
    assert record["provenance"] == {"imported": True, "path": "a/reviewer.md"}


def test_a_repository_elsewhere_is_cloned_and_the_clone_is_gone_afterwards(
    project: Project, tmp_path: Path
) -> None:
    """Only the registry stays."""
    collection = Collection(tmp_path, "far.tree")
    collection.agent("reviewer.md").commit().agent("reviewer.md", text="More.").commit()
    imported(project, collection.root.as_uri())
    assert versions(project, "reviewer") == ["0.1.0", "0.1.1"]
    assert list((project.home / "cache" / "registries" / "imports").iterdir()) == []


def test_a_shallow_clone_has_no_numbers(project: Project, collection: Collection) -> None:
    """They would be others once the rest of the history is there."""
    collection.agent("reviewer.md").commit().agent("reviewer.md", text="More.").commit()
    shallow = collection.root.with_name("shallow")
    collection.git("clone", "--quiet", "--depth=1", collection.root.as_uri(), str(shallow))
    ran = project.run("registry", "import", str(shallow), "--to", "x", "--init", "--json")
    assert "shallow" in ran.failed(1, "unusable-source").out
    assert not project.exists("x")
    imported(project, shallow, "--single")


@pytest.mark.parametrize(
    "source",
    ["nowhere", "https://", "file:///nowhere/at/all", "--", "ext::x", "sparse+https://x.io"],
)
def test_a_source_that_is_none_is_told(project: Project, source: str) -> None:
    """Before anything is made."""
    ran = project.run("registry", "import", "--to", "x", "--init", "--json", "--", source)
    ran.failed(1, "unusable-source")
    assert not project.exists("x")


def test_a_source_that_is_not_encrypted_is_refused(project: Project) -> None:
    """Anybody on the way could put agents into it."""
    ran = project.run("registry", "import", "http://example.org/x", "--to", "x", "--init", "--json")
    ran.failed(1, "insecure-registry")


def test_nothing_is_cloned_offline(project: Project) -> None:
    """`--offline` holds for sources too."""
    ran = project.run(
        *("registry", "import", "https://example.org/x.git", "--to", "x", "--init", "--offline"),
        "--json",
    )
    assert "--offline" in ran.failed(1, "unusable-source").out


def test_a_repository_cannot_make_git_run_its_programs(
    project: Project, collection: Collection, tmp_path: Path
) -> None:
    """Its configuration came with it, from whoever made it."""
    witness = tmp_path / "witness"
    program = tmp_path / "program.sh"
    program.write_text(f"#!/bin/sh\ntouch '{witness}'\n")
    program.chmod(0o755)
    collection.agent("reviewer.md").write(".gitattributes", "*.md diff=own\n").commit()
    for key in ("core.fsmonitor", "gpg.program", "diff.external", "core.pager", "core.sshCommand"):
        collection.git("config", key, str(program))
    collection.git("config", "diff.own.textconv", str(program))
    collection.git("config", "log.showSignature", "true")
    imported(project, collection.path)
    assert not witness.exists()


def test_a_source_without_agents_is_an_error(project: Project, collection: Collection) -> None:
    """More often than not, it is the wrong directory."""
    collection.write("README.md", "# Nothing\n").commit()
    ran = project.run("registry", "import", collection.path, "--to", "x", "--init", "--json")
    ran.failed(1, "no-agents")
    assert not project.exists("x")


# Registries


def test_a_registry_with_files_shows_what_was_imported(
    project: Project, collection: Collection
) -> None:
    """It is as clean afterwards as `registry init` left it."""
    collection.agent("reviewer.md").commit()
    imported(project, collection.path, to="index")
    assert project.read(f"index/{agent_place('reviewer', '0.1.0')}") == agent_file("reviewer")
    assert _status(project) == ""
    collection.agent("reviewer.md", text="More.").commit()
    imported(project, collection.path, to="index")
    assert versions(project, "reviewer", "index") == ["0.1.0", "0.1.1"]
    assert _status(project) == ""


def _status(project: Project) -> str:
    ran = subprocess.run(
        ["git", "-C", "index", "status", "--porcelain"],
        cwd=project.root,
        env=project.environ,
        check=True,
        capture_output=True,
    )
    return ran.stdout.decode()


def test_a_run_that_died_between_files_and_commit_can_be_repeated(
    project: Project, collection: Collection
) -> None:
    """Files that lie there as the import would write them are its own, half-written ones too."""
    collection.agent("reviewer.md").commit()
    imported(project, collection.path, to="index")
    collection.agent("reviewer.md", text="More.").commit()
    place = f"index/{agent_place('reviewer', '0.1.1')}"
    project.write(place, agent_file("reviewer", text="More."))
    project.write(f"{place.rpartition('/')[0]}/.agentpm-0123456789abcdef.tmp", "Half")
    imported(project, collection.path, to="index")
    assert versions(project, "reviewer", "index") == ["0.1.0", "0.1.1"]
    assert _status(project) == ""


def test_a_registry_that_was_edited_by_hand_is_left_alone(
    project: Project, collection: Collection
) -> None:
    """Somebody's work in progress would be lost."""
    collection.agent("reviewer.md").commit()
    imported(project, collection.path, to="index")
    project.append(f"index/{index_file('reviewer')}", "mine\n")
    collection.agent("reviewer.md", text="More.").commit()
    ran = project.run("registry", "import", collection.path, "--to", "index", "--json")
    ran.failed(1, "dirty-registry")
    assert versions(project, "reviewer", "index") == ["0.1.0"]
    assert project.read(f"index/{index_file('reviewer')}").endswith("mine\n")


def test_a_registry_by_its_name_gets_it_as_a_publication(
    project: Project, collection: Collection, tmp_path: Path
) -> None:
    """Who may push there may import there, without the registry at hand."""
    index = IndexRepo(tmp_path).publish("writer", "1.0.0", tools="Read")
    before = index.tip
    project.run("registry", "add", "acme", index.url).done()
    collection.agent("reviewer.md").commit().agent("reviewer.md", text="More.").commit()
    project.run("registry", "import", collection.path, "--registry", "acme").done()
    assert index.git("rev-list", "--count", f"{before}..main").strip() == "1"
    project.run("install", "reviewer", "--registry", "acme").done()
    assert "More." in project.agent("reviewer").read_text()
    found = project.run("search", "reviewer", "--registry", "acme", "--json").done()
    assert [item["name"] for item in found.data["agents"]] == ["reviewer"]


def test_a_dry_run_shows_all_and_makes_nothing(project: Project, collection: Collection) -> None:
    """One looks before one leaps."""
    collection.agent("reviewer.md").agent("x.md", name="No Name").commit()
    collection.agent("reviewer.md", text="More.").commit()
    ran = project.run(
        "registry", "import", collection.path, "--to", "index", "--init", "--dry-run"
    ).done()
    assert ran.lines == [
        "+ reviewer  0.1.0 .. 0.1.1  2 releases",
        "left out:",
        "  x.md:2: `No Name` is not an agent name; `--rename` makes it `no-name` [bad-name]",
        "2 releases of 1 agent would be imported into index",
    ]
    assert not project.exists("index")


def test_the_words_for_one_collision_name_both_files(
    project: Project, collection: Collection
) -> None:
    """Each of them may be the one to keep."""
    collection.agent("a.md", name="x", text="A.").agent("b.md", name="x", text="B.").commit()
    ran = project.run("registry", "import", collection.path, "--to", "i", "--init", "-v").done()
    assert ran.lines[:4] == [
        "left out:",
        "  2 files call themselves `x` [collision]",
        "  - a.md",
        "  - b.md",
    ]


@pytest.mark.parametrize(
    "flags", [[], ["--registry", "acme", "--to", "x"], ["--registry", "shipped"]]
)
def test_where_to_must_be_said_once(
    project: Project, collection: Collection, flags: Iterable[str]
) -> None:
    """A collection must not end up in whichever registry happens to be the default."""
    collection.agent("reviewer.md").commit()
    project.run("registry", "import", collection.path, *flags, "--json").failed(2, "no-target")


def test_what_is_no_registry_gets_nothing(project: Project, collection: Collection) -> None:
    """A directory with something else in it was meant for something else."""
    collection.agent("reviewer.md").commit()
    project.write("there/file.txt", "Mine.")
    for flags in ([], ["--init"]):
        ran = project.run("registry", "import", collection.path, "--to", "there", *flags, "--json")
        ran.failed(1, "not-a-registry")


def test_a_name_that_is_published_by_hand_is_left_to_its_people(
    project: Project, collection: Collection
) -> None:
    """From then on they say which number comes next."""
    collection.agent("reviewer.md").commit()
    imported(project, collection.path)
    project.run("registry", "add", "mine", str(project.root / "index.git")).done()
    project.write("reviewer.md", agent_file("reviewer", text="By hand."))
    project.run("publish", "reviewer.md", "--version", "1.0.0", "--registry", "mine").done()
    collection.agent("reviewer.md", text="More.").commit()
    ran = imported(project, collection.path)
    assert reasons(ran) == {"reviewer.md": "diverged"}
    assert versions(project, "reviewer") == ["0.1.0", "1.0.0"]


def test_an_import_costs_a_handful_of_processes(project: Project, collection: Collection) -> None:
    """However many agents and commits there are."""
    for number in range(30):
        collection.agent(f"agent-{number % 7}.md", text=f"{number}.").commit()
    ran = imported(project, collection.path)
    assert sum(len(package["releases"]) for package in ran.data["packages"]) == 30
    assert ran.git.count("cat-file") <= 4
    assert len(ran.git) <= 20
