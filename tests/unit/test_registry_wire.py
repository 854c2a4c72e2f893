"""The records of an index: one value, one text; whatever else a line says is refused or kept."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentpm.model.digest import Digest
from agentpm.model.grants import Grants
from agentpm.model.name import InvalidName, PackageName
from agentpm.model.release import PackageId, Release, parse_requirement
from agentpm.model.version import parse_version
from agentpm.registry.wire import (
    MalformedIndex,
    agent_path,
    index_path,
    name_at,
    parse_index,
    render,
)

PATH = "index/re/vi/reviewer.jsonl"
REVIEWER = Release(
    id=PackageId("https://example.org/index", PackageName("reviewer")),
    version=parse_version("1.2.0"),
    checksum=Digest.of(b"reviewer"),
    size=8,
    description="Reviews é code",
    grants=Grants.of({"tools": ["Read"], "memory": None}),
    dependencies=(parse_requirement("tester >=1.2,<2"), parse_requirement("writer")),
    license="MIT",
    published="2026-10-01T12:00:00Z",
    provenance={"repository": "https://example.org/agents"},
    extra={"rating": {"stars": 1}},
)
LINE = render(REVIEWER)


def read(text: str) -> tuple[Release, ...]:
    """The releases in an index file of the reviewer."""
    return parse_index(text.encode(), PATH, REVIEWER.id.source).releases


def changed(**fields: Any) -> str:
    """The reviewer's line with other fields; `...` leaves one out."""
    record = json.loads(LINE) | fields
    return json.dumps({key: value for key, value in record.items() if value is not ...})


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("x", "1/x"),
        ("xy", "2/xy"),
        ("xyz", "3/x/xyz"),
        ("backend-engineer", "ba/ck/backend-engineer"),
        ("acme/reviewer", "@acme/re/vi/reviewer"),
        ("acme/x", "@acme/1/x"),
    ],
)
def test_names_have_places(name: str, place: str) -> None:
    """A directory must not grow to a hundred thousand entries; the layout is cargo's."""
    package = PackageName(name)
    assert index_path(package) == f"index/{place}.jsonl"
    assert agent_path(package, parse_version("1.0.0")) == f"agents/{place}/1.0.0.md"
    assert name_at(index_path(package)) == package


@pytest.mark.parametrize(
    "path",
    [
        "index/re/vi/reviewer.json",
        "index/reviewer.jsonl",
        "index/xx/vi/reviewer.jsonl",
        "index/@acme/reviewer.jsonl",
        "index/Re/vi/Reviewer.jsonl",
        "index/.jsonl",
        "agents/re/vi/reviewer.jsonl",
    ],
)
def test_other_places_are_no_names(path: str) -> None:
    """One name with two places could say two things."""
    assert name_at(path) is None
    with pytest.raises(MalformedIndex, match="not a place"):
        parse_index(b"", path, "")


def test_a_record_is_one_line_in_a_fixed_order() -> None:
    """A release that did not change must be a line that did not change."""
    assert list(json.loads(LINE)) == [
        *("v", "name", "version", "checksum", "size", "description", "grants", "dependencies"),
        *("license", "published", "provenance", "rating"),
    ]
    assert "\n" not in LINE
    assert "é" in LINE


def test_a_record_read_again_is_the_same_release() -> None:
    """`parse` after `render` is the identity, unknown fields included."""
    yanked = replace(REVIEWER, version=parse_version("1.3.0"), yanked="broken", removed="law")
    assert read(f"{LINE}\n{render(yanked)}\n") == (REVIEWER, yanked)


texts = st.text(max_size=20)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


@given(
    description=texts,
    tools=json_values,
    reason=st.none() | texts,
    extra=st.dictionaries(st.text("abcxyz", min_size=3), json_values, max_size=3),
    version=st.tuples(*[st.integers(0, 99)] * 3).map(lambda v: "{}.{}.{}".format(*v)),
)
def test_every_release_survives_the_wire(
    description: str, tools: Any, reason: str | None, extra: dict[str, Any], version: str
) -> None:
    """Whatever people write into an agent, its record is one line that says it."""
    release = replace(
        REVIEWER,
        version=parse_version(version),
        description=description,
        grants=Grants.of({"tools": tools}),
        yanked=reason,
        extra=extra,
    )
    line = render(release)
    assert line.isprintable()
    assert read(line) == (release,)
    assert render(read(line)[0]) == line


def test_what_nobody_could_see_is_escaped() -> None:
    """A reviewer of a registry must see the characters that turn text around."""
    line = render(replace(REVIEWER, description="a\u202eb\u200bc\u2028d"))
    assert "a\\u202eb\\u200bc\\u2028d" in line


def test_lines_of_a_newer_format_are_skipped_and_counted() -> None:
    """An old agentpm goes on working, and can say what it does not see."""
    found = parse_index(f"{changed(v=2)}\n{LINE}\n\n{changed(v=99)}".encode(), PATH, "")
    assert [str(release) for release in found.releases] == ["reviewer 1.2.0"]
    assert found.skipped == 2


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"v": 1,, }', "not JSON"),
        ("nonsense", "not JSON"),
        ('{"v": 1, "description": "\\ud800"}', "half a character"),
        ("[]", "does not say its format"),
        ('{"v": "1"}', "does not say its format"),
        ('{"v": true}', "does not say its format"),
        ('{"v": 1, "v": 2}', "a key stands in it twice"),
        ('{"v": 1, "size": NaN}', "NaN is not a JSON number"),
        ('{"v": ' + "[" * 100_000, "not usable JSON"),
        ('{"v": 1' + "0" * 5000 + "}", "not usable JSON"),
        ('{"v": 1}', "the record has no `name`"),
        (changed(checksum=...), "the record has no `checksum`"),
        (changed(grants=...), "the record has no `grants`"),
        (changed(name="writer"), "a record of `writer` stands in"),
        (changed(name=None), "`name` is not a text"),
        (changed(version="1.2"), "`1.2` is not a version"),
        (changed(version="1.2.0-rc.1"), "is written `1.2.0rc1` in an index"),
        (changed(version=None), "`version` is not a text"),
        (changed(version=12), "`version` is not a text"),
        (changed(checksum="sha256:12"), "is not a digest"),
        (changed(size=-1), "not a number of bytes"),
        (changed(size=2**21), "not a number of bytes"),
        (changed(size=True), "not a number of bytes"),
        (changed(description=["x"]), "`description` is not a text"),
        (changed(grants=[]), "`grants` is not an object"),
        (changed(grants=None), "`grants` is not an object"),
        (changed(grants={"sudo": True}), "keys that grant something"),
        (changed(dependencies="tester"), "`dependencies` is not a list"),
        (changed(dependencies=[1]), "holds something that is not a text"),
        (changed(dependencies=["tester 1.2"]), "is a version, not a range"),
        (changed(dependencies=["../x"]), "is not a"),
        (changed(yanked=True), "`yanked` is not a text"),
        (changed(provenance="x"), "`provenance` is not an object"),
    ],
)
def test_a_malformed_line_is_refused_with_its_place(line: str, message: str) -> None:
    """Whoever keeps the registry must find the mistake."""
    with pytest.raises(MalformedIndex) as caught:
        read(f"{changed(version='0.1.0')}\n{line}\n")
    assert message in caught.value.message
    where = caught.value.where
    assert where is not None
    assert (where.path, where.line) == (PATH, 2)
    assert where.text == line


def test_the_column_is_that_of_the_field() -> None:
    """A caret that points elsewhere is worse than none."""
    line = changed(size="8")
    with pytest.raises(MalformedIndex) as caught:
        read(line)
    assert caught.value.where is not None
    assert line[caught.value.where.column - 1 :].startswith('"size"')


def test_bytes_that_are_no_text_are_refused_with_their_place() -> None:
    """An index is UTF-8 and nothing else."""
    with pytest.raises(MalformedIndex, match="not UTF-8") as caught:
        parse_index('{"é": '.encode() + b"\xff}", PATH, "")
    assert caught.value.where is not None
    assert caught.value.where.location == f"{PATH}:1:7"


def test_a_version_stands_once() -> None:
    """Two releases of one version could be told apart by nobody."""
    with pytest.raises(MalformedIndex, match=r"`reviewer 1\.2\.0` is in the index twice") as caught:
        read(f"{LINE}\n{changed(size=9)}\n")
    assert caught.value.where is not None
    assert caught.value.where.line == 2


def test_device_names_are_no_packages() -> None:
    """A name becomes a file on Windows, too."""
    with pytest.raises(InvalidName):
        PackageName("aux")
    assert name_at("index/3/a/aux.jsonl") is None
