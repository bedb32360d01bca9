"""The parent ticket of a storm: one problem behind many customers' tickets, with digests for those who own them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tickets.actions import SYSTEM, Acted, assigned
from tickets.events import EventKind, TicketEvent
from tickets.notice import Audience, Notice, NoticeKind, notices
from tickets.projection import apply, due_data
from tickets.routing import Routing, RoutingFacts
from tickets.sla import SlaPolicy, due_times
from tickets.ticket import Ticket
from triggers.policy import Severity

RULE = "storm"
"""What stands for a rule on a problem's ticket: no single response opened it."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What has left its usual range: how bad, where and in which words."""

    severity: Severity
    survey: str
    subject: str
    reason: str
    theme: str | None = None
    attributes: tuple[tuple[str, str], ...] = ()
    policy_hash: str = ""


def open_problem(
    key: str,
    problem: Problem,
    routing: Routing,
    sla: SlaPolicy,
    load: Mapping[str, int],
    now: datetime,
    audience: Audience,
) -> tuple[Acted, list[Notice]]:
    """The problem's ticket with its owner and due times, and the notices that tell of it. No customer, no response."""
    priority = sla.priorities[problem.severity]
    facts = (
        ("severity", problem.severity.value),
        ("priority", priority.value),
        ("survey", problem.survey),
        ("rule", RULE),
        ("theme", problem.theme or ""),
        ("responses", "0"),
        ("subject", problem.subject),
        ("policy", problem.policy_hash),
        *due_data(due_times(priority, now, sla, problem.survey)),
    )
    data = tuple((name, value) for name, value in facts if value)
    event = TicketEvent(key, 1, EventKind.OPENED, SYSTEM, now, problem.reason, data)
    routed = RoutingFacts(problem.severity, problem.survey, problem.theme, attributes=problem.attributes)
    owner = routing.route(routed, load, now)
    acted = assigned(Acted(apply(None, event), (event,)), SYSTEM, now, owner)
    address = routing.address(owner.owner)
    return acted, notices(NoticeKind.TICKET_OPENED, key, 1, audience, address, now)


def digest(
    parent: Ticket, children: Sequence[Ticket], routing: Routing, audience: Audience, now: datetime
) -> tuple[Acted, list[Notice]]:
    """The event that counts the tickets which joined, and one notice of it for each of their owners."""
    keys = " ".join(child.key for child in children)
    many = "1 more ticket" if len(children) == 1 else f"{len(children)} more tickets"
    told = f"{many} of this problem"
    acted = Acted(parent, ()).then(EventKind.CHILDREN_ATTACHED, SYSTEM, now, (("children", keys),), told)
    found: dict[str, Notice] = {}
    for owner in dict.fromkeys(child.owner for child in children):
        address = routing.address(owner)
        for notice in notices(NoticeKind.DIGEST, parent.key, acted.ticket.version, audience, address, now):
            found[notice.id] = notice
    return acted, list(found.values())


def over(parent: Ticket, told: str, now: datetime) -> Acted:
    """The storm is over; whether the problem is solved is for the parent's owner to say."""
    return Acted(parent, ()).then(EventKind.NOTED, SYSTEM, now, reason=told)
