"""The files of a sparse registry: what is remembered of them, brought up to date when it is old.

Each file is as fresh as its own last look. Every look at some of them begins with `config.json`, so
that nothing is taken from a server that offers another registry, or none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus

from agentpm.errors import AgentpmError
from agentpm.http.client import Client
from agentpm.http.document import Ask, HttpFailure, Response, Validators
from agentpm.registry.access import Access, as_it_was, not_here
from agentpm.registry.history import Breach, Evidence, RegistryTampered, breaches
from agentpm.registry.sparse.config import CONFIG, SparseConfig, read_config
from agentpm.registry.sparse.failures import explained, garbled
from agentpm.registry.sparse.judge import Judged, Kept, is_index, judge
from agentpm.registry.sparse.memory import Memory
from agentpm.registry.wire import INDEX_LIMIT, name_at
from agentpm.values import dataclass

MISSING_AGE = 60.0
"""Seconds for which it is remembered that a registry has no such document, as its signers.

Where `max_age` is less, that; and never for a package: one that is missing is asked for each time.
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the files are: what lockfiles call it, and the URL before their paths."""

    source: str
    web: str

    def url(self, path: str) -> str:
        """The URL of a file."""
        return f"{self.web}/{path}"


class _Run:
    """What one command has found out so far: which files it asked for, with what trouble.

    `refused` are the answers that were not what was seen before. `failed` is whether the registry
    could not be looked at, `resting` whether it is not to be tried again.
    """

    def __init__(self, asked: Iterable[str] = ()) -> None:
        self.asked: set[str] = set(asked)
        self.refused: dict[str, Response] = {}
        self.problems: dict[str, AgentpmError] = {}
        self.told_age = False
        self.failed = False
        self.resting = False


class Files:
    """The files at `place`, kept in `memory`, got by `client` on the terms of `access`."""

    def __init__(self, place: Place, memory: Memory, client: Client, access: Access) -> None:
        self._place = place
        self._memory = memory
        self._client = client
        self._access = access
        self._run = _Run()

    def bring(self, paths: Iterable[str], *, force: bool = False) -> None:
        """Look at those of the files whose last look is too old, or with `force` at all of them.

        What is wrong with a single file is raised when that one is read.

        Raises:
            RegistryUnreachable, InsecureRegistry, NotARegistry, RegistryTampered: `config.json`
                cannot be had, or is not that of this registry.
        """
        if self._access.offline or self._run.resting:
            return
        wanted = list(dict.fromkeys([CONFIG, *paths]))
        known = self._memory.get(wanted)
        stale = [p for p in wanted if force or self._is_stale(p, known.get(p))]
        if stale:
            self._run.failed = True
            self._look(stale, known)
            self._run.failed = False

    def fall_back(self) -> bool:
        """Show what is remembered from now on; False where no look failed, or nothing is."""
        wrong = self._run.failed or self._run.problems
        if not wrong or self._run.resting or self.age() is None:
            return False
        self._run.resting = True
        self._run.problems.clear()
        return True

    def look_again(self, paths: Iterable[str]) -> bool:
        """Look at those of the files that this command has not asked for; whether any is another.

        Raises what `bring` does.
        """
        unasked = [path for path in paths if path not in self._run.asked]
        if self._access.offline or self._run.resting or not unasked:
            return False
        before = self._memory.get(unasked)
        self.bring(unasked, force=True)
        after = self._memory.get(unasked)
        return any(_content(before.get(p)) != _content(after.get(p)) for p in unasked)

    def accept(self) -> None:
        """Take what was refused for what always was, as it came then: somebody looked at that."""
        self._take(self._run.refused)

    def shown(self, path: str) -> bytes | None:
        """What the registry shows of a file: what was refused of it, else what is known."""
        answer = self._run.refused.get(path)
        return answer.body if answer is not None else self.content(path)

    def content(self, path: str) -> bytes | None:
        """What is known of a file; None where the registry has no such file.

        Raises:
            AgentpmError: what was wrong with it when it was last asked for.
            OfflineMiss: it was never asked for, and cannot be now.
        """
        if path in self._run.problems:
            raise self._run.problems[path]
        kept = self._memory.get([path]).get(path)
        if kept is None:
            if self._access.offline:
                raise not_here(self._place.source, f"`{path}`")
            return None
        self._tell_age(kept)
        return kept.content

    def config(self) -> SparseConfig | None:
        """What the registry says of itself, as far as that was seen."""
        kept = self._memory.get([CONFIG]).get(CONFIG)
        return read_config(kept.content, self._place.source) if kept else None

    def age(self) -> float | None:
        """Seconds since the registry was last asked; None where it never was."""
        kept = self._memory.get([CONFIG]).get(CONFIG)
        return max(self._access.clock() - kept.looked, 0.0) if kept else None

    def raise_problems(self) -> None:
        """Raise what was wrong with any file: all that was tampered with, or the first trouble."""
        problems = list(self._run.problems.values())
        tampered = [each for each in problems if isinstance(each, RegistryTampered)]
        if tampered:
            raise self._tampered([b for each in tampered for b in each.evidence.records])
        if problems:
            raise problems[0]

    def _is_stale(self, path: str, kept: Kept | None) -> bool:
        if path in self._run.asked:
            return False
        if kept is None or self._access.force:
            return True
        longest = self._access.max_age
        if kept.content is None:
            # A package that is missing may just have been published, and somebody wants it now.
            longest = 0.0 if name_at(path) is not None else min(longest, MISSING_AGE)
        # A look that lies in the future was noted under another clock.
        return not 0 <= self._access.clock() - kept.looked < longest

    def _ask(
        self, paths: Sequence[str], known: Mapping[str, Kept]
    ) -> dict[str, Response | HttpFailure]:
        def validators(path: str) -> Validators:
            kept = known.get(path)
            return kept.validators if kept and kept.content is not None else Validators()

        asks = [Ask(self._place.url(path), INDEX_LIMIT, validators(path)) for path in paths]
        return dict(zip(paths, self._client.get_many(asks), strict=True))

    def _take(self, answers: Mapping[str, Response]) -> None:
        """Remember answers whatever was there before."""
        now = self._access.clock()
        found = {path: judge(path, None, answer, now).kept for path, answer in answers.items()}
        self._memory.update(found, lambda _: found)
        self._run = _Run(self._run.asked | set(found))

    def _look(self, paths: Sequence[str], known: Mapping[str, Kept]) -> None:
        answers = self._ask(paths, known)
        if CONFIG in answers:
            self._check_config(answers[CONFIG], paths, known)
        judged: dict[str, Judged] = {}
        now = self._access.clock()

        def decide(before: Mapping[str, Kept]) -> dict[str, Kept]:
            for path, answer in answers.items():
                # That a file is as it was says nothing once nobody knows how that is.
                lost = path not in before and path in known
                if (
                    isinstance(answer, Response)
                    and not lost
                    and self._problem(path, answer) is None
                ):
                    judged[path] = judge(path, before.get(path), answer, now)
            return {path: item.kept for path, item in judged.items() if not item.evidence}

        self._memory.update(paths, decide)
        self._run.asked |= set(paths)
        for path, answer in answers.items():
            self._note(path, self._problem(path, answer), judged.get(path))
            if isinstance(answer, Response) and path in judged and judged[path].evidence:
                self._run.refused[path] = answer

    def _note(self, path: str, problem: AgentpmError | None, judged: Judged | None) -> None:
        """Note what became of one file, for whoever reads it, and for the user."""
        if judged is not None and judged.evidence:
            problem = self._tampered(judged.evidence)
        if judged is not None and judged.is_behind:
            self._access.note(
                f"`{self._place.source}` shows an earlier state of `{name_at(path) or path}` than was "
                "seen before; the later one stays in use"
            )
        self._run.problems.pop(path, None)
        if problem is not None:
            self._run.problems[path] = problem

    def _check_config(
        self, answer: Response | HttpFailure, paths: Sequence[str], known: Mapping[str, Kept]
    ) -> None:
        self._refuse(CONFIG, answer)
        if not isinstance(answer, Response) or answer.status == HTTPStatus.NOT_MODIFIED:
            return
        now = read_config(answer.body, self._place.source)
        if CONFIG in known:
            seen = read_config(known[CONFIG].content, self._place.source)
            if seen.id != now.id:
                raise self._another(f"its id was `{seen.id}` and is `{now.id}`", paths, known)

    def _another(
        self, how: str, paths: Sequence[str], known: Mapping[str, Kept]
    ) -> RegistryTampered:
        """That another registry answers, with all that differs of the files `paths` in it.

        Raises:
            RegistryUnreachable: they cannot be had.
        """
        # Names that one registry gave to states of its files say nothing in another.
        answers = self._ask(paths, {})
        found: list[Breach] = []
        for path, answer in answers.items():
            self._refuse(path, answer)
            before = known[path].content if path in known else None
            if isinstance(answer, Response):
                self._run.refused[path] = answer
                if before is not None and name_at(path):
                    found += breaches(before, answer.body, path)
        message = f"`{self._place.source}` is another registry than before: {how}"
        return self._tampered(found, message)

    def _tampered(self, records: Iterable[Breach], message: str = "") -> RegistryTampered:
        usual = f"releases of `{self._place.source}` that were seen before are not what they were"
        evidence = Evidence(records=tuple(records))
        called = self._access.called
        return RegistryTampered(message or usual, evidence=evidence, called=called)

    def _refuse(self, path: str, answer: Response | HttpFailure) -> None:
        problem = self._problem(path, answer)
        if problem is not None:
            raise problem

    def _problem(self, path: str, answer: Response | HttpFailure) -> AgentpmError | None:
        """Why an answer is of no use."""
        if isinstance(answer, HttpFailure):
            known = self._client.has_login
            return explained(answer, self._place.source, self._access, known=known)
        if path.endswith(".jsonl") and answer.body is not None and not is_index(answer.body):
            return garbled(path, self._place.source)
        return None

    def tell_age(self) -> None:
        """Say once how old what is shown is, where that is too old and nothing may be asked."""
        kept = self._memory.get([CONFIG]).get(CONFIG)
        if kept is not None:
            self._tell_age(kept)

    def _tell_age(self, kept: Kept) -> None:
        age = self._access.clock() - kept.looked
        if self._access.offline and age > self._access.max_age and not self._run.told_age:
            self._run.told_age = True
            self._access.note(as_it_was(self._place.source, age))


def _content(kept: Kept | None) -> bytes | None:
    return kept.content if kept is not None else None
