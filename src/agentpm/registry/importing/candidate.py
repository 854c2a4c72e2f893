"""What one file of a source is: an agent, a broken agent, or no agent at all."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from itertools import islice

from agentpm.errors import AgentpmError
from agentpm.lint.hidden import hidden_text
from agentpm.lint.text import Text
from agentpm.model.agentfile import AgentFile, edit_agent, read_agent
from agentpm.model.digest import Digest
from agentpm.model.frontmatter import MalformedAgent
from agentpm.model.name import AgentName, InvalidName, PackageName, suggest_name
from agentpm.values import dataclass, field

_OTHER_PLACES = frozenset({"commands", "skills", "output-styles"})
"""Directories of a harness whose Markdown files have front matter and are no agents."""

_AGENTS = "agents"


@dataclass(frozen=True, slots=True)
class Choice:
    """Which files of a source are wanted, and as what.

    `include`, `exclude` and `prefer` are patterns of paths, in which `*` stands for any text, `/`
    too; the name of a directory means all that is below it. `rename` is whether names that are
    none are rewritten, `owner` whose packages they become, `allow_hidden` the names of agents whose
    hidden text is let through.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    prefer: tuple[str, ...] = ()
    rename: bool = False
    owner: str | None = None
    allow_hidden: tuple[str, ...] = ()

    def wants(self, path: str) -> bool:
        """Whether the file at `path` is looked at as a possible agent."""
        if not path.lower().endswith(".md") or _matches(path, self.exclude):
            return False
        if self.include:
            return _matches(path, self.include)
        *directories, name = path.split("/")
        return name != "SKILL.md" and not _OTHER_PLACES.intersection(directories)

    def prefers(self, path: str) -> bool:
        """Whether the file at `path` is the one to take of several with one name."""
        return _matches(path, self.prefer)


@dataclass(frozen=True, slots=True)
class Broken:
    """A file that would be an agent but cannot be imported: a stable word, a sentence why.

    `line` is where, counted from 1; 0 where it is no line's fault.
    """

    path: str
    reason: str
    message: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that says which agent it is.

    `raw` are the bytes to be released. `original` is the digest of the file where its name was
    rewritten. `licence` is what its front matter says. `fault` is what keeps these bytes from
    becoming a release, though the name is taken by them.
    """

    path: str
    package: PackageName
    raw: bytes = field(repr=False)
    original: Digest | None = None
    licence: str | None = None
    fault: Broken | None = None


def judge(raw: bytes, path: str, choice: Choice) -> Candidate | Broken | None:
    """What the file at `path` is; None for one that is no agent."""
    try:
        agent = read_agent(raw, path)
    except MalformedAgent as error:
        line = error.where.line if error.where is not None else 0
        return Broken(path, error.code, error.message, line)
    if not agent.fenced:
        return None
    if agent.name is None:
        in_place = _AGENTS in path.split("/")[:-1]
        return Broken(path, "missing-name", "it has no `name`") if in_place else None
    try:
        return _named(agent, choice)
    except AgentpmError as error:
        return Broken(path, error.code, error.message, agent.places["name"].line)


def _named(agent: AgentFile, choice: Choice) -> Candidate | Broken:
    said = agent.name or ""
    name, raw, original = said, agent.raw, None
    try:
        AgentName(said)
    except InvalidName as error:
        suggestion = suggest_name(said.replace("/", "-"))
        if not choice.rename or suggestion is None:
            hint = f"; `--rename` makes it `{suggestion}`" if suggestion else ""
            return Broken(
                agent.path, "bad-name", f"{error.message}{hint}", agent.places["name"].line
            )
        name, original = suggestion, Digest.of(agent.raw)
        raw = edit_agent(agent.raw, {"name": name}, agent.path)
    package = PackageName(f"{choice.owner}/{name}" if choice.owner else name)
    licence = agent.front.get("license")
    return Candidate(
        path=agent.path,
        package=package,
        raw=raw,
        original=original,
        licence=licence if isinstance(licence, str) and licence else None,
        fault=_fault(agent, package, choice),
    )


def _fault(agent: AgentFile, package: PackageName, choice: Choice) -> Broken | None:
    """What keeps an agent that has a name from being released."""
    if agent.description is None:
        return Broken(agent.path, "missing-description", "it has no `description`", 1)
    try:
        dependencies = agent.dependencies
    except MalformedAgent as error:
        line = error.where.line if error.where is not None else 0
        return Broken(agent.path, "malformed-dependency", error.message, line)
    if any(needed.package == package for needed in dependencies):
        return Broken(agent.path, "self-dependency", "it depends on itself", 1)
    if agent.raw.isascii() or {package, package.agent}.intersection(choice.allow_hidden):
        return None
    for finding in islice(hidden_text.on_text(Text(agent.raw, agent.path)), 1):
        message = f"{finding.message}; `--allow-hidden-text {package}` lets it through"
        return Broken(agent.path, "hidden-text", message, finding.where.line)
    return None


def _matches(path: str, patterns: Iterable[str]) -> bool:
    whole = (pattern.removeprefix("./").rstrip("/") for pattern in patterns)
    return any(fnmatchcase(path, p) or fnmatchcase(path, f"{p}/*") for p in whole)
