"""What importing reads out of tags, licence texts and single files."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentpm.registry.importing.candidate import Broken, Candidate, Choice, judge
from agentpm.registry.importing.licence import is_licence, nearest, spdx_id
from agentpm.registry.importing.tags import read_tag
from support.collection import agent_file

COMMON = Path("/usr/share/common-licenses")


@pytest.mark.parametrize(
    ("text", "name", "version"),
    [
        ("v1.2.3", None, "1.2.3"),
        ("1.2.3", None, "1.2.3"),
        ("v1.2.3-rc.1", None, "1.2.3rc1"),
        ("reviewer-v1.2.3", "reviewer", "1.2.3"),
        ("code-reviewer-1.2.3", "code-reviewer", "1.2.3"),
        ("code-reviewer@v1.2.3", "code-reviewer", "1.2.3"),
        ("code-reviewer@1.2.3-beta.2", "code-reviewer", "1.2.3b2"),
    ],
)
def test_a_tag_that_is_a_version(text: str, name: str | None, version: str) -> None:
    """The four ways in which people write them."""
    tag = read_tag(text)
    assert tag is not None
    assert (tag.name, str(tag.version)) == (name, version)


@pytest.mark.parametrize(
    "text", ["latest", "v1.2", "v1", "1.2.3.4", "Reviewer-1.2.3", "a/b-1.2.3", "v1.2.3-nightly.1"]
)
def test_a_tag_that_is_none(text: str) -> None:
    """A guess would become a release for good."""
    assert read_tag(text) is None


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("Apache-2.0", "Apache-2.0"),
        ("GPL-2", "GPL-2.0-only"),
        ("GPL-3", "GPL-3.0-only"),
        ("LGPL-2.1", "LGPL-2.1-only"),
        ("LGPL-3", "LGPL-3.0-only"),
        ("MPL-2.0", "MPL-2.0"),
        ("CC0-1.0", "CC0-1.0"),
        ("BSD", "BSD-3-Clause"),
        ("GFDL-1.3", None),
        ("Artistic", None),
    ],
)
def test_the_commonest_licences_are_known_by_their_texts(file: str, expected: str | None) -> None:
    """The texts are those that a Debian system carries."""
    if not (COMMON / file).is_file():
        pytest.skip("no licence texts on this machine")
    assert spdx_id((COMMON / file).read_bytes()) == expected


MIT = b"""Permission is hereby granted, free of charge, to any person obtaining a copy of it.
The above copyright notice and this permission notice shall be included in all copies.
THE SOFTWARE IS PROVIDED "AS IS"."""


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (MIT, "MIT"),
        (b"SPDX-License-Identifier: EUPL-1.2\n", "EUPL-1.2"),
        (MIT + b'\n"Commons Clause" License Condition v1.0', None),
        (MIT + b"\nbut nobody may sell it" * 50, None),
        (b"All rights reserved.", None),
        (b"", None),
    ],
)
def test_a_licence_that_was_changed_is_none(raw: bytes, expected: str | None) -> None:
    """What was added may take back what the rest gives."""
    assert spdx_id(raw) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("LICENSE", True),
        ("a/licence.md", True),
        ("COPYING.txt", True),
        ("LICENSE-MIT", True),
        ("UNLICENSE", True),
        ("licensing-advisor.md", False),
        ("agents/license-checker.md", False),
        ("agents/copying-editor.md", False),
    ],
)
def test_a_licence_is_known_by_its_name(path: str, expected: bool) -> None:
    """An agent that knows about licences is not one."""
    assert is_licence(path) == expected


def test_the_nearest_licence_holds() -> None:
    """A directory of somebody else's agents brings its own."""
    texts: dict[str, str | None] = {"LICENSE": "MIT", "theirs/LICENSE": "Apache-2.0"}
    assert nearest("a/b/x.md", texts) == "MIT"
    assert nearest("theirs/x.md", texts) == "Apache-2.0"
    assert nearest("x.md", texts | {"COPYING": "GPL-3.0-only"}) is None
    assert nearest("theirs/x.md", {"LICENSE": "MIT", "theirs/LICENSE": None}) is None
    assert nearest("x.md", {}) is None


def judged(text: str, path: str = "agents/x.md", **choice: object) -> Candidate | Broken | None:
    return judge(text.encode(), path, Choice(**choice))  # type: ignore[arg-type]


def test_a_rewritten_name_changes_one_line_and_nothing_else() -> None:
    """Comments, quotes and the prompt stay as their author wrote them."""
    text = '---\nname: "My Agent"   # mine\ndescription: Use it.\n---\nMy Agent works.\r\n'
    found = judged(text, rename=True)
    assert isinstance(found, Candidate)
    assert found.package == "my-agent"
    assert found.raw.decode() == text.replace('"My Agent"', "my-agent")


@pytest.mark.parametrize("name", ["日本", "con", "..."])
def test_a_name_of_which_nothing_can_be_made_is_left_out(name: str) -> None:
    """Nobody would find the agent under a name that agentpm made up."""
    found = judged(agent_file(f'"{name}"'), rename=True)
    assert isinstance(found, Broken)
    assert found.reason == "bad-name"


@pytest.mark.parametrize(
    ("path", "patterns", "wanted"),
    [
        ("a/b/c.md", ["a"], True),
        ("a/b/c.md", ["a/"], True),
        ("a/b/c.md", ["./a/b"], True),
        ("a/b/c.md", ["a/*.md"], True),
        ("a/b/c.md", ["c.md"], False),
        ("a/b/c.md", ["*/c.md"], True),
        ("ab/c.md", ["a"], False),
    ],
)
def test_patterns_mean_paths_and_directories(path: str, patterns: list[str], wanted: bool) -> None:
    """A directory's name is the pattern that people try first."""
    assert Choice(include=tuple(patterns)).wants(path) == wanted
    assert Choice(exclude=tuple(patterns)).wants(path) != wanted


def test_what_is_included_by_name_is_looked_at_wherever_it_lies() -> None:
    """A collection may call its directory `skills` and keep agents there."""
    assert not Choice().wants("skills/reviewer.md")
    assert Choice(include=("skills/*",)).wants("skills/reviewer.md")


def test_an_agent_that_needs_itself_is_broken() -> None:
    """No registry could ever offer it."""
    text = agent_file("x").replace("tools:", "dependencies:\n  - x\ntools:")
    found = judged(text)
    assert isinstance(found, Candidate)
    assert found.fault is not None
    assert found.fault.reason == "self-dependency"
    owned = judged(text, owner="acme")
    assert isinstance(owned, Candidate)
    assert owned.fault is None


def test_dependencies_that_cannot_be_read_are_told_with_their_line() -> None:
    """The author finds the place."""
    found = judged(agent_file("x").replace("tools:", "dependencies: {y: 1}\ntools:"))
    assert isinstance(found, Candidate)
    assert found.fault is not None
    assert (found.fault.reason, found.fault.line) == ("malformed-dependency", 4)
