"""Listings read ahead: what a resolver will come to is read with what it asks for, within a bound."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest

from agentpm.model.name import PackageName
from agentpm.registry.ahead import Ahead
from agentpm.registry.view import Listed, View, ViewState
from agentpm.registry.wire import MalformedIndex

SOURCE = "https://example.org/agents"


class AskedView(View):
    """A view that remembers what it was asked for."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.questions: list[set[str]] = []
        self.wholes: dict[str, int] = {}

    def listed(self, names: Iterable[PackageName]) -> dict[str, Listed]:
        """As any view does."""
        names = list(names)
        self.questions.append({str(name) for name in names})
        return super().listed(names)

    def older(self, names: Iterable[PackageName]) -> dict[str, bytes]:
        """As any view does."""
        names = list(names)
        self.wholes[names[0]] = len(names)
        return super().older(names)


@pytest.fixture
def view(tmp_path: Path) -> Iterator[AskedView]:
    """An empty view."""
    view = AskedView(tmp_path / "view.sqlite3")
    yield view
    view.close()


def line(name: str, version: str, *needs: str) -> str:
    """A record, as it stands in an index."""
    record = {"v": 1, "name": name, "version": version, "checksum": f"sha256:{'0' * 64}"}
    record |= {"size": 1, "description": "", "grants": {}, "dependencies": list(needs)}
    return json.dumps(record | {"published": "2026-10-01T12:00:00Z"})


def fill(view: View, files: Mapping[str, Iterable[str]]) -> None:
    """Put index files into a view."""
    texts = [(PackageName(name), ("\n".join(f) + "\n").encode()) for name, f in files.items()]
    view.apply(texts, ViewState("a" * 40, 1.0), anew=True)


def versions(ahead: Ahead, name: str) -> list[str] | None:
    """What a listing has; None where there is no listing."""
    listing = ahead.listing(PackageName(name))
    return None if listing is None else [str(version) for version in listing.versions]


def test_what_the_newest_releases_need_is_read_with_them(view: AskedView) -> None:
    """A chain of agents costs a question for each step, and none when the resolver comes to it."""
    fill(
        view,
        {
            "lead": [line("lead", "1.0.0", "old"), line("lead", "2.0.0", "writer", "tester")],
            "writer": [line("writer", "1.0.0", "tester ^1.0")],
            "tester": [line("tester", "1.0.0"), line("tester", "1.1.0", "lead")],
            "old": [line("old", "1.0.0")],
        },
    )
    ahead = Ahead(SOURCE, view)
    ahead.read([PackageName("lead")])
    assert view.questions == [{"lead"}, {"writer", "tester"}]
    assert versions(ahead, "tester") == ["1.0.0", "1.1.0"]
    assert versions(ahead, "writer") == ["1.0.0"]
    assert len(view.questions) == 2, "what was read is not asked for again"
    assert versions(ahead, "old") == ["1.0.0"]
    assert view.questions[2:] == [{"old"}], "an older release needs it, so that nobody guessed it"


def test_a_thicket_behind_one_agent_is_not_read_as_a_whole(view: AskedView) -> None:
    """A project that stays at old releases does not pay for all that the newest ones need."""
    names = [f"agent-{number}" for number in range(1000)]
    fill(
        view,
        {"hub": [line("hub", "1.0.0", *names)]}
        | {name: [line(name, "1.0.0", "hub")] for name in names},
    )
    ahead = Ahead(SOURCE, view)
    ahead.read([PackageName("hub")])
    first, guessed = view.questions
    assert first == {"hub"}
    assert len(guessed) < 100
    assert all(versions(ahead, name) == ["1.0.0"] for name in names)


def test_a_newest_release_that_is_no_record_holds_nobody_up(view: AskedView) -> None:
    """Whoever wants that release hears of it; whoever wants an older one does not."""
    broken = line("writer", "2.0.0").replace('"size": 1', '"size": -1')
    fill(view, {"writer": [line("writer", "1.0.0"), broken]})
    ahead = Ahead(SOURCE, view)
    ahead.read([PackageName("writer")])
    listing = ahead.listing(PackageName("writer"))
    assert listing is not None
    assert str(listing[0].version) == "1.0.0"
    with pytest.raises(MalformedIndex):
        listing[1]


@pytest.mark.parametrize("name", ["ghost", "odd"])
def test_what_cannot_be_listed_is_no_listing(view: AskedView, name: str) -> None:
    """The registry then reads the whole file, which says what is wrong, or looks for news."""
    fill(view, {"odd": ['{"v": 1, "name": "odd"}']})
    ahead = Ahead(SOURCE, view)
    ahead.read([PackageName("ghost"), PackageName("odd")])
    assert versions(ahead, name) is None


def test_a_question_takes_with_it_what_will_be_asked_for(view: AskedView) -> None:
    """A search that comes to an agent that was not read asks no question of its own for each."""
    names = [f"agent-{number}" for number in range(1000)]
    fill(
        view,
        {"hub": [line("hub", "1.0.0", *names)], "new": [line("new", "1.0.0")]}
        | {name: [line(name, "1.0.0")] for name in names},
    )
    ahead = Ahead(SOURCE, view)
    ahead.read([PackageName("hub")])
    read = {name for question in view.questions for name in question}
    ahead.read([PackageName(name) for name in names if name in read])
    questions = len(view.questions)
    ahead.read([PackageName("new")])
    assert len(view.questions) == questions + 1
    assert {"new"} < view.questions[-1] < {"new", *names} - read


def test_older_releases_are_read_when_one_is_asked_for(view: AskedView) -> None:
    """Most projects take the newest release, which is a tenth of the records or less."""
    files = {
        f"agent-{number}": [line(f"agent-{number}", f"1.{minor}.0", "x") for minor in range(4)]
        for number in range(100)
    }
    fill(view, files)
    ahead = Ahead(SOURCE, view)
    ahead.read([PackageName(name) for name in files])
    for name in files:
        listing = ahead.listing(PackageName(name))
        assert listing is not None
        assert [str(release.version) for release in listing] == ["1.0.0", "1.1.0", "1.2.0", "1.3.0"]
    assert sum(view.wholes.values()) < 2 * len(files), "few are read twice"
    assert len(view.wholes) < 10


def test_records_that_changed_while_they_were_read_are_not_mixed_up(view: AskedView) -> None:
    """Another agentpm may accept a rewrite of the index between two questions of this one."""
    writer = PackageName("writer")
    fill(
        view,
        {"writer": [line("writer", "1.0.0"), line("writer", "1.1.0"), line("writer", "2.0.0")]},
    )
    ahead = Ahead(SOURCE, view)
    listing = ahead.listing(writer)
    assert listing is not None
    fill(view, {"writer": [line("writer", "0.9.0"), line("writer", "2.0.0")]})
    assert str(listing[2].version) == "2.0.0"
    for position in (0, 1):
        with pytest.raises(MalformedIndex, match="the records of `writer` changed"):
            listing[position]


def test_a_listing_outlives_what_is_forgotten(view: AskedView) -> None:
    """Who goes on with an answer that was given before a look for news asks for its releases, too."""
    fill(view, {name: [line(name, "1.0.0"), line(name, "2.0.0")] for name in ("writer", "tester")})
    ahead = Ahead(SOURCE, view)
    listing = ahead.listing(PackageName("writer"))
    assert listing is not None
    ahead.forget()
    assert str(listing[0].version) == "1.0.0"
    anew = [line("writer", version) for version in ("1.0.0", "2.0.0", "3.0.0")]
    fill(view, {"writer": anew})
    ahead.forget()
    listing = ahead.listing(PackageName("writer"))
    assert listing is not None
    assert [str(release.version) for release in listing] == ["1.0.0", "2.0.0", "3.0.0"]


@pytest.mark.parametrize("now", [{"other": ["1.0.0"]}, {"writer": ["2.0.0"]}], ids=["gone", "one"])
def test_records_that_are_no_longer_there_are_said_to_have_changed(
    view: AskedView, now: dict[str, list[str]]
) -> None:
    """A rewrite that another agentpm accepts may leave one line, or none, of a package."""
    fill(view, {"writer": [line("writer", "1.0.0"), line("writer", "2.0.0")]})
    listing = Ahead(SOURCE, view).listing(PackageName("writer"))
    assert listing is not None
    fill(view, {name: [line(name, each) for each in listed] for name, listed in now.items()})
    with pytest.raises(MalformedIndex, match="the records of `writer` changed"):
        listing[0]
