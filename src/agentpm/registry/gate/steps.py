"""From commits to what the rules look at: steps, with the packages that they touch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from agentpm.errors import AgentpmError
from agentpm.model.name import PackageName
from agentpm.registry.confusable import look_alikes, neighbours, one_slip_away
from agentpm.registry.gate.change import File, Near, Package, Step, Terms, read_package
from agentpm.registry.gate.places import package_of
from agentpm.registry.gate.refusal import Problem, Refusal
from agentpm.registry.gate.repository import Commit, Guarded
from agentpm.registry.gate.rules import HISTORY, judge
from agentpm.registry.gate.standing import STANDING_FILES, Standing, read_standing
from agentpm.registry.owners import changed_entries
from agentpm.registry.wire import AGENT_LIMIT, INDEX_LIMIT, index_path
from agentpm.values import dataclass, replace

POPULAR = 10
"""As many packages must depend on a name for it to be popular without being listed."""

_AT_ONCE = 200
"""How many packages are read at a time."""

_FEW = 100
"""So many new names are compared with all others letter by letter; of more, only with the listed."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of a check: how many commits were looked at, what is to be said against them."""

    commits: int
    refusals: tuple[Refusal, ...]


def judge_range(guarded: Guarded, old: str, new: str, terms: Terms) -> Judged:
    """Judge every commit on the way from `old` to `new`, each against its first parent.

    Raises:
        MissingHistory: not all of it is here.
        MalformedOwners, MalformedStanding: what holds at `old` cannot be understood.
    """
    if not guarded.descends(new, old):
        return Judged(0, (_rewritten(new, f"{new[:12]} does not follow from {old[:12]}"),))
    commits = guarded.commits(old, new)
    problem = _off_the_line(commits, old, new)
    if problem is not None:
        return Judged(len(commits), (problem,))
    touched = guarded.touched(commits)
    everybody = [person for commit in commits for person in commit.author]
    refusals: list[Refusal] = []
    for commit in commits:
        merge = len(commit.parents) > 1
        step = _step(guarded, commit, touched.get(commit.id, ()), terms)
        if merge:
            step = replace(step, people=tuple(dict.fromkeys([*step.people, *everybody])))
        refusals += judge(step, _packages(guarded, step))
    return Judged(len(commits), tuple(dict.fromkeys(refusals)))


def judge_whole(guarded: Guarded, commit: str, terms: Terms) -> Judged:
    """Judge a registry as it stands at `commit`, as if all of it were new.

    Raises:
        MissingHistory: not all of it is here.
    """
    files = guarded.everything(commit)
    after, complaint = _standing(guarded, commit)
    step = Step(commit, (), files, after, after, terms, whole=True, complaint=complaint)
    step = replace(step, near=_near(guarded, step, frozenset(), commit))
    return Judged(1, tuple(judge(step, _packages(guarded, step))))


def standing_at(guarded: Guarded, commit: str) -> Standing:
    """What a registry says of itself at a commit.

    Raises:
        MalformedOwners, MalformedStanding: it cannot be understood.
    """
    return read_standing(guarded.at(commit, STANDING_FILES))


def rewritten(message: str, hint: str) -> Refusal:
    """What is said of a push that does away with history."""
    return HISTORY.refused(Problem(message, "HEAD", hint=hint))


def _rewritten(commit: str, message: str) -> Refusal:
    hint = "a registry's history only grows: put your commits on top of its newest one"
    return HISTORY.refused(Problem(message, "HEAD", hint=hint), commit)


def _off_the_line(commits: tuple[Commit, ...], old: str, new: str) -> Refusal | None:
    """Refuse a way from `old` to `new` on which the registry would have been something else.

    Following first parents must lead from the new tip to the old one, so that each commit there is
    checked against the state that readers had; and nothing may join that began elsewhere.
    """
    by_id = {commit.id: commit for commit in commits}
    for commit in commits:
        if not commit.parents:
            return _rewritten(commit.id, f"{commit.id[:12]} has no parent: it began elsewhere")
    here = new
    while here in by_id:
        here = by_id[here].parents[0]
    if here != old:
        return _rewritten(
            new, f"the first parents of {new[:12]} do not lead to {old[:12]}: it was merged in"
        )
    return None


def _step(guarded: Guarded, commit: Commit, files: tuple[File, ...], terms: Terms) -> Step:
    parent = commit.parents[0]
    before = standing_at(guarded, parent)
    after, complaint = before, None
    if any(file.path in STANDING_FILES for file in files):
        after, complaint = _standing(guarded, commit.id)
    step = Step(commit.id, commit.author, files, before, after, terms, complaint=complaint)
    new = [file for file in files if file.before is None and file.path.startswith("index/")]
    near = _near(guarded, step, guarded.names(parent), parent) if new else {}
    return replace(step, near=near, publishers=_publishers(guarded, step, parent))


def _standing(guarded: Guarded, commit: str) -> tuple[Standing, AgentpmError | None]:
    try:
        return standing_at(guarded, commit), None
    except AgentpmError as error:
        return Standing(), error


def _publishers(guarded: Guarded, step: Step, parent: str) -> Mapping[str, frozenset[str]]:
    """Who published the names for which the step changes the owners."""
    if step.complaint is not None:
        return {}
    changed = changed_entries(step.before.owners, step.after.owners)
    names = [PackageName(name) for kind, name in changed if kind == "names"]
    texts = guarded.at(parent, [index_path(name) for name in names])
    found = {}
    for name in names:
        text = texts.get(index_path(name), b"")
        found[str(name)] = read_package(name, text, text, {}).publishers
    return found


def _near(
    guarded: Guarded, step: Step, existing: frozenset[str], commit: str
) -> Mapping[str, tuple[Near, ...]]:
    """The new names that are near to others, with what they are near to."""
    paths = (f.path for f in step.files if f.before is None and f.path.startswith("index/"))
    new = {str(package) for path in paths if (package := package_of(path)) is not None}
    found: dict[str, list[Near]] = {}
    for name, other in look_alikes(new, existing).items():
        found.setdefault(name, []).append(Near(other, "looks like"))
    for name, other in _scopes(new, existing):
        found.setdefault(name, []).append(Near(other, "has a scope that looks like"))
    counted: dict[str, bool] = {}
    for name, other in _slips(new, existing | new, step.before.popular):
        if any(near.name == other for near in found.get(name, ())):
            continue
        if other not in counted:
            listed = other in step.before.popular
            counted[other] = listed or guarded.dependents(commit, other) >= POPULAR
        if counted[other]:
            found.setdefault(name, []).append(Near(other, "is one letter away from"))
    return {name: tuple(others) for name, others in found.items()}


def _scopes(new: Iterable[str], existing: Iterable[str]) -> Iterator[tuple[str, str]]:
    known = {name.partition("/")[0] for name in existing if "/" in name}
    mine = {name: name.partition("/")[0] for name in new if "/" in name}
    alike = look_alikes({scope for scope in mine.values() if scope not in known}, known)
    return ((name, alike[scope]) for name, scope in sorted(mine.items()) if scope in alike)


def _slips(
    new: set[str], names: frozenset[str], popular: frozenset[str]
) -> Iterator[tuple[str, str]]:
    """Pairs of a new name and one that it could be a misspelling of."""
    if len(new) <= _FEW:
        others = (names - new) | (popular & names)
        for name in sorted(new - popular):
            for other in one_slip_away(name, others):
                yield name, other
    else:
        for other in sorted(popular & names):
            for name in sorted(neighbours(other) & new - popular):
                yield name, other


def _packages(guarded: Guarded, step: Step) -> Iterator[Package]:
    """The packages that a step touches, a number of them in memory at a time."""
    touched: dict[PackageName, dict[str, File]] = {}
    for file in step.files:
        name = package_of(file.path)
        if name is not None:
            touched.setdefault(name, {})[file.path] = file
    names = sorted(touched)
    for start in range(0, len(names), _AT_ONCE):
        some = {name: touched[name] for name in names[start : start + _AT_ONCE]}
        yield from _read(guarded, step, some)


def _read(
    guarded: Guarded, step: Step, touched: Mapping[PackageName, Mapping[str, File]]
) -> Iterator[Package]:
    own = {path: file for files in touched.values() for path, file in files.items() if file.plain}
    index = {index_path(name) for name in touched}
    sides = [(own[path].before, own[path].after) for path in index if path in own]
    texts = dict(guarded.blobs((b for pair in sides for b in pair if b), INDEX_LIMIT))
    # An agent without a touched record is judged by the record that is there.
    rest = guarded.at(step.commit, [path for path in index if path not in own])
    agents = [file.after for path, file in own.items() if path not in index and file.after]
    contents = dict(guarded.blobs(agents, AGENT_LIMIT))
    for name, files in touched.items():
        path = index_path(name)
        file = own.get(path)
        before = texts.get(file.before or "") if file else rest.get(path)
        after = (texts[file.after] if file.after else b"") if file else rest.get(path, b"")
        held = {
            at: replace(each, content=contents.get(each.after or ""))
            for at, each in files.items()
            if at != path
        }
        yield read_package(name, before or b"", after, held)
