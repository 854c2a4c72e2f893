"""The lockfile: the same text on every machine, and never "nothing to install" by accident."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentpm.model.digest import Digest
from agentpm.model.lockfile import (
    Locked,
    Lockfile,
    MalformedLockfile,
    NewerLockfile,
    read_lockfile,
    write_lockfile,
)
from agentpm.model.name import AgentName, PackageName
from agentpm.model.release import PackageId, parse_requirement
from agentpm.model.salvage import salvage_lockfile
from agentpm.model.version import parse_range, parse_version
from agentpm.workspace import lockfile_text


def locked(name: str, version: str = "1.0.0", **more: object) -> Locked:
    """A locked agent of the shipped registry."""
    fields: dict[str, object] = {
        "name": AgentName(name),
        "package": PackageName(name),
        "version": parse_version(version),
        "source": "registry+shipped",
        "checksum": Digest.of(f"{name} {version}".encode()),
        "size": 7,
        "capabilities": {"claude": ("read",)},
    }
    return Locked(**{**fields, **more})  # type: ignore[arg-type]


names = st.from_regex(r"[a-z][a-z0-9]{0,5}(-[a-z0-9]{1,4})?", fullmatch=True).filter(
    lambda n: not n.startswith(("con", "prn", "aux", "nul", "com", "lpt"))
)
lockeds = st.builds(
    lambda name, owner, major, wanted, deps, words: locked(
        name,
        f"{major}.2.3",
        package=PackageName(f"{owner}/{name}" if owner else name),
        requirement=parse_range(wanted) if wanted else None,
        dependencies=tuple(parse_requirement(f"{d} ^1.0") for d in sorted(deps)),
        capabilities={"claude": tuple(sorted(words))},
        approved=tuple(sorted(words))[:1],
    ),
    names, st.none() | names, st.integers(0, 9), st.sampled_from(["", "^1.0", "*", ">=1,<2"]),
    st.sets(names, max_size=3), st.sets(st.sampled_from(["read", "shell", "edit"])),
)  # fmt: skip


@given(lockeds, lockeds)
def test_a_decision_changes_what_was_decided_and_nothing_else(old: Locked, new: Locked) -> None:
    """`decided` names every field by its place, of which a new one must not be forgotten."""
    for agent in (old, replace(old, signer="a", needs_agentpm="b", rev="c", file="d")):
        powers, approved, extra = new.capabilities, new.approved, {"later": 1}
        assert agent.decided(powers, approved, extra) == replace(
            agent, capabilities=powers, approved=approved, extra=extra
        )


@given(st.lists(lockeds, max_size=5))
def test_what_is_written_reads_back(agents: list[Locked]) -> None:
    """Parse after render is the identity, whatever is in it."""
    lockfile = Lockfile.of(agents, "claude-code 2.1.330")
    text = write_lockfile(lockfile)
    assert read_lockfile(text) == lockfile
    assert write_lockfile(read_lockfile(text)) == text


def test_the_text_is_a_fact_a_line_sorted_by_name() -> None:
    """A reviewer must see `+ "shell"`, and two branches that add agents must merge."""
    text = write_lockfile(
        Lockfile.of([locked("b", capabilities={"claude": ("read", "shell")}), locked("a")], "t 1")
    )
    assert text.index('name = "a"') < text.index('name = "b"')
    assert '\n    "shell",\n' in text
    assert text.startswith('lock-version = 1\ntool-table = "t 1"\n')


def test_unknown_fields_survive() -> None:
    """An older agentpm must not throw away what a newer one of the team wrote."""
    text = write_lockfile(Lockfile.of([locked("a")], "t")).replace(
        'name = "a"', 'name = "a"\nsigner = "SHA256:x"'
    ).replace("lock-version", 'mood = "good"\nlock-version')  # fmt: skip
    again = write_lockfile(read_lockfile(text))
    assert 'signer = "SHA256:x"' in again
    assert 'mood = "good"' in again


def test_a_lockfile_of_no_agents_says_so() -> None:
    """An empty list is an answer; a missing one is a damaged file."""
    assert read_lockfile(write_lockfile(Lockfile())).agents == {}
    with pytest.raises(MalformedLockfile, match="no agents table"):
        read_lockfile("lock-version = 1\n")


def test_a_newer_format_is_refused() -> None:
    """Guessing at a format would restore the wrong thing."""
    with pytest.raises(NewerLockfile):
        read_lockfile("lock-version = 99\nagent = []\n")


GOOD = write_lockfile(Lockfile.of([locked("a"), locked("b", approved=("read",))], "t"))


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("lock-version = 1", "", 1, "lock-version"),
        ('name = "b"', 'name = "B"', 17, "`B` is not an agent name"),
        ('name = "b"', 'name = "a"', 17, "locked twice"),
        ('name = "b"', "", 16, "has no `name`"),
        ('name = "b"', 'name = "b"\npackage = 3', 18, "must be a text"),
        ('version = "1.0.0"', 'version = "1"', 6, "not a version"),
        ('"registry+shipped"', '"elsewhere"', 7, "no source of agents"),
        ("size = 7", "size = -1", 9, "number of bytes"),
        ('checksum = "sha256:', 'checksum = "md5:', 8, "not a digest"),
        ('    "read",\n', "    3,\n", 11, "list of texts"),
        ("[agent.capabilities]\nclaude = [\n", "capabilities = [\n", 11, "must be a table"),
        ("size = 7", 'size = 7\ndependencies = "x"', 10, "list of texts"),
        ("size = 7", 'size = 7\nrequirement = "1.0"', 10, "not a range"),
        ("[[agent]]", "[[agent", 4, "not valid TOML"),
    ],
)  # fmt: skip
def test_a_damaged_lockfile_is_refused_with_its_place(
    old: str, new: str, line: int, says: str
) -> None:
    """Somebody edited it, or a merge went wrong: the line helps more than the rule."""
    assert old in GOOD
    at = GOOD.rindex(old) if line > 12 else GOOD.index(old)
    text = GOOD[:at] + new + GOOD[at + len(old) :]
    with pytest.raises(MalformedLockfile) as caught:
        read_lockfile(text)
    assert says in caught.value.message
    assert caught.value.where is not None
    assert caught.value.where.line == line


def test_a_checksum_may_be_missing_only_for_a_file_of_the_project() -> None:
    """Everything that comes from elsewhere is pinned by its bytes."""
    text = GOOD.replace(f'checksum = "{locked("a").checksum}"\n', "")
    with pytest.raises(MalformedLockfile, match="has no `checksum`"):
        read_lockfile(text)
    assert read_lockfile(text.replace("registry+shipped", "path+agents/a.md", 1)).agents


def test_blocks_that_are_no_tables_are_refused() -> None:
    """`agent = [1]` parses as TOML, and means nothing."""
    with pytest.raises(MalformedLockfile, match="must be a table"):
        read_lockfile("lock-version = 1\nagent = [1]\n")


def test_an_agent_knows_its_package() -> None:
    """The resolver's identity is source and package, not the name on disk."""
    agent = locked("a", package=PackageName("acme/b"), source="registry+https://x")
    assert agent.id == PackageId("https://x", PackageName("acme/b"))
    assert Lockfile.of([agent], "t").by_id() == {agent.id: agent}
    assert str(agent) == "a 1.0.0"


def test_the_format_and_the_tool_table_change_only_with_the_agents() -> None:
    """An upgrade of agentpm alone must not show up in anybody's pull request."""
    old = replace(Lockfile.of([locked("a")], "t 1"), extra={"x": 1})
    assert Lockfile.of([locked("a")], "t 2").with_format_of(old) == old
    assert Lockfile.of([locked("a", "2.0.0")], "t 2").with_format_of(old).tool_table == "t 2"
    assert Lockfile.of([], "t 2").with_format_of(None).tool_table == "t 2"


def test_an_equal_lockfile_is_not_written_again() -> None:
    """Whatever its line ends: git may have translated them."""
    lockfile = read_lockfile(GOOD)
    assert lockfile_text(lockfile, None) == GOOD
    assert lockfile_text(lockfile, GOOD) is None
    assert lockfile_text(lockfile, GOOD.replace("\n", "\r\n")) is None
    changed = lockfile_text(Lockfile(), GOOD.replace("\n", "\r\n"))
    assert changed == write_lockfile(Lockfile()).replace("\n", "\r\n")


def _merge(ours: str, theirs: str) -> str:
    return f"lock-version = 1\n<<<<<<< HEAD\n{ours}||||||| base\n[[agent]]\n=======\n{theirs}>>>>>>> x\n"


def test_both_sides_of_a_conflict_are_read() -> None:
    """`agentpm lock` reads through the markers: what both sides had is kept where it fits."""

    def blocks(*agents: Locked) -> str:
        return write_lockfile(Lockfile.of(agents, "t")).partition("\n\n")[2]

    text = _merge(blocks(locked("a"), locked("b", "2.0.0")), blocks(locked("b"), locked("c")))
    found = salvage_lockfile(text)
    assert found is not None
    assert [str(agent) for agent in found.agents.values()] == ["a 1.0.0", "b 2.0.0", "c 1.0.0"]


def test_what_is_broken_in_a_conflict_is_left_out() -> None:
    """A half block is no preference for anything."""
    found = salvage_lockfile(_merge('[[agent]]\nname = "a"\n', "[[agent]]\nname = \n"))
    assert found == Lockfile()
    assert salvage_lockfile(GOOD) is None
