"""Changes to a manifest's text that leave its comments and layout as they are (over tomlkit)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

from agentpm import lazy
from agentpm.model.manifest import AgentEntry, Overrides

if TYPE_CHECKING:
    import tomlkit
    from tomlkit.items import Table
    from tomlkit.toml_document import TOMLDocument
else:
    # Most runs read a manifest, and change nothing in it.
    tomlkit = lazy.module("tomlkit")

NEW_MANIFEST = """\
# What this project asks for; `agentpm.lock` says what it got.
[agents]
"""


def with_agents(text: str, entries: Iterable[AgentEntry]) -> str:
    """The manifest with each of `entries` in `[agents]`.

    Where an agent is listed already only what its entry states is replaced: its overrides, and a
    comment behind it, stay.
    """
    document = tomlkit.parse(text or NEW_MANIFEST)
    agents = _table(document, "agents")
    for entry in entries:
        _put(agents, entry)
    return _text(document, text)


def _put(agents: Table, entry: AgentEntry) -> None:
    value = _value(entry)
    if entry.name in agents and isinstance(value, dict):
        old = agents[entry.name]
        if isinstance(old, dict):
            for key in ("version", "package", "registry", "path", "git", "rev", "file"):
                if key in value:
                    old[key] = value[key]
                elif key in old:
                    del old[key]
            return
    elif entry.name in agents and isinstance(agents[entry.name], dict):
        cast("Table", agents[entry.name])["version"] = value
        return
    agents[entry.name] = _inline(value) if isinstance(value, dict) else value


def without_agent(text: str, name: str) -> str:
    """The manifest without the agent `name`, or as it was where that is not listed."""
    document = tomlkit.parse(text)
    agents = document.get("agents", {})
    if name in agents:
        del agents[name]
    return _text(document, text)


def with_registry(
    text: str, name: str, url: str, terms: Mapping[str, object] = MappingProxyType({})
) -> str:
    """The manifest with the registry `name` at `url`, and on which terms it is read.

    A line that is there already keeps what it says besides, and a comment behind it.
    """
    document = tomlkit.parse(text or NEW_MANIFEST)
    registries = _table(document, "registries")
    there = registries.get(name)
    if isinstance(there, dict):
        there.update({"url": url, **terms})
    elif terms:
        line = tomlkit.inline_table()
        line.update({"url": url, **terms})
        registries[name] = line
    else:
        registries[name] = url
    return _text(document, text)


def without_registry(text: str, name: str) -> str:
    """The manifest without the registry `name`."""
    document = tomlkit.parse(text)
    registries = document.get("registries", {})
    if name in registries:
        del registries[name]
    return _text(document, text)


def with_approval(text: str, name: str, words: Iterable[str]) -> str:
    """The manifest in which the team approves the capabilities `words` of the agent `name`."""
    document = tomlkit.parse(text or NEW_MANIFEST)
    permissions = _table(document, "permissions")
    if "approved" not in permissions:
        permissions["approved"] = tomlkit.table()
    approved = cast("Table", permissions["approved"])
    have = [str(word) for word in approved.get(name, [])]
    approved[name] = sorted({*have, *words})
    return _text(document, text)


def with_signers(text: str, name: str, signers: Iterable[str]) -> str:
    """The manifest in which only `signers` may have signed the agent `name`."""
    document = tomlkit.parse(text or NEW_MANIFEST)
    _table(document, "signers")[name] = list(signers)
    return _text(document, text)


def _table(document: TOMLDocument, name: str) -> Table:
    if name not in document:
        if document.body and not document.as_string().endswith("\n\n"):
            document.add(tomlkit.nl())
        document[name] = tomlkit.table()
    return cast("Table", document[name])


def _value(entry: AgentEntry) -> str | dict[str, object]:
    if entry.path is not None:
        return {"path": entry.path, **_overrides(entry.overrides)}
    if entry.git is not None:
        place = entry.git
        git = {"git": place.url, "rev": place.rev, "file": place.file}
        return {**git, **_overrides(entry.overrides)}
    table: dict[str, object] = {}
    if str(entry.package) != str(entry.name):
        table["package"] = str(entry.package)
    table["version"] = str(entry.range)
    if entry.registry is not None:
        table["registry"] = entry.registry
    table |= _overrides(entry.overrides)
    return str(entry.range) if table.keys() == {"version"} else table


def _overrides(overrides: Overrides) -> dict[str, object]:
    table: dict[str, object] = {}
    if overrides.tools is not None:
        table["tools"] = list(overrides.tools)
    if overrides.disallowed_tools is not None:
        table["disallowed-tools"] = list(overrides.disallowed_tools)
    if overrides.model is not None:
        table["model"] = overrides.model
    return table


def _inline(table: dict[str, object]) -> tomlkit.items.InlineTable:
    inline = tomlkit.inline_table()
    inline.update(table)
    return inline


def _text(document: TOMLDocument, before: str) -> str:
    """The document as text, with the line ends that the file had."""
    text = tomlkit.dumps(document)
    if "\r\n" in before:
        text = text.replace("\r\n", "\n").replace("\n", "\r\n")
    return text
