"""What holds for every test: random worlds are the same on every run, and no machine is too slow."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# The fixtures that more than one file needs.
pytest_plugins = ["support.git_servers"]

# A deadline, or a check of how long drawing takes, would fail on a busy machine and prove nothing.
settings.register_profile(
    "agentpm",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("agentpm")
