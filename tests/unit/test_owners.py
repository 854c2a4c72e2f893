"""`owners.json`: who owns which names, and what is wrong with a file that does not say."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agentpm.model.name import PackageName
from agentpm.registry.owners import (
    OPEN,
    MalformedOwners,
    Owners,
    mail_of,
    new_owners,
    read_owners,
)

ADA, BOB, EVE = "ada@example.org", "bob@example.org", "eve@example.org"
REVIEWER, LEAD = PackageName("reviewer"), PackageName("acme/lead")


def owners(**content: Any) -> Owners:
    return read_owners(json.dumps({"format": 1, **content}).encode())


def test_people_are_known_by_their_address() -> None:
    """Names are spelt in many ways, and shared by many."""
    assert mail_of("Ada Lovelace <Ada@Example.org>") == mail_of(" ada@example.org ") == ADA
    assert owners(administrators=["Ada <ADA@example.org>"]).administers("A. <ada@example.org>")


def test_a_registry_without_the_file_is_everybodys() -> None:
    """Nobody is locked out of a registry that never had owners."""
    assert read_owners(None) is OPEN
    assert OPEN.owns(EVE, REVIEWER, [ADA])


def test_a_listed_name_is_its_owners_whoever_published_it() -> None:
    """Ownership can be passed on, and taken away."""
    listed = owners(names={"reviewer": [BOB]})
    assert listed.owns(BOB, REVIEWER, [ADA])
    assert not listed.owns(ADA, REVIEWER, [ADA])


def test_the_owners_of_a_scope_own_what_is_listed_in_it_too() -> None:
    """Else a name could be cut out of its scope."""
    listed = owners(scopes={"acme": [BOB]}, names={"acme/lead": [EVE]})
    assert listed.owns(BOB, LEAD, ()) and listed.owns(EVE, LEAD, ())
    assert not listed.owns(EVE, PackageName("acme/other"), ())


def test_a_name_listed_without_owners_is_as_one_not_listed() -> None:
    """An empty list gives it to nobody, and takes it from nobody."""
    assert owners(names={"reviewer": []}).owns(ADA, REVIEWER, [ADA])
    assert not owners(names={"reviewer": []}).owns(BOB, REVIEWER, [ADA])


def test_a_new_registry_has_one_administrator_or_none() -> None:
    """The file that is written is one that can be read."""
    assert read_owners(new_owners("Ada <ada@example.org>")).administrators == {ADA}
    nobody = read_owners(new_owners(None))
    assert nobody.administrators == frozenset()
    assert nobody.owns(BOB, REVIEWER, [ADA])


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("{", 1, "is not JSON"),
        ("[]", 1, "is not of the format 1"),
        ('{"format": 2}', 1, "is not of the format 1"),
        ('{\n"format": 1,\n"name": {}}', 3, "an unknown key `name`"),
        ('{"format": 1,\n"names": []}', 2, "`names` in `owners.json` is not an object"),
        ('{"format": 1, "names":\n{"Reviewer": []}}', 2, "`Reviewer` is not an agent name"),
        ('{"format": 1, "scopes":\n{"a/b": []}}', 2, "`a/b` is not an agent name"),
        ('{"format": 1,\n"names": {"reviewer": "ada@example.org"}}', 2, "is not a list of mail"),
        ('{"format": 1,\n"administrators": ["ada"]}', 2, "names no mail address"),
        ('{"format": 1,\n"administrators": [7]}', 2, "names no mail address"),
        ('{"format": 1,\n"unlisted": "all"}', 2, "is none of `publishers`"),
        ('{"format": 1,\n"accounts": {"ada": 1}}', 2, "`ada` in `owners.json` names no mail"),
    ],
)
def test_what_cannot_be_understood_is_refused_at_its_line(text: str, line: int, said: str) -> None:
    """A file that gives names away must not be guessed at."""
    with pytest.raises(MalformedOwners, match=said) as caught:
        read_owners(text.encode())
    assert caught.value.where is not None
    assert caught.value.where.line == line


def test_a_key_that_stands_twice_is_refused() -> None:
    """People would look at one of them, agentpm at the other."""
    with pytest.raises(MalformedOwners, match="twice"):
        read_owners(b'{"format": 1, "names": {"a": [], "a": ["eve@example.org"]}}')
