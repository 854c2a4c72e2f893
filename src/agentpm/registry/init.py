"""Making a new registry: a git repository with an empty index in it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from agentpm import fs
from agentpm.errors import AgentpmError
from agentpm.git import Git, GitFailure, failure
from agentpm.registry.advance import INDEX_FORMAT
from agentpm.registry.commit import (
    MAIN,
    Draft,
    NoIdentity,
    identity,
    local_identity,
    make_commit,
    name_of,
    signs,
)
from agentpm.registry.gate_files import gate_files
from agentpm.registry.gate_files import hook as gate_hook
from agentpm.registry.owners import OWNERS_FILE, new_owners

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

_GATE = """
## The gate

`owners.json` says who the administrators are, and who owns which names. Names that it does not list are
everybody's who may push, as long as it says `"unlisted": "anyone"`.

`agentpm registry check OLD..NEW` says whether commits change the registry in honest ways only. Let the
server run it, and refuse what it refuses:

- `hooks/pre-receive` is for a git server of your own: copy it to `hooks/` of the repository there, and
  make it executable. In a registry that `agentpm registry init` made, it stands there already.
- `.github/`, `.forgejo/` and `.gitlab-ci.yml` are for git hosts, where the main branch must be protected
  and the check required. Delete those that you do not use.
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
    """The files of an empty registry, by path; its owners and its gate come on top."""
    config = json.dumps({"format": INDEX_FORMAT, "id": registry_id}, indent=2) + "\n"
    return {
        ".gitattributes": _ATTRIBUTES.encode(),
        "README.md": _README.encode(),
        "agents/.gitkeep": b"",
        "config.json": config.encode(),
        "index/.gitkeep": b"",
    }


def init_registry(path: Path, *, bare: bool, hook: bool = False) -> str:
    """Make a registry in the new or empty directory `path`; the registry's random id.

    Whoever git says the user is becomes its administrator.

    Args:
        path: where it is to be.
        bare: as a repository to be pushed to, without files to look at.
        hook: whether its gate judges every push from the first one on.

    Raises:
        RegistryExists: something is there.
    """
    if fs.entries(path) or (fs.stamp(path) is not None and not path.is_dir()):
        raise RegistryExists(
            f"`{path}` is not empty", hint="choose a new directory for the registry"
        )
    author = local_identity()
    # The shipped registry shares this module, and has its id already.
    import secrets  # noqa: PLC0415

    registry_id = secrets.token_hex(16)
    tree = new_tree(registry_id) | gate_files() | {OWNERS_FILE: new_owners(administrator())}
    tree["README.md"] += _GATE.encode()
    git = prepare_repository(path if bare else path / ".git", bare=bare)
    draft = Draft(MAIN, None, tree, "An empty registry", author, sign=signs())
    if make_commit(git, draft) is None:
        raise GitFailure(f"another program wrote to `{path}` at the same time")
    if not bare:
        fs.write_many([(path / name, content) for name, content in tree.items()], sync=False)
        checked_out = Git(git.directory, (f"core.worktree={path.resolve()}",)).attempt(
            "read-tree", "HEAD"
        )
        if checked_out.code:
            raise failure("read-tree", checked_out.talk)
    if hook:
        _install_hook(git.directory or path)
    return registry_id


def administrator() -> str | None:
    """Who is to keep a registry that is made now; None where nobody told git a name."""
    try:
        return name_of(identity())
    except NoIdentity:
        return None


def _install_hook(repository: Path) -> None:
    """Let git run the gate for every push; it looks for this very agentpm, too."""
    place = repository / "hooks" / "pre-receive"
    fs.make_directory(place.parent)
    own = Path(sys.executable).parent
    fs.write(place, gate_hook(str(own) if (own / "agentpm").exists() else None))
    place.chmod(0o755)


def prepare_repository(directory: Path, *, bare: bool = True) -> Git:
    """Make `directory` what git takes for an empty repository with the branch `main`.

    Without `git init`, which would copy a template with hooks.
    """
    fs.make_directory(directory / "objects" / "pack")
    fs.make_directory(directory / "refs" / "heads")
    fs.write(directory / "config", _CONFIG.format(bare=str(bare).lower()).encode())
    fs.write(directory / "HEAD", f"ref: {MAIN}\n".encode())
    return Git(directory)
