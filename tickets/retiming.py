"""Due times kept true: after every change, after an edit of the calendar (used time stays), or wholly anew."""

from collections.abc import Sequence
from datetime import datetime

from tickets.actions import SYSTEM, Acted
from tickets.events import EventKind, TicketEvent
from tickets.life import read
from tickets.pauses import turn_pauses
from tickets.projection import due_data
from tickets.sla import Metric, SlaPolicy
from tickets.sla_state import Looked, open_deadlines, promise_deadline, used_until
from tickets.ticket import DueTimes, Ticket
from tickets.turns import Life, Promise, Turn
from tickets.windows import MICROSECOND


def due_now(ticket: Ticket, events: Sequence[TicketEvent], policy: SlaPolicy) -> DueTimes:
    """The due times that the events make; of a metric that is not owed, what the ticket says."""
    owed = open_deadlines(read(events), policy)
    return DueTimes(
        owed.get(Metric.FIRST_TOUCH, ticket.due.first_touch), owed.get(Metric.RESOLUTION, ticket.due.resolution)
    )


def settled(before: Ticket, earlier: Sequence[TicketEvent], acted: Acted, policy: SlaPolicy, now: datetime) -> Acted:
    """What was done, and the due times that follow from it: a pause moves them, going on fixes them again.

    A ticket whose due times were made by another sla.yaml is left as it is until `reproject` or `recompute`.
    """
    if not acted.events or due_now(before, earlier, policy) != before.due:
        return acted
    due = due_now(acted.ticket, (*earlier, *acted.events), policy)
    if due == acted.ticket.due:
        return acted
    return acted.then(EventKind.SLA_UPDATED, SYSTEM, now, (("mode", "settled"), *due_data(due)), "due times follow")


def reproject(
    ticket: Ticket, events: Sequence[TicketEvent], before: SlaPolicy, after: SlaPolicy, now: datetime, actor: str
) -> Acted:
    """An edit of calendar or targets takes hold: time used under `before` stays, only the rest is counted anew.

    What was late already stays late since then; what is over stays as it was.
    """
    life = read(events)
    kept = [pair for turn in life.turns for pair in _kept(turn, life, before, now)]
    return _retimed(ticket, events, after, now, actor, (("mode", "reprojected"), *kept), "the calendar was edited")


def recompute(ticket: Ticket, events: Sequence[TicketEvent], policy: SlaPolicy, now: datetime, actor: str) -> Acted:
    """All of the ticket's open time counted anew under `policy`, whatever was kept before."""
    return _retimed(ticket, events, policy, now, actor, (("mode", "recomputed"),), "counted anew")


def _retimed(
    ticket: Ticket,
    events: Sequence[TicketEvent],
    policy: SlaPolicy,
    now: datetime,
    actor: str,
    data: tuple[tuple[str, str], ...],
    reason: str,
) -> Acted:
    draft = TicketEvent(ticket.key, ticket.version + 1, EventKind.SLA_UPDATED, actor, now, reason, data)
    due = due_now(ticket, (*events, draft), policy)
    return Acted(ticket, ()).then(EventKind.SLA_UPDATED, actor, now, (*data, *due_data(due)), reason)


def _kept(turn: Turn, life: Life, policy: SlaPolicy, now: datetime) -> list[tuple[str, str]]:
    looked = Looked(life, policy)
    return [(f"{turn.metric}.{promise.event}", _told(promise, turn, looked, now)) for promise in turn.promises]


def _told(promise: Promise, turn: Turn, looked: Looked, now: datetime) -> str:
    """Microseconds used, working and elapsed, and the deadline if it has passed or the turn is over, for `life`."""
    promised = looked.promised(promise.priority)
    pauses = turn_pauses(turn, looked.life.stays, looked.policy.caps(turn.metric), promised.own)
    end = now if turn.until is None else turn.until
    business, elapsed = (used // MICROSECOND for used in used_until(promise, end, pauses, promised.business))
    due = promise_deadline(promise, turn.metric, promised, pauses)
    settled_due = due is not None and (due < now or turn.until is not None)
    return f"{business}/{elapsed}/{due.isoformat() if due is not None and settled_due else ''}"
