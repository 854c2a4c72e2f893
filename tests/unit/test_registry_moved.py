"""A view that another agentpm brings on while a command asks it: what was said before is not believed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agentpm.model.name import PackageName
from agentpm.registry.gitregistry import GitRegistry
from support.index_repo import IndexRepo
from support.machine import Machine, entry, identity

LEAD, REVIEWER = PackageName("lead"), PackageName("reviewer")


@pytest.fixture
def index(tmp_path: Path) -> IndexRepo:
    """A registry with a lead and a reviewer."""
    return IndexRepo(tmp_path).publish("reviewer", "1.0.0").publish("lead", "1.0.0")


@pytest.fixture
def ada(tmp_path: Path, index: IndexRepo) -> Iterator[Machine]:
    """Ada's machine, which has just looked at the registry."""
    machine = Machine(tmp_path)
    machine.registry(index.url).refresh()
    yield machine
    machine.close()


def listed(registry: GitRegistry, name: PackageName) -> list[str]:
    """The versions in the listing of a package."""
    listing = registry.listing(name)
    return [] if listing is None else [str(version) for version in listing.versions]


def another_agentpm_looks(ada: Machine, index: IndexRepo) -> None:
    """Somebody publishes, and another process of Ada's sees it first."""
    index.publish("reviewer", "2.0.0")
    ada.registry(index.url).refresh(force=True)


def test_news_that_another_process_brought_is_news(index: IndexRepo, ada: Machine) -> None:
    """A look that finds nothing says nothing of answers that were given before somebody else's."""
    registry = ada.registry(index.url)
    assert listed(registry, REVIEWER) == ["1.0.0"]
    another_agentpm_looks(ada, index)
    assert registry.look_again([REVIEWER])
    assert listed(registry, REVIEWER) == ["1.0.0", "2.0.0"]
    assert not registry.look_again([REVIEWER]), "it is said once"


def test_news_after_the_only_look_is_news(index: IndexRepo, ada: Machine) -> None:
    """A command looks once, and another process may look right after it."""
    registry = ada.registry(index.url, force=True)
    assert listed(registry, REVIEWER) == ["1.0.0"]
    another_agentpm_looks(ada, index)
    with ada.counting() as git:
        assert registry.look_again([REVIEWER])
    assert "fetch" not in git.commands
    assert listed(registry, REVIEWER) == ["1.0.0", "2.0.0"]


def test_offline_what_another_process_brought_is_news(index: IndexRepo, ada: Machine) -> None:
    """Nothing is asked for, and what has come is used."""
    registry = ada.registry(index.url, offline=True)
    assert listed(registry, REVIEWER) == ["1.0.0"]
    another_agentpm_looks(ada, index)
    assert registry.look_again([REVIEWER])
    assert listed(registry, REVIEWER) == ["1.0.0", "2.0.0"]


def test_the_look_for_a_missing_name_tells_of_the_others_too(
    index: IndexRepo, ada: Machine
) -> None:
    """Whatever brought the view on, the answers before it are of another commit than those after."""
    registry = ada.registry(index.url)
    assert listed(registry, REVIEWER) == ["1.0.0"]
    another_agentpm_looks(ada, index)
    assert listed(registry, PackageName("nobody")) == []
    assert registry.has_moved()
    assert not registry.has_moved()


def test_what_was_read_before_is_read_again_once_that_is_known(
    index: IndexRepo, ada: Machine
) -> None:
    """After it was said, all answers are of one commit."""
    registry = ada.registry(index.url)
    registry.prefetch([REVIEWER])
    another_agentpm_looks(ada, index)
    assert listed(registry, LEAD) == ["1.0.0"]
    assert listed(registry, REVIEWER) == ["1.0.0"], "read before"
    assert registry.has_moved()
    assert listed(registry, REVIEWER) == ["1.0.0", "2.0.0"]


def test_a_view_that_stays_has_not_moved(index: IndexRepo, ada: Machine) -> None:
    """Nobody solves anything twice for nothing, also where another process looked in vain."""
    registry = ada.registry(index.url)
    assert not registry.has_moved(), "nothing was said yet"
    assert listed(registry, REVIEWER) == ["1.0.0"]
    ada.registry(index.url).refresh(force=True)
    assert not registry.has_moved()
    assert not registry.look_again([REVIEWER])


def test_the_shipped_registry_moves_when_somebody_publishes_into_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody else changes it, but the same user may, in another terminal."""
    identity(monkeypatch, tmp_path)
    machine = Machine(tmp_path, "bob")
    asking, publishing = machine.shipped(), machine.shipped()
    assert asking.listing(PackageName("mine")) is None
    publishing.publish([entry("mine", "1.0.0")], "Mine")
    assert asking.look_again([PackageName("mine")])
    assert asking.listing(PackageName("mine")) is not None
    machine.close()
