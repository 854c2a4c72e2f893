"""An agent file: what it says of itself, and where it says it."""

from __future__ import annotations

import pytest

from agentpm.model.agentfile import (
    AgentFile,
    Place,
    excerpt,
    read_agent,
    token_places,
    tool_tokens,
)
from agentpm.model.frontmatter import MalformedAgent


def agent(*lines: str, body: str = "Do it.\n") -> AgentFile:
    return read_agent("\n".join(["---", *lines, "---", body]).encode(), "agents/a.md")


def refused(*lines: str) -> MalformedAgent:
    with pytest.raises(MalformedAgent) as caught:
        _ = agent(*lines).dependencies
    return caught.value


def test_an_agent_says_its_name_and_when_to_use_it() -> None:
    """These two are what every list of agents shows."""
    found = agent("name: reviewer", "description: Reviews code.", "tools: Read, Grep")
    assert (found.name, found.description) == ("reviewer", "Reviews code.")
    assert found.front == {
        "name": "reviewer",
        "description": "Reviews code.",
        "tools": "Read, Grep",
    }
    assert found.fenced


@pytest.mark.parametrize("line", ["x: y", "name:", "name: 7", "name: [a]", 'name: ""'])
def test_a_name_that_the_client_would_not_take_is_none(line: str) -> None:
    """The parser does not refuse it: publishing does, and lint says why."""
    assert agent(line).name is None


@pytest.mark.parametrize("line", ["x: y", "description:", "description: 7", "description: [a]"])
def test_a_description_that_the_client_would_not_take_is_none(line: str) -> None:
    """A description that is no text is dropped by the client."""
    assert agent(line).description is None


def test_a_written_out_line_break_in_a_description_is_one() -> None:
    r"""Many descriptions hold `\n`, and the client shows a line break."""
    assert agent(r"description: One.\nTwo.").description == "One.\nTwo."


@pytest.mark.parametrize(
    ("line", "version"),
    [
        ("version: 1.2.3", "1.2.3"),
        ("version: 1.0", "1.0"),
        ("version: 2.10 # not 2.1", "2.10"),
        ('version: "1.0"', "1.0"),
        ("version: 0x10", "0x10"),
        ("version:", None),
        ("x: y", None),
    ],
)
def test_a_version_is_what_the_file_writes(line: str, version: str | None) -> None:
    """YAML takes `1.0` and `2.10` for numbers, which would make them `1` and `2.1`."""
    assert agent(line).version == version


def test_the_prompt_is_what_follows_the_front_matter() -> None:
    """As the client does, without the blank lines before it."""
    found = read_agent(b"---\nname: a\n---\n\n\nDo it.\n\n---\n\nWell.\n", "a.md")
    assert found.body == "Do it.\n\n---\n\nWell.\n"
    assert found.body_line == 6


def test_a_file_without_front_matter_is_all_prompt() -> None:
    """The client reads it so, and passes over it for want of a name."""
    found = read_agent(b"# Title\n\n---\nname: a\n---\n", "a.md")
    assert not found.fenced
    assert found.front == {}
    assert found.body.startswith("# Title")
    assert (found.body_line, found.name, found.dependencies) == (1, None, ())


def test_grants_are_the_keys_that_permissions_look_at() -> None:
    """Absent is not null: `tools:` without a value grants nothing."""
    grants = agent("name: a", "tools:", "memory: user").grants
    assert grants.as_mapping() == {"tools": None, "memory": "user"}


class TestDependencies:
    def test_a_list_of_requirements(self) -> None:
        """One line a package, with its range."""
        found = agent(
            "dependencies:", "  - code-reviewer >=1.2,<2", "  - acme/tester ^1.0", "  - x"
        )
        assert [str(item) for item in found.dependencies] == [
            "code-reviewer >=1.2,<2",
            "acme/tester ^1.0",
            "x",
        ]

    @pytest.mark.parametrize("line", ["x: y", "dependencies:", "dependencies: []"])
    def test_none(self, line: str) -> None:
        """An empty key is a list that somebody has yet to fill."""
        assert agent(line).dependencies == ()

    @pytest.mark.parametrize(
        ("lines", "kind"),
        [
            (("dependencies:", '  code-reviewer: "^1"'), "a mapping"),
            (("dependencies: code-reviewer ^1",), "a single value"),
        ],
    )
    def test_another_form_is_answered_with_the_list(
        self, lines: tuple[str, ...], kind: str
    ) -> None:
        """Authors come from package managers that use a mapping."""
        error = refused("name: a", *lines)
        assert error.message == f"`dependencies` is {kind}, not a list"
        assert error.hint is not None
        assert "\n  - code-reviewer ^1.0" in error.hint
        assert error.where is not None
        assert error.where.location == "agents/a.md:3:1"

    def test_a_bad_range_is_shown_in_its_line(self) -> None:
        """The reader of the error has the file open."""
        error = refused("dependencies:", "  - a ^1", "  - b  1.2.3")
        assert error.message == "`1.2.3` is a version, not a range"
        assert error.where is not None
        assert error.where.location == "agents/a.md:4:5"
        assert (error.where.text, error.where.length) == ("  - b  1.2.3", 8)
        assert error.hint is not None
        assert "^1.2.3" in error.hint

    def test_a_bad_name_is_shown_in_its_line(self) -> None:
        """The error of the name is kept, with the place."""
        error = refused('dependencies: ["Code Reviewer"]')
        assert error.where is not None
        assert error.where.location == "agents/a.md:2:16"

    def test_a_member_that_is_no_text(self) -> None:
        """`- a: ^1` is a mapping in a list."""
        error = refused("dependencies:", "  - a: ^1")
        assert error.message == "a member of `dependencies` is no text"

    def test_a_package_twice(self) -> None:
        """Which of the two ranges counts would be anybody's guess."""
        error = refused("dependencies:", "  - a ^1", "  - b", "  - a <1.5")
        assert error.message == "`a` is listed twice under `dependencies`"
        assert error.where is not None
        assert error.where.line == 5


class TestPlaces:
    def test_a_key_and_its_value(self) -> None:
        """Line and column in the file, not in the YAML between the fences."""
        places = agent("name:  a", "# why", "tools:", "  - Read", "  - Bash", "model: opus").places
        assert places == {
            "name": Place(2, 1, 2, 8, 2),
            "tools": Place(4, 1, 5, 3, 6),
            "model": Place(7, 1, 7, 8, 7),
        }

    def test_a_key_without_a_value(self) -> None:
        """The value would stand after the colon."""
        assert agent("tools:", "x: y").places["tools"] == Place(2, 1, 2, 7, 2)

    def test_a_text_of_several_lines(self) -> None:
        """The span is what an edit replaces."""
        places = agent("description: |", "  One", "", "  Two", "name: a").places
        assert places["description"] == Place(2, 1, 2, 14, 5)

    def test_an_indented_mapping(self) -> None:
        """The keys need not begin their lines."""
        assert agent("  name: a", "  x: y").places["x"] == Place(3, 3, 3, 6, 3)

    def test_places_are_those_of_the_file_though_it_was_read_at_the_second_try(self) -> None:
        """The second try puts in quotes and takes out tabs, which the file does not have."""
        found = agent("description:   a: b", "hooks:", "\tx: y", "tools: Read")
        assert found.places["description"] == Place(2, 1, 2, 16, 2)
        assert found.places["hooks"].value_column == 2
        assert found.places["tools"] == Place(5, 1, 5, 8, 5)

    def test_byte_order_marks_and_line_ends_of_windows(self) -> None:
        """Editors count neither."""
        raw = "\ufeff---\r\nname: a\r\n\r\ntools: Read\r\n---\r\nDo it.\r\n".encode()
        found = read_agent(raw, "a.md")
        assert found.places["tools"] == Place(4, 1, 4, 8, 4)
        assert found.body_line == 6

    def test_a_mark_before_the_first_key(self) -> None:
        """It takes a column of its own line."""
        found = read_agent("---\n\ufeffname: a\nx: y\n---\n".encode(), "a.md")
        assert found.places["name"] == Place(2, 2, 2, 8, 2)
        assert found.places["x"].column == 1

    def test_the_last_of_equal_keys_counts_and_the_others_are_told(self) -> None:
        """The client takes the last one without a word, for `tools` too."""
        found = agent("tools: Read", "name: a", "tools: Bash", "tools: Grep")
        assert found.front["tools"] == "Grep"
        assert found.places["tools"].line == 5
        assert found.duplicates == (("tools", 2), ("tools", 4))

    def test_an_excerpt_shows_the_key(self) -> None:
        """What a refusal about a key points at."""
        where = excerpt(agent("name: a", "memory: user"), "memory")
        assert (where.location, where.text, where.length) == ("agents/a.md:3:1", "memory: user", 6)

    def test_an_excerpt_of_an_absent_key_shows_the_first_line(self) -> None:
        """A missing key has no place but the file."""
        where = excerpt(agent("name: a"), "tools")
        assert (where.location, where.text, where.length) == ("agents/a.md:1:1", "---", 3)


class TestTokens:
    @pytest.mark.parametrize(
        ("lines", "places"),
        [
            (("tools: Read, Bash",), [("Read", 2, 8), ("Bash", 2, 14)]),
            (("tools: Read  Bash",), [("Read", 2, 8), ("Bash", 2, 14)]),
            (("tools: 'Read, Bash'",), [("Read", 2, 9), ("Bash", 2, 15)]),
            (("tools: [Read, 'Bash']",), [("Read", 2, 9), ("Bash", 2, 16)]),
            (("tools:", "  - Read", "  - Bash"), [("Read", 3, 5), ("Bash", 4, 5)]),
            (("tools: >-", "  Read,", "  Bash"), [("Read", 3, 3), ("Bash", 4, 3)]),
            (("tools: Read,", "  Bash"), [("Read", 2, 8), ("Bash", 3, 3)]),
            (("tools: Read, Read",), [("Read", 2, 8), ("Read", 2, 14)]),
            (("tools: Bash(git diff:*), Read",), [("Bash(git diff:*)", 2, 8), ("Read", 2, 26)]),
            (("tools: [7, Read]",), [("Read", 2, 12)]),
            (("tools: {Read: true}",), []),
            (("tools:",), []),
            (("name: a",), []),
        ],
    )
    def test_each_token_has_its_place(
        self, lines: tuple[str, ...], places: list[tuple[str, int, int]]
    ) -> None:
        """A reason points at the tool, not at the key."""
        assert token_places(agent(*lines), "tools") == places

    def test_places_in_a_line_that_was_read_at_the_second_try(self) -> None:
        """A wildcard after a colon elsewhere is read in quotes; the file has none."""
        found = agent("name: a: b", "tools:  Bash(a\\b), *, Read")
        assert token_places(found, "tools") == [
            ("Bash(a\\b)", 3, 9),
            ("*", 3, 20),
            ("Read", 3, 23),
        ]

    def test_an_excerpt_of_a_token(self) -> None:
        """The caret stands under the tool."""
        where = excerpt(agent("tools: Read, Bash"), "tools", "Bash")
        assert (where.column, where.length) == (14, 4)

    def test_an_excerpt_of_a_token_that_is_not_there_shows_the_key(self) -> None:
        """An alias of a tool, say, is reported under its proper name."""
        assert excerpt(agent("tools: Read, Bash"), "tools", "Agent").column == 1

    def test_a_token_with_an_escape_stands_where_its_value_begins(self) -> None:
        """It is written otherwise than it is meant, so there is nothing to find."""
        assert token_places(agent(r'tools: "B\x61sh, Read"'), "tools") == [
            ("Bash", 2, 8),
            ("Read", 2, 18),
        ]

    @pytest.mark.parametrize(
        ("value", "tokens"),
        [
            ("Read,Grep  Bash", ["Read", "Grep", "Bash"]),
            ("Read; Write; Bash", ["Read;", "Write;", "Bash"]),
            ("Bash(a, b) Read", ["Bash(a, b)", "Read"]),
            ("Bash(a, b", ["Bash(a, b"]),
            ("A(b(c), d), e", ["A(b(c)", "d)", "e"]),
            ("Read\nBash", ["Read\nBash"]),
            ("\tRead\t,Bash\u00a0", ["Read", "Bash"]),
            (" , ,", []),
            (["Read, Grep", "Bash", 7, None, ""], ["Read", "Grep", "Bash"]),
            (7, []),
            (None, []),
            ({"Read": True}, []),
        ],
    )
    def test_tokens_are_split_as_the_client_splits_them(
        self, value: object, tokens: list[str]
    ) -> None:
        """At commas and blanks outside parentheses, in a list too."""
        assert list(tool_tokens(value)) == tokens
