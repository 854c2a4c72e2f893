"""Whether a lockfile answers a manifest, sentence by sentence."""

from __future__ import annotations

import pytest

from agentpm.model.lockfile import Locked, Lockfile
from agentpm.model.manifest import AgentEntry, read_manifest
from agentpm.model.name import AgentName, PackageName
from agentpm.model.release import SHIPPED, PackageId, parse_requirement
from agentpm.model.version import parse_range, parse_version
from agentpm.ops.answers import Locate, find, locate_by, reachable, unanswered

MANIFEST = read_manifest('[agents]\nlead = "^1.0"\n')


def locating(text: str) -> Locate:
    """Where dependencies resolve in a project with that manifest."""

    def package(entry: AgentEntry) -> PackageId:
        return PackageId(entry.registry or SHIPPED, entry.package)

    return locate_by(read_manifest(text).agents.values(), package, SHIPPED)


LOCATE = locating(MANIFEST.text)


def locked(name: str, version: str = "1.0.0", wanted: str | None = None, *needs: str) -> Locked:
    return Locked(
        AgentName(name),
        PackageName(name),
        parse_version(version),
        "registry+shipped",
        requirement=parse_range(wanted) if wanted else None,
        dependencies=tuple(parse_requirement(need) for need in needs),
    )


def reasons(*agents: Locked, text: str | None = None) -> tuple[str, ...]:
    manifest = MANIFEST if text is None else read_manifest(text)

    def source(entry: AgentEntry) -> str:
        return "registry+shipped" if entry.registry is None else "registry+elsewhere"

    return unanswered(manifest, Lockfile.of(agents, "t"), source, LOCATE)


def test_a_whole_closure_answers() -> None:
    """Cycles too: agents may delegate to each other."""
    lead = locked("lead", "1.2.0", "^1.0", "reviewer >=2")
    assert reasons(lead, locked("reviewer", "2.0.0", None, "lead")) == ()


@pytest.mark.parametrize(
    ("agents", "says"),
    [
        ([], "not in the lockfile"),
        ([locked("lead", "2.0.0", "^1.0")], "asks for ^1.0"),
        ([locked("lead", "1.0.0", "^1")], "locked as `^1`"),
        ([locked("lead", "1.0.0")], "locked as `None`"),
        ([locked("lead", "1.0.0", "^1.0", "reviewer ^2")], "not in the lockfile"),
        ([locked("lead", "1.0.0", "^1.0", "reviewer ^2"), locked("reviewer")], "locked at 1.0.0"),
        ([locked("lead", "1.0.0", "^1.0"), locked("other")], "nothing asks for it"),
        ([locked("lead", "1.0.0", "^1.0"), locked("other", "1.0.0", "*")], "not in the manifest"),
    ],
)  # fmt: skip
def test_what_is_not_answered_is_named(agents: list[Locked], says: str) -> None:
    """`--frozen` tells exactly what is stale."""
    assert any(says in reason for reason in reasons(*agents))


def test_another_source_is_no_answer() -> None:
    """The same name from another registry is another package."""
    text = '[agents]\nlead = { version = "^1.0", registry = "x" }\n[registries]\nx = "https://x"\n'
    assert "somewhere else" in reasons(locked("lead", "1.0.0", "^1.0"), text=text)[0]


def test_a_dependency_stays_in_its_dependent_s_registry() -> None:
    """Unless the manifest names the package: nothing falls through to another registry."""
    need = parse_requirement("reviewer")
    there = PackageId("https://x", PackageName("lead"))
    assert LOCATE(there, need).source == "https://x"
    assert LOCATE(there, parse_requirement("lead")).source == SHIPPED
    assert LOCATE(PackageId("path+a.md", PackageName("a")), need).source == SHIPPED


def test_a_line_that_renames_an_agent_redirects_nobody() -> None:
    """Who installs a second `writer` under another name means nobody else's `writer` by it."""
    registries = '[registries]\nbeta = "https://b"\n'
    there = PackageId("acme", PackageName("lead"))
    need = parse_requirement("writer")
    renamed = '[agents]\nw2 = { package = "writer", version = "*", registry = "beta" }\n'
    assert locating(renamed + registries)(there, need).source == "acme"
    own = '[agents]\nwriter = { version = "*", registry = "beta" }\n'
    assert locating(own + registries)(there, need).source == "beta"


def test_agents_are_found_by_either_name() -> None:
    """What it is installed as, else what the registry calls it."""
    agent = locked("reviewer")
    lockfile = Lockfile.of([agent], "t")
    assert find(lockfile, "reviewer") == agent
    assert find(lockfile, "nobody") is None
    assert reachable({AgentName("reviewer")}, lockfile, LOCATE) == {"reviewer"}
