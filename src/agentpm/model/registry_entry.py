"""One line of `[registries]`, in a manifest as in a user's configuration."""

from __future__ import annotations

from agentpm.errors import AgentpmError
from agentpm.model.digest import Digest
from agentpm.model.duration import parse_duration
from agentpm.model.name import AgentName
from agentpm.model.release import SHIPPED
from agentpm.model.tomltext import TomlText
from agentpm.values import dataclass

REGISTRY_KEYS = ("url", "allow-insecure", "require-signatures", "signers", "minimum-release-age")


@dataclass(frozen=True, slots=True)
class RegistryEntry:
    """A name for a registry, with the terms on which it is read.

    `allow_insecure` permits plain HTTP. `require_signatures` leaves out releases that nobody
    signed. `signers` is the digest of a line that the registry's list of signers must hold.
    `minimum_release_age`, in seconds, leaves out releases that are younger; None where the
    line does not say.
    """

    name: str
    url: str
    allow_insecure: bool = False
    require_signatures: bool = False
    signers: Digest | None = None
    minimum_release_age: int | None = None

    @property
    def shared_terms(self) -> dict[str, object]:
        """The terms that go with the URL when a personal line becomes a team's, as its keys."""
        terms = {
            "require-signatures": self.require_signatures,
            "signers": str(self.signers) if self.signers is not None else None,
        }
        return {key: value for key, value in terms.items() if value}


def read_registries(toml: TomlText) -> dict[str, RegistryEntry]:
    """The table `[registries]` of a file, by name.

    Raises:
        AgentpmError: of the file's own kind, with the place that is wrong.
    """
    return {name: _registry(toml, name) for name in toml.table("registries")}


def read_age(toml: TomlText, *keys: str) -> int | None:
    """The length of time at the path `keys`, in seconds; None where there is none.

    Raises:
        AgentpmError: of the file's own kind, where something else stands there.
    """
    text = toml.string(*keys)
    if text is None:
        return None
    try:
        return parse_duration(text)
    except AgentpmError as error:
        raise toml.refuse(error.message, *keys, hint=error.hint) from None


def _registry(toml: TomlText, name: str) -> RegistryEntry:
    keys = ("registries", name)
    try:
        AgentName(name)
    except AgentpmError as error:
        raise toml.refuse(error.message, *keys, hint=error.hint) from None
    if name == SHIPPED:
        raise toml.refuse(
            f"`{SHIPPED}` is the registry that comes with agentpm",
            *keys,
            hint="choose another name",
        )
    value = toml.table("registries")[name]
    if isinstance(value, str):
        return RegistryEntry(name, value)
    if not isinstance(value, dict):
        raise toml.refuse(
            f"registry `{name}` is not a URL in quotes", *keys, hint=f'{name} = "https://…"'
        )
    toml.only(REGISTRY_KEYS, *keys)
    url = toml.string(*keys, "url")
    if not url:
        raise toml.refuse(f"registry `{name}` has no `url`", *keys, hint=f'{name} = "https://…"')
    return RegistryEntry(
        name,
        url,
        allow_insecure=_flag(toml, *keys, "allow-insecure"),
        require_signatures=_flag(toml, *keys, "require-signatures"),
        signers=_digest(toml, *keys, "signers"),
        minimum_release_age=read_age(toml, *keys, "minimum-release-age"),
    )


def _flag(toml: TomlText, *keys: str) -> bool:
    value = toml.table(*keys[:-1]).get(keys[-1], False)
    if not isinstance(value, bool):
        raise toml.refuse(f"`{keys[-1]}` must be true or false", *keys)
    return value


def _digest(toml: TomlText, *keys: str) -> Digest | None:
    text = toml.string(*keys)
    if text is None:
        return None
    try:
        return Digest(text)
    except AgentpmError as error:
        hint = "`agentpm registry signers NAME` prints the digest of the list"
        raise toml.refuse(error.message, *keys, hint=hint) from None
