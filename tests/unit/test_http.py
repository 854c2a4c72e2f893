"""Getting documents from the web: what is taken, what is tried again, what is refused."""

from __future__ import annotations

import gzip
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentpm.http.abreast import abreast
from agentpm.http.client import Client
from agentpm.http.document import (
    Ask,
    DocumentTooLarge,
    HttpFailure,
    NotEncrypted,
    Patience,
    Response,
    Token,
    Validators,
    origin,
    shown,
)
from support import fault_proxy
from support.fault_proxy import FaultProxy, leads_to, says, shows
from support.web_server import EncryptedServer, StaticServer

LIMIT = 1000
HASTY = Patience(connect=5, read=0.3, total=5, tries=3, pause=0.01, longest=2)
TEXT = b"A document, and not a short one.\n"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[StaticServer]:
    files = tmp_path / "files"
    files.mkdir()
    (files / "a").write_bytes(TEXT)
    os.utime(files / "a", (1_790_000_000, 1_790_000_000))
    with StaticServer(files) as server:
        yield server


@pytest.fixture
def proxy(server: StaticServer) -> Iterator[FaultProxy]:
    with FaultProxy(server) as proxy:
        yield proxy


@pytest.fixture
def client() -> Iterator[Client]:
    client = Client(allow_insecure=True, patience=HASTY)
    yield client
    client.close()


def test_a_document_comes_with_the_name_of_its_state(client: Client, proxy: FaultProxy) -> None:
    """So that the next time, the server need not send it again."""
    first = client.get(f"{proxy.url}/a", limit=LIMIT)
    assert (first.status, first.body) == (200, TEXT)
    again = client.get(f"{proxy.url}/a", limit=LIMIT, known=first.validators)
    assert again == Response(304, None, first.validators)


def test_a_state_without_a_name_of_its_own_is_asked_for_whole(
    client: Client, server: StaticServer, tmp_path: Path
) -> None:
    """`Last-Modified` counts seconds, and a file may change twice within one."""
    first = client.get(f"{server.url}/a", limit=LIMIT)
    assert first.validators.modified
    (tmp_path / "files" / "b").write_bytes(b"just now")
    assert client.get(f"{server.url}/b", limit=LIMIT).validators == Validators()


def test_what_is_not_there_is_an_answer(client: Client, proxy: FaultProxy) -> None:
    """It is what a server says of most names, and no failure."""
    proxy.fault("/gone", says(410))
    assert client.get(f"{proxy.url}/b", limit=LIMIT).is_missing
    assert client.get(f"{proxy.url}/gone", limit=LIMIT).is_missing


def test_many_documents_share_a_few_connections(client: Client, server: StaticServer) -> None:
    """Each new connection costs several times what a small document does."""
    answers = client.get_many([Ask(f"{server.url}/a", LIMIT)] * 50)
    assert [answer.status for answer in answers] == [200] * 50
    assert server.connections <= 8


def test_a_failure_among_many_stands_in_its_place(client: Client, proxy: FaultProxy) -> None:
    """The others are not to suffer for it."""
    proxy.always("/bad", says(500))
    good, bad = client.get_many([Ask(f"{proxy.url}/a", LIMIT), Ask(f"{proxy.url}/bad", LIMIT)])
    assert isinstance(good, Response) and good.body == TEXT
    assert isinstance(bad, HttpFailure) and bad.status == 500


@pytest.mark.parametrize(
    "fault",
    [
        *(says(429), says(502), says(503), says(504)),
        *(fault_proxy.cut, fault_proxy.hangs_up, fault_proxy.silent),
    ],
)
def test_what_passes_is_tried_again(
    client: Client, proxy: FaultProxy, fault: fault_proxy.Fault
) -> None:
    """Servers restart and lines break, and nobody needs to hear of it."""
    proxy.fault("/a", fault, times=2)
    assert client.get(f"{proxy.url}/a", limit=LIMIT).body == TEXT
    assert len(proxy.requests) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 500])
def test_what_will_not_pass_is_not_tried_again(
    client: Client, proxy: FaultProxy, status: int
) -> None:
    """The answer would be the same, only later."""
    proxy.always("/a", says(status))
    with pytest.raises(HttpFailure) as caught:
        client.get(f"{proxy.url}/a", limit=LIMIT)
    assert caught.value.status == status
    assert len(proxy.requests) == 1


def test_trying_has_an_end(client: Client, proxy: FaultProxy) -> None:
    """A command that waits for ever is worse than one that fails."""
    proxy.always("/a", says(503))
    with pytest.raises(HttpFailure, match="the server says 503"):
        client.get(f"{proxy.url}/a", limit=LIMIT)
    assert len(proxy.requests) == HASTY.tries


def test_the_server_says_how_long_to_wait(client: Client, proxy: FaultProxy) -> None:
    """Whoever comes back earlier makes it worse."""
    proxy.fault("/a", says(429, {"Retry-After": "1"}))
    began = time.monotonic()
    assert client.get(f"{proxy.url}/a", limit=LIMIT).body == TEXT
    assert time.monotonic() - began >= 1


@pytest.mark.parametrize(
    ("when", "told"),
    [
        ("3600", "in 3600 seconds"),
        ("Fri, 31 Dec 9999 23:59:59 GMT", "another day"),
        ("9" * 400, "another day"),
    ],
)
def test_nobody_waits_for_an_hour(client: Client, proxy: FaultProxy, when: str, told: str) -> None:
    """The user is told instead, and can come back later."""
    proxy.always("/a", says(503, {"Retry-After": when}))
    with pytest.raises(HttpFailure) as caught:
        client.get(f"{proxy.url}/a", limit=LIMIT)
    assert caught.value.hint == f"it asks to come back {told}"
    assert len(proxy.requests) == 1


@pytest.mark.parametrize("when", ["", "soon", "-1", "Thu, 01 Jan 1970 00:00:00 GMT"])
def test_nonsense_about_waiting_is_passed_over(
    client: Client, proxy: FaultProxy, when: str
) -> None:
    """It is a hint, and no reason to fail."""
    proxy.fault("/a", says(503, {"Retry-After": when}))
    assert client.get(f"{proxy.url}/a", limit=LIMIT).body == TEXT


@pytest.mark.parametrize(
    "fault", [fault_proxy.endless, fault_proxy.bomb, fault_proxy.hollow, shows(b"x" * 1001)]
)
def test_a_document_has_a_limit(
    client: Client, proxy: FaultProxy, fault: fault_proxy.Fault
) -> None:
    """Nobody may fill a reader's memory, least of all with a small file."""
    proxy.always("/a", fault)
    with pytest.raises(DocumentTooLarge, match="more than 1,000 bytes"):
        client.get(f"{proxy.url}/a", limit=LIMIT)
    assert len(proxy.requests) == 1


def test_a_document_may_have_just_its_limit(client: Client, server: StaticServer) -> None:
    """The limit is the most that is allowed, not the least that is not."""
    assert client.get(f"{server.url}/a", limit=len(TEXT)).body == TEXT
    with pytest.raises(DocumentTooLarge):
        client.get(f"{server.url}/a", limit=len(TEXT) - 1)


def test_a_document_that_drips_in_is_given_up(proxy: FaultProxy) -> None:
    """Each byte comes in time, and the command would still never end."""
    proxy.always("/a", fault_proxy.drips)
    client = Client(allow_insecure=True, patience=Patience(read=5, total=0.5))
    with pytest.raises(HttpFailure, match="it takes too long"):
        client.get(f"{proxy.url}/a", limit=1_000_000)
    client.close()


def _packed(how: str, body: bytes) -> fault_proxy.Fault:
    return lambda exchange: exchange.answer(200, {"Content-Encoding": how}, body)


def test_a_packed_document_is_unpacked(client: Client, proxy: FaultProxy) -> None:
    """Records are text that packs well; servers do it by themselves."""
    proxy.always("/a", _packed("gzip", gzip.compress(TEXT, mtime=0)))
    assert client.get(f"{proxy.url}/a", limit=LIMIT).body == TEXT
    assert proxy.seen[0]["Accept-Encoding"] == "gzip"


@pytest.mark.parametrize(
    ("how", "body", "said"),
    [
        ("gzip", gzip.compress(TEXT, mtime=0)[:-9], "cut off"),
        ("gzip", b"no gzip at all", "damaged"),
        ("br", b"something", "nobody asked for"),
    ],
)
def test_what_cannot_be_unpacked_is_no_document(
    client: Client, proxy: FaultProxy, how: str, body: bytes, said: str
) -> None:
    """Half a document must not pass for a whole one."""
    proxy.always("/a", _packed(how, body))
    with pytest.raises(HttpFailure, match=said):
        client.get(f"{proxy.url}/a", limit=LIMIT)


def test_a_redirect_is_followed(client: Client, proxy: FaultProxy, server: StaticServer) -> None:
    """Stores of large hosts answer like that."""
    proxy.always("/a", leads_to(server.url))
    assert client.get(f"{proxy.url}/a", limit=LIMIT).body == TEXT


def test_a_circle_of_redirects_has_an_end(client: Client, proxy: FaultProxy) -> None:
    """Two servers that send their readers to each other are not rare."""
    proxy.always("/a", leads_to(proxy.url))
    with pytest.raises(HttpFailure, match="redirects more than 5 times"):
        client.get(f"{proxy.url}/a", limit=LIMIT)
    assert len(proxy.requests) == 6


@pytest.mark.parametrize("target", ["file:///etc/passwd#", "ftp://example.org", "https://[::1"])
def test_a_redirect_leads_to_the_web_only(client: Client, proxy: FaultProxy, target: str) -> None:
    """A server must not make a reader open its own files."""
    proxy.always("/a", leads_to(target))
    with pytest.raises(HttpFailure):
        client.get(f"{proxy.url}/a", limit=LIMIT)


def test_the_token_goes_to_its_origin_alone(proxy: FaultProxy, server: StaticServer) -> None:
    """A registry that redirects its readers would otherwise hand their secrets on."""
    token = Token(origin(proxy.url), "Bearer secret")
    client = Client(token=token, allow_insecure=True, patience=HASTY)
    with FaultProxy(server) as other:
        proxy.always("/a", leads_to(other.url))
        assert client.get(f"{proxy.url}/a", limit=LIMIT).body == TEXT
        assert proxy.seen[0]["Authorization"] == "Bearer secret"
        assert "Authorization" not in other.seen[0]
        assert client.get(f"{other.url}/a", limit=LIMIT).body == TEXT
        assert "Authorization" not in other.seen[1]
    client.close()
    assert "secret" not in repr(token)


def test_secrets_of_other_programs_are_not_used(
    client: Client, proxy: FaultProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`.netrc` may have a default for all hosts, and cookies follow from server to server."""
    (tmp_path / ".netrc").write_text("default login ada password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    cookie = {"Set-Cookie": "id=1", "Location": f"http://ada:secret@127.0.0.1:{proxy.port}/b"}
    proxy.always("/a", says(302, cookie))
    client.get(f"{proxy.url}/a", limit=LIMIT)
    client.get(f"{proxy.url}/b", limit=LIMIT)
    assert all("Authorization" not in seen and "Cookie" not in seen for seen in proxy.seen)


def test_an_address_that_is_not_encrypted_is_refused(proxy: FaultProxy) -> None:
    """Anybody on the way could answer there, on this machine as elsewhere."""
    with pytest.raises(NotEncrypted):
        Client().get(f"{proxy.url}/a", limit=LIMIT)
    assert proxy.requests == []


def test_a_proxy_is_used_as_the_environment_says(
    client: Client, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many networks have no other way out."""
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    proxy.always("http://agents.example.org/a", shows(TEXT))
    assert client.get("http://agents.example.org/a", limit=LIMIT).body == TEXT


def test_a_password_of_the_proxy_is_not_told(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Error messages are copied into chats and tickets."""
    monkeypatch.setenv("HTTP_PROXY", "http://ada:secret@127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with pytest.raises(HttpFailure) as caught:
        client.get("http://agents.example.org/a?key=secret", limit=LIMIT)
    told = caught.value
    assert "secret" not in f"{told.message} {told.details} {told.hint}"


def test_a_missing_certificate_bundle_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a misspelt path, and the connection has nothing to do with it."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/bundle.pem")
    client = Client(patience=HASTY)
    with pytest.raises(HttpFailure) as caught:
        client.get("https://127.0.0.1:9/a", limit=LIMIT)
    assert "/nowhere/bundle.pem" in str(caught.value.details)


def test_an_unknown_certificate_is_refused(
    tmp_path: Path, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever answers must be who the address says, and the user can name further authorities."""
    with EncryptedServer(tmp_path) as encrypted:
        client = Client(patience=HASTY)
        with pytest.raises(HttpFailure, match="its certificate was not accepted") as caught:
            client.get(f"{encrypted.url}/a", limit=LIMIT)
        assert "REQUESTS_CA_BUNDLE" in str(caught.value.hint)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(encrypted.certificate))
        assert client.get(f"{encrypted.url}/a", limit=LIMIT).body == TEXT
        client.close()


def test_a_redirect_never_leaves_encryption(
    tmp_path: Path, server: StaticServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where plain HTTP is allowed: an encrypted address promised more."""
    with EncryptedServer(tmp_path, leads=server.url) as encrypted:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(encrypted.certificate))
        client = Client(allow_insecure=True, patience=HASTY)
        with pytest.raises(NotEncrypted):
            client.get(f"{encrypted.url}/a", limit=LIMIT)
        client.close()
    assert server.requests == []


def test_addresses_are_shown_without_what_is_private() -> None:
    """A login or a signed query opens the document to whoever reads the message."""
    assert shown("https://ada:secret@example.org/a?key=secret#b") == "https://example.org/a"


def test_an_origin_is_scheme_host_and_port() -> None:
    """Another port may be another person's server."""
    assert origin("https://Example.org/a") == origin("https://example.org:443/b?c")
    assert origin("https://example.org:8443") != origin("https://example.org")
    assert origin("http://example.org") != origin("https://example.org")


def test_an_error_in_one_of_several_threads_is_not_lost() -> None:
    """What no server is to blame for has to come out where somebody waits."""

    def half(number: int) -> int:
        if number == 3:
            raise ZeroDivisionError
        return number * 2

    assert abreast(half, [1, 2, 4, 5], 2) == [2, 4, 8, 10]
    with pytest.raises(ZeroDivisionError):
        abreast(half, [1, 2, 3, 4], 2)


def packed(body: bytes) -> fault_proxy.Fault:
    """A body as it is, said to be packed."""
    return lambda exchange: exchange.answer(200, {"Content-Encoding": "gzip"}, body)


def test_what_is_packed_in_several_parts_comes_whole(client: Client, proxy: FaultProxy) -> None:
    """Files that grow are packed so, and half of one would pass for an older state of it."""
    parts = gzip.compress(b"A") + gzip.compress(b"") + gzip.compress(b"B" * 100)
    for tail in (b"", b"\0\0\0"):
        proxy.fault("/a", packed(parts + tail))
        assert client.get(f"{proxy.url}/a", limit=LIMIT).body == b"A" + b"B" * 100
    proxy.always("/a", packed(parts[:-4]))
    with pytest.raises(HttpFailure, match="cut off on the way"):
        client.get(f"{proxy.url}/a", limit=LIMIT)
    proxy.always("/a", packed(parts * 10))
    with pytest.raises(DocumentTooLarge):
        client.get(f"{proxy.url}/a", limit=LIMIT)


@pytest.mark.parametrize("tag", ["*", '"a", "b"', "a\r\n b", '"' + "x" * 60000 + '"', '"a\x0b"'])
def test_a_name_that_stands_for_no_state_is_not_given_back(
    client: Client, proxy: FaultProxy, tag: str
) -> None:
    """It would be kept, and could make every later request fail, or never bring anything new."""
    proxy.always("/a", lambda exchange: exchange.answer(200, {"ETag": tag}, TEXT))
    first = client.get(f"{proxy.url}/a", limit=LIMIT)
    assert first.validators == Validators()


@pytest.mark.parametrize("tag", ['"a"', 'W/"a,b"', '"\xe4"'])
def test_a_name_is_given_back_as_it_came(client: Client, proxy: FaultProxy, tag: str) -> None:
    """It is the server's own, and nobody else has to understand it."""
    proxy.always("/a", lambda exchange: exchange.answer(200, {"ETag": tag}, TEXT))
    first = client.get(f"{proxy.url}/a", limit=LIMIT)
    client.get(f"{proxy.url}/a", limit=LIMIT, known=first.validators)
    assert proxy.seen[-1]["If-None-Match"] == tag


def test_a_body_in_chunks_ends_with_the_last_of_them(client: Client, proxy: FaultProxy) -> None:
    """Cut between two of them, it would look like a shorter file."""

    def cut_between(exchange: fault_proxy.Exchange) -> None:
        exchange.answer(200, {"Transfer-Encoding": "chunked"}, b"2\r\nA\n\r\n")
        exchange.close_connection = True

    proxy.always("/a", cut_between)
    with pytest.raises(HttpFailure, match="the connection failed or broke"):
        client.get(f"{proxy.url}/a", limit=LIMIT)


def test_that_nothing_changed_is_no_answer_to_who_knows_nothing(
    client: Client, proxy: FaultProxy
) -> None:
    """There is nothing that it could be as."""
    proxy.always("/a", says(304))
    with pytest.raises(HttpFailure, match="the server says 304"):
        client.get(f"{proxy.url}/a", limit=LIMIT)
