"""Reading a source: one walk along its commits, one process for all contents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from pathlib import Path

from agentpm import fs
from agentpm.git import Git
from agentpm.model.digest import Digest
from agentpm.model.version import Version
from agentpm.registry.importing.candidate import Choice
from agentpm.registry.importing.licence import is_licence
from agentpm.registry.importing.material import Material, Moment
from agentpm.registry.importing.source import Source, UnusableSource
from agentpm.registry.importing.tags import Tag, read_tag
from agentpm.registry.wire import AGENT_LIMIT
from agentpm.values import dataclass

_EMPTY_TREES = {
    40: "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    64: "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}
"""The id of the tree without entries, which every git knows, by the length of ids."""

_FILES = frozenset({b"100644", b"100755"})
_PASSED_BY = frozenset({".git", "node_modules"})

Progress = Callable[[int], None]
"""Told how many of the files have been read."""


@dataclass(frozen=True, slots=True)
class Depth:
    """How far back to read: `tags` and `history` are whether to look at those."""

    tags: bool = True
    history: bool = True


@dataclass(frozen=True, slots=True)
class _Point:
    """A commit with its tree and its time, perhaps with the tag that makes it a version."""

    commit: str
    tree: str
    when: int
    tag: Tag | None = None


def read_source(source: Source, choice: Choice, depth: Depth, progress: Progress) -> Material:
    """Everything of a source that deciding needs.

    Raises:
        UnusableSource: it has no commit, or only the newest ones, or not all of its files.
    """
    if source.git is None:
        return _read_directory(source.directory, choice)
    return _Repository(source.git, choice, progress).read(depth, source.shown)


def _read_directory(directory: Path, choice: Choice) -> Material:
    changes: list[tuple[str, str | None]] = []
    contents: dict[str, bytes | None] = {}
    times: dict[str, int] = {}
    for path, found in _walk(directory, ""):
        if _needed(path, choice):
            raw = _file(directory / path)
            identity = Digest.of(raw) if raw is not None else f"unreadable {path}"
            changes.append((path, identity))
            contents[identity] = raw
            times[path] = found.mtime // 1_000_000_000
    return Material(Moment(None, None, tuple(changes), times=times), contents=contents)


def _walk(directory: Path, prefix: str) -> Iterator[tuple[str, fs.Stamp]]:
    for name, found in sorted(fs.entries(directory).items()):
        if found.is_directory and name not in _PASSED_BY:
            yield from _walk(directory / name, f"{prefix}{name}/")
        elif found.is_file:
            yield prefix + name, found


def _file(path: Path) -> bytes | None:
    try:
        return fs.read(path, limit=AGENT_LIMIT)
    except (fs.TooLarge, fs.DiskFailure):
        return None


def _needed(path: str, choice: Choice) -> bool:
    return is_licence(path) or choice.wants(path)


class _Repository:
    """One reading of a git repository."""

    def __init__(self, git: Git, choice: Choice, progress: Progress) -> None:
        self._git = git
        self._choice = choice
        self._progress = progress

    def read(self, depth: Depth, shown: str) -> Material:
        points = self._main_line(shown)
        tip = points[-1]
        tagged = self._tagged() if depth.tags else []
        everywhere = any(point.tag and point.tag.name is None for point in tagged)
        if depth.history or tagged:
            self._refuse_shallow(shown)
        history = points if depth.history and not everywhere else []
        lists = [[tip], history, tagged]
        moments = self._moments(lists)
        told = [tuple(islice(moments, len(each))) for each in lists]
        return Material(
            tip=told[0][0],
            history=told[1],
            tagged=told[2],
            commits=frozenset(point.commit for point in (*points, *tagged)),
            contents=self._contents(shown, chain(*told)),
        )

    def _main_line(self, shown: str) -> list[_Point]:
        """The commits of the main line, oldest first: a merge counts, what it merged does not."""
        ran = self._git.attempt(
            "rev-list", "--first-parent", "--reverse", "--format=%H %T %ct", "HEAD", "--"
        )
        lines = [line.split() for line in ran.out.decode().splitlines()]
        points = [
            _Point(words[0], words[1], int(words[2])) for words in lines if words[0] != "commit"
        ]
        if ran.code or not points:
            raise UnusableSource(
                f"`{shown}` is a git repository without a commit",
                hint="commit the agents first",
                details=tuple(ran.talk.splitlines()[-3:]),
            )
        return points

    def _tagged(self) -> list[_Point]:
        """The commits that tags make versions, in the order in which they were tagged."""
        fields = ("objectname", "tree", "committerdate:unix")
        own = "%09".join(f"%({field})" for field in fields)
        peeled = "%09".join(f"%(*{field})" for field in fields)
        listed = self._git.run(
            "for-each-ref",
            f"--format={own}%09{peeled}%09%(taggerdate:unix)%09%(refname:strip=2)",
            "refs/tags",
        )
        points = []
        for line in listed.decode(errors="surrogateescape").splitlines():
            *words, name = line.split("\t")
            tag = read_tag(name)
            commit, tree, when = words[3:6] if words[3] else words[:3]
            if tag is not None and tree:
                points.append(_Point(commit, tree, int(words[6] or when), tag))
        return sorted(points, key=lambda point: (point.when, _version(point), point.commit))

    def _refuse_shallow(self, shown: str) -> None:
        """Refuse a history without its beginning, whose numbers would change once it is whole."""
        if self._git.run("rev-parse", "--is-shallow-repository").strip() == b"true":
            raise UnusableSource(
                f"`{shown}` is a shallow clone, without the beginning of its history",
                hint="`git fetch --unshallow` gets it; `--single` does without",
            )

    def _moments(self, lists: Iterable[list[_Point]]) -> Iterator[Moment]:
        """The moments of all lists, one after another, each told as what it changed."""
        pairs = []
        for points in lists:
            empty = _EMPTY_TREES[len(points[0].tree)] if points else ""
            trees = [empty, *(point.tree for point in points)]
            pairs += list(zip(trees, trees[1:], points, strict=False))
        feed = "".join(f"{before} {after}\n" for before, after, _ in pairs).encode()
        out = self._git.run(
            *("diff-tree", "--stdin", "-r", "--raw", "-z", "--no-renames", "--no-abbrev", "--"),
            *(":(icase)*.md", ":(icase)*licen?e*", ":(icase)*copying*"),
            feed=feed,
        )
        told = _differences(out)
        for _, _, point in pairs:
            changes = tuple(change for change in next(told) if _needed(change[0], self._choice))
            yield Moment(point.commit, point.when, changes, point.tag)

    def _contents(self, shown: str, moments: Iterable[Moment]) -> dict[str, bytes | None]:
        wanted = {blob: None for moment in moments for _, blob in moment.changes if blob}
        contents: dict[str, bytes | None] = {}
        with self._git.objects() as objects:
            for done, (blob, found) in enumerate(objects.read(wanted, limit=AGENT_LIMIT)):
                if found is None:
                    raise UnusableSource(
                        f"`{shown}` is a partial clone, without the bytes of all of its files",
                        hint="import from where it was cloned",
                    )
                contents[blob] = found.content
                self._progress(done)
        return contents


def _version(point: _Point) -> Version:
    return point.tag.version if point.tag is not None else Version("0")


def _differences(out: bytes) -> Iterator[list[tuple[str, str | None]]]:
    """The changes of each pair of trees in the output of `git diff-tree --stdin --raw -z`.

    The form is described in <https://git-scm.com/docs/git-diff-tree#_raw_output_format>.
    """
    at = 0
    while at < len(out):
        at = out.index(b"\n", at) + 1
        changes: list[tuple[str, str | None]] = []
        while out[at : at + 1] == b":":
            end = out.index(b"\0", at)
            _, mode, _, blob, _ = out[at:end].split(b" ")
            at = out.index(b"\0", end + 1) + 1
            path = out[end + 1 : at - 1].decode(errors="surrogateescape")
            changes.append((path, blob.decode() if mode in _FILES else None))
        yield changes
