"""Merge, unmerge and split as events: a merge is a pointer, so that undoing it restores both tickets exactly."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from tickets.actions import SYSTEM, Acted, Data, assigned
from tickets.events import EventKind, TicketEvent
from tickets.life import read
from tickets.lifecycle import LifecycleError, Move, destination
from tickets.projection import apply, due_data
from tickets.retiming import due_now
from tickets.routing import Assignment
from tickets.sla import Metric, SlaPolicy, due_times, sooner
from tickets.ticket import DueTimes, Priority, Ticket
from triggers.policy import Severity

_SEVERITIES, _PRIORITIES = tuple(Severity), tuple(Priority)


class Log(NamedTuple):
    """A ticket with its events."""

    ticket: Ticket
    events: Sequence[TicketEvent]


class Regrouped(NamedTuple):
    """Two tickets after they were merged, unmerged or split: the root (or source) and the other."""

    root: Acted
    other: Acted


def merge(root: Log, child: Log, actor: str, now: datetime, reason: str, policy: SlaPolicy) -> Regrouped:
    """Let `root` take over what is owed on `child`: the worse severity and priority, and each deadline if sooner.

    Raises LifecycleError for tickets that are over or merged already, or of two customers.
    """
    _mergeable(root.ticket, child.ticket)
    data = _taken_over(root, child, policy)
    into = (("into", root.ticket.key),)
    return Regrouped(
        Acted(root.ticket, ()).then(EventKind.ABSORBED, actor, now, _retimed(root, data, now, policy), reason),
        Acted(child.ticket, ()).then(EventKind.MERGED, actor, now, into, reason),
    )


def unmerge(root: Log, child: Log, actor: str, now: datetime, reason: str, policy: SlaPolicy) -> Regrouped:
    """Undo a merge: the child is what it was, and what the root had only because of it goes.

    Raises LifecycleError when the child is not merged into this root.
    """
    if child.ticket.merged_into != root.ticket.key:
        told = child.ticket.merged_into or "nothing"
        raise LifecycleError(
            f"it is merged into {told}, not into {root.ticket.key}",
            where=f"ticket {child.ticket.key}",
            next_step="see `nanni tickets show`",
        )
    return Regrouped(
        Acted(root.ticket, ()).then(
            EventKind.RELEASED, actor, now, _given_back(root, child.ticket, now, policy), reason
        ),
        Acted(child.ticket, ()).then(EventKind.UNMERGED, actor, now, (("from", root.ticket.key),), reason),
    )


def split(
    source: Ticket, responses: Sequence[str], key: str, theme: str, actor: str, now: datetime, reason: str,
    policy: SlaPolicy,
) -> Regrouped:  # fmt: skip
    """Take some responses (ids) out of a ticket into a new one about another theme, with the same owner.

    The new ticket's clocks start now; the source keeps its own. Merging the two undoes it. Raises LifecycleError when
    nothing would be left, or nothing taken.
    """
    destination(source, Move.SPLIT)
    left = source.responses - len(responses)
    if not responses or left < 1:
        raise LifecycleError(
            f"it has {source.responses} responses and {len(responses)} would go",
            where=f"ticket {source.key}",
            next_step="name at least one response, and leave at least one",
        )
    given = (("responses", str(left)), ("into", key), ("moved", " ".join(responses)))
    due = due_times(source.priority, now, policy, source.survey, source.tier)
    facts = (
        ("severity", source.severity.value),
        ("priority", source.priority.value),
        ("survey", source.survey),
        ("rule", source.rule),
        ("theme", theme),
        ("tier", source.tier),
        ("customer", source.customer_id),
        ("response", responses[0]),
        ("responses", str(len(responses))),
        ("split_from", source.key),
        ("subject", source.subject),
        ("policy", source.policy_hash),
    )
    data = (*((name, value) for name, value in facts if value), *due_data(due))
    event = TicketEvent(key, 1, EventKind.OPENED, actor, now, f"split from {source.key}", data)
    opened = Acted(apply(None, event), (event,))
    owner = Assignment(source.team, source.owner, f"owner of {source.key}")
    return Regrouped(
        Acted(source, ()).then(EventKind.SPLIT, actor, now, given, reason), assigned(opened, SYSTEM, now, owner)
    )


def _mergeable(root: Ticket, child: Ticket) -> None:
    for ticket in (root, child):
        destination(ticket, Move.MERGE)
    if root.key == child.key:
        raise LifecycleError(
            "a ticket cannot be merged into itself", where=f"ticket {root.key}", next_step="name two tickets"
        )
    if child.customer_id not in (None, root.customer_id):
        raise LifecycleError(
            "they are of two customers, and what one said is not the other's to hear",
            where=f"tickets {root.key} and {child.key}",
            allowed="tickets of one customer, or an anonymous one into a customer's",
            next_step="leave them apart; an initiative of the outer loop joins what many customers say",
        )


def _taken_over(root: Log, child: Log, policy: SlaPolicy) -> Data:
    """What an ABSORBED event says, but for the due times."""
    here, there = root.ticket, child.ticket
    owed = {turn.metric for turn in read(child.events).turns if turn.ending is None}
    data: list[tuple[str, str]] = [
        ("child", there.key),
        ("responses", str(here.responses + there.responses)),
        ("promised", there.priority.value),
        ("promised_at", there.opened_at.isoformat()),
    ]
    if owed & {Metric.FIRST_TOUCH, Metric.NEXT_TOUCH}:
        data.append(("touch_owed", "yes"))
    if _SEVERITIES.index(there.severity) < _SEVERITIES.index(here.severity):
        data += [("severity", there.severity.value), ("rule", there.rule)]
        data += [("severity_was", here.severity.value), ("rule_was", here.rule)]
    if _PRIORITIES.index(there.priority) < _PRIORITIES.index(here.priority):
        data += [("priority", there.priority.value), ("priority_was", here.priority.value)]
    return tuple(data)


def _retimed(root: Log, data: Data, now: datetime, policy: SlaPolicy) -> Data:
    """With the due times that follow, and those there were before."""
    ticket = root.ticket
    draft = TicketEvent(ticket.key, ticket.version + 1, EventKind.ABSORBED, SYSTEM, now, "", data)
    if due_now(ticket, root.events, policy) == ticket.due:
        due = due_now(ticket, (*root.events, draft), policy)
    else:  # made by another sla.yaml: the sooner of the two promises, as they were given
        priority, opened = Priority(dict(data)["promised"]), datetime.fromisoformat(dict(data)["promised_at"])
        due = sooner(ticket.due, due_times(priority, opened, policy, ticket.survey, ticket.tier))
    was = tuple((f"{name}_was", value) for name, value in due_data(ticket.due))
    return (*data, ("retimed", "yes"), *due_data(due), *was)


def _given_back(root: Log, child: Ticket, now: datetime, policy: SlaPolicy) -> Data:
    """What a RELEASED event says: the root without what the merge brought, unless it was changed again since."""
    ticket, (merge, later) = root.ticket, _merge_event(root, child)
    told = dict(merge.data)
    data: list[tuple[str, str]] = [
        ("child", child.key),
        ("event", str(merge.sequence)),
        ("responses", str(ticket.responses - child.responses)),
    ]
    if "severity_was" in told and ticket.severity == told["severity"]:
        data += [("severity", told["severity_was"]), ("rule", told["rule_was"])]
    if "priority_was" in told and EventKind.PRIORITY_CHANGED not in later:
        data.append(("priority", told["priority_was"]))
    draft = TicketEvent(ticket.key, ticket.version + 1, EventKind.RELEASED, SYSTEM, now, "", tuple(data))
    if ticket.due == _times(told, ""):
        due = _times(told, "_was")
    else:
        due = due_now(ticket, (*root.events, draft), policy)
    return (*data, ("retimed", "yes"), *due_data(due))


def _merge_event(root: Log, child: Ticket) -> tuple[TicketEvent, frozenset[EventKind]]:
    """The event by which the root took this child over last, and the kinds of those after it."""
    for i, event in reversed(tuple(enumerate(root.events))):
        if event.kind is EventKind.ABSORBED and dict(event.data)["child"] == child.key:
            return event, frozenset(one.kind for one in root.events[i + 1 :])
    raise LifecycleError(
        f"its events do not tell of a merge with {child.key}",
        where=f"ticket {root.ticket.key}",
        next_step="run `nanni audit --chain`",
    )


def _times(data: dict[str, str], suffix: str) -> DueTimes:
    found = [data.get(f"{name}{suffix}") for name in ("first_touch_due", "resolution_due")]
    return DueTimes(*(datetime.fromisoformat(value) if value else None for value in found))
