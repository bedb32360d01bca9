"""The policy as people read it: rules, why, what they did lately; its tests; a draft replayed over history."""

from datetime import timedelta
from functools import partial
from typing import Any

from starlette.responses import Response

from desk.drafts import LONGEST, draft_file, require_short
from desk.errors import BadFormError
from desk.visit import Visit
from feedback.errors import ConfigError, NanniError
from ledger.fired import fired_by_rule
from nanni.backtesting import BacktestResult, run_backtest
from nanni.rule_testing import TESTS_FILE, run_tests
from nanni.workspace import POLICY_FILE
from triggers.rule_tests import TestResult

LATELY = timedelta(days=90)
SPANS = (30, 90, 365)
EXAMPLES = 12


def show(visit: Visit) -> Response:
    """The rules in order with what they fired on in the last ninety days."""
    return _page(visit)


def test(visit: Visit) -> Response:
    """Run the workspace's rule tests now, without the model, as `nanni rules test` does."""
    return _page(visit, **_tested(run_tests(visit.site.parts)))


def backtest(visit: Visit) -> Response:
    """Replay the last days under a draft of the policy, and run the rule tests under it; nothing is kept of it."""
    text, days = (visit.form.get("policy") or [""])[0][:LONGEST], visit.number("days") or SPANS[0]
    if days not in SPANS:
        raise BadFormError("there is no such span", allowed=", ".join(map(str, SPANS)))
    try:
        result, tests = _replayed(visit, text, days)
    except ConfigError as error:
        where = error.where.rpartition("/")[2]
        return _page(visit, 422, problem=error, where=where, draft=text, span=days)
    return _page(visit, result=result, draft=text, span=days, **_tested(tests))


def _replayed(visit: Visit, text: str, days: int) -> tuple[BacktestResult, list[TestResult]]:
    parts, since = visit.site.parts, visit.site.now - timedelta(days=days)
    require_short(parts, since)
    with draft_file(parts, text) as path:
        tests = partial(run_tests, parts, path) if _has_tests(visit) else list
        return run_backtest(parts, path, since=since), tests()


def _tested(results: list[TestResult]) -> dict[str, Any]:
    return {"results": results, "failed": sum(not one.passed for one in results)}


def _has_tests(visit: Visit) -> bool:
    return (visit.site.parts.workspace.folder / TESTS_FILE).is_file()


def _page(visit: Visit, status: int = 200, **more: Any) -> Response:
    workspace, now = visit.site.parts.workspace, visit.site.now
    with visit.site.parts.ledger.read() as uow:
        fired = fired_by_rule(uow.connection, now - LATELY, now)
    problem: NanniError | None = None
    shown: dict[str, Any] = {
        "rules": workspace.policy.policy.rules, "fired": fired, "text": workspace.policy_text,
        "hash": workspace.policy.policy.hash, "results": None, "failed": 0, "days": LATELY.days,
        "has_tests": _has_tests(visit), "result": None, "problem": problem, "where": "", "spans": SPANS,
        "span": SPANS[1], "draft": (workspace.folder / POLICY_FILE).read_text("utf-8"),
        "examples": EXAMPLES if visit.scope.teams is None else 0, **more,
    }  # fmt: skip
    return visit.page("policy.html", status, **shown)
