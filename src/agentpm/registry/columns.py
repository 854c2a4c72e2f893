"""A release as the columns of a view's row: read without JSON, which takes most of reading a record.

Only what is usual has columns (`listing.usual_release`); any other release is read from its line.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from agentpm.errors import AgentpmError
from agentpm.model.digest import Digest
from agentpm.model.grants import Grants
from agentpm.model.release import PackageId, Release, written_requirement
from agentpm.model.version import Version

COLUMNS = {
    "checksum": "TEXT",
    "size": "INTEGER",
    "about": "TEXT",
    "grants": "TEXT",
    "needs": "TEXT",
    "license": "TEXT",
    "repository": "TEXT",
    "published": "TEXT",
    "publisher": "TEXT",
    "provenance": "TEXT",
    "signature": "TEXT",
}
"""The columns with their kinds. All are NULL where a release has none, `checksum` only there."""

Columns = tuple[Any, ...]
"""The values of `COLUMNS`."""

NO_COLUMNS: Columns = (None,) * len(COLUMNS)

UNREADABLE_COLUMNS = AgentpmError, ValueError, TypeError, AttributeError, RecursionError
"""What reading columns raises that are those of no release."""

_BETWEEN = "\n"
"""What stands between two requirements in a column."""


def columns_of(release: Release | None) -> Columns:
    """The columns of a usual release, if there is one that they say everything of; else none."""
    if release is None:
        return NO_COLUMNS
    provenance = release.provenance
    found = (
        str(release.checksum),
        release.size,
        release.description,
        _text_of(release.grants),
        _BETWEEN.join(map(str, release.dependencies)),
        release.license,
        release.repository,
        release.published,
        release.publisher,
        None if provenance is None else json.dumps(provenance),
        release.signature,
    )
    try:
        said = release_in(release.id, release.version, found)
    except UNREADABLE_COLUMNS:
        # A range can hold any blank, also the one that stands between requirements.
        return NO_COLUMNS
    return found if said == release else NO_COLUMNS


def release_in(package: PackageId, version: Version, columns: Sequence[Any]) -> Release:
    """The release that `columns_of` was given.

    Raises:
        Exception: one of `UNREADABLE_COLUMNS`: these are not the columns of any.
    """
    checksum, size, about, grants, needs, license_, repository, published, *more = columns
    publisher, provenance, signature = more
    if type(size) is not int or None in (about, needs, published):
        raise ValueError("a field that every usual release has is not there")
    return Release(
        package,
        version,
        Digest(checksum),
        size,
        about,
        _grants(grants),
        tuple([written_requirement(each) for each in needs.split(_BETWEEN)]) if needs else (),
        license_,
        repository,
        published,
        publisher,
        None if provenance is None else json.loads(provenance),
        None,
        None,
        signature,
    )


# Many agents are granted the same.
@lru_cache(maxsize=4096)
def _text_of(grants: Grants) -> str:
    return json.dumps(grants.as_mapping())


@lru_cache(maxsize=4096)
def _grants(text: str) -> Grants:
    return Grants.of(json.loads(text))
