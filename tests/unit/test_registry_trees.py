"""Git trees: what differs between two of them, found with few questions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from agentpm.git import Git
from agentpm.registry.content import Content
from agentpm.registry.trees import Change, MalformedTree, changes, locate, parse_tree
from agentpm.registry.unreachable import CloneLost
from support.index_repo import IndexRepo


class Asked:
    """The trees of a repository, with a list of what was asked for."""

    def __init__(self, index: IndexRepo) -> None:
        self.index = index
        self.questions: list[list[str]] = []

    def __call__(self, ids: Iterable[str]) -> Mapping[str, bytes]:
        wanted = list(ids)
        self.questions.append(wanted)
        with Git(self.index.bare).objects() as objects:
            return Content(objects, _nothing).trees(wanted)

    def root(self, revision: str = "HEAD") -> str:
        return self.index.git("rev-parse", f"{revision}^{{tree}}").strip()


def _nothing(_: object) -> None:
    raise AssertionError("nothing is missing")


@pytest.fixture
def index(tmp_path: Path) -> IndexRepo:
    """A registry with packages in several directories."""
    index = IndexRepo(tmp_path)
    with index.one_commit():
        for name in ("reviewer", "reviser", "writer", "acme/x"):
            index.publish(name, "1.0.0")
    return index


def test_a_first_look_lists_every_file(index: IndexRepo) -> None:
    """Nothing was known before, so everything is new."""
    load = Asked(index)
    found = {c.path: c for c in changes(load, None, load.root(), "index")}
    assert sorted(found) == [
        "index/@acme/1/x.jsonl",
        "index/re/vi/reviewer.jsonl",
        "index/re/vi/reviser.jsonl",
        "index/wr/it/writer.jsonl",
    ]
    listed = index.git("rev-parse", "HEAD:index/wr/it/writer.jsonl").strip()
    assert found["index/wr/it/writer.jsonl"] == Change("index/wr/it/writer.jsonl", None, listed)


def test_a_difference_reads_only_what_differs(index: IndexRepo) -> None:
    """A sync after ten changes must not cost what a registry of a hundred thousand costs."""
    load = Asked(index)
    before = load.root()
    index.publish("writer", "1.1.0").remove("index/re/vi/reviser.jsonl")
    found = {c.path: (c.before, c.after) for c in changes(load, before, load.root(), "index")}
    assert found.keys() == {"index/wr/it/writer.jsonl", "index/re/vi/reviser.jsonl"}
    assert found["index/re/vi/reviser.jsonl"][1] is None
    acme = index.git("rev-parse", "HEAD:index/@acme").strip()
    assert acme not in [tree for question in load.questions for tree in question]
    assert len(load.questions) == 4


def test_a_file_that_becomes_a_directory_is_seen(index: IndexRepo) -> None:
    """Both sides of such a change are files that appear or vanish."""
    load = Asked(index)
    before = load.root()
    index.remove("index/wr/it/writer.jsonl")
    index.write("index/wr/it/writer.jsonl/deep.jsonl", b"x")
    index.commit("Odd")
    found = [
        (c.path, bool(c.before), bool(c.after)) for c in changes(load, before, load.root(), "index")
    ]
    assert sorted(found) == [
        ("index/wr/it/writer.jsonl", True, False),
        ("index/wr/it/writer.jsonl/deep.jsonl", False, True),
    ]
    back = [
        (c.path, bool(c.before), bool(c.after)) for c in changes(load, load.root(), before, "index")
    ]
    assert sorted(back) == [
        ("index/wr/it/writer.jsonl", False, True),
        ("index/wr/it/writer.jsonl/deep.jsonl", True, False),
    ]


def test_links_are_no_files(index: IndexRepo) -> None:
    """A link in an index could point anywhere."""
    load = Asked(index)
    (index.tree / "index" / "link.jsonl").symlink_to("/etc/passwd")
    index.commit("A link")
    assert "index/link.jsonl" not in [c.path for c in changes(load, None, load.root(), "index")]
    assert locate(load, load.root(), ["index/link.jsonl"]) == {}


def test_an_index_without_the_directory_is_empty(index: IndexRepo) -> None:
    """A new registry has no records."""
    load = Asked(index)
    assert list(changes(load, None, load.root("HEAD~1"), "index")) == []
    assert list(changes(load, None, load.root(), "config.json")) == []


def test_paths_are_found_together(index: IndexRepo) -> None:
    """A thousand agents are looked up in as many questions as one."""
    load = Asked(index)
    paths = ["agents/re/vi/reviewer/1.0.0.md", "agents/wr/it/writer/1.0.0.md"]
    others = ["agents/no/ne", "config.json/x", "agents/re", "agents/wr/it/writer/2.0.0.md"]
    found = locate(load, load.root(), [*paths, *others])
    assert found == {path: index.git("rev-parse", f"HEAD:{path}").strip() for path in paths}
    assert len(load.questions) == 5


@pytest.mark.parametrize("raw", [b"100644", b"100644 name", b"100644 name\0short"])
def test_bytes_that_are_no_tree_are_refused(raw: bytes) -> None:
    """A tree comes from the network."""
    with pytest.raises(MalformedTree, match="git itself could not have made"):
        parse_tree(raw)


def test_a_missing_tree_means_a_lost_clone(index: IndexRepo) -> None:
    """Trees always come with their commit, so one that is missing was lost here."""
    with pytest.raises(CloneLost):
        Asked(index)(["0" * 40])
    with Git(index.bare).objects() as objects, pytest.raises(CloneLost):
        Content(objects, _nothing).root("0" * 40)


def test_a_blob_that_cannot_be_obtained_means_a_lost_clone(index: IndexRepo) -> None:
    """A server may promise what it does not send."""
    with Git(index.bare).objects() as objects, pytest.raises(CloneLost, match="could not be"):
        list(Content(objects, lambda _: None).blobs(["0" * 40], 10))
