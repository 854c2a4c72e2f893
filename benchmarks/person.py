"""A person with an empty home directory, whose projects agentpm works on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.stopwatch import BenchmarkFailure

ROOT = Path(__file__).resolve().parents[1]
_INHERITED = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "PATHEXT", "LANG")


@dataclass(frozen=True, slots=True)
class Person:
    """Everything that a person has lies below `home`; `agentpm` is the command that they call."""

    home: Path
    agentpm: Sequence[str]
    python: str = sys.executable

    @property
    def environ(self) -> Mapping[str, str]:
        """The whole environment of their processes: nothing of whoever measures shows through."""
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        own = {
            "HOME": str(self.home),
            "USERPROFILE": str(self.home),
            "AGENTPM_CONFIG_DIR": str(self.home / "config"),
            "AGENTPM_CACHE_DIR": str(self.home / "cache"),
            "AGENTPM_DATA_DIR": str(self.home / "data"),
            "AGENTPM_MAX_AGE": "1000000",
            "GIT_CONFIG_NOSYSTEM": "1",
            "NO_COLOR": "1",
        }
        sources = {"PYTHONPATH": str(ROOT / "src")} if "-m" in self.agentpm else {}
        return inherited | own | sources

    def forget(self) -> None:
        """Make the home directory an empty one."""
        shutil.rmtree(self.home, ignore_errors=True)
        self.home.mkdir(parents=True)

    def project(self, name: str, registry: Path | str, agents: Iterable[str]) -> Path:
        """A project that asks a registry, on this disk or at a URL, for agents; its directory."""
        directory = self.home.parent / f"{self.home.name}-{name}"
        directory.mkdir(parents=True)
        lines = ["[project]", 'registry = "bench"', "", "[registries]"]
        url = registry if isinstance(registry, str) else registry.as_uri()
        # The servers of these benchmarks are on loopback, and encrypt nothing.
        insecure = "" if isinstance(registry, Path) else ", allow-insecure = true"
        lines += [f'bench = {{ url = "{url}"{insecure} }}', "", "[agents]"]
        lines += [f'{agent} = "^1.0"' for agent in agents]
        (directory / "agentpm.toml").write_text("\n".join(lines) + "\n", "utf-8")
        return directory

    def run(self, directory: Path, *arguments: str) -> str:
        """Run agentpm, unmeasured; what it printed.

        Raises:
            BenchmarkFailure: it failed.
        """
        ran = subprocess.run(
            [*self.agentpm, *arguments],
            cwd=directory,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        if ran.returncode:
            said = ran.stderr.decode(errors="replace")[-2000:]
            raise BenchmarkFailure(f"agentpm {' '.join(arguments)}:\n{said}")
        return ran.stdout.decode()


def find_agentpm(given: str | None) -> list[str]:
    """The command to measure: the one given, the one beside this Python, else the sources here."""
    if given is not None:
        return [given]
    beside = shutil.which("agentpm", path=str(Path(sys.executable).parent))
    return [beside] if beside else [sys.executable, "-m", "agentpm"]
