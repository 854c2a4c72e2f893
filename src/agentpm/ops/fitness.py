"""Whether agentpm, this one, may install these agents for anybody: its version, the target, hidden text."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from agentpm import __version__
from agentpm.errors import AgentpmError, Excerpt, ExitCode
from agentpm.model.manifest import Manifest
from agentpm.model.tomltext import nearest
from agentpm.model.version import parse_version
from agentpm.ops.content import Ready
from agentpm.targets.known import CLAUDE
from agentpm.targets.known import TARGETS as KNOWN

TARGETS = tuple(KNOWN)


class WrongAgentpm(AgentpmError):
    """A manifest that asks for another agentpm."""

    code = "wrong-agentpm"


class UnknownTarget(AgentpmError):
    """A harness that agents cannot be installed for."""

    code = "unknown-target"


class HiddenText(AgentpmError):
    """An agent whose text a person cannot see all of."""

    code = "hidden-text"
    exit_code = ExitCode.CORRUPT


def refuse_wrong_version(manifest: Manifest) -> None:
    """Refuse a manifest whose `requires-agentpm` this agentpm does not meet."""
    if parse_version(__version__) not in manifest.requires_agentpm:
        raise WrongAgentpm(
            f"`{manifest.path}` requires agentpm {manifest.requires_agentpm}, this is {__version__}",
            hint="`pip install --upgrade agentpm-cli`",
            where=manifest.place("project", "requires-agentpm"),
        )


def refuse_unknown_target(manifest: Manifest) -> None:
    """Refuse a manifest with a target that agentpm does not write files for.

    Raises:
        UnknownTarget: with the targets there are.
    """
    for target in manifest.targets:
        known_target(target, manifest.place("project", "targets"))


def refuse_distant_target(manifest: Manifest, scope: str) -> None:
    """Refuse to install a user's own agents for another harness than Claude Code.

    Raises:
        UnknownTarget: the manifest of `--global` names one.
    """
    other = next((name for name in manifest.targets if name != CLAUDE.name), None)
    if scope != "project" and other is not None:
        raise UnknownTarget(
            f"agents for `{other}` can be installed into projects only",
            hint="leave it out of the `targets` of this manifest",
            where=manifest.place("project", "targets"),
        )


def known_target(target: str, where: Excerpt | None = None) -> str:
    """`target`, which must be a harness that agents can be installed for.

    Raises:
        UnknownTarget: it is none.
    """
    if target in TARGETS:
        return target
    near = nearest(target, TARGETS)
    raise UnknownTarget(
        f"agentpm cannot install agents for `{target}`",
        hint=f"did you mean `{near}`?" if near else f"it can for {', '.join(TARGETS)}",
        where=where,
    )


def refuse_hidden_text(ready: Iterable[Ready], allowed: Collection[str]) -> None:
    """Refuse agents with characters that are read by a model and seen by nobody."""
    for item in ready:
        if item.locked.name in allowed or item.published.raw.isascii():
            continue
        text = item.published.raw.decode("utf-8", "replace")
        place = _hidden(text)
        if place is not None:
            line, column, character = place
            raise HiddenText(
                f"`{item.locked.name}` {item.locked.version} hides text: "
                f"the invisible character U+{ord(character):04X}",
                where=Excerpt.at(text, f"{item.locked.name}.md", line, column),
                hint="read the file with an editor that shows it; "
                f"`--allow-hidden-text {item.locked.name}` installs it all the same",
            )


def _hidden(text: str) -> tuple[int, int, str] | None:
    for number, line in enumerate(text.split("\n"), start=1):
        for column, character in enumerate(line, start=1):
            if _is_hidden(ord(character)):
                return number, column, character
    return None


def _is_hidden(point: int) -> bool:
    """Tag characters, bidirectional overrides with isolates, supplementary variation selectors."""
    return (
        0xE0000 <= point <= 0xE007F
        or 0xE0100 <= point <= 0xE01EF
        or 0x202A <= point <= 0x202E
        or 0x2066 <= point <= 0x2069
    )
