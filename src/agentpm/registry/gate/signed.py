"""Rules about signatures: in a registry with signers, what is said is signed by who may say it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agentpm.model.release import Release
from agentpm.registry.documents import SIGNERS_FILE
from agentpm.registry.gate.change import Entry, Package, Step
from agentpm.registry.gate.refusal import Kind, Problem
from agentpm.registry.gate.rule import on_packages, on_steps
from agentpm.registry.signing.signers import BadSigners, Signer, Signers, read_signers
from agentpm.registry.signing.verdict import BadSignature, Judge, Unsigned

_SIGN = "publish and yank with `agentpm`, which signs with the key of a signer"


@on_steps("signers", Kind.TAMPERED, "A list of signers that is not the old one gone on with")
def signers(step: Step) -> Iterator[Problem]:
    """Lines are added to the list, each signed by a key of the line before it; none goes."""
    before, after = step.before.signers, step.after.signers
    if step.complaint is not None or (before == after and not step.whole):
        return
    if before is not None and not step.whole and (after is None or not after.startswith(before)):
        yield Problem(
            "the list of signers was changed, where lines may only be added",
            SIGNERS_FILE,
            hint="put it back: every reader would stop",
        )
        return
    try:
        found = _signers(after)
    except BadSigners as error:
        line = error.where.line if error.where is not None else None
        yield Problem(error.message, SIGNERS_FILE, line, hint=_LIST)
        return
    if found is not None and found.registry != step.after.id:
        message = f"the list is for the registry `{found.registry}`, this is `{step.after.id}`"
        yield Problem(message, SIGNERS_FILE, hint=_LIST)


_LIST = "change it with `agentpm registry signers`"


@on_packages("unsigned", Kind.REFUSED, "A release or a yank that nobody signed who may")
def unsigned(step: Step, package: Package) -> Iterator[Problem]:
    """What is new in a signed registry is signed by a signer, who owns the name."""
    judge = _judge(step)
    if judge is None or step.whole:
        return
    every = [entry.release for entry in package.now]
    new = [*package.added, *(now for old, now in package.kept if _resigned(old, now))]
    for entry in new:
        found = _claimed(judge, entry.release, every)
        if isinstance(found, Unsigned):
            yield _on(entry, f"`{entry.release}` {found.text}", _SIGN)
    for old, now in package.kept:
        if _yank(old) != _yank(now) and not _answered_for(judge, old, now, package):
            yield _on(now, f"the yank of `{now.release}` is not signed by who may", _SIGN)


@on_packages("bad-signature", Kind.TAMPERED, "A signature that does not fit")
def bad_signature(step: Step, package: Package) -> Iterator[Problem]:
    """Readers stop at a signature over something else."""
    judge = _judge(step)
    if judge is None:
        return
    every = [entry.release for entry in package.now]
    old = {entry.line.text for entry in package.old} if not step.whole else set()
    for entry in package.now:
        if entry.line.text in old:
            continue
        try:
            judge.signer_of(entry.release, every)
            judge.yanked(entry.release, every)
        except BadSignature as error:
            yield _on(entry, error.message, _SIGN)


def _judge(step: Step) -> Judge | None:
    """The judge by the list after the step, which keys of the one before signed, and the old owners.

    None where there is no list that can be read.
    """
    try:
        found = _signers(step.after.signers)
    except BadSigners:
        return None
    return Judge(found, step.before.owners) if found is not None else None


def _claimed(judge: Judge, release: Release, every: Sequence[Release]) -> Signer | Unsigned | None:
    """Who is said to have signed a release; None for what is no signature: the next rule's matter."""
    try:
        return judge.claimed(release, every)
    except BadSignature:
        return None


def _signers(content: bytes | None) -> Signers | None:
    return read_signers(content, "this registry") if content is not None else None


def _resigned(old: Entry, now: Entry) -> bool:
    return old.release.signature != now.release.signature


def _yank(entry: Entry) -> tuple[object, object]:
    return entry.release.yanked, entry.release.yank


def _answered_for(judge: Judge, old: Entry, now: Entry, package: Package) -> bool:
    """Whether a change of a yank is the next one, signed with a key that counts."""
    before, mark = old.release.yank, now.release.yank
    if mark is None or mark.turn != (before.turn if before is not None else 0) + 1:
        return False
    return judge.answers_for_yank(now.release, [entry.release for entry in package.now])


def _on(entry: Entry, message: str, hint: str) -> Problem:
    return Problem(message, entry.line.path, entry.line.number, hint)


RULES = (signers, unsigned, bad_signature)
