"""What the gate asks git about the repository that it guards."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from agentpm.errors import AgentpmError, ExitCode
from agentpm.fs import TooLarge
from agentpm.git import Git, Objects, failure
from agentpm.lazy import pattern
from agentpm.registry.commit import name_of
from agentpm.registry.gate.change import File
from agentpm.registry.wire import INDEX_LIMIT
from agentpm.values import dataclass

_COMMIT_LIMIT = 16 * 1024 * 1024
_AUTHOR = pattern(rb"^author (.*)$", re.MULTILINE)
_PLAIN = "100644"
_FILE_MODES = frozenset(["100644", "100755", "120000", "160000"])


class MissingHistory(AgentpmError):
    """A commit, or a part of one, that is not in the repository to be checked."""

    code = "missing-history"
    exit_code = ExitCode.FAILED


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit: its id, its parents, its author as `Name <mail>` (none where it names nobody)."""

    id: str
    parents: tuple[str, ...]
    author: tuple[str, ...]


class Guarded:
    """A repository in which the gate looks at commits, those of a push that waits included."""

    def __init__(self, git: Git) -> None:
        self._git = git
        self._objects: Objects = git.objects()

    def close(self) -> None:
        """End the process that reads objects."""
        self._objects.close()

    def commit(self, word: str) -> str:
        """The id of the commit that `word` names.

        Raises:
            MissingHistory: it names none that is here.
        """
        found = dict(self._objects.read([f"{word}^{{commit}}"], limit=0))
        (there,) = found.values()
        if there is None:
            raise MissingHistory(
                f"there is no commit `{word}` in the repository",
                hint="give `OLD..NEW` as git names commits; a shallow clone lacks most: "
                "`git fetch --unshallow`",
            )
        return there.id

    def branch(self) -> str:
        """The branch that readers follow, `refs/heads/main` or another."""
        ran = self._git.attempt("symbolic-ref", operands=["HEAD"])
        return ran.out.decode(errors="replace").strip() or "refs/heads/main"

    def descends(self, new: str, old: str) -> bool:
        """Whether `old` is in the history of `new`."""
        ran = self._git.attempt("merge-base", "--is-ancestor", operands=[old, new])
        return ran.code == 0

    def commits(self, old: str, new: str) -> tuple[Commit, ...]:
        """The commits that `new` has and `old` has not, parents before children."""
        listed = self._git.run(
            "rev-list", "--topo-order", "--reverse", "--parents", operands=[new, f"^{old}"]
        )
        rows = [line.split() for line in listed.decode().splitlines()]
        authors = {}
        for asked, found in self._objects.read([row[0] for row in rows], limit=_COMMIT_LIMIT):
            if found is None or found.content is None:
                raise self._lost(asked)
            authors[asked] = _author(found.content)
        return tuple(Commit(id_, tuple(parents), authors[id_]) for id_, *parents in rows)

    def touched(self, commits: Sequence[Commit]) -> Mapping[str, tuple[File, ...]]:
        """The files in which each commit differs from its first parent, all by one process."""
        feed = "".join(f"{commit.id} {commit.parents[0]}\n" for commit in commits)
        out = self._git.run(
            *("diff-tree", "--stdin", "--always", "--root", "-r", "-z", "--raw", "--no-renames"),
            "--no-abbrev",
            feed=feed.encode(),
        )
        result: dict[str, list[File]] = {}
        files: list[File] = []
        fields = iter(out.decode(errors="surrogateescape").split("\0"))
        for field in fields:
            if field.startswith(":"):
                files.append(_changed(field, next(fields)))
            elif field:
                files = result.setdefault(field.strip(), [])
        return {commit: tuple(found) for commit, found in result.items()}

    def everything(self, commit: str) -> tuple[File, ...]:
        """All files of a commit, as if they were new."""
        out = self._git.run("ls-tree", "-r", "-z", "--full-tree", operands=[commit])
        rows = out.decode(errors="surrogateescape").split("\0")
        return tuple(_listed(row) for row in rows if row)

    def names(self, commit: str) -> frozenset[str]:
        """The names of all packages in a commit, by the names of their files alone."""
        out = self._git.run(
            "ls-tree", "-r", "-z", "--name-only", "--full-tree", operands=[commit, "index/"]
        )
        paths = out.decode(errors="surrogateescape").split("\0")
        return frozenset(_name(path) for path in paths if path.endswith(".jsonl"))

    def dependents(self, commit: str, name: str) -> int:
        """How many packages have a release that depends on `name`; it reads the whole index."""
        pattern = f'"dependencies": \\[[^]]*"{name}[" ]'
        ran = self._git.attempt("grep", "-l", "-E", "-e", operands=[pattern, f"{commit}:index"])
        if ran.code not in (0, 1):
            raise failure("grep", ran.talk)
        return ran.out.count(b"\n")

    def at(self, commit: str, paths: Iterable[str]) -> dict[str, bytes]:
        """The files at `paths` in a commit; those that are not there are left out.

        Raises:
            TooLarge: one has more bytes than any file here may have.
        """
        asked = {f"{commit}:{path}": path for path in paths}
        result, large = {}, []
        for name, found in self._objects.read(asked, limit=INDEX_LIMIT):
            if found is not None and found.content is None:
                large.append(asked[name])
            elif found is not None and found.content is not None:
                result[asked[name]] = found.content
        if large:
            # Left out, a file of owners would be taken for one that is not there.
            raise TooLarge(f"`{large[0]}` has more than {INDEX_LIMIT // 2**20} MiB")
        return result

    def blobs(self, ids: Iterable[str], limit: int) -> Iterator[tuple[str, bytes | None]]:
        """Blobs with their bytes, None for those with more than `limit`.

        Raises:
            MissingHistory: one is not here.
        """
        for asked, found in self._objects.read(dict.fromkeys(ids), limit=limit):
            if found is None:
                raise self._lost(asked)
            yield asked, found.content

    def _lost(self, asked: str) -> MissingHistory:
        return MissingHistory(
            f"the object {asked} is not in the repository",
            hint="the gate needs the whole of what it checks: `git fetch --unshallow`, "
            "in a clone without filters",
        )


def _author(raw: bytes) -> tuple[str, ...]:
    head, _, _ = raw.partition(b"\n\n")
    said = [match.decode(errors="replace") for match in _AUTHOR.findall(head)]
    return tuple(name_of(person) for person in said[:1] if ">" in person)


def _changed(field: str, path: str) -> File:
    old_mode, mode, before, after, _ = field[1:].split(" ")
    return File(
        path,
        before if old_mode in _FILE_MODES else None,
        after if mode in _FILE_MODES else None,
        mode == _PLAIN or mode not in _FILE_MODES,
    )


def _listed(row: str) -> File:
    facts, _, path = row.partition("\t")
    mode, _, blob = facts.split(" ")
    return File(path, None, blob, mode == _PLAIN)


def _name(path: str) -> str:
    parts = path.split("/")
    agent = parts[-1].removesuffix(".jsonl")
    return f"{parts[1][1:]}/{agent}" if parts[1].startswith("@") else agent
