"""`agentpm init`: a new manifest, with what could stand in it as comments."""

from __future__ import annotations

import json
from collections.abc import Sequence

from agentpm import fs
from agentpm.errors import AgentpmError
from agentpm.model.manifest import DEFAULT_TARGETS, read_manifest
from agentpm.ops.fitness import known_target
from agentpm.values import dataclass
from agentpm.workspace import Workspace

"""The harnesses that agents can be installed for."""

_TEMPLATE = """\
# What this project asks for; `agentpm.lock` says what it got. Commit both.

[project]
{project}
# registry = "acme"   # where names without a registry are looked up; without this, in the shipped one

# Registries beside the shipped one: `agentpm registry add NAME URL` writes a line.
# [registries]
# acme = "https://git.example.org/acme/agents-index.git"

# What agents may do here. Without `allow` there is no limit; `deny` and `ask` come on top of it.
# [permissions]
# allow = ["read", "search", "edit", "shell"]
# deny = ["net.fetch"]
# ask = ["shell"]

# The agents: `agentpm install NAME` writes a line.
[agents]
# backend-engineer = "^1.0"
# house-style = {{ path = "agents/house-style.md" }}
# security-auditor = {{ version = "^2.0", tools = ["Read", "Grep"], model = "opus" }}
"""


class ManifestExists(AgentpmError):
    """A manifest where a new one should be written."""

    code = "manifest-exists"


@dataclass(frozen=True, slots=True)
class Begun:
    """The manifest that was written, with its text; `above` is that of a project around this one."""

    path: str
    text: str
    above: str | None = None


def begin(
    workspace: Workspace, name: str | None, targets: Sequence[str], around: Workspace | None = None
) -> Begun:
    """Write a manifest into the home of `workspace`.

    `around` is the workspace that this directory belonged to until now.

    Raises:
        ManifestExists: there is one.
        UnknownTarget: one of `targets` is no harness that agentpm installs for.
    """
    path = workspace.manifest_path
    if fs.stamp(path) is not None:
        raise ManifestExists(
            f"`{path}` exists already",
            hint="`agentpm install NAME` adds agents to it",
        )
    text = _TEMPLATE.format(project=_project(name, [known_target(target) for target in targets]))
    read_manifest(text)
    workspace.write_manifest(text)
    above = around.manifest_path if around is not None else path
    outer = str(above) if above != path and fs.stamp(above) is not None else None
    return Begun(str(path), text, outer)


def _project(name: str | None, targets: list[str]) -> str:
    # Only `init` writes a value of a person's choosing as text, and needs its escapes.
    import tomli_w  # noqa: PLC0415

    named = tomli_w.dumps({"name": name}) if name is not None else ""
    return f"{named}targets = {json.dumps(targets or list(DEFAULT_TARGETS))}"
