"""What the parser complains about, as every other error reads."""

from __future__ import annotations

import pytest

from agentpm.cli.main import run


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        ("lst", "no such command `lst`", "did you mean `list`? `agentpm --help` shows"),
        ("registry lst", "no such command `lst`", "did you mean `list`? `agentpm registry --help`"),
        ("sync --xyzzy", "no such option `--xyzzy`", "see `agentpm sync --help`"),
        ("install --frozn", "no such option `--frozn`", "did you mean `--frozen`? "),
        ("search -x", "no such option `-x`", "see `agentpm search --help`"),
        ("search --limit", "option `--limit` requires an argument", "see `agentpm search --help`"),
        ("search --limit x", "invalid value for `--limit`: `x` is not a whole number", "see "),
        (
            "search --limit 0",
            "invalid value for `--limit`: 0 is not in the range 1 to 1000000000",
            "",
        ),
        (f"search --limit {10**20}", f"invalid value for `--limit`: {10**20} is not in the ", ""),
        ("publish", "missing argument `FILE...`", "see `agentpm publish --help`"),
        (
            "publish x --bump y",
            "invalid value for `--bump`: `y` is not one of `patch`, `minor`, ",
            "",
        ),
        ("list a b", "more words than expected: `a b`", "see `agentpm list"),
        ("search --registry=", "invalid value for `--registry`: an empty text names no ", ""),
        (
            "registry add a https://x --signers junk",
            "`junk` is not the digest of a list of signers",
            "it is `sha256:` and 64 hex digits, as `agentpm registry signers NAME` prints it",
        ),
        (
            "registry update --accept-rewrite a --signers=",
            "an empty text is not the digest of a list of signers",
            "it is `sha256:` and 64 hex digits",
        ),
    ],
)
def test_a_line_that_makes_no_sense(
    capsys: pytest.CaptureFixture[str], line: str, message: str, hint: str
) -> None:
    """One sentence with names in backticks, and a way on; nothing is done."""
    assert run(line.split()) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"error: {message}")
    assert f"\nhint: {hint}" in err
    assert len(err.splitlines()) == 2
