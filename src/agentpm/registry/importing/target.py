"""The registry that an import goes to: one that is opened by its name, or a directory."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from agentpm import fs
from agentpm.errors import AgentpmError
from agentpm.git import Git, GitFailure
from agentpm.locks import lock
from agentpm.model.name import PackageName
from agentpm.model.release import Release
from agentpm.registry.advance import INDEX_FORMAT
from agentpm.registry.commit import MAIN, Draft, local_identity, make_commit, signs
from agentpm.registry.content import Content
from agentpm.registry.importing.source import git_directory
from agentpm.registry.protocol import Registry
from agentpm.registry.record_of import check_faithful
from agentpm.registry.trees import locate
from agentpm.registry.unreachable import CloneLost, NotARegistry
from agentpm.registry.wire import INDEX_LIMIT, agent_path, index_path, parse_index, render

SCRATCH = "refs/agentpm/import"
"""Where the commit of an import stands until the registry's branch moves to it."""

Entries = Sequence[tuple[Release, bytes]]


class DirtyRegistry(AgentpmError):
    """A registry whose files on disk are not those that it has committed."""

    code = "dirty-registry"


class Target(Protocol):
    """A registry that an import can add to."""

    def releases(self, names: Sequence[PackageName]) -> Mapping[PackageName, tuple[Release, ...]]:
        """The releases of these packages; names without any are left out."""
        ...

    def add(self, entries: Entries, message: str) -> str:
        """Add releases, all in one commit; the commit's id."""
        ...


class OpenRegistry:
    """A registry as everybody else reads it, published to as everybody else publishes."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def releases(self, names: Sequence[PackageName]) -> Mapping[PackageName, tuple[Release, ...]]:
        """See `Target`."""
        found = {name: self._registry.releases(name) for name in names}
        return {name: releases for name, releases in found.items() if releases}

    def add(self, entries: Entries, message: str) -> str:
        """See `Target`."""
        return self._registry.publish(entries, message)


class DirectoryRegistry:
    """The registry in a directory of one's own, written to without a push.

    No hook of it runs: who may write the directory could do so anyway.
    """

    def __init__(self, directory: Path) -> None:
        """Look for the registry in `directory`.

        Raises:
            NotARegistry: there is none.
        """
        self._directory = directory
        inner = git_directory(directory)
        if inner is None:
            raise _no_registry(directory)
        self._inner = inner
        self._bare = inner == directory
        self._git = Git(inner, ("fastimport.unpackLimit=1",))
        self._branch = self._read_branch()
        ran = self._git.attempt("rev-parse", "--verify", "--quiet", operands=[self._branch])
        self._tip = ran.out.decode().strip()
        self._texts: dict[PackageName, bytes] = {}
        if ran.code or not self._is_registry():
            raise _no_registry(directory)

    def releases(self, names: Sequence[PackageName]) -> Mapping[PackageName, tuple[Release, ...]]:
        """See `Target`."""
        paths = {index_path(name): name for name in names}
        found = {paths[path]: raw for path, raw in self._read(paths)}
        self._texts |= found
        return {
            name: parse_index(raw, index_path(name), str(self._directory)).releases
            for name, raw in found.items()
        }

    def add(self, entries: Entries, message: str) -> str:
        """See `Target`.

        Raises:
            DirtyRegistry: a file that must change was changed on disk.
            GitFailure: somebody else published in between, or git failed.
        """
        files = added_files(self._texts, entries)
        author, sign = local_identity(), signs()
        ref = self._branch if self._bare else SCRATCH
        draft = Draft(ref, self._tip, files, message, author, force=not self._bare, sign=sign)
        commit = make_commit(self._git, draft)
        if commit is None:
            raise self._raced()
        if not self._bare:
            with lock(self._inner / "agentpm-import.lock", lambda: None):
                self._check_out(commit, files)
        return commit

    def _check_out(self, commit: str, files: Mapping[str, bytes]) -> None:
        """Show the commit in the work tree, then move the branch: a run that dies can be repeated."""
        before = {index_path(name): raw for name, raw in self._texts.items()}
        for directory in {(self._directory / path).parent for path in files}:
            fs.sweep(directory)
        for path, content in files.items():
            place = self._directory / path
            fs.refuse_links(self._directory, place)
            if fs.read(place, limit=INDEX_LIMIT) not in (None, before.get(path), content):
                raise DirtyRegistry(
                    f"`{place}` is not as the registry has committed it",
                    hint=f"see `git -C {self._directory} status`, and restore it",
                )
        fs.write_many([(self._directory / path, raw) for path, raw in files.items()], sync=False)
        tree = Git(self._inner, (f"core.worktree={self._directory}",))
        tree.run("read-tree", "-i", "-m", operands=[self._tip, commit])
        if self._git.attempt("update-ref", operands=[self._branch, commit, self._tip]).code:
            raise self._raced()
        self._git.run("update-ref", "-d", operands=[SCRATCH])
        tree.attempt("update-index", "-q", "--refresh")

    def _raced(self) -> GitFailure:
        return GitFailure(
            f"somebody else published to `{self._directory}` meanwhile",
            hint="run the same command again",
        )

    def _read_branch(self) -> str:
        head = fs.read(self._inner / "HEAD", limit=1024) or b""
        return head.decode(errors="replace").removeprefix("ref:").strip() or MAIN

    def _is_registry(self) -> bool:
        return any(_is_config(raw) for _, raw in self._read(["config.json"]))

    def _read(self, paths: Iterable[str]) -> list[tuple[str, bytes]]:
        """The files at `paths` of the newest commit, those that exist."""
        with self._git.objects() as objects:
            content = Content(objects, self._lack)
            places = locate(content.trees, content.root(self._tip), paths)
            blobs = dict(content.blobs(places.values(), INDEX_LIMIT))
        return [(path, blobs[blob] or b"") for path, blob in places.items()]

    def _lack(self, ids: Sequence[str]) -> None:
        raise CloneLost(f"`{self._directory}` lacks {len(ids)} of its own files")


def added_files(texts: Mapping[PackageName, bytes], entries: Entries) -> dict[str, bytes]:
    """The files of an index that change when releases are added, by path.

    `texts` are the index files that there are.
    """
    files: dict[str, bytes] = {}
    lines: dict[PackageName, list[bytes]] = {}
    for release, raw in entries:
        check_faithful(release, raw)
        lines.setdefault(release.name, []).append(render(release).encode() + b"\n")
        files[agent_path(release.name, release.version)] = raw
    for name, added in lines.items():
        text = texts.get(name, b"")
        end = b"" if not text or text.endswith(b"\n") else b"\n"
        files[index_path(name)] = b"".join([text, end, *added])
    return files


def _is_config(raw: bytes) -> bool:
    try:
        config = json.loads(raw)
    except (ValueError, RecursionError):
        return False
    return isinstance(config, dict) and config.get("format") == INDEX_FORMAT


def _no_registry(directory: Path) -> NotARegistry:
    return NotARegistry(
        f"`{directory}` is not a registry",
        hint="`--init` makes one there, if the directory is new or empty",
    )
