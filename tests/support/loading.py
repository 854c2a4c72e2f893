"""Which modules a command loads: `loaded(project, "lock")`, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys

from support.project import SOURCES, Project


def loaded(project: Project, *argv: str) -> set[str]:
    """The modules that a process had when it had done a command, and done it well."""
    script = (
        "import sys; from agentpm.cli.main import run; "
        f"code = run({list(argv)!r}); names = list(sys.modules); "
        "import json; print(); print(json.dumps([code, names]))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script],
        cwd=project.root,
        env={**project.environ, "PYTHONPATH": str(SOURCES)},
        capture_output=True,
        text=True,
        check=True,
    )
    code, names = json.loads(ran.stdout.splitlines()[-1])
    assert code == 0, ran.stderr
    return set(names)
