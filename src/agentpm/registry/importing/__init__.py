"""Building a registry from what exists already: agent files in a directory or a git repository."""
