"""Records are read in two ways, quickly where they are usual: both say the same of each."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentpm.model.digest import Digest
from agentpm.model.grants import Grants
from agentpm.model.name import PackageName
from agentpm.model.release import PackageId, Release, parse_requirement
from agentpm.model.version import parse_version
from agentpm.registry.listing import usual_release
from agentpm.registry.wire import MalformedIndex, line_of, render
from support.laws import law

PACKAGE = PackageId("https://example.org/index", PackageName("reviewer"))
TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)
ODD = st.sampled_from(
    [
        None,
        True,
        0,
        -1,
        1.5,
        "",
        "x",
        [],
        ["tester"],
        [1],
        {},
        {"tools": None},
        {"no": 1},
        2**20 + 1,
    ]
)
FIELDS = (
    "v", "name", "version", "checksum", "size", "description", "grants", "dependencies", "license",
    "repository", "published", "publisher", "provenance", "yanked", "removed", "signature", "yank",
    "rating",
)  # fmt: skip


@st.composite
def releases(draw: st.DrawFn) -> Release:
    """A release that somebody could publish."""
    number = st.integers(0, 12)
    version = ".".join(str(draw(number)) for _ in range(3))
    grants: st.SearchStrategy[dict[str, Any]] = st.one_of(
        st.fixed_dictionaries({"tools": TEXTS}),
        st.fixed_dictionaries({"tools": st.lists(TEXTS, max_size=2)}, optional={"memory": TEXTS}),
        st.just({}),
    )
    needs = st.sampled_from(["tester", "tester >=1.2,<2", "acme/writer ^1.0"])
    return Release(
        id=PACKAGE,
        version=parse_version(version + draw(st.sampled_from(["", "rc1", "a2"]))),
        checksum=Digest.of(draw(st.binary(max_size=4))),
        size=draw(st.integers(0, 2**20)),
        description=draw(TEXTS),
        grants=Grants.of(draw(grants)),
        dependencies=tuple(parse_requirement(each) for each in draw(st.lists(needs, max_size=2))),
        license=draw(st.none() | TEXTS),
        repository=draw(st.none() | TEXTS),
        published="2026-10-01T12:00:00Z",
        publisher=draw(st.none() | TEXTS),
        provenance=draw(st.none() | st.dictionaries(TEXTS, TEXTS, max_size=2)),
        signature=draw(st.none() | TEXTS),
    )


def carefully(raw: bytes) -> Release | None:
    """What the reader that has words for every mistake makes of a record; None for a mistake."""
    try:
        return line_of(raw, "index/re/vi/reviewer.jsonl", 1).release(PACKAGE)
    except MalformedIndex:
        return None


@law(300)
@given(releases())
def test_what_people_publish_is_usual(release: Release) -> None:
    """Or nobody would gain anything by the quick way."""
    assert usual_release(render(release).encode(), PACKAGE) == release


@law(1000)
@given(releases(), st.dictionaries(st.sampled_from(FIELDS), ODD, max_size=2), st.booleans())
def test_the_quick_way_says_nothing_else(
    release: Release, changes: dict[str, Any], leave_out: bool
) -> None:
    """A record that one reader takes and the other refuses would be two records."""
    record = json.loads(render(release))
    for field, value in changes.items():
        if leave_out:
            record.pop(field, None)
        else:
            record[field] = value
    raw = json.dumps(record).encode()
    found = usual_release(raw, PACKAGE)
    assert found is None or found == carefully(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{}",
        b"null",
        b"\xff",
        b'{"v": 1, "v": 1}',
        b"[" * 100_000,
        render(Release(PACKAGE, parse_version("1.0.0"), Digest.of(b""), 0)).encode() + b" {}",
        render(Release(PACKAGE, parse_version("1.0.0"), Digest.of(b""), 0))
        .replace('"size": 0', '"size": 0, "size": 1')
        .encode(),
        b'{"v": 1, "name": "reviewer", "dependencies": [{}]}',
    ],
)
def test_what_is_no_record_is_left_to_the_other(raw: bytes) -> None:
    """The careful reader then says what is wrong."""
    assert usual_release(raw, PACKAGE) is None
    assert carefully(raw) is None
