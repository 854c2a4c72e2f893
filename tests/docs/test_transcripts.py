"""Pages that show what happens are run again, command by command, and must still show it."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from docs.pages import Page, pages
from docs.transcripts import masked, play, steps

REFRESH = "PYTHONPATH=src:tests python -m docs.transcripts"


@pytest.mark.skipif(
    shutil.which("bash") is None or sys.platform == "win32", reason="the pages are written for bash"
)
@pytest.mark.parametrize(
    "subject", [p for p in pages() if "```console" in p.text], ids=lambda subject: subject.name
)
def test_a_transcript_shows_what_happens(subject: Page, tmp_path: Path) -> None:
    """A tutorial that no longer works teaches people that they did something wrong."""
    wanted = steps(subject)
    for step, output in zip(wanted, play(wanted, tmp_path), strict=True):
        place = f"{subject.name}:{step.line}: $ {step.command}"
        assert masked(output) == masked(step.output), f"{place}\n{REFRESH} {subject.name}"
