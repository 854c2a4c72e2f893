"""Lint findings as SARIF 2.1.0, which code scanning services read.

<https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>
"""

from __future__ import annotations

import json
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from agentpm import __version__
from agentpm.lint.check import RULES
from agentpm.lint.finding import Finding
from agentpm.lint.rule import REFERENCE
from agentpm.ops.lint import LintReport

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_PROJECT = "https://github.com/agentpm/agentpm"


def sarif(report: LintReport) -> str:
    """The SARIF log of one run."""
    positions = {rule.code: position for position, rule in enumerate(RULES)}
    driver = {
        "name": "agentpm",
        "version": __version__,
        "informationUri": _PROJECT,
        "rules": [
            {
                "id": rule.code,
                "shortDescription": {"text": rule.title},
                "helpUri": f"{_PROJECT}/blob/main/{REFERENCE}#{rule.code}",
                "defaultConfiguration": {"level": rule.severity.value},
            }
            for rule in RULES
        ],
    }
    results = [
        _result(finding, positions[finding.code])
        for file in report.files
        for finding in file.findings
    ]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _result(finding: Finding, position: int) -> dict[str, Any]:
    where = finding.where
    path = PurePath(where.path)
    artifact = {"uri": path.as_uri() if path.is_absolute() else quote(path.as_posix())}
    region = {
        "startLine": where.line,
        "startColumn": where.column,
        "endColumn": where.column + where.length,
    }
    text = finding.message if finding.hint is None else f"{finding.message}: {finding.hint}"
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": position,
        "level": finding.severity.value,
        "message": {"text": text},
        "locations": [{"physicalLocation": {"artifactLocation": artifact, "region": region}}],
    }
    if finding.fix is not None:
        fix = finding.fix
        deleted = {
            "startLine": fix.line,
            "startColumn": fix.column,
            "endColumn": fix.column + len(fix.old),
        }
        change = {"deletedRegion": deleted, "insertedContent": {"text": fix.new}}
        result["fixes"] = [
            {"artifactChanges": [{"artifactLocation": artifact, "replacements": [change]}]}
        ]
    return result
