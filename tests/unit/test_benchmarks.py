"""The benchmarks measure real work: their registries are registries, their jobs are documented."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from benchmarks.hosts import Nowhere, Stored, git_daemon, requests, web_server
from benchmarks.prose import name_of, number_of
from benchmarks.report import as_json, as_markdown, table
from benchmarks.stopwatch import BenchmarkFailure, Contender, Race, run

from agentpm.model.name import PackageName
from agentpm.registry.access import Access, Places
from agentpm.registry.gitregistry import GitRegistry
from agentpm.registry.record_of import check_faithful
from agentpm.registry.sparse.registry import SparseRegistry
from support.project import Project

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
FIRST_TEN = range(10)


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
    places = Places(directory / "cache", directory / "state")
    return GitRegistry(url, places, access, allow_insecure=True)


def read_as_files(url: str, directory: Path) -> SparseRegistry:
    """A registry behind a web server, read by somebody who has never seen it."""
    access = Access(time.time, waiting=pytest.fail, note=pytest.fail)
    places = Places(directory / "cache", directory / "state")
    return SparseRegistry(f"sparse+{url}", places, access, allow_insecure=True)


def stored(directory: Path, names: int) -> Stored:
    """A registry of so many names, with two releases each, that can grow."""
    registry = Stored(names, 2, 600, directory=directory)
    registry.prepare()
    return registry


def nowhere(directory: Path, names: int) -> Nowhere:
    """The same registry, made up by its server."""
    registry = Nowhere(names, 2, 600, changes=directory / "changes")
    registry.prepare()
    return registry


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


def test_every_name_leads_back_to_its_number() -> None:
    """A server that makes files up must know which agent is asked for."""
    numbers = (0, 1, 959, 960, 961, 99_999, 999_999)
    assert [number_of(name_of(number)) for number in numbers] == list(numbers)
    for other in ("", "billing", "billing-", "billing-reviewer-1", "billing-reviewer-0", "x-y-2"):
        assert number_of(other) is None


def test_a_made_up_registry_has_the_files_of_a_stored_one(tmp_path: Path) -> None:
    """What is measured with a million names is the same work as with a thousand."""
    one, other = stored(tmp_path / "twelve.git", names=12), nowhere(tmp_path, names=12)
    seen = []
    for kind, registry in (("stored", one), ("nowhere", other)):
        registry.publish(FIRST_TEN)
        assert (registry.minor(0), registry.minor(11)) == (2, 1)
        with web_server(registry) as url, closing(read_as_files(url, tmp_path / kind)) as reader:
            names = [PackageName(name_of(number)) for number in range(13)]
            offered = [release for name in names for release in reader.releases(name)]
            contents = reader.fetch(offered)
            assert requests(url) == 1 + 13 + len(offered)
            seen.append([(str(r), r.checksum, contents[r.checksum]) for r in offered])
    assert len(seen[0]) == 12 * 2 + 10
    assert seen[0] == seen[1]


def test_ten_changes_reach_whoever_has_the_registry(tmp_path: Path) -> None:
    """A sync that finds nothing would be a quick one."""
    registry = stored(tmp_path / "twelve.git", names=12)
    with git_daemon(tmp_path) as url, opened(f"{url}/twelve.git", tmp_path / "ada") as reader:
        reader.refresh()
        registry.publish(FIRST_TEN)
        reader.refresh(force=True)
        newest = [str(reader.releases(n)[-1].version) for n in reader.names()]
        assert sorted(newest) == ["1.1.0"] * 2 + ["1.2.0"] * 10
        for release in reader.releases(PackageName(name_of(0))):
            check_faithful(release, reader.fetch([release])[release.checksum])
    registry.newest.clear()
    registry.prepare()
    with opened(registry.directory.as_uri(), tmp_path / "bob") as reader:
        assert {len(reader.releases(name)) for name in reader.names()} == {2}


def test_a_run_tells_time_memory_and_disk(tmp_path: Path) -> None:
    """Each as that of the process, not of whoever started it."""
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "file").write_bytes(b"x" * 2_000_000)
    work = "x = b'x' * 60_000_000; print('done')"
    keeps = (tmp_path / "kept",)
    idle = Contender("idle", (sys.executable, "-c", ""), tmp_path, {})
    busy = Contender("busy", (sys.executable, "-c", work), tmp_path, {}, says="done", keeps=keeps)
    results = run(Race("race", (idle, busy), 1, rehearsed=False))
    assert [len(result.times) for result in results] == [1, 1]
    assert results[1].disk == 2_000_000
    found = json.loads(as_json(results, []))["results"][1]
    if sys.platform != "win32":
        assert found["memory-bytes"] > 60_000_000 > (results[0].peak or 0)
        assert found["processor-seconds"] > 0
    assert "2.0 MB" in table(results, [])
    assert "2.0 MB" in as_markdown(results, [])


def test_a_run_that_does_not_say_what_it_should_is_a_failure(tmp_path: Path) -> None:
    """A search that finds nothing is no search."""
    silent = Contender("silent", (sys.executable, "-c", ""), tmp_path, {}, says="found")
    with pytest.raises(BenchmarkFailure, match="did not say `found`"):
        run(Race("race", (silent,), 1))


def test_every_job_is_documented() -> None:
    """Who reads the table must be able to find out what a line of it means."""
    shown = " ".join(run_script("run.py", "--help").split())
    listed = re.search(r"what to measure \(([^)]*)\)", shown)
    assert listed is not None
    readme = (BENCHMARKS / "README.md").read_text("utf-8")
    assert [job for job in listed[1].split(", ") if f"`{job}`" not in readme] == []
