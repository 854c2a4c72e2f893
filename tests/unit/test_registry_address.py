"""Addresses of registries: which ones go to git, what of them is shown."""

from __future__ import annotations

import pytest

from agentpm.registry.address import (
    InsecureRegistry,
    UnusableAddress,
    parse_address,
    public_url,
    without_login,
)


@pytest.mark.parametrize(
    ("text", "public", "local"),
    [
        ("https://example.org/a.git", "https://example.org/a.git", False),
        ("https://ada:secret@example.org/a%40b", "https://example.org/a%40b", False),
        ("https://ada:s%2Fcret@[::1]:8443/a", "https://[::1]:8443/a", False),
        ("https://token@example.org:8443/a", "https://example.org:8443/a", False),
        ("ssh://git@example.org/a", "ssh://git@example.org/a", False),
        ("ssh://git:secret@example.org:22/a", "ssh://git@example.org:22/a", False),
        ("git@example.org:acme/a.git", "git@example.org:acme/a.git", False),
        ("example.org:a", "example.org:a", False),
        ("file:///srv/registry.git", "file:///srv/registry.git", True),
        ("file:///srv/is it @home?#1", "file:///srv/is it @home?#1", True),
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


@pytest.mark.parametrize("text", ["HTTPS://ada:pw@Example.org/a", "https://ada:pw@Example.org/a"])
def test_a_scheme_is_written_small(text: str) -> None:
    """Git takes `HTTPS` for the name of a program that it does not have."""
    address = parse_address(text)
    assert address.url == "https://ada:pw@Example.org/a"
    assert address.public == "https://Example.org/a"


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
    """The message may end up in a log, and the end of a password may be a long way off."""
    for text in ("ftp://ada:secret@example.org/a", f"ada:secret{'x' * 200}@-x"):
        with pytest.raises(UnusableAddress) as caught:
            parse_address(text)
        assert "secret" not in caught.value.message


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", "an empty text is"),
        ("ext::sh -c 'rm -rf ~'", "`ext::sh -c 'rm -rf ~'` is"),
        ("ext::" + "x" * 100_000, f"`ext::{'x' * 74}…` is"),
        ("a\x1b[31m\u202eb", "`a\\u001b[31m\\u202eb` is"),
        ("sparse+https://h:0/x", "`sparse+https://h:0/x` is"),
        ("sparse+https://ada:pw@h:0/x", "`sparse+https://...` is"),
    ],
)
def test_what_is_no_address_is_shown_as_far_as_it_helps(text: str, shown: str) -> None:
    """Who typed it has to recognise it; the screen is not the place for all of it."""
    with pytest.raises(UnusableAddress) as caught:
        parse_address(text)
    assert caught.value.message == f"{shown} not the address of a registry"


@pytest.mark.parametrize(
    "text",
    [
        "https://bob:s3'cr/3t@127.0.0.1:1/x.git",
        "https://bob/s3cr3t@example.org/x.git",
        "https://bob:s3cr",
        "ssh://git:s3/cr3t@example.org/x.git",
        "git://bob:s3/cr3t@example.org/x.git",
        "sparse+https://bob:s3/cr3t@example.org/x",
        "bob:s3cr3t@example.org:x.git",
        "ftp://bob:s3/cr3t@example.org/x",
        "https://example.org/x.git?token=s3cr3t",
        "https://example.org/x.git#s3cr3t",
        "https://example.org/x?token=a@s3cr3t",
        "sparse+https://example.org/x?token=s3cr3t",
        "ssh://git@example.org/x?s3cr3t",
        "ftp://example.org/x?s3cr3t",
    ],
)
def test_what_may_be_a_secret_is_refused_and_not_said(text: str) -> None:
    """A password with a slash in it looks like a host and a path, and would be shown as these."""
    with pytest.raises(UnusableAddress) as caught:
        parse_address(text, allow_insecure=True)
    said = caught.value.message + str(caught.value.hint)
    assert "s3" not in said
    assert "3t" not in said
    assert caught.value.hint


@pytest.mark.parametrize(
    ("scheme", "named"),
    [("https", "git's credential"), ("sparse+https", "AGENTPM_TOKEN_NAME"), ("ssh", None)],
)
def test_a_token_in_a_query_is_told_where_it_belongs(scheme: str, named: str | None) -> None:
    """Git's helpers know nothing of files behind a web server, and give ssh no password."""
    with pytest.raises(UnusableAddress) as caught:
        parse_address(f"{scheme}://example.org/x?token=s3cr3t")
    hint = str(caught.value.hint)
    assert named in hint if named else "token" not in hint


def test_a_url_of_any_kind_loses_its_login() -> None:
    """Addresses of policies have queries, and passwords no less."""
    assert without_login("https://a:b@x.org/p?q=c@d") == "https://x.org/p?q=c@d"
    assert without_login("https://x.org/p") == "https://x.org/p"
    with pytest.raises(UnusableAddress):
        without_login("https://a:b/c@x.org/p")


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
