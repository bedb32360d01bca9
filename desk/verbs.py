"""What can be done to a ticket, once: the same table serves the buttons, the API and the links in mails."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from desk.errors import BadFormError
from nanni.parts import Parts
from nanni.work import Action
from tickets import actions
from tickets.access import Permission
from tickets.lifecycle import Move, allowed
from tickets.ticket import Closure, Priority, Ticket

Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Doing:
    """Who does it, when, with what."""

    parts: Parts
    actor: str
    now: datetime
    fields: Fields

    def needed(self, name: str) -> str:
        """A field that must be there. Raises BadFormError."""
        value = self.fields.get(name, "").strip()
        if not value:
            raise BadFormError(f"{name.replace('_', ' ')} is missing", next_step="fill it in")
        return value

    def given(self, name: str) -> str:
        """A field that may be empty."""
        return self.fields.get(name, "").strip()


@dataclass(frozen=True, slots=True)
class Verb:
    """One thing to do: the move of the lifecycle it stands for, who may, its fields, and whether it only adds."""

    name: str
    move: Move
    needs: Permission
    build: Callable[[Doing], Action]
    fields: tuple[str, ...] = ()
    adds: bool = False


def _assign(doing: Doing) -> Action:
    to = doing.parts.workspace.routing.assign_to(doing.needed("owner"), doing.given("reason") or "by hand")
    return lambda ticket: actions.reassign(ticket, doing.actor, doing.now, to)


def _close(doing: Doing) -> Action:
    return lambda ticket: actions.close(ticket, doing.actor, doing.now, doing.parts.workspace.closing.items)


def _prioritise(doing: Doing) -> Action:
    wanted, sla = doing.needed("priority"), doing.parts.workspace.sla
    if wanted not in list(Priority):
        raise BadFormError(f"there is no priority {wanted!r}", allowed=", ".join(Priority))
    return lambda ticket: actions.change_priority(
        ticket, doing.actor, doing.now, Priority(wanted), doing.needed("reason"), sla
    )


def _resolve(doing: Doing) -> Action:
    helped = doing.needed("resolved")
    if helped not in ("yes", "no"):
        raise BadFormError("say whether it was resolved for the customer", allowed="yes, no")
    closure = Closure(doing.needed("root_cause"), doing.needed("action"), helped == "yes")
    causes = doing.parts.workspace.sla.root_causes
    return lambda ticket: actions.resolve(ticket, doing.actor, doing.now, closure, causes)


_WORK, _P = Permission.WORK_TICKETS, Permission
VERBS: Mapping[str, Verb] = {
    verb.name: verb
    for verb in (
        Verb("acknowledge", Move.ACKNOWLEDGE, _WORK, lambda d: lambda t: actions.acknowledge(t, d.actor, d.now)),
        Verb("start", Move.START, _WORK, lambda d: lambda t: actions.start(t, d.actor, d.now)),
        Verb(
            "contact", Move.CONTACT, _WORK,
            lambda d: lambda t: actions.contact(t, d.actor, d.now, d.needed("how"), d.given("note")),
            ("how", "note"), adds=True,
        ),
        Verb(
            "note", Move.NOTE, _WORK, lambda d: lambda t: actions.note(t, d.actor, d.now, d.needed("text")),
            ("text",), adds=True,
        ),
        Verb("wait", Move.WAIT, _WORK, lambda d: lambda t: actions.wait(t, d.actor, d.now, d.given("note")), ("note",)),
        Verb("hold", Move.HOLD, _WORK, lambda d: lambda t: actions.hold(t, d.actor, d.now, d.given("note")), ("note",)),
        Verb("assign", Move.REASSIGN, _P.ASSIGN_TICKETS, _assign, ("owner", "reason")),
        Verb("prioritise", Move.CHANGE_PRIORITY, _P.PRIORITISE_TICKETS, _prioritise, ("priority", "reason")),
        Verb("resolve", Move.RESOLVE, _WORK, _resolve, ("root_cause", "action", "resolved")),
        Verb("close", Move.CLOSE, _WORK, _close),
        Verb(
            "reopen", Move.REOPEN, _WORK,
            lambda d: lambda t: actions.reopen(t, d.actor, d.now, d.needed("reason"), d.parts.workspace.sla),
            ("reason",),
        ),
    )
}  # fmt: skip


def possible(ticket: Ticket, granted: frozenset[Permission]) -> list[Verb]:
    """The verbs that the ticket's status allows and the person is granted."""
    moves = allowed(ticket.status)
    return [verb for verb in VERBS.values() if verb.move in moves and verb.needs in granted]
