"""Rules about who publishes: as who they are, under names that are theirs and nobody else's."""

from __future__ import annotations

from collections.abc import Iterator

from agentpm.registry.gate.change import Entry, Package, Step
from agentpm.registry.gate.refusal import Kind, Problem
from agentpm.registry.gate.rule import on_packages
from agentpm.registry.gate.standing import REVIEWED_FILE
from agentpm.registry.owners import mail_of


@on_packages("publisher", Kind.REFUSED, "A release in somebody else's name")
def publisher(step: Step, package: Package) -> Iterator[Problem]:
    """`publisher` is who made the commit, and who pushed it where the server knows that."""
    if step.whole:
        return
    for entry in package.added:
        said = entry.release.publisher
        if said is None and step.may_import and entry.release.provenance is not None:
            continue  # an import says where its releases come from instead
        if said not in step.people:
            named = f"`{said}`" if said is not None else "nobody"
            made = " and ".join(f"`{person}`" for person in dict.fromkeys(step.people))
            yield _on(
                entry,
                f"`{entry.release}` says that {named} publishes it, the commit is by {made}",
                "publish with `agentpm publish` under your own `user.name` and `user.email`",
            )
        elif step.terms.pusher is not None and not _stands_for(step, said or ""):
            yield _on(
                entry,
                f"`{entry.release}` is published as `{said}`, and pushed by `{step.terms.pusher}`",
                "push what you publish yourself, or have an administrator push it",
            )


@on_packages("not-an-owner", Kind.REFUSED, "A name that belongs to others")
def not_an_owner(step: Step, package: Package) -> Iterator[Problem]:
    """Who owns a name publishes under it, and withdraws what was published."""
    if step.whole or step.complaint is not None:
        return
    owners, name = step.before.owners, package.name
    touched = [
        *package.added,
        *(new for old, new in package.kept if old.line.record != new.line.record),
    ]
    if not touched or any(owners.owns(a, name, package.publishers) for a in step.actors):
        return
    whose = owners.listed(name) or package.publishers
    known = ", ".join(sorted(whose)) or "administrators"
    for entry in touched:
        yield _on(
            entry,
            f"`{name}` belongs to {known}, not to `{' '.join(step.actors) or 'nobody'}`",
            f"choose another name, or ask to be listed for `{name}` in `owners.json`",
        )


@on_packages("confusable-name", Kind.REVIEW, "A new name that is near to another")
def confusable_name(step: Step, package: Package) -> Iterator[Problem]:
    """People who mistype, or do not look twice, must not get somebody else's agent."""
    if package.old or not package.added:
        return
    if package.name in step.after.names | step.terms.reviewed:
        return
    for near in step.near.get(package.name, ()):
        yield _on(
            package.added[0],
            f"`{package.name}` {near.how} `{near.name}`, which is there already",
            f"choose another name, or ask an administrator to list it in `{REVIEWED_FILE}`",
        )


def _stands_for(step: Step, said: str) -> bool:
    """Whether the pusher is the publisher, or may push what others publish."""
    pusher = step.terms.pusher or ""
    return mail_of(said) == mail_of(pusher) or step.by_administrator


def _on(entry: Entry, message: str, hint: str) -> Problem:
    return Problem(message, entry.line.path, entry.line.number, hint)


RULES = (publisher, not_an_owner, confusable_name)
