"""What an agent can do, as a set of words that can be compared.

A word names a power: `read`, `shell`, `mcp:github/get_issue`, `exec.hook:sha256:…`. Some powers
contain others: whoever has a shell can write files, whoever has `everything` has every tool. The
order, and why it is what it is, stand in `docs/design/permissions.md`.

Laws, held by property tests: `covers` is reflexive and transitive; `a | b` is the least set that
covers both, `a & b` the greatest that both cover; all of them are monotone; `(a - b) | b` covers
`a`, and `a - b` is empty exactly when `b` covers `a`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from agentpm.errors import AgentpmError, ExitCode
from agentpm.model.tomltext import nearest
from agentpm.values import dataclass
from agentpm.visible import visible

ALL = "everything"
ANY_SERVER = "mcp:*"

SHELL_COVERS = frozenset(
    ["read", "search", "edit", "write", "notebook", "net.fetch", "net.search", "todo"]
)
"""What a shell can do by other means: it reads, writes, and it has a network."""

TOOL_WORDS = SHELL_COVERS | {
    "shell", "delegate", "skill", "schedule", "message", "code-intel",
}  # fmt: skip
"""The powers that tools give; with `mcp:*` they are `everything`."""

EXEC_KINDS = ("exec.hook", "exec.mcp")
NAMED_KINDS = (*EXEC_KINDS, "mcp", "mode", "memory", "skill")
"""The powers that carry a name of their own after a colon."""

CAPABILITY_WORDS = tuple(sorted({ALL, *TOOL_WORDS}))
"""The words without a name of their own."""

_BASIS = (TOOL_WORDS - SHELL_COVERS) | {ANY_SERVER}
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._:@+/")
_HEX = frozenset("0123456789abcdef")


class UnknownCapability(AgentpmError):
    """A word that names no power."""

    code = "unknown-capability"
    exit_code = ExitCode.USAGE


def _is_tool(word: str) -> bool:
    return word == ALL or word in TOOL_WORDS or word.startswith("mcp:")


def _above(word: str) -> tuple[str, ...]:
    """The words that contain `word`, besides itself."""
    if word in SHELL_COVERS:
        return ("shell", ALL)
    if word in TOOL_WORDS or word == ANY_SERVER:
        return (ALL,)
    if word.startswith("mcp:"):
        server, slash, _ = word.partition("/")
        return (server, ANY_SERVER, ALL) if slash else (ANY_SERVER, ALL)
    return ()


def _within_server(word: str, words: frozenset[str]) -> bool:
    return word.startswith("mcp:") and word.partition("/")[0] in words


# There are few different sets among the agents of a project, each asked about again and again.
@lru_cache(maxsize=4096)
def _shortest(words: frozenset[str]) -> frozenset[str]:
    """The words by which a set of `words` is written."""
    if words >= _BASIS or ALL in words:
        return frozenset([ALL, *(word for word in words if not _is_tool(word))])
    # What a server offers is not named again beside the server.
    kept = frozenset(w for w in words if "/" not in w or not _within_server(w, words))
    if ANY_SERVER in kept:
        return frozenset(w for w in kept if w == ANY_SERVER or not w.startswith("mcp:"))
    return kept


@lru_cache(maxsize=4096)
def _beyond(words: frozenset[str], others: frozenset[str]) -> frozenset[str]:
    """Those of `words` that a set of `others` cannot do."""
    return frozenset(word for word in words if not _has(others, word))


@lru_cache(maxsize=4096)
def _sorted(words: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted(words))


def _has(words: frozenset[str], word: str) -> bool:
    return word in words or any(above in words for above in _above(word))


@dataclass(frozen=True, slots=True)
class CapabilitySet:
    """A set of powers; equal to another where the words are the same.

    Words that another word of the set contains are kept, so that a reviewer sees `+ "shell"` where
    a shell was added; only a set that reaches every tool is written as `everything`.
    """

    members: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        object.__setattr__(self, "members", _shortest(self.members))

    @classmethod
    def from_words(cls, words: Iterable[str]) -> CapabilitySet:
        """The set of `words`, as a program wrote them: an unknown one covers only itself."""
        return cls(frozenset(words)) if words else NOTHING

    def words(self) -> tuple[str, ...]:
        """The words of the set, sorted: one text for one set."""
        return _sorted(self.members)

    def covers(self, other: CapabilitySet) -> bool:
        """Whether this set can do everything that `other` can."""
        return not _beyond(other.members, self.members)

    def has(self, word: str) -> bool:
        """Whether this set can do what `word` says."""
        return _has(self.members, word)

    def named(self, words: Iterable[str]) -> tuple[str, ...]:
        """Those of `words` that this set names itself, rather than covers by a greater one."""
        return tuple(word for word in words if word in self.members)

    def narrow(self, limit: CapabilitySet) -> CapabilitySet:
        """What of this set is left where `limit` is all that is granted."""
        mine = {word for word in self.members if limit.has(word)}
        return CapabilitySet(frozenset(mine | {w for w in limit.members if self.has(w)}))

    def __and__(self, other: CapabilitySet) -> CapabilitySet:
        return self.narrow(other)

    def __or__(self, other: CapabilitySet) -> CapabilitySet:
        if not (self.members and other.members):
            return self if self.members else other
        return CapabilitySet(self.members | other.members)

    def __sub__(self, other: CapabilitySet) -> CapabilitySet:
        return CapabilitySet(_beyond(self.members, other.members)) if other.members else self

    def __bool__(self) -> bool:
        return bool(self.members)

    def __iter__(self) -> Iterator[str]:
        return iter(self.words())

    def __len__(self) -> int:
        return len(self.members)

    def __str__(self) -> str:
        return ", ".join(self.words()) or "nothing"


NOTHING = CapabilitySet()
EVERYTHING = CapabilitySet(frozenset([ALL]))


def named(kind: str, name: str) -> str:
    """The word of a named power: `named("skill", "pdf")` is `skill:pdf`.

    Names come from files that strangers wrote, and words go to lockfiles and terminals: whatever
    is no plain letter, digit or mark is written as `%` with the hexadecimal of its UTF-8 bytes.
    """
    return f"{kind}:{escaped(name)}"


def escaped(name: str) -> str:
    """`name` with everything but plain ASCII letters, digits and a few marks as `%XX`.

    No two names are written alike; the empty one is `%`, since a word needs something to be said.
    """
    if _PLAIN.issuperset(name):
        return name or "%"
    return "".join(c if c in _PLAIN else _percent(c) for c in name)


def _percent(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogatepass"))


def server_word(server: str, tool: str | None = None) -> str:
    """The word of one MCP server, or of one tool of it."""
    # A slash parts server from tool, so neither may hold one of its own.
    parts = [escaped(part).replace("/", "%2F") for part in (server, tool) if part is not None]
    return "mcp:" + "/".join(parts)


def read_word(text: str) -> str:
    """`text`, if it is a word that a person may write.

    Raises:
        UnknownCapability: it is not; the hint says what was probably meant.
    """
    if text in CAPABILITY_WORDS or _is_named(text):
        return text
    if text in EXEC_KINDS or text.startswith(("exec.hook:", "exec.mcp:")):
        hint = "programs are named by the whole digest: run `agentpm permissions NAME` to see it"
    else:
        near = nearest(text.lower(), CAPABILITY_WORDS)
        hint = f"did you mean `{near}`?" if near else f"known: {', '.join(CAPABILITY_WORDS)}"
    raise UnknownCapability(f"`{shown(text)}` is not a capability", hint=hint)


def _is_named(text: str) -> bool:
    kind, colon, name = text.partition(":")
    if kind in EXEC_KINDS:
        algorithm, _, digits = name.partition(":")
        return algorithm == "sha256" and len(digits) == 64 and _HEX.issuperset(digits)
    return bool(colon and name) and kind in NAMED_KINDS and text.isprintable()


def shown(text: str) -> str:
    """`text` as `visible`, and not endless: fit for quoting in a message."""
    clean = visible(text)
    return clean if len(clean) <= 80 else clean[:77] + "..."
