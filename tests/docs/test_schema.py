"""The JSON Schema for editors knows the keys that the program knows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agentpm.errors import AgentpmError
from agentpm.model.manifest import read_manifest
from agentpm.permissions.policy import parse_permissions
from docs.pages import DOCS

SCHEMA: dict[str, Any] = json.loads((DOCS / "reference" / "agentpm.schema.json").read_text("utf-8"))
AGENT = SCHEMA["$defs"]["agent"]["properties"]
REGISTRY = SCHEMA["properties"]["registries"]["additionalProperties"]["anyOf"][1]["properties"]
PERMISSIONS = SCHEMA["properties"]["permissions"]["properties"]
A_STRANGE_KEY = "qqqqqqqqqqqq"


def _known(text: str) -> list[str]:
    """The keys that the program says it knows where `text` holds a strange one."""
    with pytest.raises(AgentpmError) as refusal:
        read_manifest(text)
    assert refusal.value.hint is not None
    return refusal.value.hint.removeprefix("known: ").split(", ")


def test_the_tables_of_a_manifest_are_in_the_schema() -> None:
    """An editor must neither underline what is right nor bless what is wrong."""
    assert sorted(SCHEMA["properties"]) == sorted(_known(f"{A_STRANGE_KEY} = 1"))


def test_the_keys_of_a_project_are_in_the_schema() -> None:
    """The same, one level down."""
    known = _known(f"[project]\n{A_STRANGE_KEY} = 1")
    assert sorted(SCHEMA["properties"]["project"]["properties"]) == sorted(known)


def test_the_keys_of_an_agent_are_in_the_schema() -> None:
    """The same for the table of one agent."""
    known = _known(f"[agents]\nreviewer = {{ {A_STRANGE_KEY} = 1 }}")
    assert sorted(AGENT) == sorted(known)


def test_the_keys_of_a_registry_are_in_the_schema() -> None:
    """The same for the table of one registry."""
    known = _known(f"[registries]\nacme = {{ {A_STRANGE_KEY} = 1 }}")
    assert sorted(REGISTRY) == sorted(known)


def test_the_keys_of_a_policy_are_in_the_schema() -> None:
    """The same for permissions, which another room reads."""
    with pytest.raises(AgentpmError) as refusal:
        parse_permissions({A_STRANGE_KEY: 1}, "agentpm.toml")
    assert refusal.value.hint is not None
    for key in PERMISSIONS:
        assert key in refusal.value.hint


def test_a_manifest_that_uses_every_key_is_accepted() -> None:
    """A key of the schema that the program refuses would send people into an error."""
    policy = {
        "allow": ["read"],
        "deny": ["write"],
        "ask": ["shell"],
        "delegation": "deny",
        "approved": {"reviewer": ["read"]},
        "agents": {"reviewer": {"allow": ["read"], "deny": [], "ask": []}},
        "extends": {"from": "policy.toml", "checksum": "sha256:" + "0" * 64},
    }
    assert sorted(policy) == sorted(PERMISSIONS)
    parse_permissions(policy, "agentpm.toml")
    used = read_manifest(
        """
        [project]
        name = "shop"
        targets = ["claude"]
        registry = "acme"
        requires-agentpm = "*"
        minimum-release-age = "7d"
        minimum-release-age-exclude = ["acme/one"]

        [agents]
        one = { package = "acme/one", version = "^1", registry = "acme", tools = [], model = "m" }
        two = { path = "two.md", disallowed-tools = ["Bash"] }
        three = { git = "https://example.org/a.git", rev = "v1", file = "three.md" }

        [registries]
        acme = { url = "https://example.org/index.git", allow-insecure = false, require-signatures = true, minimum-release-age = "2w" }
        """
    )
    assert set(used.agents) == {"one", "two", "three"}


@pytest.mark.parametrize("key", [*AGENT, *REGISTRY, *PERMISSIONS])
def test_every_key_says_what_it_is_for(key: str) -> None:
    """Editors show the description beside the key."""
    entry = {**AGENT, **REGISTRY, **PERMISSIONS}[key]
    assert entry["description"]
