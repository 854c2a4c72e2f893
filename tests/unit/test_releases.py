"""Requirements as agent files and command lines write them; grants and digests beside them."""

from __future__ import annotations

import hashlib

import pytest

from agentpm.model.digest import Digest, InvalidDigest
from agentpm.model.grants import NO_GRANTS, Grants
from agentpm.model.name import InvalidName, PackageName
from agentpm.model.release import (
    PackageId,
    Release,
    Requirement,
    parse_request,
    parse_requirement,
)
from agentpm.model.version import InvalidRequirement, InvalidVersion, parse_version


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("code-reviewer", "code-reviewer"), ("code-reviewer *", "code-reviewer"),
        ("code-reviewer >=1.2,<2", "code-reviewer >=1.2,<2"), ("acme/x^1", "acme/x ^1"),
        ("  a   ~1.2 ", "a ~1.2"),
    ],
)  # fmt: skip
def test_a_dependency_is_a_name_and_a_range(text: str, shown: str) -> None:
    """The form of `dependencies` in front matter."""
    assert str(parse_requirement(text)) == shown


@pytest.mark.parametrize("text", ["", ">=1", "a b", "a 1.0", "a ^x"])
def test_a_malformed_dependency_is_refused(text: str) -> None:
    """An agent with an unreadable dependency cannot be installed honestly."""
    with pytest.raises(InvalidRequirement):
        parse_requirement(text)


def test_on_the_command_line_a_version_is_exact_and_a_range_is_itself() -> None:
    """`name@1.0.0` must not quietly give 1.4.0."""
    assert str(parse_request("a@1.0.0").range) == "==1.0.0"
    assert str(parse_request("a@v1.0.0-rc.1").range) == "==1.0.0rc1"
    assert str(parse_request("a@^1.2").range) == "^1.2"
    assert parse_request("acme/a") == Requirement(PackageName("acme/a"))


@pytest.mark.parametrize(
    ("text", "error"),
    [("a@", InvalidRequirement), ("a@1.2", InvalidRequirement), ("a@1.2.3.4", InvalidVersion), ("A", InvalidName), ("@1", InvalidName)],
)  # fmt: skip
def test_a_malformed_request_is_refused(text: str, error: type[Exception]) -> None:
    """Each mistake has its own sentence."""
    with pytest.raises(error):
        parse_request(text)


def test_a_digest_is_what_sha256sum_gives() -> None:
    """Anybody can reproduce a checksum of the lockfile with a tool they have."""
    digest = Digest.of(b"agent")
    assert digest.hex == hashlib.sha256(b"agent").hexdigest()
    assert Digest(str(digest)) == digest
    for bad in ("", "sha256:", "md5:" + "0" * 32, str(digest).upper(), str(digest) + "\n"):
        with pytest.raises(InvalidDigest):
            Digest(bad)


def test_grants_tell_absent_from_null() -> None:
    """`tools:` without a value grants nothing; no `tools` line grants everything."""
    null, absent = Grants.of({"tools": None}), Grants.of({"model": "opus"})
    assert "tools" in null
    assert null.get("tools") is None
    assert absent == NO_GRANTS
    assert absent.get("tools") is None


def test_grants_compare_by_content() -> None:
    """The order of keys is no difference; a changed command is one."""
    one = Grants.of({"hooks": {"a": 1, "b": [True, 1.5, None]}, "tools": "Read"})
    two = Grants.of({"tools": "Read", "hooks": {"b": (True, 1.5, None), "a": 1}})
    assert one == two
    assert hash(one) == hash(two)
    assert one.as_mapping() == {"tools": "Read", "hooks": {"a": 1, "b": [True, 1.5, None]}}
    assert Grants.of({"memory": float("inf"), "skills": {1: b"x"}}).as_mapping() == {
        "memory": "inf",
        "skills": {"1": "b'x'"},
    }


def test_a_release_shows_its_package_and_version() -> None:
    """As every message names it."""
    package = PackageId("shipped", PackageName("acme/a"))
    release = Release(package, parse_version("1.0.0"), Digest.of(b""), 0)
    assert (str(release), str(package), release.name) == ("acme/a 1.0.0", "acme/a", "acme/a")
