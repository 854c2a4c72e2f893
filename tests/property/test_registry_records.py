"""Records are read in several ways, quickly where they are usual: all say the same of each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentpm.model.digest import Digest
from agentpm.model.grants import Grants
from agentpm.model.name import PackageName
from agentpm.model.release import PackageId, Release, parse_requirement
from agentpm.model.version import parse_version
from agentpm.registry.ahead import Ahead
from agentpm.registry.columns import NO_COLUMNS, columns_of, release_in
from agentpm.registry.listing import usual_release
from agentpm.registry.view import View, ViewState
from agentpm.registry.wire import MalformedIndex, line_of, render
from support.laws import law

PACKAGE = PackageId("https://example.org/index", PackageName("reviewer"))
PUBLISHED = "2026-10-01T12:00:00Z"
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
        published=PUBLISHED,
        publisher=draw(st.none() | TEXTS),
        provenance=draw(st.none() | st.dictionaries(TEXTS, TEXTS, max_size=2)),
        signature=draw(st.none() | TEXTS),
    )


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> Iterator[View]:
    """A view to put one package into after the other."""
    view = View(Path(tmp_path_factory.mktemp("view")) / "view.sqlite3")
    yield view
    view.close()


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


@law(300)
@given(releases())
def test_what_is_usual_has_columns(release: Release) -> None:
    """A view that had none would be read as slowly as before."""
    columns = columns_of(release)
    assert columns != NO_COLUMNS
    assert release_in(PACKAGE, release.version, columns) == release


@law(200)
@given(releases(), st.dictionaries(st.sampled_from(FIELDS), ODD, max_size=1))
def test_a_view_says_what_the_line_says(
    view: View, release: Release, changes: dict[str, Any]
) -> None:
    """Whether it has columns for a record, or only its line."""
    raw = json.dumps(json.loads(render(release)) | changes).encode()
    view.apply([(PACKAGE.name, raw + b"\n")], ViewState("a" * 40, 1.0))
    listing = Ahead(PACKAGE.source, view).listing(PACKAGE.name)
    if listing is None:
        # Whoever asks for the package then reads the line.
        return
    try:
        assert listing[0] == carefully(raw)
    except MalformedIndex:
        assert carefully(raw) is None


@pytest.mark.parametrize("needs", ["tester >=1,\n<2", "tester\n>=1", "tester\t^1.0", " tester"])
def test_a_requirement_with_odd_blanks_is_read_as_it_is(view: View, needs: str) -> None:
    """A range may have any blank in it, also one that stands between two requirements elsewhere."""
    release = Release(PACKAGE, parse_version("1.0.0"), Digest.of(b""), 0, published=PUBLISHED)
    record = json.loads(render(release)) | {"dependencies": [needs, "writer ^1.0"]}
    raw = json.dumps(record).encode()
    assert usual_release(raw, PACKAGE) is not None
    view.apply([(PACKAGE.name, raw + b"\n")], ViewState("a" * 40, 1.0))
    listing = Ahead(PACKAGE.source, view).listing(PACKAGE.name)
    assert listing is not None
    assert listing[0] == carefully(raw)
    assert len(listing[0].dependencies) == 2


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


@pytest.mark.parametrize("field", ["grants", "provenance"])
def test_no_depth_of_a_record_is_anybody_elses_matter(view: View, field: str) -> None:
    """Readers go through it by calls of calls: one of them must not end what another one began."""
    usual = Release(PACKAGE, parse_version("1.0.0"), Digest.of(b""), 0, published=PUBLISHED)
    record = json.loads(render(usual))
    for depth in (*range(1, 140), *range(140, 1100, 7), 5000):
        value = '{"hooks": ' + "[" * depth + "]" * depth + "}"
        raw = (
            json.dumps(record | {field: 0}).replace(f'"{field}": 0', f'"{field}": {value}').encode()
        )
        found = carefully(raw)
        assert (found is None) == (depth > 126)
        assert usual_release(raw, PACKAGE) == found
        view.apply([(PACKAGE.name, raw + b"\n")], ViewState("a" * 40, 1.0))
        listing = Ahead(PACKAGE.source, view).listing(PACKAGE.name)
        assert listing is None or found is None or listing[0] == found
