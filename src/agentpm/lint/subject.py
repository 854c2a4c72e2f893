"""What most rules look at: an agent file, read, with what it can do in one harness."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from agentpm.errors import Excerpt
from agentpm.lint.text import Text
from agentpm.model.agentfile import AgentFile, Place, token_places
from agentpm.permissions.findings import ToolFinding
from agentpm.permissions.report import Report, capabilities
from agentpm.permissions.table import ToolTable
from agentpm.values import dataclass, field


@dataclass(frozen=True, slots=True)
class Subject:
    """An agent, its text, what its front matter comes to under `table`, the places of its keys.

    `tokens` are the places, line and column, of each token in the value of a key; empty where
    nothing about the tokens of that key is odd.
    """

    text: Text
    agent: AgentFile
    report: Report
    table: ToolTable
    places: Mapping[str, Place]
    tokens: Mapping[str, Mapping[str, list[tuple[int, int]]]] = field(repr=False)

    @classmethod
    def of(cls, text: Text, agent: AgentFile, table: ToolTable) -> Subject:
        """The subject that an agent makes under `table`."""
        report = capabilities(agent.grants, table)
        odd = {finding.key for finding in report.findings if finding.token}
        tokens = {key: _by_token(agent, key) for key in odd}
        return cls(text, agent, report, table, agent.places, tokens)

    def key(self, key: str) -> Excerpt:
        """Where a key stands; the first line for one that is absent."""
        place = self.places.get(key)
        if place is None:
            return self.text.at(1, 1, len(self.text.lines[0]))
        return self.text.at(place.line, place.column, len(key))

    def value(self, key: str) -> Excerpt:
        """Where the value of a key begins, underlined to the end of its line; else the key."""
        place = self.places.get(key)
        if place is None:
            return self.key(key)
        where = self.text.at(place.value_line, place.value_column)
        length = len(where.text.rstrip()) - where.column + 1
        return self.text.at(where.line, where.column, length) if length > 0 else self.key(key)

    def within(self, key: str, word: str) -> Excerpt:
        """Where `word` stands in the value of a key; the key itself where it cannot be found."""
        place = self.places.get(key)
        found = place and self.text.find(word, range(place.line, place.end_line + 1))
        return found or self.key(key)

    def oddities(
        self, *kinds: str, key: str | None = None
    ) -> Iterator[tuple[ToolFinding, Excerpt]]:
        """What the report finds odd, of these kinds (and this key), each with its place.

        A token that is written several times is found at each of its places.
        """
        seen: Counter[tuple[str, str]] = Counter()
        for finding in self.report.findings:
            if finding.kind in kinds and key in (None, finding.key):
                nth = seen[finding.key, finding.token]
                seen[finding.key, finding.token] += 1
                yield finding, self._place(finding, nth)

    def _place(self, finding: ToolFinding, nth: int) -> Excerpt:
        places = self.tokens.get(finding.key, {}).get(finding.token)
        if places:
            line, column = places[min(nth, len(places) - 1)]
            return self.text.at(line, column, len(finding.token))
        return self.within(finding.key, finding.token) if finding.token else self.key(finding.key)


def _by_token(agent: AgentFile, key: str) -> Mapping[str, list[tuple[int, int]]]:
    found: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for token, line, column in token_places(agent, key):
        found[token].append((line, column))
    return found
