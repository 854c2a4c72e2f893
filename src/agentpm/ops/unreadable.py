"""Records that cannot be read, as a reason why the resolver cannot have what they are of."""

from __future__ import annotations

from agentpm.model.release import SHIPPED, PackageId
from agentpm.registry.wire import MalformedIndex, index_path
from agentpm.resolver.problem import Missing, Package, Unavailable

UNREADABLE = "unreadable"
"""The kind of a release whose record is none, and of one that needs what such records are of."""


def package_of(package: PackageId, problem: MalformedIndex, registry: str) -> Package:
    """A package of which nothing can be known for the reason `problem`, in what is called `registry`."""
    name = "the shipped registry" if package.source == SHIPPED else f"the registry `{registry}`"
    hint = f"tell the people who keep {name}"
    text = f"has records that cannot be read: {_placed(problem)}"
    return Package(package, missing=Missing(text, hint=hint, kind=UNREADABLE))


def release_of(package: PackageId, problem: MalformedIndex) -> Unavailable:
    """Why one release of `package` cannot be taken, whose record is none for the reason `problem`.

    Raises:
        MalformedIndex: it is about something else than the records of the package.
    """
    where = problem.where
    if where is None or where.path != index_path(package.name):
        raise problem
    return Unavailable(UNREADABLE, f"has a record that cannot be read: {_placed(problem)}")


def _placed(problem: MalformedIndex) -> str:
    place = f"{problem.where.location}: " if problem.where is not None else ""
    return f"{place}{problem.message}"
