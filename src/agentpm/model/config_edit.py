"""Changes to the text of the user's configuration that leave its comments and layout as they are."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from agentpm.model import manifest_edit

NEW_CONFIG = """\
# What you prefer on this machine; none of it steers which versions a project gets.
"""


def with_registry(
    text: str, name: str, url: str, terms: Mapping[str, object] = MappingProxyType({})
) -> str:
    """The configuration with the registry `name` at `url`, and on which terms it is read."""
    return manifest_edit.with_registry(text or NEW_CONFIG, name, url, terms)


def without_registry(text: str, name: str) -> str:
    """The configuration without the registry `name`, or as it was where that is not listed."""
    return manifest_edit.without_registry(text, name)
