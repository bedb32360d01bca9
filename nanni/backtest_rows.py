"""What the ledger kept of past decisions and of tickets that mattered, read in bulk for a backtest."""

from datetime import datetime, timedelta
from statistics import median

import numpy as np
from sqlalchemy import select

from ledger.bulk import from_json
from ledger.replay import PastRows
from ledger.schema import responses, runs, surveys, ticket_events, tickets
from ledger.store import SqlUnitOfWork
from tickets.events import EventKind
from triggers.adapters.policy_file import parse_policy_text
from triggers.outcome import Outcome
from triggers.policy import Policy
from triggers.verdicts import Verdict, Verdicts, joined, verdict

NO_FAULT = "not_a_fault"
FEWEST_CLOSED = 20


class PastPolicies:
    """What was decided in the past, in the words of the policies it was decided under; each is read once."""

    def __init__(self, uow: SqlUnitOfWork) -> None:
        self._uow = uow
        self._policies: dict[str, Policy] = {}
        self._known: dict[tuple[str, int, str | None], Verdict] = {}

    def verdicts(self, rows: PastRows) -> Verdicts:
        """The stored decisions on a page."""
        codes: dict[tuple[str, int, str | None], int] = {}
        keys = zip(rows.policy, rows.outcome, rows.fired, strict=True)
        column = np.fromiter((codes.setdefault(key, len(codes)) for key in keys), np.intp, len(rows))
        said = joined([self._said(*key) for key in codes])
        return Verdicts(said.distinct, said.codes[column])

    def _said(self, name: str, outcome: int, fired: str | None) -> Verdict:
        key = (name, outcome, fired)
        if key not in self._known:
            told = tuple(from_json(fired)) if fired else ()
            self._known[key] = verdict(self._policy(name), Outcome(outcome), told)
        return self._known[key]

    def _policy(self, name: str) -> Policy:
        if name not in self._policies:
            self._policies[name] = parse_policy_text(self._uow.decisions.policy(name))
        return self._policies[name]


def later_revisions(uow: SqlUnitOfWork, survey: str) -> dict[str, list[datetime]]:
    """By response of a survey, when its later revisions came; responses without are absent."""
    later = (
        select(responses.c.response_id, runs.c.started_at)
        .join_from(responses, surveys)
        .join(runs, runs.c.number == responses.c.run)
        .where(surveys.c.survey == survey, responses.c.revision > 1)
    )
    found: dict[str, list[datetime]] = {}
    for name, came in uow.connection.execute(later):
        found.setdefault(name, []).append(came)
    return found


def mattering(uow: SqlUnitOfWork) -> dict[str, frozenset[str]]:
    """Tickets by why they mattered: reopened, escalated, or resolved with a cause that is a fault."""
    connection = uow.connection
    kinds = {"reopened": EventKind.REOPENED, "escalated": EventKind.ESCALATED}
    found = {
        name: frozenset(
            connection.execute(
                select(ticket_events.c.ticket).where(ticket_events.c.kind == kind.value).distinct()
            ).scalars()
        )
        for name, kind in kinds.items()
    }
    at_fault = select(tickets.c.key).where(tickets.c.root_cause.is_not(None), tickets.c.root_cause != NO_FAULT)
    return {**found, "resolved as valid": frozenset(connection.execute(at_fault).scalars())}


def usual_handling(uow: SqlUnitOfWork) -> timedelta | None:
    """The median time from opening to resolution; None with fewer than `FEWEST_CLOSED` resolved tickets."""
    done = select(tickets.c.opened_at, tickets.c.resolved_at).where(tickets.c.resolved_at.is_not(None))
    lengths = [row.resolved_at - row.opened_at for row in uow.connection.execute(done)]
    return median(lengths) if len(lengths) >= FEWEST_CLOSED else None
