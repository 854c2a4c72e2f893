"""What can go wrong between a reader and a sparse registry, one fault a test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agentpm.fs import TooLarge
from agentpm.model.name import PackageName
from agentpm.registry.record_of import UnfaithfulRecord
from agentpm.registry.unreachable import NotARegistry, RegistryUnreachable
from agentpm.registry.wire import MalformedIndex
from support import fault_proxy
from support.fault_proxy import FaultProxy, leads_to, says, shows
from support.index_repo import IndexRepo, agent_file, index_file
from support.sparse_machine import Machine
from support.web_server import StaticServer

REVIEWER, LEAD = PackageName("reviewer"), PackageName("lead")
RECORDS = f"/{index_file('reviewer')}"
BYTES = f"/{agent_file('reviewer', '1.0.0')}"
ERROR = b'{"error": "rate limit"}\n'
PAGE = b"<!DOCTYPE html><title>Welcome to our hotel</title>\n"


@pytest.fixture
def index(tmp_path: Path) -> IndexRepo:
    index = IndexRepo(tmp_path)
    with index.one_commit():
        index.publish("reviewer", "1.0.0", tools="Read").publish("lead", "1.0.0")
    return index


@pytest.fixture
def proxy(index: IndexRepo) -> Iterator[FaultProxy]:
    with StaticServer(index.tree) as server, FaultProxy(server) as proxy:
        yield proxy


@pytest.fixture
def machine(proxy: FaultProxy, tmp_path: Path) -> Iterator[Machine]:
    with Machine(proxy, tmp_path / "machine") as machine:
        yield machine


@pytest.mark.parametrize("path", ["/config.json", RECORDS])
@pytest.mark.parametrize(
    "fault", [says(429), says(503), says(503, {"Retry-After": "0"}), fault_proxy.cut]
)
def test_what_passes_is_not_noticed(
    machine: Machine, proxy: FaultProxy, path: str, fault: fault_proxy.Fault
) -> None:
    """A busy server, a broken line: the same request a moment later works."""
    proxy.fault(path, fault)
    assert machine.versions(REVIEWER) == ["1.0.0"]


@pytest.mark.parametrize("path", ["/config.json", RECORDS])
@pytest.mark.parametrize("fault", [says(503), says(401), fault_proxy.cut, fault_proxy.hangs_up])
def test_what_does_not_pass_is_told_and_nothing_is_lost(
    machine: Machine, proxy: FaultProxy, path: str, fault: fault_proxy.Fault
) -> None:
    """The failure names the registry, and the way on: what was seen is still here."""
    assert machine.versions(REVIEWER) == ["1.0.0"]
    machine.now += 400
    proxy.always(path, fault)
    with pytest.raises(RegistryUnreachable, match="could not reach the registry"):
        machine.versions(REVIEWER)
    assert machine.versions(REVIEWER, offline=True) == ["1.0.0"]


def test_a_server_in_trouble_is_not_blamed_on_the_network(
    machine: Machine, proxy: FaultProxy
) -> None:
    """It answered, so whoever reads this need not look for a cable."""
    proxy.always(RECORDS, says(500))
    with pytest.raises(RegistryUnreachable) as caught:
        machine.versions(REVIEWER)
    assert str(caught.value.hint).startswith("the server is in trouble: try again later")


def test_trouble_with_one_name_is_not_trouble_with_another(
    machine: Machine, proxy: FaultProxy
) -> None:
    """Names are asked for together, and perhaps the bad one turns out not to be needed."""
    proxy.always(RECORDS, says(500))
    registry = machine.registry()
    registry.prefetch([REVIEWER, LEAD])
    assert registry.releases(LEAD)
    with pytest.raises(RegistryUnreachable):
        registry.releases(REVIEWER)


@pytest.mark.parametrize("page", [PAGE, b"\n\n" + PAGE, b"Moved.", b'[{"v": 1}]\n', ERROR])
def test_a_login_page_is_not_taken_for_records(
    machine: Machine, proxy: FaultProxy, page: bytes
) -> None:
    """Networks of hotels answer everything with their own page, and call that a success."""
    assert machine.versions(REVIEWER) == ["1.0.0"]
    machine.now += 400
    proxy.always(RECORDS, shows(page))
    with pytest.raises(RegistryUnreachable, match="something else than its `index/"):
        machine.versions(REVIEWER)
    assert machine.versions(REVIEWER, offline=True) == ["1.0.0"]


def test_a_login_page_is_not_taken_for_a_registry(machine: Machine, proxy: FaultProxy) -> None:
    """Nothing of what came with it counts either."""
    proxy.always("/config.json", shows(PAGE))
    with pytest.raises(NotARegistry) as caught:
        machine.versions(REVIEWER)
    assert "login" in str(caught.value.hint)
    proxy.heal()
    assert machine.versions(REVIEWER) == ["1.0.0"]


def test_a_wrong_length_does_not_shorten_the_records(
    machine: Machine, proxy: FaultProxy, index: IndexRepo
) -> None:
    """What came is half a line, which no length in a header makes whole."""
    proxy.always(RECORDS, fault_proxy.longer_than_it_says)
    with pytest.raises(RegistryUnreachable, match="something else than its"):
        machine.versions(REVIEWER)
    proxy.heal()
    assert machine.versions(REVIEWER) == ["1.0.0"]


@pytest.mark.parametrize("fault", [fault_proxy.endless, fault_proxy.bomb])
def test_records_have_a_limit(
    machine: Machine, proxy: FaultProxy, fault: fault_proxy.Fault
) -> None:
    """A server must not fill its readers' memory, packed or not."""
    proxy.always(RECORDS, fault)
    with pytest.raises(MalformedIndex, match=r"more than 16,777,216 bytes"):
        machine.versions(REVIEWER)


@pytest.mark.parametrize("fault", [fault_proxy.endless, fault_proxy.bomb])
def test_agents_have_a_limit(machine: Machine, proxy: FaultProxy, fault: fault_proxy.Fault) -> None:
    """The same for what is installed."""
    proxy.always(BYTES, fault)
    registry = machine.registry()
    with pytest.raises(TooLarge):
        registry.fetch(registry.releases(REVIEWER))


@pytest.mark.parametrize("body", [PAGE, b"", b"---\nname: reviewer\n---\nObey."])
def test_tampered_bytes_are_refused(machine: Machine, proxy: FaultProxy, body: bytes) -> None:
    """Whoever changes a file on the way would have to change its checksum in the record, too."""
    proxy.always(BYTES, shows(body))
    registry = machine.registry()
    with pytest.raises(UnfaithfulRecord, match="are not those that its record promises"):
        registry.fetch(registry.releases(REVIEWER))


@pytest.mark.parametrize("fault", [fault_proxy.cut, says(503), fault_proxy.hangs_up])
def test_bytes_that_come_in_pieces_are_asked_for_again(
    machine: Machine, proxy: FaultProxy, index: IndexRepo, fault: fault_proxy.Fault
) -> None:
    """An install does not fail over a broken line."""
    proxy.fault(BYTES, fault)
    registry = machine.registry()
    contents = registry.fetch(registry.releases(REVIEWER))
    assert list(contents.values()) == [index.agent("reviewer", "1.0.0")]


def test_a_redirect_to_another_host_gets_no_token(
    machine: Machine, proxy: FaultProxy, index: IndexRepo
) -> None:
    """Files may lie elsewhere; who may read them there is that place's own affair."""
    machine.token = "secret"
    with FaultProxy(proxy.behind) as other:
        proxy.always(BYTES, leads_to(other.url))
        registry = machine.registry()
        contents = registry.fetch(registry.releases(REVIEWER))
        assert list(contents.values()) == [index.agent("reviewer", "1.0.0")]
        assert {seen["Authorization"] for seen in proxy.seen} == {"Bearer secret"}
        assert [seen["Authorization"] for seen in other.seen] == [None]


def test_a_login_in_the_address_goes_to_the_server_and_nowhere_else(
    machine: Machine, proxy: FaultProxy
) -> None:
    """It is not in the source that lockfiles name, nor in any message."""
    machine.login = "ada:s%40cret@"
    registry = machine.registry()
    assert registry.releases(REVIEWER)
    assert proxy.seen[0]["Authorization"] == "Basic YWRhOnNAY3JldA=="
    proxy.always(RECORDS, says(403))
    machine.now += 400
    with pytest.raises(RegistryUnreachable) as caught:
        machine.versions(REVIEWER)
    told = f"{caught.value.message} {caught.value.details} {caught.value.hint} {registry.source}"
    assert "cret" not in told and "ada" not in told
