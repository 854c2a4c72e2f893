"""The benchmarks measure real work: their registries are registries, their jobs are documented."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agentpm.registry.access import Access, Places
from agentpm.registry.gitregistry import GitRegistry
from agentpm.registry.record_of import check_faithful
from support.project import Project

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


def run_script(name: str, *arguments: str) -> str:
    """What a script of the benchmarks prints."""
    command = [sys.executable, str(BENCHMARKS / name), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def generated(directory: Path, names: int) -> str:
    """The URL of a generated registry of so many names, with two releases each."""
    size = ("--names", str(names), "--releases", "2")
    return run_script("generate.py", str(directory), *size).strip()


def opened(url: str, directory: Path) -> GitRegistry:
    """A registry, read by somebody who has never seen it."""
    access = Access(time.time, waiting=pytest.fail, note=pytest.fail)
    return GitRegistry(url, Places(directory / "cache", directory / "state"), access)


def test_every_generated_record_says_what_its_file_says(tmp_path: Path) -> None:
    """A benchmark over records that agentpm would refuse measures nothing."""
    with opened(generated(tmp_path / "ten", names=10), tmp_path) as registry:
        offered = [release for name in registry.names() for release in registry.releases(name)]
        contents = registry.fetch(offered)
    assert len(offered) == 20
    for release in offered:
        check_faithful(release, contents[release.checksum])


def test_the_names_of_a_smaller_registry_need_no_others(tmp_path: Path) -> None:
    """So a project that asks for ten agents of many installs ten, and sizes can be compared."""
    with opened(generated(tmp_path / "ten", names=10), tmp_path) as registry:
        names = registry.names()
    larger = generated(tmp_path / "twenty", names=20)
    project = Project(tmp_path)
    head = f'[project]\nregistry = "bench"\n[registries]\nbench = "{larger}"\n[agents]\n'
    project.write("agentpm.toml", head + "".join(f'{name} = "^1.0"\n' for name in names))
    project.run("install").done()
    installed = (project.root / ".claude" / "agents").glob("*.md")
    assert sorted(path.stem for path in installed) == list(names)


def test_the_same_size_gives_the_same_registry(tmp_path: Path) -> None:
    """Figures of two days can only be compared if they are about the same files."""
    tips = set()
    for place in (tmp_path / "one", tmp_path / "other"):
        with opened(generated(place, names=3), tmp_path / f"seen-{place.name}") as registry:
            registry.refresh()
            tips.add(registry.tip)
    assert len(tips) == 1


def test_every_job_is_documented() -> None:
    """Who reads the table must be able to find out what a line of it means."""
    shown = " ".join(run_script("run.py", "--help").split())
    listed = re.search(r"what to measure \(([^)]*)\)", shown)
    assert listed is not None
    readme = (BENCHMARKS / "README.md").read_text("utf-8")
    assert [job for job in listed[1].split(", ") if f"`{job}`" not in readme] == []
