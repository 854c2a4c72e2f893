"""What the index file of one package says, in sentences that name its registry where it is wrong."""

from __future__ import annotations

from agentpm.model.name import PackageName
from agentpm.model.release import Release
from agentpm.registry.access import Access
from agentpm.registry.wire import MalformedIndex, index_path, parse_index


def read_records(raw: bytes, name: PackageName, source: str, access: Access) -> tuple[Release, ...]:
    """All releases of a package, oldest first; who asks is told of those that cannot be read yet.

    Raises:
        MalformedIndex: a line is no record of the package.
    """
    called = access.name(source)
    try:
        found = parse_index(raw, index_path(name), source)
    except MalformedIndex as error:
        raise MalformedIndex(
            f"{error.message}, in the index of `{called}`",
            where=error.where,
            hint=error.hint,
        ) from None
    if found.skipped:
        access.note(
            f"`{called}` has {found.skipped} releases of `{name}` "
            "that only a newer agentpm can read"
        )
    return found.releases


def is_blank(raw: bytes | None) -> bool:
    """Whether a package has an index file in which nothing is."""
    return raw is not None and not raw.strip()
