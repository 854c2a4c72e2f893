"""Where Claude Code keeps things; apart from `claude`, so that a no-op loads nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

PROJECT_DIRECTORY = ".claude/agents"
GLOBAL_DIRECTORY = "agents"
"""Below `~/.claude`, or below `$CLAUDE_CONFIG_DIR` where that is set."""

MANAGED_SETTINGS = {
    "linux": "/etc/claude-code/managed-settings.json",
    "darwin": "/Library/Application Support/ClaudeCode/managed-settings.json",
    "win32": "C:\\Program Files\\ClaudeCode\\managed-settings.json",
}


def config_home(environ: Mapping[str, str], home: Path) -> Path:
    """The directory that Claude Code keeps a user's own things in."""
    configured = environ.get("CLAUDE_CONFIG_DIR")
    return Path(configured).absolute() if configured else home / ".claude"


def directory(scope: str) -> str:
    """Where agents live, relative to the workspace's root, with forward slashes."""
    return PROJECT_DIRECTORY if scope == "project" else GLOBAL_DIRECTORY


def settings_files(root: Path, user: Path, platform: str) -> dict[str, Path]:
    """The settings files whose permission rules bind an agent, by scope, strongest first."""
    return {
        "managed": Path(MANAGED_SETTINGS.get(platform, MANAGED_SETTINGS["linux"])),
        "local": root / ".claude" / "settings.local.json",
        "project": root / ".claude" / "settings.json",
        "user": user / "settings.json",
    }
