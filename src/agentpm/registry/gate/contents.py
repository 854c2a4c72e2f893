"""Rules about the files of agents: each belongs to a record that says what it says."""

from __future__ import annotations

from collections.abc import Iterator

from agentpm.errors import AgentpmError
from agentpm.lint.check import MALFORMED, lint
from agentpm.lint.finding import Finding, Severity
from agentpm.registry.gate.change import Entry, File, Package, Step
from agentpm.registry.gate.refusal import Kind, Problem
from agentpm.registry.gate.rule import on_packages
from agentpm.registry.record_of import check_faithful
from agentpm.registry.wire import AGENT_LIMIT, agent_path

_HIDDEN = "hidden-text"


def _new_files(package: Package) -> Iterator[tuple[Entry, File]]:
    """The new releases whose file is here with its bytes."""
    for entry in package.added:
        file = package.files.get(_path(entry))
        if file is not None and file.content is not None:
            yield entry, file


@on_packages("missing-file", Kind.REFUSED, "A release without its file")
def missing_file(_: Step, package: Package) -> Iterator[Problem]:
    """Record and bytes come in one commit, so that nobody sees one without the other."""
    for entry in package.added:
        path = _path(entry)
        file = package.files.get(path)
        if entry.release.removed is not None:
            continue
        if file is None or file.after is None:
            message = f"`{entry.release}` has no file: `{path}` is not in the commit"
            yield Problem(message, package.path, entry.line.number, "commit both together")
        elif file.content is None:
            message = f"`{path}` has more than {AGENT_LIMIT // 2**20} MiB, which is the limit"
            yield Problem(message, path, hint="an agent is a prompt, not a library")


@on_packages("unfaithful-record", Kind.TAMPERED, "A record that says something else than its file")
def unfaithful_record(_: Step, package: Package) -> Iterator[Problem]:
    """Checksum, size, name, description, grants and dependencies are those of the file."""
    for entry, file in _new_files(package):
        try:
            check_faithful(entry.release, file.content or b"")
        except AgentpmError as error:
            if error.code == "malformed-agent":
                continue  # lint says so, with the place
            yield Problem(
                error.message,
                package.path,
                entry.line.number,
                "publish with `agentpm publish`, which writes the record from the file",
                error.details,
            )


@on_packages("changed-file", Kind.TAMPERED, "The file of a release that was there")
def changed_file(_: Step, package: Package) -> Iterator[Problem]:
    """The bytes of a release never change, and go only when it is removed."""
    added = {_path(entry) for entry in package.added}
    removed = {_path(e) for e in package.now if e.release.removed is not None}
    known = {_path(entry) for entry in (*package.old, *package.now)}
    for path, file in package.files.items():
        if file.before is None or (path in removed and file.after is None):
            continue
        if path in known or path in added:
            done = "deleted" if file.after is None else "changed"
            yield Problem(
                f"`{path}` was {done}, and is the file of a release",
                path,
                hint="put it back; a removal says so in the record, with a reason",
            )


@on_packages("stray-file", Kind.REFUSED, "A file without a release")
def stray_file(_: Step, package: Package) -> Iterator[Problem]:
    """What no record speaks of cannot be checked, and nobody could install it."""
    lasting = {_path(entry) for entry in package.now if entry.release.removed is None}
    for path, file in package.files.items():
        if file.after is not None and path not in lasting:
            yield Problem(
                f"`{path}` belongs to no release of `{package.name}`",
                path,
                hint="publish with `agentpm publish`, which writes its record too",
            )


@on_packages("kept-file", Kind.REFUSED, "A removed release whose file is there")
def kept_file(_: Step, package: Package) -> Iterator[Problem]:
    """A removal takes the bytes away; saying so and leaving them would help nobody."""
    for old, new in package.kept:
        file = package.files.get(_path(new))
        gone = file is not None and file.after is None
        if old.release.removed is None and new.release.removed is not None and not gone:
            path = _path(new)
            message = f"`{new.release}` is removed, but its file `{path}` is still there"
            yield Problem(message, package.path, new.line.number, "delete the file in this commit")


@on_packages("lint", Kind.REFUSED, "An agent with errors")
def lint_errors(step: Step, package: Package) -> Iterator[Problem]:
    """What `agentpm lint` calls an error keeps a file from being published.

    An import takes agents as they are, and `agentpm registry import` has reported their errors:
    nobody can mend a release of the past. It must be readable all the same.
    """
    for entry, finding in _findings(step, package):
        taken_as_it_is = _is_import(step, entry) and finding.code != MALFORMED.code
        if finding.code != _HIDDEN and not taken_as_it_is:
            yield _problem(finding)


def _is_import(step: Step, entry: Entry) -> bool:
    provenance = entry.release.provenance or {}
    return (step.whole or step.may_import) and provenance.get("imported") is True


@on_packages("hidden-text", Kind.REVIEW, "An agent with text that people cannot see")
def hidden_text(step: Step, package: Package) -> Iterator[Problem]:
    """A person decides whether what is hidden is meant well."""
    if package.name in step.after.hidden | step.terms.reviewed:
        return
    for _, finding in _findings(step, package):
        if finding.code == _HIDDEN:
            yield _problem(finding)


def _findings(step: Step, package: Package) -> Iterator[tuple[Entry, Finding]]:
    for entry, file in _new_files(package):
        for finding in lint(file.content or b"", file.path, step.terms.table):
            if finding.severity is Severity.ERROR:
                yield entry, finding


def _problem(finding: Finding) -> Problem:
    message = f"{finding.message} [{finding.code}]"
    return Problem(message, finding.where.path, finding.where.line, finding.hint)


def _path(entry: Entry) -> str:
    return agent_path(entry.release.name, entry.release.version)


RULES = (
    missing_file,
    unfaithful_record,
    changed_file,
    stray_file,
    kept_file,
    lint_errors,
    hidden_text,
)
