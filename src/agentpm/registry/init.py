"""Making a new registry: a git repository with an empty index in it."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

from agentpm import fs
from agentpm.errors import AgentpmError
from agentpm.git import Git, GitFailure, failure
from agentpm.registry.advance import INDEX_FORMAT
from agentpm.registry.commit import MAIN, Draft, local_identity, make_commit

_README = """\
# An agentpm registry

This repository is a registry of agents for [agentpm](https://pypi.org/project/agentpm-cli/).

- `index/` holds one file a package: one release a line, oldest first.
- `agents/` holds the bytes of every release.
- `config.json` holds the registry's id.

Readers need read access to this repository, publishers may push to its main branch:

    agentpm registry add NAME URL
    agentpm publish reviewer.md --registry NAME

Nothing here is edited by hand: a release, once published, never changes. Readers notice if it does.
"""

# Agents are known by their bytes, which git must not translate on any platform.
_ATTRIBUTES = "* -text\n"

_CONFIG = """\
[core]
\trepositoryformatversion = 0
\tbare = {bare}
[receive]
\tdenyNonFastForwards = true
\tdenyDeletes = true
\tdenyCurrentBranch = updateInstead
"""


class RegistryExists(AgentpmError):
    """A place where a registry cannot be made, since something is there."""

    code = "registry-exists"


def new_tree(registry_id: str) -> dict[str, bytes]:
    """The files of an empty registry, by path."""
    config = json.dumps({"format": INDEX_FORMAT, "id": registry_id}, indent=2) + "\n"
    return {
        ".gitattributes": _ATTRIBUTES.encode(),
        "README.md": _README.encode(),
        "agents/.gitkeep": b"",
        "config.json": config.encode(),
        "index/.gitkeep": b"",
    }


def init_registry(path: Path, *, bare: bool) -> str:
    """Make a registry in the new or empty directory `path`; the registry's random id.

    Args:
        path: where it is to be.
        bare: as a repository to be pushed to, without files to look at.

    Raises:
        RegistryExists: something is there.
    """
    if fs.entries(path) or (fs.stamp(path) is not None and not path.is_dir()):
        raise RegistryExists(
            f"`{path}` is not empty", hint="choose a new directory for the registry"
        )
    author = local_identity()
    registry_id = secrets.token_hex(16)
    tree = new_tree(registry_id)
    git = prepare_repository(path if bare else path / ".git", bare=bare)
    draft = Draft(MAIN, None, tree, "An empty registry", author)
    if make_commit(git, draft) is None:
        raise GitFailure(f"another program wrote to `{path}` at the same time")
    if not bare:
        fs.write_many([(path / name, content) for name, content in tree.items()], sync=False)
        checked_out = Git(git.directory, (f"core.worktree={path.resolve()}",)).attempt(
            "read-tree", "HEAD"
        )
        if checked_out.code:
            raise failure("read-tree", checked_out.talk)
    return registry_id


def prepare_repository(directory: Path, *, bare: bool = True) -> Git:
    """Make `directory` what git takes for an empty repository with the branch `main`.

    Without `git init`, which would copy a template with hooks.
    """
    fs.make_directory(directory / "objects" / "pack")
    fs.make_directory(directory / "refs" / "heads")
    fs.write(directory / "config", _CONFIG.format(bare=str(bare).lower()).encode())
    fs.write(directory / "HEAD", f"ref: {MAIN}\n".encode())
    return Git(directory)
