"""Git commands that talk to other machines: what goes in, what comes out."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from agentpm.fs import DiskFailure
from agentpm.git import Git
from agentpm.limits import Limits
from agentpm.transfer import Transfer
from support.index_repo import IndexRepo


@pytest.fixture
def slow_to_begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A git that begins to read late, as all programs do on a busy machine."""
    program = tmp_path / "bin" / "git"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nsleep 0.3\nexec {shutil.which("git")} "$@"\n', "utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")


@pytest.mark.usefixtures("slow_to_begin")
def test_more_than_a_pipe_holds_reaches_git(tmp_path: Path) -> None:
    """The ids of ten thousand files do not fit into a pipe, and git may take its time to read them."""
    index = IndexRepo(tmp_path)
    transfer = Transfer(Git(index.bare), index.url, index.bare, Limits(silence=5))
    ran = transfer.attempt("cat-file", "--batch-check", feed=f"{index.tip}\n".encode() * 10_000)
    assert ran.code == 0
    assert len(ran.out.splitlines()) == 10_000


def test_no_room_for_what_git_is_fed_is_a_sentence(tmp_path: Path) -> None:
    """The disk of temporary files may be a small one of its own."""
    resource = pytest.importorskip("resource", reason="needs limits as Unix has them")
    index = IndexRepo(tmp_path)
    transfer = Transfer(Git(index.bare), index.url, index.bare)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, before[1]))
    try:
        with pytest.raises(DiskFailure, match="could not write to `"):
            transfer.attempt("cat-file", "--batch-check", feed=bytes(1 << 20))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
