"""YAML 1.2 as the runtime of Claude Code reads it, with the place of every value.

A library for YAML 1.1 would see other values in a file than the client does: `off` is a boolean to
it, `017` is fifteen, U+2028 ends a line. A tool that is read otherwise is a permission that is
judged otherwise, so this reader follows the client where the client leaves the standard, too (CR LF
between quotes, lines that begin with a tab, `!int`); `tests/fixtures/frontmatter/` holds what the
client makes of each case.

Known to differ, from comparing both on random texts: some forms that the client takes by accident
are refused here (a list where a key stands, two keys in the line of a marked key `?`, a key after a
bracket that closes at the start of a line), and so are values beyond our limits. A key that is a
number, in the line after a value with a tag, is named by its value here and by its text there.
"""
