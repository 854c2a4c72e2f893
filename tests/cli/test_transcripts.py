"""Every transcript reads today as it was written down."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from support.transcript import introduction, play

FOLDER = Path(__file__).parent / "transcripts"
FILES = sorted(FOLDER.glob("*.txt"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_transcript_is_played_again(file: Path, tmp_path: Path) -> None:
    """What people see is decided on purpose: a change of it shows up in review, word by word."""
    written = file.read_text("utf-8")
    played = play(written, tmp_path)
    if os.environ.get("AGENTPM_ACCEPT"):
        file.write_text(played, "utf-8", newline="\n")
        pytest.skip("written down anew, to be read")
    assert played == written


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_transcript_says_why_it_exists(file: Path) -> None:
    """Who changes one must know what it guards."""
    lines = introduction(file.read_text("utf-8")).splitlines()
    assert lines
    assert all(line.startswith("# ") for line in lines)
