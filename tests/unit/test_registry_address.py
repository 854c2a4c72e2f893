"""Addresses of registries: which ones go to git, what of them is shown."""

from __future__ import annotations

import pytest

from agentpm.registry.address import (
    InsecureRegistry,
    UnusableAddress,
    parse_address,
    public_url,
)


@pytest.mark.parametrize(
    ("text", "public", "local"),
    [
        ("https://example.org/a.git", "https://example.org/a.git", False),
        ("HTTPS://Example.org/a", "https://Example.org/a", False),
        ("https://ada:secret@example.org/a@b", "https://example.org/a@b", False),
        ("https://token@example.org:8443/a", "https://example.org:8443/a", False),
        ("ssh://git@example.org/a", "ssh://git@example.org/a", False),
        ("ssh://git:secret@example.org:22/a", "ssh://git@example.org:22/a", False),
        ("git@example.org:acme/a.git", "git@example.org:acme/a.git", False),
        ("example.org:a", "example.org:a", False),
        ("file:///srv/registry.git", "file:///srv/registry.git", True),
        ("/srv/registry.git", "/srv/registry.git", True),
        ("C:\\registry", "C:\\registry", True),
        ("C:/registry", "C:/registry", True),
    ],
)
def test_addresses_that_git_takes(text: str, public: str, local: bool) -> None:
    """What is shown, and stands in a lockfile, never holds a password."""
    address = parse_address(text)
    assert (address.url, address.public, address.is_local) == (text, public, local)
    assert public_url(text) == public
    assert public_url(public) == public


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " https://example.org",
            "--upload-pack=x",
            "-x",
            "https://",
            "registry",
            "../registry",
        ),
        *("ssh://-oProxyCommand=x/a", "ssh://ada@-oProxyCommand=x/a", "-oProxy:x", "host:-x"),
        *("https://a\nb", "https://a\0b", "javascript://x"),
    ],
)
def test_other_texts_are_refused(text: str) -> None:
    """Some of what git takes runs programs."""
    with pytest.raises(UnusableAddress) as caught:
        parse_address(text, allow_insecure=True)
    assert caught.value.exit_code == 2
    assert "\n" not in caught.value.message


def test_a_refused_address_does_not_show_its_password() -> None:
    """The message may end up in a log."""
    with pytest.raises(UnusableAddress) as caught:
        parse_address("ftp://ada:secret@example.org/a")
    assert "secret" not in caught.value.message


@pytest.mark.parametrize("text", ["http://example.org/a", "git://example.org/a"])
def test_unencrypted_addresses_need_a_word_for_it(text: str) -> None:
    """Anybody on the way could change what they offer."""
    with pytest.raises(InsecureRegistry, match="not encrypted"):
        parse_address(text)
    assert parse_address(text, allow_insecure=True).public == text


def test_every_address_has_its_own_directory() -> None:
    """Two registries must never share a clone, whatever they are called."""
    texts = [
        "https://a.org/x",
        "https://a.org/X",
        "https://a.org/x/",
        "ssh://a.org/x",
        "a.org:x",
        "/x",
    ]
    keys = {parse_address(text).key for text in texts}
    assert len(keys) == len(texts)
    assert all(key.replace("-", "").isalnum() for key in keys)
    assert parse_address("https://ada:old@a.org/x").key == parse_address("https://a.org/x").key


def test_a_web_server_s_address_says_how_it_is_read() -> None:
    """Git could not read it, and a lockfile must say how its releases were."""
    address = parse_address("Sparse+HTTPS://ada:secret@agents.example.org:8443/acme/")
    assert address.is_sparse and not address.is_local
    assert address.public == "sparse+https://agents.example.org:8443/acme"
    assert address.web == "https://agents.example.org:8443/acme"
    assert address.login == "ada:secret@"
    assert not parse_address("https://agents.example.org/acme").is_sparse


def test_a_web_server_s_address_has_one_form() -> None:
    """With a slash or without, it is the same registry, and must be the same to a lockfile."""
    assert public_url("sparse+https://example.org/a/") == public_url("sparse+https://example.org/a")


def test_a_web_server_s_address_is_encrypted_or_permitted() -> None:
    """Anybody on the way could answer in its place."""
    with pytest.raises(InsecureRegistry) as caught:
        parse_address("sparse+http://example.org")
    assert "`sparse+https://`" in str(caught.value.hint)
    assert parse_address("sparse+http://example.org", allow_insecure=True).is_sparse


@pytest.mark.parametrize(
    "rest", ["", "/a", "example.org/?a=b", "example.org/#a", "example.org:x", "[::1", "a\\b"]
)
def test_paths_can_be_put_behind_a_web_server_s_address(rest: str) -> None:
    """What stands in their way makes it no address."""
    with pytest.raises(UnusableAddress):
        parse_address(f"sparse+https://{rest}")
