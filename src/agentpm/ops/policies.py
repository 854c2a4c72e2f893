"""Where the layers of a policy come from: the project, what it extends, the user, an organisation.

Nothing fails open. A policy that cannot be had, that has other bytes than were pinned, or that is
not understood stops the command, since it might forbid what is about to happen.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from agentpm import fs, lazy
from agentpm.errors import AgentpmError, Excerpt
from agentpm.model.config import Config
from agentpm.model.manifest import Manifest
from agentpm.model.tomltext import TomlText
from agentpm.ops.parts import Parts
from agentpm.permissions.capability import shown
from agentpm.permissions.policy import Extends, Layer, MalformedPolicy, parse_permissions

if TYPE_CHECKING:
    from agentpm.ops import policy_fetch
else:
    # Most policies stand in the manifest alone.
    policy_fetch = lazy.module("agentpm.ops.policy_fetch")


def project_layer(manifest: Manifest) -> Layer:
    """The rules and approvals that stand in the manifest itself.

    Raises:
        MalformedPolicy: they make no sense; with the place.
    """
    return parse_permissions(manifest.permissions, manifest.path, manifest.permission_place)


def project_layers(parts: Parts, manifest: Manifest) -> tuple[Layer, ...]:
    """The layers that the team shares: the only ones that steer a solution.

    Raises:
        MalformedPolicy: one of them makes no sense.
        PolicyChanged: what the manifest extends has other bytes than those it pins.
        PolicyUnreachable: it cannot be had.
    """
    own = project_layer(manifest)
    if own.extends is None:
        return (own,)
    try:
        base = read_policy(_extended(parts, own.extends), own.extends.location)
    except AgentpmError as error:
        error.where = error.where or manifest.permission_place("extends")
        raise
    return (base, own)


def project_files(parts: Parts, manifest: Manifest) -> tuple[Path, ...]:
    """The files besides the manifest that the project's layers come from."""
    extends = project_layer(manifest).extends
    return (
        ()
        if extends is None or policy_fetch.is_url(extends.location)
        else (_inside(parts, extends),)
    )


def _extended(parts: Parts, extends: Extends) -> bytes:
    if policy_fetch.is_url(extends.location):
        return policy_fetch.pinned(parts, extends)
    content = fs.read(_inside(parts, extends), limit=policy_fetch.LIMIT)
    if content is None:
        raise MalformedPolicy(
            f"the policy `{extends.location}` does not exist",
            hint="without it nothing can be allowed: correct the path",
        )
    policy_fetch.refuse_other_bytes(extends, content)
    return content


def _inside(parts: Parts, extends: Extends) -> Path:
    """The file of the project that a policy extends."""
    path = PurePosixPath(extends.location)
    if not extends.location.isprintable():
        raise MalformedPolicy(
            f"`{shown(extends.location)}` is no path that anybody can read",
            hint="give the policy a name in plain letters",
        )
    if "\\" in extends.location or ":" in extends.location or not _is_below(path):
        raise MalformedPolicy(
            f"`{extends.location}` leads out of the project, where your team cannot follow",
            hint="keep the policy in the project, or give an `https://` address",
        )
    return parts.workspace.home / path


def _is_below(path: PurePosixPath) -> bool:
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts


def user_layer(config: Config) -> Layer:
    """The rules in the user's own configuration.

    Raises:
        MalformedPolicy: they make no sense, or are none that a user can make.
    """
    layer = parse_permissions(config.permissions, config.path, config.permission_place)
    return _rules_alone(layer, config.permission_place)


def organization_file(parts: Parts) -> Path | None:
    """The file with the organisation's policy, one at a URL fetched; None where there is none.

    Raises:
        PolicyUnreachable: it cannot be fetched, and no copy of it is recent enough.
        MalformedPolicy: what was fetched makes no sense.
    """
    place = parts.config.organization
    if place is None or not policy_fetch.is_url(place):
        # A path is relative to the configuration: where a command happens to run says nothing.
        folder = parts.surroundings.config.parent
        return None if place is None else folder / Path(place).expanduser()
    return policy_fetch.kept_copy(
        parts, place, lambda content: read_policy(content, policy_fetch.spoken(place))
    )


def organization_layers(parts: Parts, file: Path | None) -> tuple[Layer, ...]:
    """The organisation's policy, which stands in `file`.

    Raises:
        MalformedPolicy: it is not there, or makes no sense.
    """
    place = parts.config.organization
    if place is None or file is None:
        return ()
    content = fs.read(file, limit=policy_fetch.LIMIT)
    if content is None:
        raise MalformedPolicy(
            f"the organisation's policy `{place}` does not exist",
            hint="without it nothing can be allowed: correct `organization` in your configuration",
        )
    return (
        read_policy(content, policy_fetch.spoken(place) if policy_fetch.is_url(place) else place),
    )


def read_policy(content: bytes, origin: str) -> Layer:
    """The layer in a policy file: TOML with the one table `[permissions]`.

    Raises:
        MalformedPolicy: it is something else, or says what only a manifest can.
    """
    try:
        text = content.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise MalformedPolicy(
            f"the policy `{origin}` is not UTF-8", hint="save the file as UTF-8"
        ) from None
    toml = TomlText(text, origin, MalformedPolicy)
    toml.only(("permissions",))
    if "permissions" not in toml.data:
        raise MalformedPolicy(
            f"the policy `{origin}` has no table `[permissions]`",
            hint="a file that was cut short would allow everything: write the table, even an empty one",
        )

    def place(*keys: str, value: str | None = None) -> Excerpt:
        return toml.place("permissions", *keys, value=value)

    return _rules_alone(parse_permissions(toml.table("permissions"), origin, place), place)


def _rules_alone(layer: Layer, place: Callable[..., Excerpt]) -> Layer:
    """A layer that is no project's: it has rules, and neither approves nor extends."""
    for key, is_there in (("approved", layer.approved), ("extends", layer.extends)):
        if is_there:
            raise MalformedPolicy(
                f"`{key}` counts in a project's `agentpm.toml` alone",
                hint=f"take `{key}` out here: what is not applied must not look as if it were",
                where=place(key),
            )
    return layer
