"""Laws of importing: whatever the history, a later import only adds, and the gate would agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from agentpm.model.name import PackageName
from agentpm.model.release import Release
from agentpm.model.version import parse_version
from agentpm.permissions.tables.claude import CLAUDE
from agentpm.permissions.widening import compare
from agentpm.registry.importing.candidate import Choice
from agentpm.registry.importing.material import Material, Moment
from agentpm.registry.importing.plan import ImportPlan, Origin, Ways, plan_import
from agentpm.registry.importing.tags import Tag
from agentpm.registry.wire import render
from support.collection import agent_file

TOOLS = (None, "Read", "Read, Grep", "Bash", "Agent", "")
PATHS = ("a.md", "b/a.md", "c.md")
NAMES = ("one", "two", "Not A Name", "")
Existing = Mapping[PackageName, Sequence[Release]]

contents = st.builds(
    lambda name, tools, text: agent_file(name, tools=tools, text=text).encode(),
    *(st.sampled_from(choices) for choices in (NAMES, TOOLS, ("Work.", "Play."))),
)
changes = st.dictionaries(st.sampled_from(PATHS), st.none() | contents, max_size=3)
histories = st.lists(changes, min_size=1, max_size=8)


def widens(before: Release, after: Release) -> bool:
    return compare(before.grants, after.grants, CLAUDE).widens


def told(history: Sequence[dict[str, bytes | None]], tags: Sequence[Tag] = ()) -> Material:
    """A source with that history, and perhaps tags on its commits."""
    bytes_of: dict[str, bytes | None] = {}
    moments, files = [], dict[str, str]()
    for number, change in enumerate(history):
        ids = {path: None if raw is None else f"blob {raw!r}" for path, raw in change.items()}
        bytes_of |= {ids[path] or "": raw for path, raw in change.items()}
        files = {p: b for p, b in {**files, **ids}.items() if b is not None}
        tag = tags[number] if number < len(tags) else None
        moments.append(Moment(f"{number:040x}", number, tuple(ids.items()), tag))
    tip = Moment(moments[-1].commit, 0, tuple(files.items()))
    tagged = tuple(moments) if tags else ()
    commits = frozenset(moment.commit or "" for moment in moments)
    return Material(tip, () if tags else tuple(moments), tagged, commits, bytes_of)


def planned(material: Material, existing: Existing, choice: Choice) -> ImportPlan:
    ways = Ways(Origin(), lambda a, b: compare(a, b, CLAUDE).widens)
    return plan_import(material, choice, existing, ways)


def afterwards(plan: ImportPlan, existing: Existing) -> Existing:
    """The releases of a registry after an import."""
    after = {name: list(releases) for name, releases in existing.items()}
    for release, _ in plan.added:
        after.setdefault(release.name, []).append(release)
    return dict(after)


choices = st.builds(
    Choice, rename=st.booleans(), prefer=st.sampled_from([(), ("c.md",), ("a.md", "b/a.md")])
)


@given(histories, histories, choices)
def test_importing_in_two_steps_is_importing_in_one(
    first: list[dict[str, bytes | None]], second: list[dict[str, bytes | None]], choice: Choice
) -> None:
    """Numbers depend on what came before alone, so a collection can be followed from anywhere."""
    early = afterwards(planned(told(first), {}, choice), {})
    later = planned(told([*first, *second]), early, choice)
    assert [item for item in later.left_out if item.reason == "diverged"] == []
    in_two = afterwards(later, early)
    in_one = afterwards(planned(told([*first, *second]), {}, choice), {})
    for name, releases in in_one.items():
        assert [render(item) for item in in_two[name]] == [render(item) for item in releases]


@given(histories, choices)
def test_an_import_is_complete(history: list[dict[str, bytes | None]], choice: Choice) -> None:
    """Run again, it finds nothing to do."""
    material = told(history)
    existing = afterwards(planned(material, {}, choice), {})
    again = planned(material, existing, choice)
    assert again.added == []


@given(histories, choices, st.integers(0, 6))
def test_nothing_is_put_before_what_is_there(
    history: list[dict[str, bytes | None]], choice: Choice, gap: int
) -> None:
    """An index lists the oldest first and grows at its end, so a gap in it stays a gap."""
    material = told(history)
    whole = afterwards(planned(material, {}, choice), {})
    existing = {
        name: [item for number, item in enumerate(releases[:-1]) if number != gap] + [releases[-1]]
        for name, releases in whole.items()
    }
    assert planned(material, existing, choice).added == []


@given(histories, choices)
def test_invented_numbers_rise_and_tell_of_more_power(
    history: list[dict[str, bytes | None]], choice: Choice
) -> None:
    """Publishing the same releases one by one would be accepted."""
    for releases in afterwards(planned(told(history), {}, choice), {}).values():
        for before, after in pairwise(releases):
            assert before.version < after.version
            assert before.checksum != after.checksum
            if widens(before, after):
                assert before.version.release[:2] < after.version.release[:2]


versions = st.sampled_from(["1.0.0", "1.0.1", "1.1.0", "2.0.0rc1", "2.0.0", "0.9.0"])
tags = st.builds(lambda text: Tag(f"v{text}", None, parse_version(text)), versions)


@settings(max_examples=200)
@given(st.lists(st.tuples(changes, tags), min_size=1, max_size=8))
def test_tagged_releases_keep_to_the_rules_in_the_order_in_which_they_came(
    history: list[tuple[dict[str, bytes | None], Tag]],
) -> None:
    """Each would have been accepted when it was tagged, and no version stands there twice."""
    material = told([change for change, _ in history], [tag for _, tag in history])
    plan = planned(material, {}, Choice())
    for releases in afterwards(plan, {}).values():
        have: list[Release] = []
        for release in releases:
            assert release.version not in [item.version for item in have]
            lower = [i for i in have if i.version.release < release.version.release]
            below = max(lower, key=lambda item: item.version, default=None)
            if below is not None and below.version.release[:2] == release.version.release[:2]:
                assert not widens(below, release)
            have.append(release)
