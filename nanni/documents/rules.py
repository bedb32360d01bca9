"""The policy's coverage, its tests and a backtest as documents."""

import json
from collections.abc import Sequence
from typing import Any

from ledger.canaries import CanaryRow
from nanni.backtest_load import Load
from nanni.backtesting import BacktestResult
from nanni.documents.plain import plain
from nanni.rule_testing import Checked
from triggers.backtest import Example
from triggers.coverage import Coverage
from triggers.outcome import Outcome
from triggers.rule_tests import TestResult


def tests_document(results: Sequence[TestResult]) -> dict[str, Any]:
    """Rule tests that were run."""
    failed = sum(not one.passed for one in results)
    return {"passed": len(results) - failed, "failed": failed, "tests": [_test(one) for one in results]}


def _test(result: TestResult) -> dict[str, Any]:
    return {
        "name": result.test.name,
        "place": result.test.place,
        "passed": result.passed,
        "outcome": result.outcome.name.lower(),
        "fired": result.fired,
        "severity": result.severity,
        "team": result.team,
        "differences": result.differences,
        "why": result.told,
        "hints": result.hints,
    }


def check_document(found: Checked) -> dict[str, Any]:
    """A policy that was looked over."""
    surveys = [_coverage(one) for one in found.surveys]
    return {"policy": found.policy.policy.hash, "warnings": found.warnings, "surveys": surveys}


def _coverage(one: Coverage) -> dict[str, Any]:
    """One survey as JSON."""
    return {
        "survey": one.survey,
        "cells": [
            {
                "score": cell.score,
                "said": cell.said,
                "outcome": cell.verdict.outcome.name.lower(),
                "fired": cell.verdict.fired,
                "severity": cell.verdict.severity,
            }
            for cell in one.cells
        ],
        "gaps": one.gaps,
        "overlaps": [{"rules": pair, "cells": count} for pair, count in one.overlaps.items()],
        "needs_words_or_attributes": one.unreached,
    }


def backtest_document(result: BacktestResult) -> dict[str, Any]:
    """The whole result as one JSON document."""
    report = result.report
    return {
        "policy": result.policy,
        "live_policy": result.live_policy,
        "from": result.first,
        "to": result.last,
        "responses": report.responses,
        "erased": result.erased,
        "decided_under_another_policy": result.other_policy,
        "replay_faults": result.faults,
        "differences": report.differences,
        "changes": {kind.value: count for kind, count in report.changes.items()},
        "rules": dict(report.rules),
        "severities": {kind.value: _both(both) for kind, both in report.severities.items()},
        "outcomes": {kind.name.lower(): _both(both) for kind, both in report.outcomes.items()},
        "handling_days": result.handling.total_seconds() / 86_400,
        "load": {"live": _load(result.live), "candidate": _load(result.candidate)},
        "promises": {kind.value: {**plain(one), "late_share": one.share} for kind, one in result.kept.items()},
        "expected_late": {"live": round(result.late[0], 1), "candidate": round(result.late[1], 1)},
        "recall_contract": result.recall,
        "tickets_lost": result.tickets_lost,
        "mattered": dict(result.mattered),
        "examples": [_example(one) for one in report.examples],
    }


def _both(both: tuple[int, int]) -> dict[str, int]:
    return {"live": both[0], "candidate": both[1]}


def _load(load: Load) -> dict[str, Any]:
    return {
        "days": load.days,
        "opened": load.opened,
        "attached": load.attached,
        "overflow": load.overflow,
        "reopened": load.reopened,
        "suppressed": load.suppressed,
        "reviewed": load.reviewed,
        "refused": dict(load.refused),
        "problems": load.problems,
        "kept_back": load.kept_back,
        "storms": [{**plain(storm), "group": ": ".join(storm.group)} for storm in load.storms],
        "pressure": round(load.pressure, 4),
        "owners": load.owners,
        "peaks": [{"team": team, "day": day, "tickets": peak} for (team, day), peak in sorted(load.peaks.items())],
    }


def _example(one: Example) -> dict[str, Any]:
    return {
        "change": one.change,
        "rule": one.rule,
        "survey": one.survey,
        "response": one.response_id,
        "score": one.score,
        "fired": one.before.fired,
        "would_fire": one.after.fired,
        "why": one.told,
    }


def difference_document(one: Any) -> dict[str, Any]:
    """A response on which a canary and the live policy differ."""
    return {
        "survey": one.survey,
        "response": one.response_id,
        "live": Outcome(one.live).name.lower(),
        "live_fired": json.loads(one.live_fired or "[]"),
        "candidate": Outcome(one.candidate).name.lower(),
        "candidate_fired": json.loads(one.candidate_fired or "[]"),
        "used": one.used,
    }


def canary_document(row: CanaryRow, differing: list[dict[str, Any]]) -> dict[str, Any]:
    """A canary with what it differs on."""
    return {**plain(row), "volume": row.volume._asdict(), "examples": differing}
