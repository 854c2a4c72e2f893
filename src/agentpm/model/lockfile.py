"""The lockfile `agentpm.lock`: what a project got (`docs/reference/lockfile.md`).

Generated, committed, shared. The same manifest on the same index gives the same bytes on every
machine: no times, no paths, blocks sorted by name, one fact a line so that a review sees it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Any

from agentpm.errors import AgentpmError
from agentpm.model.digest import Digest
from agentpm.model.lockdata import lock_data
from agentpm.model.locktext import (
    is_bare,
    list_text,
    lock_text,
    quoted,
    repeated,
    table_text,
    words_text,
)
from agentpm.model.name import AgentName, PackageName
from agentpm.model.release import SHIPPED, PackageId, Requirement, parse_requirement
from agentpm.model.tomltext import TomlText
from agentpm.model.version import Range, Version, parse_range, parse_version, written
from agentpm.values import dataclass, field, replace

LOCKFILE_NAME = "agentpm.lock"
LOCK_VERSION = 1

_KNOWN = (
    "name", "package", "version", "source", "checksum", "size", "signer", "needs-agentpm",
    "requirement", "dependencies", "capabilities", "approved", "rev", "file",
)  # fmt: skip


_REGISTRY = "registry+"
_FILES = ("git+", "path+")
"""How the sources of agents begin that are in a registry, and of those that are files."""


def locked_source(source: str) -> str:
    """The source of a package, as a lockfile writes it."""
    return source if source.startswith(_FILES) else f"{_REGISTRY}{source}"


SHIPPED_SOURCE = locked_source(SHIPPED)

_TOP = ("lock-version", "agent", "tool-table", "other-tables")


class MalformedLockfile(AgentpmError):
    """A lockfile that cannot be read, with the place that is wrong."""

    code = "malformed-lockfile"
    merge_hint = (
        "the file holds an unfinished merge: `agentpm lock` reads both sides and solves again"
    )


class NewerLockfile(AgentpmError):
    """A lockfile of a format that this agentpm does not know yet."""

    code = "newer-lockfile"


@dataclass(frozen=True, slots=True)
class Locked:
    """One chosen agent, with everything that restoring it takes.

    `name` is what it is installed as. `source` is `registry+URL`, `registry+shipped`,
    `git+URL#commit` or `path+relative/path`; only a path has no `checksum`. `requirement` is what
    the manifest asks of it, None where only other agents do. `capabilities` are, for each target,
    the words of what it can do there; `signer` who signed the release (name and fingerprint of the
    key), None where nobody did; `approved` those of them that the manifest approves.
    `needs_agentpm` is the first agentpm that ships the release, `rev` what the manifest calls the
    commit of a git source, `file` the path it is read from there.
    """

    name: AgentName
    package: PackageName
    version: Version
    source: str
    checksum: Digest | None = None
    size: int | None = None
    signer: str | None = None
    requirement: Range | None = None
    dependencies: tuple[Requirement, ...] = ()
    capabilities: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    approved: tuple[str, ...] = ()
    needs_agentpm: str | None = None
    rev: str | None = None
    file: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def home(self) -> str:
        """The source, as the resolver names it."""
        return self.source.removeprefix(_REGISTRY)

    @property
    def id(self) -> PackageId:
        """The package this is a release of, as the resolver names it."""
        return PackageId(self.home, self.package)

    def decided(
        self,
        capabilities: Mapping[str, tuple[str, ...]],
        approved: tuple[str, ...],
        extra: Mapping[str, Any],
    ) -> Locked:
        """This agent with what was decided about it: `replace` for every agent of a project."""
        return Locked(
            self.name, self.package, self.version, self.source, self.checksum, self.size,
            self.signer, self.requirement, self.dependencies, capabilities, approved,
            self.needs_agentpm, self.rev, self.file, extra,
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


@dataclass(frozen=True, slots=True)
class Lockfile:
    """A whole lockfile. `tool_table` is the label of the table its capabilities were read with.

    `other_tables` are those of the harnesses that agents are converted for.
    """

    agents: Mapping[AgentName, Locked] = field(default_factory=dict)
    tool_table: str = ""
    lock_version: int = LOCK_VERSION
    extra: Mapping[str, Any] = field(default_factory=dict)
    other_tables: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, agents: Iterable[Locked], tool_table: str, other_tables: tuple[str, ...] = ()
    ) -> Lockfile:
        """The lockfile of `agents`."""
        named = {agent.name: agent for agent in sorted(agents, key=attrgetter("name"))}
        return cls(named, tool_table, other_tables=other_tables)

    def by_id(self) -> dict[PackageId, Locked]:
        """The agents by the package each one is a release of."""
        return {locked.id: locked for locked in self.agents.values()}

    def with_format_of(self, before: Lockfile | None) -> Lockfile:
        """This lockfile in the format that was found, its tool table only new where agents are."""
        if before is None:
            return self
        tables = before if before.agents == self.agents else self
        return replace(
            self,
            lock_version=before.lock_version,
            extra=before.extra,
            tool_table=tables.tool_table,
            other_tables=tables.other_tables,
        )


def read_lockfile(text: str, path: str = LOCKFILE_NAME) -> Lockfile:
    """Read a lockfile.

    Raises:
        MalformedLockfile: not TOML, a value of the wrong kind, or no agents table; with its place.
        NewerLockfile: the format is newer than this agentpm.
    """
    toml = TomlText(text.removeprefix("\ufeff"), path, MalformedLockfile, lock_data)
    version = toml.data.get("lock-version")
    if type(version) is not int:
        raise toml.refuse(
            f"`{path}` does not state its `lock-version`", "lock-version", hint=_REMAKE
        )
    if version > LOCK_VERSION:
        raise NewerLockfile(
            f"`{path}` has format {version}, and this agentpm reads up to {LOCK_VERSION}",
            hint="upgrade agentpm: `pip install --upgrade agentpm-cli`",
            where=toml.place("lock-version"),
        )
    blocks = toml.data.get("agent")
    if not isinstance(blocks, list):
        raise toml.refuse(f"`{path}` has no agents table", "agent", hint=_REMAKE)
    agents: dict[AgentName, Locked] = {}
    for position, block in enumerate(blocks):
        locked = _read_block(toml, block, position)
        if locked.name in agents:
            raise _Block(toml, block, position).refuse(f"`{locked.name}` is locked twice", "name")
        agents[locked.name] = locked
    return Lockfile(
        agents,
        toml.string("tool-table") or "",
        version,
        {k: v for k, v in toml.data.items() if k not in _TOP},
        toml.strings("other-tables") or (),
    )


_REMAKE = "take it back with git, or delete it and run `agentpm lock`"


@dataclass(frozen=True, slots=True)
class _Block:
    """One `[[agent]]` block, with the words to say what is wrong in it."""

    toml: TomlText
    data: Any
    position: int

    def refuse(self, message: str, key: str) -> AgentpmError:
        return MalformedLockfile(message, hint=_REMAKE, where=self._place(key))

    def _place(self, key: str) -> Any:
        lines = self.toml.text.splitlines()
        starts = [n for n, line in enumerate(lines) if line.strip() == "[[agent]]"]
        if self.position >= len(starts):
            return self.toml.place("agent")
        start = starts[self.position]
        end = ([*starts, len(lines)])[self.position + 1]
        for number in range(start, end):
            if re.match(rf"\s*(\[agent\.)?{re.escape(key)}\s*[=\]]", lines[number]):
                return replace(self.toml.place("agent"), line=number + 1, column=1,
                               text=lines[number], length=len(key))  # fmt: skip
        return replace(self.toml.place("agent"), line=start + 1, column=1, text=lines[start])

    def text(self, key: str) -> str | None:
        value = self.data.get(key)
        if value is not None and not isinstance(value, str):
            raise self.refuse(f"`{key}` must be a text", key)
        return value

    def required(self, key: str) -> str:
        value = self.text(key)
        if not value:
            raise self.refuse(f"an agent has no `{key}`", key)
        return value

    def texts(self, key: str, value: Any) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.refuse(f"`{key}` must be a list of texts", key)
        return tuple(value)


def _read_block(toml: TomlText, data: Any, position: int) -> Locked:
    block = _Block(toml, data, position)
    if not isinstance(data, dict):
        raise block.refuse("an agent must be a table", "name")
    name = block.required("name")
    try:
        return _locked(block, name)
    except MalformedLockfile:
        raise
    except AgentpmError as error:
        raise block.refuse(f"`{name}`: {error.message}", _blamed(data, error.message)) from None


def _blamed(data: Mapping[str, Any], message: str) -> str:
    """The key whose value a message quotes."""
    quoted = (k for k, v in data.items() if isinstance(v, str) and f"`{v}`" in message)
    return next(quoted, "name")


def _locked(block: _Block, name: str) -> Locked:
    data = block.data
    source = block.required("source")
    checksum, size = block.text("checksum"), data.get("size")
    if not source.startswith((_REGISTRY, *_FILES)):
        raise block.refuse(f"`{source}` is no source of agents", "source")
    if checksum is None and not source.startswith("path+"):
        raise block.refuse(f"`{name}` has no `checksum`", "checksum")
    if size is not None and (type(size) is not int or size < 0):
        raise block.refuse("`size` must be a number of bytes", "size")
    capabilities = data.get("capabilities", {})
    if not isinstance(capabilities, dict):
        raise block.refuse("`capabilities` must be a table", "capabilities")
    requirement = block.text("requirement")
    dependencies = block.texts("dependencies", data.get("dependencies", []))
    return Locked(
        name=AgentName(name),
        package=PackageName(block.text("package") or name),
        version=parse_version(block.required("version")),
        source=source,
        checksum=Digest(checksum) if checksum is not None else None,
        size=size,
        signer=block.text("signer"),
        requirement=parse_range(requirement) if requirement is not None else None,
        dependencies=tuple(parse_requirement(item) for item in dependencies),
        capabilities={k: block.texts("capabilities", v) for k, v in capabilities.items()},
        approved=block.texts("approved", data.get("approved", [])),
        needs_agentpm=block.text("needs-agentpm"),
        rev=block.text("rev"),
        file=block.text("file"),
        extra={key: value for key, value in data.items() if key not in _KNOWN},
    )


def write_lockfile(lockfile: Lockfile) -> str:
    """The text of a lockfile, with LF line ends."""
    head: dict[str, Any] = {
        "lock-version": lockfile.lock_version,
        "tool-table": lockfile.tool_table,
    }
    if lockfile.other_tables:
        head["other-tables"] = list(lockfile.other_tables)
    tables = [agent_text(lockfile.agents[name]) for name in sorted(lockfile.agents)]
    return lock_text({**head, **lockfile.extra}, tables)


def agent_text(locked: Locked) -> str:
    """The `[[agent]]` table of one agent.

    What has a grammar of its own, such as a name, has nothing in it to escape.
    """
    if locked.extra or not all(map(is_bare, locked.capabilities)):
        return table_text(block_of(locked))
    lines = [f'[[agent]]\nname = "{locked.name}"\n']
    if str(locked.package) != locked.name:
        lines.append(f'package = "{locked.package}"\n')
    lines.append(f'version = "{written(locked.version)}"\nsource = {repeated(locked.source)}\n')
    if locked.checksum is not None:
        lines.append(f'checksum = "{locked.checksum}"\n')
    if locked.size is not None:
        lines.append(f"size = {locked.size}\n")
    lines += [f"{key} = {quoted(text)}\n" for key, text in _texts(locked) if text is not None]
    if locked.dependencies:
        lines.append(list_text("dependencies", tuple(map(str, locked.dependencies))))
    if locked.approved:
        lines.append(list_text("approved", locked.approved))
    if locked.capabilities:
        lines.append("\n[agent.capabilities]\n")
        lines += [words_text(key, locked.capabilities[key]) for key in sorted(locked.capabilities)]
    return "".join(lines)


def _texts(locked: Locked) -> tuple[tuple[str, str | None], ...]:
    wanted = locked.requirement
    return (
        ("signer", locked.signer),
        ("rev", locked.rev),
        ("file", locked.file),
        ("needs-agentpm", locked.needs_agentpm),
        ("requirement", wanted.text if wanted is not None else None),
    )


def block_of(locked: Locked) -> dict[str, Any]:
    """The keys of an agent's table, in their order."""
    block: dict[str, Any] = {"name": str(locked.name)}
    if str(locked.package) != str(locked.name):
        block["package"] = str(locked.package)
    block["version"] = str(locked.version)
    block["source"] = locked.source
    optional = {
        "checksum": str(locked.checksum) if locked.checksum is not None else None,
        "size": locked.size,
        "signer": locked.signer,
        "rev": locked.rev,
        "file": locked.file,
        "needs-agentpm": locked.needs_agentpm,
        "requirement": str(locked.requirement) if locked.requirement is not None else None,
        "dependencies": [str(item) for item in locked.dependencies] or None,
        "approved": list(locked.approved) or None,
    }
    block |= {key: value for key, value in optional.items() if value is not None}
    block |= locked.extra
    if locked.capabilities:
        block["capabilities"] = {k: list(v) for k, v in sorted(locked.capabilities.items())}
    return block
