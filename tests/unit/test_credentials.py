"""What is shown of texts with addresses in them: never the password."""

from __future__ import annotations

import pytest

from agentpm.credentials import (
    split_login,
    without_credentials,
    without_guesses,
    without_secrets,
)

NASTY = ["secret", "s3'cr/3t", 's"e c?r#et', "a@b:c", "p%40ss"]


@pytest.mark.parametrize("password", NASTY)
def test_a_line_of_a_file_keeps_no_part_of_a_password(password: str) -> None:
    """Nobody knows where in a line that was written by hand a password ends."""
    line = f'acme = "https://bob:{password}@x.org/i.git"'
    assert without_secrets(line) == 'acme = "https://x.org/i.git"'


def test_a_line_of_a_file_keeps_no_query() -> None:
    """Tokens stand there too; what comes after the address stays."""
    line = 'acme = { url = "https://x.org/i?token=secret", require-signatures = true }'
    assert without_secrets(line) == line.replace("?token=secret", "?...")


@pytest.mark.parametrize("password", ["secret", "s3'cr/3t", "a@b:c", "p%40ss"])
def test_what_a_program_said_keeps_no_part_of_a_password(password: str) -> None:
    """Git repeats addresses as they were given to it; a blank cannot be in one."""
    said = "fatal: '{}x.org/i.git' of ada@x.org is gone, and {}y.org too"
    whole = said.format(f"https://bob:{password}@", f"ssh://bob:{password}@")
    assert without_credentials(whole) == said.format("https://", "ssh://")


@pytest.mark.parametrize("password", NASTY)
def test_of_what_is_no_address_nothing_is_shown_that_may_be_a_password(password: str) -> None:
    """What it should have been is not known, so not either what in it is a password."""
    assert without_guesses(f"ftp://bob:{password}@x.org/a") == "ftp://..."
    assert without_guesses(f"bob:{password}@x.org") == "x.org"


@pytest.mark.parametrize("text", ["", "registry", "../x", "ext::sh -c true", "https://x.org:a/b"])
def test_of_what_is_no_address_the_rest_is_shown(text: str) -> None:
    """Somebody has to recognise what they typed."""
    assert without_guesses(text) == text


@pytest.mark.parametrize(
    ("rest", "login", "place"),
    [
        ("x.org/a@b", "", "x.org/a@b"),
        ("bob:p%40ss@x.org:1/a", "bob:p%40ss@", "x.org:1/a"),
        ("a@b:c@x.org", "a@b:c@", "x.org"),
        ("/srv/@home", "", "/srv/@home"),
    ],
)
def test_a_login_ends_at_the_last_sign_before_the_path(rest: str, login: str, place: str) -> None:
    """As programs read a URL."""
    assert split_login(rest) == (login, place)
