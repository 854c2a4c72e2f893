"""`agentpm lint`: check agent files before they are published."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from agentpm.cli import options
from agentpm.cli.sarif import sarif
from agentpm.cli.screen import hint_lines, paint
from agentpm.cli.session import Session
from agentpm.cli.settings import Flags
from agentpm.cli.talk import excerpt_lines
from agentpm.errors import ExitCode
from agentpm.lint.finding import Finding, Severity
from agentpm.ops.lint import LintReport, lint_paths

EPILOG = """\b
Examples:
  agentpm lint reviewer.md
  agentpm lint .claude/agents
  agentpm lint --fix agents/
  agentpm lint --format sarif agents/ > agents.sarif"""


class Format(StrEnum):
    """How the findings are printed."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"


def lint_(
    paths: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Agent files, or folders of them.")
    ],
    fix: Annotated[bool, typer.Option("--fix", help="Mend what is safe to mend.")] = False,
    format_: Annotated[
        Format, typer.Option("--format", help="How to print the findings.")
    ] = Format.TEXT,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Check agent files: what keeps them from being published or from working as meant.

    Each finding has a code, which the reference explains. The exit code is 1 where there are
    errors; warnings and notes keep nothing from being published.
    """
    session = Session("lint", Flags(json=json or format_ is Format.JSON, quiet=quiet))
    report = lint_paths(paths, fix=fix)
    if format_ is Format.SARIF and not json:
        sys.stdout.write(sarif(report) + "\n")
    else:
        session.print(_data(report), _lines(report, quiet=quiet))
    if report.count(Severity.ERROR):
        raise typer.Exit(ExitCode.FAILED)


def _lines(report: LintReport, *, quiet: bool) -> Iterator[str]:
    for file in report.files:
        for finding in file.fixed:
            yield f"fixed[{finding.code}]: {finding.message} ({finding.where.location})"
        for finding in file.findings:
            if not quiet or finding.severity is Severity.ERROR:
                yield from finding_lines(finding)
    if not quiet:
        yield _summary(report)


def finding_lines(finding: Finding) -> Iterator[str]:
    """One finding as compilers show theirs, with an empty line behind it."""
    severity = paint(finding.severity.value, sys.stdout)
    yield f"{severity}[{finding.code}]: {finding.message}"
    yield from excerpt_lines(finding.where)
    if finding.hint is not None:
        yield from hint_lines(finding.hint, sys.stdout)
    yield ""


def _summary(report: LintReport) -> str:
    counts = [(report.count(severity), severity.value) for severity in Severity]
    found = ", ".join(_counted(number, word) for number, word in counts if number) or "all is well"
    parts = [f"{_counted(len(report.files), 'file')}: {found}"]
    if report.fixed:
        parts.append(f"{report.fixed} fixed")
    fixable = sum(f.fix is not None for file in report.files for f in file.findings)
    if fixable:
        parts.append(f"--fix mends {fixable} of them")
    if report.passed_over:
        parts.append(f"{_counted(report.passed_over, 'file')} without front matter passed over")
    return "; ".join(parts)


def _counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _data(report: LintReport) -> dict[str, Any]:
    return {
        "files": [
            {
                "path": file.path,
                "findings": [finding_data(finding) for finding in file.findings],
                "fixed": [finding_data(finding) for finding in file.fixed],
            }
            for file in report.files
        ],
        "errors": report.count(Severity.ERROR),
        "warnings": report.count(Severity.WARNING),
        "notes": report.count(Severity.NOTE),
        "fixed": report.fixed,
        "passed_over": report.passed_over,
    }


def finding_data(finding: Finding) -> dict[str, Any]:
    """One finding as JSON data."""
    where, fix = finding.where, finding.fix
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "message": finding.message,
        "line": where.line,
        "column": where.column,
        "length": where.length,
        "hint": finding.hint,
        "fix": fix and {"line": fix.line, "column": fix.column, "old": fix.old, "new": fix.new},
    }
