"""What the ledger kept of past decisions and of tickets that mattered, read in bulk for a backtest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import Any

from sqlalchemy import select

from feedback.errors import NotFoundError
from ledger.bulk import from_json, within
from ledger.schema import customers, decisions, policies, responses, ticket_events, tickets
from ledger.store import SqlUnitOfWork
from tickets.events import EventKind
from triggers.adapters.policy_file import parse_policy_text
from triggers.outcome import Outcome
from triggers.policy import Policy
from triggers.verdicts import Verdict, verdict

NO_FAULT = "not_a_fault"
FEWEST_CLOSED = 20


@dataclass(frozen=True, slots=True)
class Past:
    """What became of one stored response: the verdict, the customer's number, the ticket, and whether it was erased."""

    verdict: Verdict
    policy: str
    customer: int | None
    ticket: str | None
    erased: bool


class PastDecisions:
    """Stored decisions in bulk; each policy they were made under is read once."""

    def __init__(self, uow: SqlUnitOfWork) -> None:
        self._uow = uow
        self._policies: dict[str, Policy] = {}
        self._known: dict[tuple[str, int, str | None], Verdict] = {}

    def of(self, ids: Sequence[int]) -> list[Past]:
        """The past of these responses, in order. Raises NotFoundError for a response that was never decided."""
        connection = self._uow.connection
        chosen = (
            select(
                decisions.c.response, decisions.c.outcome, decisions.c.fired, policies.c.hash, responses.c.customer,
                responses.c.ticket, customers.c.erased,
            )
            .join_from(decisions, policies)
            .join(responses, responses.c.id == decisions.c.response)
            .outerjoin(customers, customers.c.id == responses.c.customer)
            .where(within(connection, decisions.c.response, ids))
        )  # fmt: skip
        found = {row.response: row for row in connection.execute(chosen)}
        missing = next((one for one in ids if one not in found), None)
        if missing is not None:
            raise NotFoundError(f"no decision on response {missing}", next_step="run `nanni audit`")
        return [self._past(found[one]) for one in ids]

    def _past(self, row: Any) -> Past:
        key = (row.hash, row.outcome, row.fired)
        if key not in self._known:
            fired = tuple(from_json(row.fired)) if row.fired else ()
            self._known[key] = verdict(self._policy(row.hash), Outcome(row.outcome), fired)
        return Past(self._known[key], row.hash, row.customer, row.ticket, bool(row.erased))

    def _policy(self, name: str) -> Policy:
        if name not in self._policies:
            self._policies[name] = parse_policy_text(self._uow.decisions.policy(name))
        return self._policies[name]


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
