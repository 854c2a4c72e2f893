"""Hold a registry's changes against the rules of the gate."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

from agentpm import fs
from agentpm.errors import AgentpmError, ExitCode
from agentpm.git import Git
from agentpm.lazy import pattern
from agentpm.permissions.harnesses import load_table
from agentpm.registry.gate.change import Terms
from agentpm.registry.gate.refusal import Refusal, exit_code
from agentpm.registry.gate.repository import Guarded
from agentpm.registry.gate.standing import Standing
from agentpm.registry.gate.steps import (
    Judged,
    judge_range,
    judge_whole,
    rewritten,
    standing_at,
)
from agentpm.registry.owners import mail_of
from agentpm.targets import claude
from agentpm.values import dataclass, replace

_NOTHING = pattern(r"0{40,64}\Z")
_PUSH_VARIABLES = (
    "GIT_QUARANTINE_PATH",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
)
"""Where git keeps the objects of a push until its hook said yes
(<https://git-scm.com/docs/git-receive-pack#_quarantine_environment>)."""


class NotARepository(AgentpmError):
    """A directory in which there is no git repository to check."""

    code = "not-a-repository"
    exit_code = ExitCode.USAGE


class UnknownPusher(AgentpmError):
    """A push of which the gate must know who makes it, and does not."""

    code = "unknown-pusher"


class BadRange(AgentpmError):
    """A range of commits, or a line of a push, that cannot be understood."""

    code = "bad-range"
    exit_code = ExitCode.USAGE


@dataclass(frozen=True, slots=True)
class Inquiry:
    """How to check: with which clock (UTC), for whom (an account or a mail address), how strictly.

    `late` lets `published` lie in the past, `reviewed` are the packages that a reviewer lets pass.
    """

    now: datetime
    pusher: str | None = None
    late: bool = False
    reviewed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says; `checked` names in words what it looked at."""

    checked: tuple[str, ...]
    commits: int
    refusals: tuple[Refusal, ...]

    @property
    def exit_code(self) -> ExitCode:
        """What the process says."""
        return exit_code(self.refusals)


def check_registry(directory: Path, span: str | None, inquiry: Inquiry) -> Verdict:
    """Check the commits `OLD..NEW`, or without them the whole registry as it stands.

    Raises:
        NotARepository, BadRange, MissingHistory: there is nothing to look at.
        MalformedOwners, MalformedStanding: nobody can say what holds in the registry.
        UnknownPusher: `inquiry.pusher` is an account without a mail address.
    """
    guarded = Guarded(Git(_repository(directory)))
    try:
        if span is None:
            return _verdict(_whole(guarded, "HEAD", inquiry), "the whole registry")
        old, dots, new = span.partition("..")
        if not dots or not old or new.startswith((".", "-")) or old.startswith("-") or not new:
            raise BadRange(f"`{span}` is not a range of commits", hint="write `OLD..NEW`")
        if _NOTHING.match(old):
            return _verdict(_whole(guarded, new, inquiry), "the whole registry")
        return _verdict(_range(guarded, old, new, inquiry), span)
    finally:
        guarded.close()


def check_push(
    directory: Path, lines: Iterable[str], environ: Mapping[str, str], inquiry: Inquiry
) -> Verdict:
    """Check a push, as git's `pre-receive` hook is told of it: `OLD NEW REF` a line.

    Args:
        directory: the repository's own directory.
        lines: what the hook reads.
        environ: its environment: where the pushed objects are, who pushes.
        inquiry: how to check.

    Raises:
        As `check_registry`; UnknownPusher also where the server does not say who pushes.
    """
    kept = tuple((name, environ[name]) for name in _PUSH_VARIABLES if name in environ)
    guarded = Guarded(Git(directory, variables=kept))
    try:
        judged = [_update(guarded, update, environ, inquiry) for update in _updates(lines)]
    finally:
        guarded.close()
    return Verdict(
        tuple(name for name, _ in judged),
        sum(each.commits for _, each in judged),
        tuple(refusal for _, each in judged for refusal in each.refusals),
    )


@dataclass(frozen=True, slots=True)
class _Update:
    """One ref as a push moves it; None where it is made or deleted."""

    old: str | None
    new: str | None
    ref: str


def _updates(lines: Iterable[str]) -> Iterator[_Update]:
    for line in lines:
        match = re.fullmatch(r"([0-9a-f]{40,64}) ([0-9a-f]{40,64}) (\S.*)", line.rstrip("\n"))
        if match is None:
            raise BadRange(
                f"`{line.strip()[:200]}` is not a line that git gives to a `pre-receive` hook",
                hint="it reads `OLD NEW REF` on standard input",
            )
        old, new = (None if _NOTHING.match(word) else word for word in match.groups()[:2])
        yield _Update(old, new, match[3])


def _update(
    guarded: Guarded, update: _Update, environ: Mapping[str, str], inquiry: Inquiry
) -> tuple[str, Judged]:
    branch = guarded.branch()
    if update.ref != branch and update.ref.casefold() == branch.casefold():
        # On a disk that does not tell capitals apart, it would be written over the registry.
        problem = rewritten(
            f"`{update.ref}` differs from the registry's branch in capitals alone",
            "choose another name for the branch",
        )
        return update.ref, Judged(0, (problem,))
    if update.ref != branch:
        # Readers follow one branch. Others hold proposals, which are checked when they get there.
        return f"{update.ref} (not the registry's branch)", Judged(0, ())
    if update.new is None:
        hint = "readers would find nothing, and stop"
        problem = rewritten(f"`{update.ref}` is the registry, and cannot be deleted", hint)
        return update.ref, Judged(0, (problem,))
    if update.old is None:
        return update.ref, _whole(guarded, update.new, inquiry)
    variable = standing_at(guarded, update.old).pusher_variable
    if variable is not None and inquiry.pusher is None:
        inquiry = replace(inquiry, pusher=_told(variable, environ))
    return update.ref, _range(guarded, update.old, update.new, inquiry)


def _told(variable: str, environ: Mapping[str, str]) -> str:
    """Who pushes, as the server says."""
    if not environ.get(variable):
        raise UnknownPusher(
            f"the server did not say who pushes: `{variable}` is not set",
            hint="`pusher-variable` in the registry's `config.json` names the variable",
        )
    return environ[variable]


def _range(guarded: Guarded, old: str, new: str, inquiry: Inquiry) -> Judged:
    before, after = guarded.commit(old), guarded.commit(new)
    known = standing_at(guarded, before)
    pusher = _mail(known, inquiry.pusher) if inquiry.pusher is not None else None
    return judge_range(guarded, before, after, _terms(inquiry, pusher))


def _mail(standing: Standing, pusher: str) -> str:
    """The mail address of an account on the server."""
    known = standing.owners.accounts.get(pusher)
    if known is None and "@" not in pusher:
        raise UnknownPusher(
            f"the server knows `{pusher}`, for whom `owners.json` has no mail address",
            hint='an administrator adds it there, to `"accounts"`',
        )
    return known or mail_of(pusher)


def _whole(guarded: Guarded, commit: str, inquiry: Inquiry) -> Judged:
    return judge_whole(guarded, guarded.commit(commit), _terms(inquiry, None))


def _terms(inquiry: Inquiry, pusher: str | None) -> Terms:
    return Terms(inquiry.now, load_table(claude.NAME), inquiry.late, pusher, inquiry.reviewed)


def _verdict(judged: Judged, checked: str) -> Verdict:
    return Verdict((checked,), judged.commits, judged.refusals)


def _repository(directory: Path) -> Path:
    """The directory that holds `objects` and `refs`, of the repository that `directory` is in.

    Raises:
        NotARepository: it is in none.
    """
    for folder in (directory, *directory.parents):
        for place in (folder, folder / ".git"):
            if (place / "HEAD").is_file() and (place / "objects").is_dir():
                return place
        linked = fs.read(folder / ".git", limit=4096) if (folder / ".git").is_file() else None
        if linked is not None and linked.startswith(b"gitdir: "):
            return folder / linked.decode().removeprefix("gitdir: ").strip()
    raise NotARepository(
        f"`{directory}` is not in a git repository", hint="give one with `-C`, or go there"
    )
