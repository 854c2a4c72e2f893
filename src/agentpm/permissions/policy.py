"""Policies: what is allowed here, by layers that can only tighten.

An organisation, a user and a project may each lay down rules. A release must pass all of them: lists
under `allow` intersect, lists under `deny` and `ask` unite, and a layer without `allow` sets no
limit. What is misspelt is an error, since a rule that is not understood must not be passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal, cast

from agentpm import lazy
from agentpm.errors import AgentpmError, Excerpt
from agentpm.model.digest import Digest
from agentpm.model.name import AgentName
from agentpm.model.tomltext import nearest
from agentpm.permissions.capability import CapabilitySet, read_word, shown
from agentpm.permissions.harnesses import load_table
from agentpm.values import dataclass, field

if TYPE_CHECKING:
    from agentpm.permissions import rules as ruling
    from agentpm.permissions.rules import Kind, Rule
else:
    # Most projects lay down no rules.
    ruling = lazy.module("agentpm.permissions.rules")

Delegation = Literal["allow", "warn", "deny"]

_LISTS: tuple[Kind, ...] = ("allow", "deny", "ask")
_DELEGATION: tuple[Delegation, ...] = ("allow", "warn", "deny")
_KEYS = (*_LISTS, "delegation", "approved", "agents", "extends")
_EXTENDS = ("from", "checksum")


class MalformedPolicy(AgentpmError):
    """A policy that cannot be read; with its place where that is known."""

    code = "malformed-policy"


@dataclass(frozen=True, slots=True)
class Extends:
    """A further policy that a layer builds on: where it is, and the bytes it must have.

    Whoever reads it gives its layer the location as `origin`; until then the policy is incomplete.
    """

    location: str
    checksum: Digest


@dataclass(frozen=True, slots=True)
class Layer:
    """The rules of one place. `approved` are decisions, by agent; only a project's count."""

    origin: str
    rules: tuple[Rule, ...] = ()
    delegation: Delegation | None = None
    approved: Mapping[AgentName, CapabilitySet] = field(default_factory=dict)
    extends: Extends | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """All layers that bind one project on one machine, in any order."""

    layers: tuple[Layer, ...] = ()

    def rules(self, agent: AgentName) -> Iterator[Rule]:
        """The rules that `agent` has to pass."""
        for layer in self.layers:
            yield from (rule for rule in layer.rules if rule.agent in (None, agent))

    @property
    def binds(self) -> bool:
        """Whether any layer has rules, or builds on a policy that may have some."""
        return any(layer.rules or layer.extends for layer in self.layers)

    @property
    def unread(self) -> Iterator[tuple[str, Extends]]:
        """What layers build on and is not among them, each with the origin of the one that does."""
        origins = {layer.origin for layer in self.layers}
        for layer in self.layers:
            if layer.extends is not None and layer.extends.location not in origins:
                yield layer.origin, layer.extends

    @property
    def delegation(self) -> Delegation:
        """What to do about dependencies that widen: the strictest that any layer says."""
        said = [layer.delegation for layer in self.layers if layer.delegation is not None]
        return max(said, key=_DELEGATION.index, default="warn")


def parse_permissions(
    table: Mapping[str, Any], origin: str, place: Callable[..., Excerpt] | None = None
) -> Layer:
    """The layer in a `[permissions]` table.

    `origin` is how messages name the file; `place` gives the excerpt of a key by its path inside
    the table, or with `value` that of its value (`Manifest.permission_place`), where the text is at
    hand.

    Raises:
        MalformedPolicy: an unknown key or word, or a value of the wrong kind.
    """
    return _Reader(table, origin, place).layer()


@dataclass(frozen=True, slots=True)
class _Reader:
    """One table on its way to a layer, with the words to say what is wrong in it."""

    table: Mapping[str, Any]
    origin: str
    place: Callable[..., Excerpt] | None

    def layer(self) -> Layer:
        self.only(self.table, _KEYS)
        rules = list(self.rules(self.table, None))
        for name, value in self.mapping("agents").items():
            agent = self.name("agents", name)
            inner = self.mapping_of(value, "agents", name)
            self.only(inner, _LISTS, "agents", name)
            rules += self.rules(inner, agent, "agents", name)
        return Layer(
            self.origin,
            tuple(rules),
            self.delegation(),
            dict(self.approvals()),
            self.extends(),
        )

    def rules(
        self, table: Mapping[str, Any], agent: AgentName | None, *keys: str
    ) -> Iterator[Rule]:
        tools = load_table("claude")
        for kind in _LISTS:
            if kind not in table:
                continue
            words = self.words(table[kind], *keys, kind)
            terms = []
            for word in words:
                try:
                    terms.append(ruling.read_term(word, tools))
                except AgentpmError as error:
                    raise self.wrong(error, word, *keys, kind) from None
            yield ruling.Rule(kind, tuple(terms), self.where(*keys, kind), agent)

    def delegation(self) -> Delegation | None:
        value = self.table.get("delegation")
        if value is None or value in _DELEGATION:
            return cast("Delegation | None", value)
        raise self.refuse(
            f"`delegation` cannot be `{shown(str(value))}`",
            "delegation",
            hint="write `allow`, `warn` or `deny`",
            value="",
        )

    def approvals(self) -> Iterator[tuple[AgentName, CapabilitySet]]:
        for name, value in self.mapping("approved").items():
            agent = self.name("approved", name)
            written = self.words(value, "approved", name)
            words = frozenset(self.word(text, "approved", name) for text in written)
            yield agent, CapabilitySet(words)

    def extends(self) -> Extends | None:
        if "extends" not in self.table:
            return None
        value = self.table["extends"]
        if isinstance(value, Mapping):
            self.only(value, _EXTENDS, "extends")
        named = value if isinstance(value, Mapping) else {}
        location, checksum = (named.get(key) for key in _EXTENDS)
        if not isinstance(location, str) or not isinstance(checksum, str):
            raise self.refuse(
                "`extends` needs both `from` and `checksum`",
                "extends",
                hint='write extends = { from = "https://…", checksum = "sha256:…" }',
            )
        try:
            return Extends(location, Digest(checksum))
        except AgentpmError as error:
            raise self.wrong(error, checksum, "extends", "checksum") from None

    def word(self, text: str, *keys: str) -> str:
        try:
            return read_word(text)
        except AgentpmError as error:
            raise self.wrong(error, text, *keys) from None

    def name(self, *keys: str) -> AgentName:
        try:
            return AgentName(keys[-1])
        except AgentpmError as error:
            raise self.refuse(error.message, *keys, hint=error.hint) from None

    def words(self, value: Any, *keys: str) -> tuple[str, ...]:
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        raise self.refuse(
            f"`{keys[-1]}` must be a list of texts",
            *keys,
            hint=f'write {keys[-1]} = ["read"]',
            value="",
        )

    def mapping(self, key: str) -> Mapping[str, Any]:
        return self.mapping_of(self.table.get(key, {}), key)

    def mapping_of(self, value: Any, *keys: str) -> Mapping[str, Any]:
        if isinstance(value, Mapping):
            return value
        raise self.refuse(f"`{keys[-1]}` must be a table", *keys)

    def only(self, table: Mapping[str, Any], known: tuple[str, ...], *keys: str) -> None:
        for key in table:
            if key not in known:
                near = nearest(key, known)
                whose = ".".join(("permissions", *keys))
                raise self.refuse(
                    f"unknown key `{shown(key)}` in `[{whose}]`",
                    *keys,
                    key,
                    hint=f"did you mean `{near}`?" if near else f"known: {', '.join(known)}",
                )

    def where(self, *keys: str) -> str:
        """The place of a key as messages name it: `agentpm.toml:7`, or the origin alone."""
        return self.origin if self.place is None else f"{self.origin}:{self.place(*keys).line}"

    def wrong(self, error: AgentpmError, text: str, *keys: str) -> MalformedPolicy:
        """What is wrong with one text in the value of a key."""
        return self.refuse(error.message, *keys, hint=error.hint, value=text)

    def refuse(
        self, message: str, *keys: str, hint: str | None = None, value: str | None = None
    ) -> MalformedPolicy:
        where = self.place(*keys, value=value) if self.place else None
        if where is None:
            message += f", in {self.origin}"
        return MalformedPolicy(message, hint=hint, where=where)
