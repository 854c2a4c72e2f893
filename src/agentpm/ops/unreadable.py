"""Records that cannot be read, as a reason why the resolver cannot have what they are of."""

from __future__ import annotations

from agentpm.model.release import SHIPPED, PackageId
from agentpm.registry.wire import MalformedIndex, index_path
from agentpm.resolver.problem import Missing, Package, Unavailable

UNREADABLE = "unreadable"
"""The kind of `Unavailable` of a release whose record is none."""

_RECORDS = "has records that cannot be read"


def package_of(package: PackageId, problem: MalformedIndex, registry: str) -> Package:
    """A package of which nothing can be known for the reason `problem`, in what is called `registry`."""
    name = "the shipped registry" if package.source == SHIPPED else f"the registry `{registry}`"
    hint = f"tell the people who keep {name}"
    return Package(package, missing=Missing(f"{_RECORDS}: {_placed(problem)}", hint=hint))


def release_of(package: PackageId, problem: MalformedIndex) -> Unavailable:
    """Why one release of `package` cannot be taken, whose record is none for the reason `problem`.

    Raises:
        MalformedIndex: it is about something else than the records of the package.
    """
    where = problem.where
    if where is None or where.path != index_path(package.name):
        raise problem
    return Unavailable(UNREADABLE, f"has a record that cannot be read: {_placed(problem)}")


def is_told(text: str) -> bool:
    """Whether a sentence says that what is needed has records that cannot be read."""
    return f", which {_RECORDS}: " in text


def _placed(problem: MalformedIndex) -> str:
    place = f"{problem.where.location}: " if problem.where is not None else ""
    return f"{place}{problem.message}"
