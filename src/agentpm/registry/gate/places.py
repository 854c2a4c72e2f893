"""Rules about which files of a registry a commit may touch."""

from __future__ import annotations

from collections.abc import Iterator

from agentpm.model.name import AgentName, InvalidName, PackageName
from agentpm.model.version import InvalidVersion, parse_version
from agentpm.registry.gate.change import Step
from agentpm.registry.gate.refusal import Kind, Problem
from agentpm.registry.gate.rule import on_steps
from agentpm.registry.gate.standing import CONFIG_FILE, REVIEWED_FILE
from agentpm.registry.owners import OWNERS_FILE, changed_entries, mail_of
from agentpm.registry.wire import agent_path, name_at

_FRAME = frozenset(["index/.gitkeep", "agents/.gitkeep"])


def package_of(path: str) -> PackageName | None:
    """The package to whose records or files `path` belongs, None where that is no such place."""
    if path.startswith("index/"):
        return name_at(path)
    parts = path.split("/")
    if parts[0] != "agents" or len(parts) < 4 or not path.endswith(".md"):
        return None
    scope = f"{parts[1][1:]}/" if parts[1].startswith("@") else ""
    try:
        name = PackageName(scope + parts[-2])
        version = parse_version(parts[-1].removesuffix(".md"))
    except (InvalidName, InvalidVersion):
        return None
    return name if agent_path(name, version) == path else None


@on_steps("misplaced-file", Kind.REFUSED, "A file where no package has its files")
def misplaced_file(step: Step) -> Iterator[Problem]:
    """Below `index/` and `agents/` only well-formed names have a place, as ordinary files."""
    for file in step.files:
        if file.after is None or file.path in _FRAME:
            continue
        if not file.plain:
            yield Problem(
                f"`{_shown(file.path)}` is not an ordinary file",
                _shown(file.path),
                hint="links, submodules and executable files have no place in a registry",
            )
        elif file.path.startswith(("index/", "agents/")) and package_of(file.path) is None:
            yield Problem(
                f"`{_shown(file.path)}` is not the place of a package's file{_why(file.path)}",
                _shown(file.path),
                hint="publish with `agentpm publish`, which puts files where they belong",
            )


@on_steps("foreign-file", Kind.REFUSED, "A file that only administrators may change")
def foreign_file(step: Step) -> Iterator[Problem]:
    """Whoever publishes touches records and agents, nothing else."""
    if step.whole or step.by_administrator:
        return
    for file in step.files:
        own = file.path.startswith(("index/", "agents/")) and file.path not in _FRAME
        if not own and file.path != OWNERS_FILE:
            yield Problem(
                f"`{_shown(file.path)}` may be changed by the registry's administrators alone",
                _shown(file.path),
                hint=f"they are listed in `{OWNERS_FILE}`",
            )


@on_steps("other-registry", Kind.TAMPERED, "A registry that is no longer itself")
def other_registry(step: Step) -> Iterator[Problem]:
    """Readers remember a registry by its id, and stop when it has another one."""
    if step.complaint is not None:
        return
    if step.after.id is None:
        hint = "a registry has a `config.json`: `agentpm registry init` writes one"
        yield Problem("there is no `config.json`", CONFIG_FILE, hint=hint)
    elif not step.whole and step.before.id is not None and step.before.id != step.after.id:
        message = f"the id of the registry was `{step.before.id}` and would be `{step.after.id}`"
        yield Problem(message, CONFIG_FILE, hint="put the id back: every reader would stop")


@on_steps("malformed-registry-file", Kind.REFUSED, "A `config.json`, `owners.json` or "
          "`reviewed.json` that cannot be understood")  # fmt: skip
def malformed_registry_file(step: Step) -> Iterator[Problem]:
    """What cannot be understood would leave the gate without its own rules."""
    error = step.complaint
    if error is not None:
        path, line = (error.where.path, error.where.line) if error.where else (CONFIG_FILE, None)
        named = next((f for f in (OWNERS_FILE, REVIEWED_FILE) if f in error.message), path)
        hint = error.hint or "mend it: without it, nobody can say what holds in the registry"
        yield Problem(error.message, named, line, hint=hint)


@on_steps("foreign-ownership", Kind.REFUSED, "Owners changed by somebody who is none")
def foreign_ownership(step: Step) -> Iterator[Problem]:
    """An entry of `owners.json` is changed by its owners, the rest by administrators."""
    if step.whole or step.by_administrator or step.complaint is not None:
        return
    owners = step.before.owners
    for kind, name in changed_entries(owners, step.after.owners):
        if kind == "names":
            package = PackageName(name)
            publishers = step.publishers.get(name, frozenset())
            # A name that nobody has yet cannot be given away by whoever comes first.
            known = bool(publishers) or owners.listed(package) is not None
            may = known and any(owners.owns(a, package, publishers) for a in step.actors)
        elif kind == "scopes":
            listed = owners.scopes.get(AgentName(name), frozenset())
            may = any(mail_of(actor) in listed for actor in step.actors)
        else:
            may = False
        if not may:
            whose = f"the owners of `{name}`" if kind != "rest" else f"`{name}`"
            yield Problem(
                f"{whose} may not be changed by {_people(step)}",
                OWNERS_FILE,
                hint="ask an owner of it" if kind != "rest" else "ask an administrator",
            )


def _people(step: Step) -> str:
    return ", ".join(f"`{actor}`" for actor in step.actors) or "nobody"


def _why(path: str) -> str:
    """What is wrong with the name in a path, where it is the name."""
    word = path.rpartition("/")[2].removesuffix(".jsonl") if path.startswith("index/") else ""
    try:
        AgentName(word or "x")
    except InvalidName as error:
        return f": {error.message}"
    return ""


def _shown(path: str) -> str:
    """A path fit for one line of a terminal."""
    return "".join(c if c.isprintable() else f"\\x{ord(c) & 0xFF:02x}" for c in path)


RULES = (
    misplaced_file,
    foreign_file,
    other_registry,
    malformed_registry_file,
    foreign_ownership,
)
