"""Fired responses on which the policy opens no ticket: edits where it says so, and customers given one lately."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from feedback.disposition import Disposition
from tickets.landing import Candidate, Landed
from tickets.ports import TicketFilter, UnitOfWork
from tickets.ticket import LIVE
from triggers.policy import Policy

MOST_TICKETS = 1_000


def restrained(
    uow: UnitOfWork, policy: Policy, edits: Mapping[int, int], candidates: Sequence[Candidate], now: datetime
) -> dict[int, Landed]:
    """What the policy suppresses of these candidates, by position, each with its reason.

    `edits` are the positions that revise what was acted on before, with their revision.
    A response that has a ticket already, or whose customer has a live one, is never held back: it belongs there.
    """
    cool_downs = {rule.id: rule.cool_down for rule in policy.rules if rule.cool_down is not None}
    found: dict[int, Landed] = {}
    for one in candidates:
        if one.existing is not None:
            continue
        if one.position in edits and not policy.responses.edited:
            reason = f"revision {edits[one.position]}: the policy opens no ticket on an edited response"
        elif one.customer_id is not None and one.rule in cool_downs:
            reason = _cooling(uow, one.customer_id, one.rule, cool_downs[one.rule], now)
        else:
            continue
        if reason:
            found[one.position] = Landed(one.position, Disposition.SUPPRESSED, reason)
    return found


def _cooling(uow: UnitOfWork, customer: str, rule: str, length: timedelta, now: datetime) -> str:
    """Why the customer gets no ticket now; empty when nothing stands against it."""
    had = uow.tickets.list(TicketFilter(customer=customer, limit=MOST_TICKETS))
    if not had or any(ticket.status in LIVE for ticket in had):
        return ""
    last = max(had, key=lambda ticket: ticket.opened_at)
    if now - last.opened_at >= length:
        return ""
    hours = length // timedelta(hours=1)
    told = f"{hours} hours" if hours % 24 else f"{hours // 24} days"
    return f"cool-down: ticket {last.key} was opened on {last.opened_at:%Y-%m-%d}, rule {rule} waits {told}"
