"""What can be done to a ticket, once: the same table serves the buttons, the API and the links in mails."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from desk.errors import BadFormError
from nanni.consents import consenting
from nanni.initiatives import citing
from nanni.parts import Parts
from nanni.replies import writing
from nanni.tagging import tagged
from nanni.work import Action
from tickets import actions, collaboration
from tickets.access import Permission
from tickets.actions import Acted
from tickets.consent import Consent
from tickets.events import TicketEvent
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
    key: str = ""

    def needed(self, name: str) -> str:
        """A field that must be there. Raises BadFormError."""
        value = self.fields.get(name, "").strip()
        if not value:
            raise BadFormError(f"{name.replace('_', ' ')} is missing", next_step="fill it in")
        return value

    def events(self) -> Sequence[TicketEvent]:
        """What has happened to the ticket so far, for verbs that go by it."""
        with self.parts.ledger.read() as uow:
            return uow.tickets.events(self.key)

    def member(self, name: str) -> str:
        """A field that names somebody of routing.yaml. Raises NotFoundError."""
        return self.parts.workspace.routing.member(self.needed(name)).id

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


def _note(doing: Doing) -> Action:
    known, private = doing.parts.workspace.routing.people, doing.given("private") == "1"
    return lambda ticket: collaboration.note(ticket, doing.actor, doing.now, doing.needed("text"), known, private)


def _close(doing: Doing) -> Action:
    """Tick what was ticked in the same step, then close."""
    ticked, checklist = doing.given("checked").split(), doing.parts.workspace.closing.items

    def close(ticket: Ticket) -> Acted:
        before = actions.check(ticket, doing.actor, doing.now, ticked, checklist) if ticked else Acted(ticket, ())
        done = actions.close(before.ticket, doing.actor, doing.now, checklist)
        return Acted(done.ticket, (*before.events, *done.events))

    return close


def _check(doing: Doing) -> Action:
    ticked, checklist = doing.needed("checked").split(), doing.parts.workspace.closing.items
    return lambda ticket: actions.check(ticket, doing.actor, doing.now, ticked, checklist)


def _drop_reminder(doing: Doing) -> Action:
    number = doing.needed("number")
    if not (number.isascii() and number.isdecimal() and len(number) < 10):
        raise BadFormError("a reminder has a number")
    with doing.parts.ledger.read() as uow:
        pending = [one.number for one in uow.teamwork.reminders(doing.key)]
    return lambda ticket: collaboration.drop_reminder(ticket, doing.actor, doing.now, int(number), pending)


def _escalate(doing: Doing) -> Action:
    to = doing.member("to")
    return lambda ticket: actions.ask_for_help(ticket, doing.actor, doing.now, doing.needed("reason"), to)


def _watch(doing: Doing) -> Action:
    person, events = doing.member("person"), doing.events()
    return lambda ticket: collaboration.watch(ticket, doing.actor, doing.now, person, events)


def _unwatch(doing: Doing) -> Action:
    person, events = doing.needed("person"), doing.events()
    return lambda ticket: collaboration.unwatch(ticket, doing.actor, doing.now, person, events)


def _tag(doing: Doing) -> Action:
    name, events = doing.needed("tag"), doing.events()
    return lambda ticket: tagged(doing.parts, ticket, events, name, doing.actor)


def _untag(doing: Doing) -> Action:
    name, events = doing.needed("tag"), doing.events()
    return lambda ticket: collaboration.untag(ticket, doing.actor, doing.now, name, events)


def _cite(doing: Doing) -> Action:
    wanted, events = doing.needed("initiative"), doing.events()
    return lambda ticket: citing(doing.parts, ticket, events, wanted, doing.actor)


def _uncite(doing: Doing) -> Action:
    wanted, events = doing.needed("initiative"), doing.events()
    return lambda ticket: collaboration.uncite(ticket, doing.actor, doing.now, wanted, events)


def _remind(doing: Doing) -> Action:
    person = doing.member("person")
    try:
        due = datetime.fromisoformat(doing.needed("at"))
        zone = ZoneInfo(doing.given("zone") or doing.parts.workspace.settings.file.timezone)
        at = (due if due.tzinfo else due.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError, ZoneInfoNotFoundError):
        raise BadFormError("this is no date with a time", allowed="2026-03-09T10:00") from None
    return lambda ticket: collaboration.remind(ticket, doing.actor, doing.now, person, at, doing.given("text"))


def _consent(doing: Doing) -> Action:
    wanted = doing.needed("consent")
    if wanted not in list(Consent):
        raise BadFormError(f"there is no consent {wanted!r}", allowed=", ".join(Consent))
    return consenting(doing.parts, doing.key, doing.actor, Consent(wanted), doing.given("note"))


_WORK, _P = Permission.WORK_TICKETS, Permission
VERBS: Mapping[str, Verb] = {
    verb.name: verb
    for verb in (
        Verb("acknowledge", Move.ACKNOWLEDGE, _WORK, lambda d: lambda t: actions.acknowledge(t, d.actor, d.now)),
        Verb("start", Move.START, _WORK, lambda d: lambda t: actions.start(t, d.actor, d.now)),
        Verb(
            "contact", Move.CONTACT, _WORK,
            lambda d: lambda t: actions.contact(t, d.actor, d.now, d.needed("how"), d.given("note") or d.given("text")),
            ("how", "note", "text"), adds=True,
        ),
        Verb(
            "write", Move.CONTACT, _WORK,
            lambda d: writing(d.parts, d.key, d.actor, d.needed("subject"), d.needed("text")),
            ("subject", "text"), adds=True,
        ),
        Verb(
            "note", Move.NOTE, _WORK, _note, ("text", "private"), adds=True,
        ),
        Verb("wait", Move.WAIT, _WORK, lambda d: lambda t: actions.wait(t, d.actor, d.now, d.given("note")), ("note",)),
        Verb("hold", Move.HOLD, _WORK, lambda d: lambda t: actions.hold(t, d.actor, d.now, d.given("note")), ("note",)),
        Verb("assign", Move.REASSIGN, _P.ASSIGN_TICKETS, _assign, ("owner", "reason")),
        Verb("prioritise", Move.CHANGE_PRIORITY, _P.PRIORITISE_TICKETS, _prioritise, ("priority", "reason")),
        Verb("resolve", Move.RESOLVE, _WORK, _resolve, ("root_cause", "action", "resolved")),
        Verb("close", Move.CLOSE, _WORK, _close, ("checked",)),
        Verb("escalate", Move.ESCALATE, _WORK, _escalate, ("to", "reason")),
        Verb(
            "take-up", Move.ACKNOWLEDGE_ESCALATION, _WORK,
            lambda d: lambda t: actions.acknowledge_escalation(t, d.actor, d.now),
        ),
        Verb("watch", Move.NOTE, _WORK, _watch, ("person",), adds=True),
        Verb("unwatch", Move.NOTE, _WORK, _unwatch, ("person",), adds=True),
        Verb("tag", Move.NOTE, _WORK, _tag, ("tag",), adds=True),
        Verb("untag", Move.NOTE, _WORK, _untag, ("tag",), adds=True),
        Verb("check", Move.CHECK, _WORK, _check, ("checked",), adds=True),
        Verb("drop-reminder", Move.NOTE, _WORK, _drop_reminder, ("number",), adds=True),
        Verb("cite", Move.NOTE, _WORK, _cite, ("initiative",), adds=True),
        Verb("uncite", Move.NOTE, _WORK, _uncite, ("initiative",), adds=True),
        Verb("consent", Move.NOTE, _WORK, _consent, ("consent", "note"), adds=True),
        Verb("remind", Move.NOTE, _WORK, _remind, ("person", "at", "text", "zone"), adds=True),
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
    return [
        verb
        for verb in VERBS.values()
        if verb.move in moves and verb.needs in granted and (verb.name != "take-up" or bool(ticket.escalated))
    ]
