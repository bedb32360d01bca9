"""The policy as people read it: each rule, why it exists, what it did lately, and whether its tests pass."""

from datetime import timedelta
from typing import Any

from starlette.responses import Response

from desk.visit import Visit
from ledger.fired import fired_by_rule
from nanni.rule_testing import TESTS_FILE, run_tests

LATELY = timedelta(days=90)


def show(visit: Visit) -> Response:
    """The rules in order with what they fired on in the last ninety days."""
    return _page(visit)


def test(visit: Visit) -> Response:
    """Run the workspace's rule tests now, without the model, as `nanni rules test` does."""
    results = run_tests(visit.site.parts)
    return _page(visit, results=results, failed=sum(not one.passed for one in results))


def _page(visit: Visit, **more: Any) -> Response:
    workspace, now = visit.site.parts.workspace, visit.site.now
    with visit.site.parts.ledger.read() as uow:
        fired = fired_by_rule(uow.connection, now - LATELY, now)
    shown: dict[str, Any] = {
        "rules": workspace.policy.policy.rules, "fired": fired, "text": workspace.policy_text,
        "hash": workspace.policy.policy.hash, "results": None, "failed": 0, "days": LATELY.days,
        "has_tests": (workspace.folder / TESTS_FILE).is_file(), **more,
    }  # fmt: skip
    return visit.page("policy.html", **shown)
