"""What a command loads: nothing of what it does not do (`docs/adr/0007-start-up.md`)."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from support.index_repo import IndexRepo
from support.loading import loaded
from support.project import Project

MANIFEST = """\
[project]
registry = "acme"

[agents]
lead = "^1.0"

[registries]
acme = {{ url = "{url}" }}
"""

OPENSSL = {"_hashlib", "hashlib"}
PROCESSES = {"agentpm.git", "agentpm.leash", "agentpm.transfer", "subprocess", "tempfile"}
REPOSITORY = {
    "agentpm.registry.advance",
    "agentpm.registry.bytes_of",
    "agentpm.registry.content",
    "agentpm.registry.gitremote",
    "agentpm.registry.trees",
    "agentpm.registry.unreachable",
}
PUBLISHING = {
    "agentpm.registry.edits",
    "agentpm.registry.init",
    "agentpm.registry.layout",
    "agentpm.registry.proposal",
    "agentpm.registry.publisher",
}
SIGNATURES = {
    "agentpm.registry.signing.keys",
    "agentpm.registry.signing.signers",
    "agentpm.registry.signing.sshsig",
    "base64",
    "struct",
}
REWRITING = {"agentpm.cli.rewritten", "agentpm.ops.rewrite", "agentpm.cli.typed_digest"}
RULES = {
    "agentpm.ops.policy_fetch",
    "agentpm.permissions.narrowing",
    "agentpm.permissions.rules",
    "agentpm.permissions.widening",
}
EXPLAINING = {"agentpm.resolver.explain", "agentpm.resolver.hint", "agentpm.resolver.proof"}
SEARCHING = {
    "agentpm.resolver.analysis",
    "agentpm.resolver.clause",
    "agentpm.resolver.engine",
    "agentpm.resolver.failure",
    "agentpm.resolver.report",
    "agentpm.resolver.search",
    "agentpm.resolver.shelf",
    "agentpm.resolver.world",
}
AGENT_FILES = {"agentpm.model.agentfile", "agentpm.ops.direct", "agentpm.registry.record_of"}
REFUSING = {
    "agentpm.cli.confirm",
    "agentpm.cli.interrupted",
    "agentpm.cli.reader",
    "agentpm.ops.approving",
    "agentpm.ops.lookup",
    "agentpm.ops.unreadable",
}
EDITING = {"agentpm.model.manifest_edit", "agentpm.model.salvage"}
FILLING = {"agentpm.registry.tables", "agentpm.registry.row"}
OTHER_TARGETS = {"agentpm.targets.copilot", "agentpm.targets.opencode"}
ODD_RANGES = {"packaging.specifiers"}
PARSER = {"typer", "agentpm.cli.options"}


@pytest.fixture
def index(tmp_path: Path) -> IndexRepo:
    return IndexRepo(tmp_path).publish("lead", "1.0.0").publish("reviewer", "1.0.0")


@pytest.fixture
def project(tmp_path: Path, index: IndexRepo) -> Project:
    """A project that has looked at its registry a moment ago."""
    project = Project(tmp_path)
    project.write("agentpm.toml", MANIFEST.format(url=index.url))
    project.run("lock").done()
    (project.root / "agentpm.lock").unlink()
    return project


def test_locking_from_a_young_view_loads_what_decides(project: Project) -> None:
    """No git, no signatures, no rules: a hook that locks has none of them to wait for.

    Nor is anything searched for where the newest releases go together, and a lock reads no agent.
    """
    needless = (
        OPENSSL | PROCESSES | REPOSITORY | PUBLISHING | SIGNATURES | REWRITING | RULES | EXPLAINING
    )
    needless |= SEARCHING | AGENT_FILES | REFUSING | EDITING | FILLING
    found = loaded(project, "lock")
    assert "agentpm.registry.gitregistry" in found
    assert found & (needless | OTHER_TARGETS | ODD_RANGES | PARSER) == set()


def test_searching_a_young_view_loads_no_repository(project: Project) -> None:
    """What ships with agentpm lies in a repository too, which a search need not open."""
    project.run("search", "lead").done()
    needless = OPENSSL | PROCESSES | REPOSITORY | PUBLISHING | SIGNATURES | RULES | PARSER
    found = loaded(project, "search", "lead")
    assert "agentpm.registry.shipped" in found
    assert found & needless == set()


def test_looking_for_news_loads_no_signatures(project: Project, index: IndexRepo) -> None:
    """Most registries are unsigned, and of the others the list of signers seldom differs."""
    index.publish("lead", "1.1.0")
    needless = OPENSSL | PUBLISHING | SIGNATURES | REWRITING | RULES | PARSER
    found = loaded(project, "registry", "update", "acme")
    assert "agentpm.registry.advance" in found
    assert found & needless == set()


def test_the_folders_of_the_platform_cost_nothing_on_linux(project: Project) -> None:
    """Hardly anybody names them; what knows those of all platforms loads three compressors."""
    for kind in ("CONFIG", "CACHE", "DATA"):
        project.environ.pop(f"AGENTPM_{kind}_DIR")
    project.run("lock").done()
    found = loaded(project, "lock")
    assert (project.home / ".cache" / "agentpm").is_dir() == (sys.platform == "linux")
    if sys.platform == "linux":
        assert found & {"platformdirs", "tempfile", "shutil", "random"} == set()
