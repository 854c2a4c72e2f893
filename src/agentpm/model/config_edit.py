"""Changes to the text of the user's configuration that leave its comments and layout as they are."""

from __future__ import annotations

from agentpm.model import manifest_edit

NEW_CONFIG = """\
# What you prefer on this machine; none of it steers which versions a project gets.
"""


def with_registry(text: str, name: str, url: str) -> str:
    """The configuration with the registry `name` at `url`."""
    return manifest_edit.with_registry(text or NEW_CONFIG, name, url)


def without_registry(text: str, name: str) -> str:
    """The configuration without the registry `name`, or as it was where that is not listed."""
    return manifest_edit.without_registry(text, name)
