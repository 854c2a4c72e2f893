"""The package manager for agents."""

__version__ = "0.1.0"
