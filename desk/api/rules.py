"""The policy over the API: its rules, coverage, tests, a draft replayed over history, the canary."""

from contextlib import nullcontext
from datetime import timedelta
from typing import Annotated, Any, Literal

from fastapi import Depends, Query
from pydantic import Field, StringConstraints
from starlette.responses import JSONResponse

from desk.api.callers import Caller, allowed
from desk.api.documents import document
from desk.api.given import Given, Maybe
from desk.drafts import LONGEST, draft_file, require_short
from nanni.backtesting import run_backtest
from nanni.canary_control import latest, stop
from nanni.documents.rules import (
    backtest_document,
    canary_document,
    check_document,
    difference_document,
    tests_document,
)
from nanni.rule_testing import checked, run_tests
from tickets.access import Permission
from triggers.adapters.policy_file import policy_schema

Policeman = Annotated[Caller, Depends(allowed(Permission.READ_POLICY))]
Operator = Annotated[Caller, Depends(allowed(Permission.OPERATE))]
Draft = Annotated[
    str | None,
    StringConstraints(max_length=LONGEST),
    Field(description="The text of a policy.yaml to look at instead of the live policy; nothing is kept of it."),
]


class Look(Given):
    """A draft, or nothing for the live policy; one survey, or all."""

    policy: Draft = None
    survey: Annotated[str | None, StringConstraints(max_length=100)] = None


class Test(Given):
    """A draft, or nothing for the live policy; only tests whose name contains `only`."""

    policy: Draft = None
    only: Annotated[str | None, StringConstraints(max_length=200)] = None


class Backtest(Given):
    """A draft, or nothing for the live policy, and the days to replay."""

    policy: Draft = None
    days: Literal[30, 90, 365] = 30
    survey: Annotated[str | None, StringConstraints(max_length=100)] = None


class Stop(Given):
    """Why."""

    reason: Maybe = ""


def schema(_: Policeman) -> JSONResponse:
    """The JSON Schema of policy.yaml."""
    return document(policy_schema())


def check(caller: Policeman, body: Look) -> JSONResponse:
    """Which rule decides each score of each survey, where there are gaps, what overlaps."""
    with _draft(caller, body.policy) as path:
        return document(check_document(checked(caller.parts, path, body.survey)))


def test(caller: Policeman, body: Test) -> JSONResponse:
    """Run the workspace's rule tests, without the sentiment model. Failed tests are told in the answer."""
    with _draft(caller, body.policy) as path:
        return document(tests_document(run_tests(caller.parts, path, only=body.only)))


def backtest(caller: Policeman, body: Backtest) -> JSONResponse:
    """Replay stored responses and say what would have been decided otherwise; it reads every team's responses."""
    caller.for_everybody("what a backtest reads belongs")
    since = caller.parts.clock() - timedelta(days=body.days)
    require_short(caller.parts, since)
    with _draft(caller, body.policy) as path:
        return document(backtest_document(run_backtest(caller.parts, path, since, survey=body.survey)))


def canary(caller: Policeman, limit: Annotated[int, Query(ge=1, le=100)] = 10) -> JSONResponse:
    """The last canary: how often it fired, and where it differs from the live policy; null when there was none."""
    caller.for_everybody("what a canary is asked of belongs")
    row, found = latest(caller.parts, limit)
    return document(canary_document(row, [difference_document(one) for one in found]) if row else None)


def stop_canary(caller: Operator, body: Stop) -> JSONResponse:
    """End the canary that runs; from the next batch on the live policy decides alone."""
    return document(canary_document(stop(caller.parts, caller.actor, body.reason), []))


def _draft(caller: Caller, text: str | None) -> Any:
    return nullcontext() if text is None else draft_file(caller.parts, text)
