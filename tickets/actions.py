"""What people do to tickets, as pure functions: a ticket and an action in, its next state and the events out.

The state is always the projection of the events, so the two cannot disagree. Words that people write go into an
event's `note`, which can be erased; `reason` and `data` hold facts without personal data.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from tickets.events import EventKind, TicketEvent
from tickets.lifecycle import LifecycleError, Move, destination
from tickets.projection import apply, due_data
from tickets.routing import Assignment
from tickets.sla import SlaPolicy, due_times
from tickets.ticket import Closure, Priority, Status, Ticket

SYSTEM = "nanni"
"""The actor of what no person did."""

Data = tuple[tuple[str, str], ...]


class Acted(NamedTuple):
    """The ticket after an action, and the events that led there (one version each)."""

    ticket: Ticket
    events: tuple[TicketEvent, ...]

    def then(
        self, kind: EventKind, actor: str, at: datetime, data: Data = (), reason: str = "", note: str = ""
    ) -> "Acted":
        """One more event on top."""
        event = TicketEvent(self.ticket.key, self.ticket.version + 1, kind, actor, at, reason, data, note)
        return Acted(apply(self.ticket, event), (*self.events, event))

    def moved(self, kind: EventKind, actor: str, at: datetime, to: Status, data: Data = (), note: str = "") -> "Acted":
        """One more event that also changes the status."""
        return self.then(kind, actor, at, (("from", self.ticket.status.value), ("to", to.value), *data), note=note)


def acknowledge(ticket: Ticket, actor: str, now: datetime) -> Acted:
    """Somebody has seen it: the first touch. Raises LifecycleError unless the ticket is new."""
    return Acted(ticket, ()).moved(EventKind.ACKNOWLEDGED, actor, now, destination(ticket, Move.ACKNOWLEDGE))


def start(ticket: Ticket, actor: str, now: datetime) -> Acted:
    """Work begins. Raises LifecycleError."""
    return _move(ticket, Move.START, actor, now)


def wait(ticket: Ticket, actor: str, now: datetime, note: str = "") -> Acted:
    """The next step is the customer's. Raises LifecycleError."""
    return _move(ticket, Move.WAIT, actor, now, note)


def hold(ticket: Ticket, actor: str, now: datetime, note: str = "") -> Acted:
    """The next step is somebody else's. Raises LifecycleError."""
    return _move(ticket, Move.HOLD, actor, now, note)


def contact(ticket: Ticket, actor: str, now: datetime, how: str, note: str = "") -> Acted:
    """The customer was contacted (`how`: phone, mail, in person); a first touch too. Raises LifecycleError."""
    destination(ticket, Move.CONTACT)
    return _touched(ticket, actor, now).then(EventKind.CONTACTED, actor, now, (("how", how),), note=note)


def note(ticket: Ticket, actor: str, now: datetime, text: str, data: Data = ()) -> Acted:
    """Write something down; allowed in every status. `tickets.collaboration.note` also calls people by name."""
    destination(ticket, Move.NOTE)
    return Acted(ticket, ()).then(EventKind.NOTED, actor, now, data, note=_required(ticket, text, "a note needs words"))


def withdrawn(ticket: Ticket, now: datetime, response: str, survey: str, revision: int, unsure: bool = False) -> Acted:
    """A response of this ticket was revised and no rule fires on it any more; in whatever status, nothing else changes.

    Whether the ticket is still owed is for its owner to say: a corrected score can be a slip of the finger as well.
    `unsure` means that a rule could not be answered on the revision.
    """
    told = "a rule could not be answered on it" if unsure else "no rule fires on it any more"
    data = (("response", response), ("survey", survey), ("revision", str(revision)))
    reason = f"the customer's response was revised: {told}"
    return Acted(ticket, ()).then(EventKind.RESPONSE_REVISED, SYSTEM, now, data, reason)


def reassign(ticket: Ticket, actor: str, now: datetime, to: Assignment) -> Acted:
    """Hand the ticket to another owner, who is then the one accountable. Raises LifecycleError."""
    destination(ticket, Move.REASSIGN)
    if (ticket.team, ticket.owner) == (to.team, to.owner):
        raise LifecycleError(
            f"{to.owner} of {to.team} already owns it", where=f"ticket {ticket.key}", next_step="name another owner"
        )
    return assigned(Acted(ticket, ()), actor, now, to)


def assigned(acted: Acted, actor: str, now: datetime, to: Assignment) -> Acted:
    """The event that makes somebody the owner."""
    before = (("from_owner", acted.ticket.owner),) if acted.ticket.owner else ()
    queue = (("queue", to.queue),) if to.queue else ()
    data = (("team", to.team), ("owner", to.owner), *before, *queue)
    return acted.then(EventKind.ASSIGNED, actor, now, data, reason=to.reason)


def change_priority(
    ticket: Ticket, actor: str, now: datetime, priority: Priority, why: str, policy: SlaPolicy
) -> Acted:
    """Set the priority by hand; deadlines follow it, counted from the opening as if it had been so from the start.

    Raises LifecycleError, also when no reason is given or the priority is already this.
    """
    destination(ticket, Move.CHANGE_PRIORITY)
    if priority is ticket.priority:
        raise LifecycleError(
            f"its priority is already {priority}",
            where=f"ticket {ticket.key}",
            allowed=", ".join(other for other in Priority if other is not priority),
            next_step="choose another priority",
        )
    words = _required(ticket, why, "changing the priority needs a reason")
    data = (
        ("from", ticket.priority.value),
        ("to", priority.value),
        *due_data(due_times(priority, ticket.opened_at, policy, ticket.survey, ticket.tier)),
    )
    return Acted(ticket, ()).then(EventKind.PRIORITY_CHANGED, actor, now, data, reason="changed by hand", note=words)


def ask_for_help(ticket: Ticket, actor: str, now: datetime, why: str, to: str) -> Acted:
    """Expertise is needed that the owner does not have: an escalation by hand. Raises LifecycleError without words."""
    destination(ticket, Move.ESCALATE)
    words = _required(ticket, why, "asking for help needs a reason")
    data = (("signal", "expertise"), ("step", "expertise"), ("to", to))
    return Acted(ticket, ()).then(EventKind.ESCALATED, actor, now, data, "expertise is needed", words)


def acknowledge_escalation(ticket: Ticket, actor: str, now: datetime) -> Acted:
    """Somebody has taken up the last escalation: it is not repeated. Raises LifecycleError when there is none."""
    destination(ticket, Move.ACKNOWLEDGE_ESCALATION)
    if not ticket.escalated:
        raise LifecycleError(
            "no escalation waits to be acknowledged", where=f"ticket {ticket.key}", next_step="nothing: go on working"
        )
    return Acted(ticket, ()).then(EventKind.ESCALATION_ACKNOWLEDGED, actor, now, (("step", ticket.escalated),))


def resolve(ticket: Ticket, actor: str, now: datetime, closure: Closure, root_causes: Sequence[str]) -> Acted:
    """Say what the cause was, what was done and whether it helped. `root_causes` are the causes to choose from.

    Of a hierarchy these are its leaves, "people.training" for one.

    Raises LifecycleError without an owner, with a root cause that is not on the list, or with no action taken.
    """
    to = destination(ticket, Move.RESOLVE)
    if not ticket.owner:
        raise LifecycleError(
            "only a ticket with an owner can be resolved", where=f"ticket {ticket.key}", next_step="assign it first"
        )
    if closure.root_cause not in root_causes:
        below = [cause for cause in root_causes if cause.startswith(f"{closure.root_cause}.")]
        raise LifecycleError(
            f"root cause {closure.root_cause!r} is {'not exact enough' if below else 'not on the list'}",
            where=f"ticket {ticket.key}",
            allowed=", ".join(below or root_causes),
            next_step="choose one of them, or add it to root_causes in sla.yaml",
        )
    action = _required(ticket, closure.action_taken, "resolving needs the action taken")
    data = (("root_cause", closure.root_cause), ("resolved", "yes" if closure.resolved else "no"))
    return _touched(ticket, actor, now).moved(EventKind.RESOLVED, actor, now, to, data, action)


def check(ticket: Ticket, actor: str, now: datetime, items: Sequence[str], checklist: Sequence[str]) -> Acted:
    """Tick items of the closing checklist (ids). Raises LifecycleError for one that is not on it."""
    destination(ticket, Move.CHECK)
    if unknown := [item for item in items if item not in checklist]:
        raise LifecycleError(
            f"{', '.join(unknown)} is not on the closing checklist",
            where=f"ticket {ticket.key}",
            allowed=", ".join(checklist) or "the checklist is empty",
            next_step="name an item of closing.yaml",
        )
    fresh = [item for item in dict.fromkeys(items) if item not in ticket.checked]
    return (
        Acted(ticket, ()).then(EventKind.CHECKED, actor, now, (("items", " ".join(fresh)),))
        if fresh
        else Acted(ticket, ())
    )


def close(ticket: Ticket, actor: str, now: datetime, checklist: Sequence[str] = (), reason: str = "") -> Acted:
    """End a resolved ticket. Raises LifecycleError when it is not resolved, or the checklist is not all ticked."""
    to = destination(ticket, Move.CLOSE)
    if missing := [item for item in checklist if item not in ticket.checked]:
        raise LifecycleError(
            f"the closing checklist lacks {', '.join(missing)}",
            where=f"ticket {ticket.key}",
            allowed=", ".join(checklist),
            next_step=f"do it, then `nanni tickets check {ticket.key} {' '.join(missing)}`",
        )
    data = (("from", ticket.status.value), ("to", to.value))
    return Acted(ticket, ()).then(EventKind.CLOSED, actor, now, data, reason)


def reopen(ticket: Ticket, actor: str, now: datetime, why: str, policy: SlaPolicy) -> Acted:
    """Owe it again: the closure is withdrawn, the resolution target counts anew from now. Raises LifecycleError."""
    to = destination(ticket, Move.REOPEN)
    words = _required(ticket, why, "reopening needs a reason")
    due = due_data(due_times(ticket.priority, now, policy, ticket.survey, ticket.tier))
    return Acted(ticket, ()).moved(EventKind.REOPENED, actor, now, to, due, words)


def _move(ticket: Ticket, move: Move, actor: str, now: datetime, note: str = "") -> Acted:
    to = destination(ticket, move)
    return _touched(ticket, actor, now).moved(EventKind.STATUS_CHANGED, actor, now, to, note=note)


def _touched(ticket: Ticket, actor: str, now: datetime) -> Acted:
    """Working on a new ticket is its first touch: the acknowledgement is recorded with it."""
    return acknowledge(ticket, actor, now) if ticket.status is Status.NEW else Acted(ticket, ())


def _required(ticket: Ticket, words: str, what: str) -> str:
    if not words.strip():
        raise LifecycleError(what, where=f"ticket {ticket.key}", next_step="say it in a few words")
    return words.strip()
