"""The local view of a registry: what it finds, what it survives."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agentpm import fs
from agentpm.model.name import PackageName
from agentpm.registry import view as view_module
from agentpm.registry.view import View, ViewDamaged, ViewState
from agentpm.registry.wire import UNREADABLE

TIP = ViewState("a" * 40, 1000.0)


def line(name: str, version: str, **fields: Any) -> bytes:
    """An index file of one release."""
    return json.dumps({"v": 1, "name": name, "version": version} | fields).encode() + b"\n"


AGENTS = {
    "backend-engineer": line(
        "backend-engineer",
        "1.0.0",
        description="APIs and databases",
        grants={"tools": "Read, Bash"},
    ),
    "database-engineer": line(
        "database-engineer", "1.0.0", description="Schemas", grants={"tools": ["Read", "Grep"]}
    ),
    "acme/writer": line("acme/writer", "0.1.0", description="Text for the backend", grants={}),
}


@pytest.fixture(params=[True, False], ids=["full-text", "scanning"])
def view(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[View]:
    """A view with three agents, with SQLite's full-text search or where that is missing."""
    view = View(tmp_path / "cache" / "view.sqlite3", full_text=request.param)
    view.apply([(PackageName(n), text) for n, text in AGENTS.items()], TIP, anew=True)
    yield view
    view.close()


def found(view: View, text: str, limit: int = 50) -> list[str]:
    """The names that a search finds, the best first."""
    return [str(hit.name) for hit in view.search(text, limit)]


def test_an_empty_view_shows_no_commit_and_makes_no_file(tmp_path: Path) -> None:
    """Looking whether there is a view must not make one."""
    assert View(tmp_path / "view.sqlite3").state() == ViewState(None, 0.0)
    assert not (tmp_path / "view.sqlite3").exists()


def test_a_view_answers_by_name(view: View) -> None:
    """Resolving reads the records of the names it visits."""
    assert view.state() == TIP
    assert view.records(PackageName("backend-engineer")) == AGENTS["backend-engineer"]
    assert view.records(PackageName("unknown")) is None
    assert view.names() == ("acme/writer", "backend-engineer", "database-engineer")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("backend-engineer", ["backend-engineer"]),
        ("engineer", ["backend-engineer", "database-engineer"]),
        ("DATABASE", ["database-engineer", "backend-engineer"]),
        ("eng sche", ["database-engineer"]),
        ("bash", ["backend-engineer"]),
        ("grep", ["database-engineer"]),
        ("nothing", []),
        ("", ["acme/writer", "backend-engineer", "database-engineer"]),
        ("  -- ", ["acme/writer", "backend-engineer", "database-engineer"]),
    ],
)
def test_search_finds_words_in_name_description_and_tools(
    view: View, text: str, names: list[str]
) -> None:
    """People look for what an agent does as often as for what it is called."""
    assert sorted(found(view, text)) == sorted(names)


def test_a_name_counts_more_than_a_mention(tmp_path: Path) -> None:
    """Whoever searches `backend` wants the backend engineer first."""
    view = View(tmp_path / "view.sqlite3")
    view.apply([(PackageName(n), text) for n, text in AGENTS.items()], TIP, anew=True)
    assert found(view, "backend") == ["backend-engineer", "acme/writer"]
    assert found(view, "backend", limit=1) == ["backend-engineer"]


@pytest.mark.parametrize("text", ['"', "a* OR b", "NEAR(", "name:x", "%", "'; DROP TABLE package"])
def test_search_text_is_never_a_query_language(view: View, text: str) -> None:
    """What people type must not be read as operators."""
    assert isinstance(found(view, text), list)
    assert len(view.names()) == 3


def test_changes_reach_the_search(view: View) -> None:
    """A view that is brought up to date forgets the old words."""
    changed = line("backend-engineer", "1.1.0", description="Queues", grants={})
    view.apply([(PackageName("backend-engineer"), changed)], ViewState("b" * 40, 2000.0))
    assert found(view, "queues") == ["backend-engineer"]
    assert found(view, "apis") == []
    assert found(view, "bash") == []
    view.apply([(PackageName("backend-engineer"), None)], ViewState("c" * 40, 3000.0))
    assert found(view, "queues") == []
    assert view.records(PackageName("backend-engineer")) is None
    assert view.state() == ViewState("c" * 40, 3000.0)


def test_what_is_named_exactly_comes_first(view: View) -> None:
    """However often the words stand elsewhere, and however few are shown."""
    texts = {f"engineer-{n}": "backend " * 9 for n in range(5)} | {"engineer": "none"}
    view.apply([(PackageName(n), line(n, "1.0.0", description=d)) for n, d in texts.items()], TIP)
    assert found(view, " Engineer ", limit=1) == ["engineer"]
    assert found(view, "engineer").count("engineer") == 1
    assert len(found(view, "engineer", limit=3)) == 3


def test_an_update_says_which_newest_releases_changed(view: View) -> None:
    """Whoever looks for news must not have to list all packages twice."""
    backend, writer = PackageName("backend-engineer"), PackageName("acme/writer")
    text = AGENTS["backend-engineer"] + line("backend-engineer", "1.1.0")
    new = PackageName("new")
    news = view.apply([(backend, text), (writer, None), (new, line("new", "1.0.0"))], TIP)
    assert news == {backend: ("1.0.0", "1.1.0"), writer: ("0.1.0", None), new: (None, "1.0.0")}
    assert view.apply([(backend, text), (PackageName("unknown"), None)], TIP) == {}
    assert view.apply([(new, line("new", "1.0.0", yanked="x"))], TIP) == {new: ("1.0.0", "")}
    assert view.count() == 3


def test_a_view_made_anew_says_what_is_new_in_it(view: View) -> None:
    """A clone that was lost does not make everything new."""
    texts = {**AGENTS, "backend-engineer": line("backend-engineer", "2.0.0")}
    del texts["acme/writer"]
    news = view.apply([(PackageName(n), text) for n, text in texts.items()], TIP, anew=True)
    assert news == {"backend-engineer": ("1.0.0", "2.0.0"), "acme/writer": ("0.1.0", None)}
    assert view.count() == 2


def test_a_package_is_shown_by_its_newest_release_that_can_be_had(tmp_path: Path) -> None:
    """Yanked, removed and older releases do not stand for an agent; unreadable lines neither."""
    view = View(tmp_path / "view.sqlite3")
    text = (
        line("a", "1.0.0", description="first")
        + line("a", "2.10.0", description="newest", grants={"tools": 5})
        + line("a", "2.9.0", description="a later backport", grants=[])
        + line("a", "3.0.0", description="yanked", yanked="x")
        + line("a", "4.0.0", description="removed", removed="x")
        + b'broken\n[]\n{"version": "x"}\n'
    )
    yanked = line("b", "1.0.0", description="gone", yanked="x")
    view.apply([(PackageName("a"), text), (PackageName("b"), yanked), (PackageName("c"), b"")], TIP)
    assert [(h.name, h.description, h.version) for h in view.search("", 9)] == [
        ("a", "newest", "2.10.0"),
        ("b", "gone", ""),
        ("c", "", UNREADABLE),
    ]


def test_half_characters_in_a_description_do_not_stop_a_view(tmp_path: Path) -> None:
    """JSON can say what no database can hold."""
    view = View(tmp_path / "view.sqlite3")
    raw = b'{"v": 1, "version": "1.0.0", "description": "\\ud800", "grants": {"tools": "\\udfff"}}'
    view.apply([(PackageName("a"), raw)], TIP)
    assert [hit.description for hit in view.search("", 9)] == ["?"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("backend-enginer", "backend-engineer"),
        ("bakcend-engineer", "backend-engineer"),
        ("databse-engineer", "database-engineer"),
        ("writer", "acme/writer"),
        ("b[a]*", None),
        ("zzz", None),
    ],
)
def test_near_names_are_offered(view: View, typed: str, meant: str | None) -> None:
    """Most names that do not exist are typing mistakes."""
    near = view.names_like(typed)
    assert (near[0] if near else None) == meant


def test_a_failed_update_changes_nothing(view: View) -> None:
    """What was found to be tampered with must leave no trace."""

    def texts() -> Iterator[tuple[PackageName, bytes | None]]:
        yield PackageName("backend-engineer"), line("backend-engineer", "9.0.0")
        yield PackageName("writer"), None
        raise ValueError("tampered")

    for anew in (True, False):
        with pytest.raises(ValueError, match="tampered"):
            view.apply(texts(), ViewState("b" * 40, 1.0), anew=anew)
        assert view.state() == TIP
        assert len(view.names()) == 3
        assert view.records(PackageName("backend-engineer")) == AGENTS["backend-engineer"]
        assert found(view, "apis") == ["backend-engineer"]


def test_a_kill_in_the_middle_of_an_update_changes_nothing(view: View, tmp_path: Path) -> None:
    """A transaction either happened or did not."""
    program = (
        "import os, sys, pathlib; from agentpm.registry.view import View, ViewState\n"
        "def texts():\n"
        "    for n in range(5000): yield f'agent-{n}', b'x' * 1000\n"
        "    os.kill(os.getpid(), 9)\n"
        "View(pathlib.Path(sys.argv[1])).apply(texts(), ViewState('b' * 40, 1.0), anew=True)\n"
    )
    view.close()
    source = str(Path(view_module.__file__).resolve().parents[2])
    path = tmp_path / "cache" / "view.sqlite3"
    ran = subprocess.run(
        [sys.executable, "-c", program, str(path)], env={"PYTHONPATH": source}, check=False
    )
    assert ran.returncode == -9
    assert view.state() == TIP
    assert len(view.names()) == 3


def test_a_look_is_noted_alone(view: View) -> None:
    """Finding nothing new changes only when that was."""
    view.looked(5000.5)
    assert view.state() == ViewState(TIP.tip, 5000.5)


@pytest.mark.parametrize("damage", [b"nonsense" * 1000, b"SQLite format 3\0" + b"\1" * 5000])
def test_a_damaged_view_says_so_and_can_be_discarded(tmp_path: Path, damage: bytes) -> None:
    """The registry makes a new one; this only has to be noticed."""
    path = tmp_path / "view.sqlite3"
    path.write_bytes(damage)
    view = View(path)
    with pytest.raises(ViewDamaged):
        view.state()
    view.discard()
    assert view.state() == ViewState()
    view.apply([], TIP)
    assert view.state() == TIP


def test_a_view_of_another_format_is_empty(view: View, tmp_path: Path) -> None:
    """A newer agentpm may have left its own."""
    view.close()
    with sqlite3.connect(tmp_path / "cache" / "view.sqlite3") as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    assert view.state() == ViewState()
    assert view.names() == ()


def test_a_table_that_is_gone_is_damage(view: View, tmp_path: Path) -> None:
    """Somebody may have opened the file with other tools."""
    view.close()
    with sqlite3.connect(tmp_path / "cache" / "view.sqlite3") as database:
        database.execute("DROP TABLE package")
    database.close()
    with pytest.raises(ViewDamaged):
        view.names()


def test_a_disk_that_refuses_is_explained(tmp_path: Path) -> None:
    """A full or read-only disk is not a damaged view, and making it anew would not help."""
    (tmp_path / "view.sqlite3").symlink_to(tmp_path / "nowhere" / "view.sqlite3")
    with pytest.raises(fs.DiskFailure, match="could not use") as caught:
        View(tmp_path / "view.sqlite3").state()
    assert not isinstance(caught.value, ViewDamaged)


def test_two_processes_may_make_the_same_view(tmp_path: Path) -> None:
    """The first look of two commands at once must not fail for either."""
    path = tmp_path / "view.sqlite3"
    one, two = View(path), View(path)
    one.apply([(PackageName("a"), b"x")], TIP)
    assert two.names() == ("a",)
    two.apply([(PackageName("b"), b"x")], TIP)
    assert one.names() == ("a", "b")
    one.close()
    two.close()
