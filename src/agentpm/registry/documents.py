"""The few files at the top of a registry, kept beside its view so that reading one costs no git."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from agentpm import fs, lazy

if TYPE_CHECKING:
    import base64
else:
    # Most registries have one document or none of these.
    base64 = lazy.module("base64")

SIGNERS_FILE = "signers.jsonl"
"""The file that says whose signatures count; a registry that has it is a signed one."""

DOCUMENTS = ("config.json", "owners.json", SIGNERS_FILE)
"""The files at the top that readers look at, which are brought along with every look."""

DIGEST_FILE = "digest"
"""A file beside a shipped index that names the state of all others, so that asking costs one read."""

_LIMIT = 64 * 1024 * 1024


class Documents:
    """What was read of the documents of one index commit, in the file `path`.

    The file can go at any time. One that makes no sense, or is about another commit, is as good as
    none.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def known(self, tip: str) -> dict[str, bytes | None]:
        """The documents of the commit `tip` that were read, by name; None is one that is not there."""
        try:
            found = json.loads(fs.read(self._path, limit=_LIMIT) or b"{}")
            if found.get("tip") != tip:
                return {}
            return {
                str(name): base64.b64decode(text) if text is not None else None
                for name, text in found["documents"].items()
            }
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return {}

    def keep(self, tip: str, documents: dict[str, bytes | None]) -> None:
        """Remember the documents of the commit `tip`."""
        texts = {
            name: base64.b64encode(raw).decode() if raw is not None else None
            for name, raw in documents.items()
        }
        fs.write(self._path, json.dumps({"tip": tip, "documents": texts}).encode())
