"""YAML 1.2 as the runtime of Claude Code reads it, with the place of every value.

PyYAML reads YAML 1.1 (`off` is a boolean there, a next-line character ends a line, a tab is refused
where YAML 1.2 allows it), so it would see other tools in a file than the client does.
`docs/reference/agent-file.md` says what is read how.
"""
