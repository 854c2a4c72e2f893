"""The files of a sparse registry: what is remembered of them, brought up to date when it is old.

Each file is as fresh as its own last look. Every look at some of them begins with `config.json`, so
that nothing is taken from a server that offers another registry, or none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from http import HTTPStatus
from itertools import islice

from agentpm.errors import AgentpmError
from agentpm.http.client import Client
from agentpm.http.document import Ask, HttpFailure, Response, Validators
from agentpm.registry.access import Access, as_it_was, not_here
from agentpm.registry.history import Breach, Evidence, RegistryTampered, breaches
from agentpm.registry.sparse.config import CONFIG, SparseConfig, read_config
from agentpm.registry.sparse.failures import explained, garbled, unasked
from agentpm.registry.sparse.judge import Judged, Kept, is_index, judge
from agentpm.registry.sparse.memory import Memory
from agentpm.registry.unreachable import RegistryUnreachable
from agentpm.registry.wire import INDEX_LIMIT, MalformedIndex, name_at
from agentpm.values import dataclass

MISSING_AGE = 60.0
"""Seconds for which it is remembered that a registry has no such document, as its signers.

Where `max_age` is less, that; and never for a package: one that is missing is asked for each time.
"""

_TOLD = 8
"""How many files that could not be looked at are named beside what was tampered with."""


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

    `told` is what was said of files, `refused` are the answers that were not what was seen before.
    `failure` is why the registry could not be looked at, `resting` whether it is not to be tried
    again.
    """

    def __init__(self, asked: Iterable[str] = ()) -> None:
        self.asked: set[str] = set(asked)
        self.told: dict[str, bytes | None] = {}
        self.refused: dict[str, Response] = {}
        self.problems: dict[str, AgentpmError] = {}
        self.told_age = False
        self.failure: AgentpmError | None = None
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
            try:
                self._look(stale, known)
            except AgentpmError as error:
                self._run.failure = error
                raise
            self._run.failure = None

    def fall_back(self) -> bool:
        """Show what is remembered from now on; False where no look failed, or nothing is."""
        wrong = self._run.failure or self._run.problems or self._run.refused
        if not wrong or self._run.resting or self.age() is None:
            return False
        self._run.resting = True
        self._run.failure = self._run.failure or next(iter(self._run.problems.values()), None)
        self._run.problems.clear()
        self._run.refused.clear()
        return True

    def look_again(self, paths: Sequence[str]) -> bool:
        """Look at those of the files that this command has not asked for; whether any is another.

        That is, another than was said of it, whoever brought it here. Raises what `bring` does.
        """
        if self._run.resting:
            return False
        told = {path: self._run.told[path] for path in paths if path in self._run.told}
        unasked = [path for path in paths if path not in self._run.asked]
        if unasked:
            self.bring(unasked, force=True)
        after = self._memory.get(told)
        return any(_content(after.get(path)) != before for path, before in told.items())

    def settle(self, path: str) -> None:
        """Take what was refused of one file, which somebody who can judge it found good."""
        if path in self._run.refused:
            answer = self._run.refused.pop(path)
            self._keep({path: answer})

    def accept(self) -> None:
        """Take what was refused for what always was, as it came then: somebody looked at that.

        Of another registry, what could not be looked at is held against what was seen, still.
        """
        taken = self._run.refused
        if CONFIG in taken:
            self._distrust(path for path in self._memory.paths() if path not in taken)
        self._keep(taken)
        self._run = _Run(self._run.asked | set(taken))

    def can_show(self, path: str) -> bool:
        """Whether it is known what the registry shows of a file."""
        return path in self._run.refused or path not in self._run.problems

    def shown(self, path: str) -> bytes | None:
        """What the registry shows of a file: what was refused of it, else what is known."""
        answer = self._run.refused.get(path)
        return answer.body if answer is not None else self.content(path)

    def content(self, path: str) -> bytes | None:
        """What is known of a file; None where the registry has no such file.

        Raises:
            AgentpmError: what was wrong with it when it was last asked for.
            OfflineMiss, RegistryUnreachable: it was never asked for, and cannot be now.
        """
        if path in self._run.problems:
            raise self._run.problems[path]
        kept = self._memory.get([path]).get(path)
        self._run.told[path] = _content(kept)
        if self._run.resting and name_at(path) and _content(kept) is None:
            raise self._unasked(path)
        if kept is None:
            if self._access.offline:
                raise not_here(self._place.source, f"`{name_at(path) or path}`")
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
        """Raise what was wrong with any file: all that was tampered with, or the first trouble.

        A package that cannot be used is told of, and no trouble of the others.
        """
        problems = list(self._run.problems.values())
        tampered = [each for each in problems if isinstance(each, RegistryTampered)]
        if tampered:
            records = [b for each in tampered for b in each.evidence.records]
            raise self._tampered(records, facts=self._unknown())
        for problem in problems:
            if not isinstance(problem, MalformedIndex):
                raise problem
        for problem in problems:
            self._access.note(problem.message)

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

    def _keep(self, answers: Mapping[str, Response]) -> None:
        """Remember answers whatever was there before."""
        now = self._access.clock()
        found = {path: judge(path, None, answer, now).kept for path, answer in answers.items()}
        self._memory.update(found, lambda _: found)

    def _distrust(self, paths: Iterable[str]) -> None:
        """Ask for files in full next time, since another registry may give their states the same names.

        That one of them is gone is no matter of a server that is late, either.
        """
        old = self._access.clock() - self._access.max_age

        def doubted(before: Mapping[str, Kept]) -> dict[str, Kept]:
            return {
                path: Kept(kept.content, Validators(), min(kept.looked, old), since=0)
                for path, kept in before.items()
            }

        self._memory.update(list(paths), doubted)

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
            return {path: item.kept for path, item in judged.items() if not item.is_refused}

        self._memory.update(paths, decide)
        self._run.asked |= set(paths)
        for path, answer in answers.items():
            self._note(path, self._problem(path, answer), judged.get(path))
            if isinstance(answer, Response) and path in judged and judged[path].is_refused:
                self._run.refused[path] = answer

    def _note(self, path: str, problem: AgentpmError | None, judged: Judged | None) -> None:
        """Note what became of one file, for whoever reads it, and for the user."""
        if judged is not None and judged.evidence:
            problem = self._tampered(judged.evidence)
        if judged is not None and judged.is_behind:
            self._access.note(
                f"`{self._access.name(self._place.source)}` shows an earlier state of "
                f"`{name_at(path) or path}` than was seen before; the later one stays in use"
            )
        self._run.problems.pop(path, None)
        if problem is not None:
            self._run.problems[path] = problem

    def _check_config(
        self, answer: Response | HttpFailure, paths: Sequence[str], known: Mapping[str, Kept]
    ) -> None:
        problem = self._problem(CONFIG, answer)
        if problem is not None:
            raise problem
        if not isinstance(answer, Response) or answer.status == HTTPStatus.NOT_MODIFIED:
            return
        now = read_config(answer.body, self._place.source)
        if CONFIG in known:
            seen = read_config(known[CONFIG].content, self._place.source)
            if seen.id != now.id:
                self._run.refused[CONFIG] = answer
                how = f"its id was `{seen.id}` and is `{now.id}`"
                raise self._another(how, [path for path in paths if path != CONFIG], known)

    def _another(
        self, how: str, paths: Sequence[str], known: Mapping[str, Kept]
    ) -> RegistryTampered:
        """That another registry answers, with all that differs of the files `paths` in it.

        What of them cannot be had changes nothing about that, and is told with it.
        """
        # Names that one registry gave to states of its files say nothing in another.
        answers = self._ask(paths, {})
        found: list[Breach] = []
        for path, answer in answers.items():
            problem = self._problem(path, answer)
            before = known[path].content if path in known else None
            if problem is not None:
                self._run.problems[path] = problem
            elif isinstance(answer, Response):
                self._run.refused[path] = answer
                if before is not None and name_at(path):
                    found += breaches(before, answer.body, path)
        message = f"`{self._place.source}` is another registry than before: {how}"
        return self._tampered(found, message, self._unknown())

    def _tampered(
        self, records: Iterable[Breach], message: str = "", facts: Iterable[str] = ()
    ) -> RegistryTampered:
        usual = f"releases of `{self._place.source}` that were seen before are not what they were"
        evidence = Evidence(records=tuple(records), facts=tuple(facts))
        called = self._access.called
        return RegistryTampered(message or usual, evidence=evidence, called=called)

    def _unknown(self) -> Iterator[str]:
        """Sentences about the files of which nobody can say what became of them."""
        rest = {p: e for p, e in self._run.problems.items() if not isinstance(e, RegistryTampered)}
        for path, problem in islice(rest.items(), _TOLD):
            why = next(iter(problem.details), problem.message)
            yield f"what became of `{path}` is not known: {why}"
        if len(rest) > _TOLD:
            yield f"nor what became of {len(rest) - _TOLD} more files"

    def _problem(self, path: str, answer: Response | HttpFailure) -> AgentpmError | None:
        """Why an answer is of no use."""
        if isinstance(answer, HttpFailure):
            known = self._client.has_login
            return explained(answer, self._place.source, self._access, known=known)
        if path.endswith(".jsonl") and answer.body is not None and not is_index(path, answer.body):
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
            self._access.note(as_it_was(self._access.name(self._place.source), age))

    def _unasked(self, path: str) -> AgentpmError:
        """That nobody can say whether there is a package.

        That one was missing is not remembered for long: it may have been published since.
        """
        failure = self._run.failure
        if failure is not None and not isinstance(failure, RegistryUnreachable):
            return failure
        told = failure.details if failure is not None else ()
        return unasked(path, self._place.source, told, self._memory.known())


def _content(kept: Kept | None) -> bytes | None:
    return kept.content if kept is not None else None
