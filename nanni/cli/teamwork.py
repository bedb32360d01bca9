"""`nanni tickets`: notes, watchers, tags, reminders and files."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from feedback.errors import ConfigError
from nanni.cli.app import COMMON, Common, opened
from nanni.cli.output import show, table
from nanni.cli.tickets import By
from nanni.cli.verbatim import printable
from tickets import collaboration
from tickets.ticket import Ticket

if TYPE_CHECKING:
    from nanni.parts import Parts
    from tickets.actions import Acted
    from tickets.events import TicketEvent

    Verb = Callable[[Parts, Ticket, list[TicketEvent]], Acted]


def _act(common: Common, key: str, told: str, verb: "Verb") -> None:
    """Do one verb, which may look at the events so far, and say in a sentence what was done."""
    from nanni.work import act

    with opened(common) as parts:
        with parts.ledger.read() as uow:
            events = list(uow.tickets.events(key))
        after = act(parts, key, lambda ticket: verb(parts, ticket, events))
    show(after, lambda screen: screen.print(f"{after.key}: {told}", markup=False), common.json)


def note(key: str, text: str, *, private: bool = False, by: By = "cli", common: Common = COMMON) -> None:
    """Write a note; @id calls a colleague, who is told.

    Parameters
    ----------
    private
        For the author and those it calls only.
    """

    def verb(parts: "Parts", ticket: Ticket, _: "list[TicketEvent]") -> "Acted":
        known = parts.workspace.routing.people
        return collaboration.note(ticket, by, parts.clock(), text, known, private)

    _act(common, key, "noted.", verb)


def watch(key: str, person: str, *, by: By = "cli", common: Common = COMMON) -> None:
    """Let a colleague hear of what happens to the ticket.

    Parameters
    ----------
    person
        Somebody of routing.yaml.
    """
    _act(
        common,
        key,
        f"{person} watches it.",
        lambda parts, ticket, events: collaboration.watch(
            ticket, by, parts.clock(), parts.workspace.routing.member(person).id, events
        ),
    )


def unwatch(key: str, person: str, *, by: By = "cli", common: Common = COMMON) -> None:
    """Let a colleague hear of it no more."""
    _act(
        common,
        key,
        f"{person} does not watch it any more.",
        lambda parts, ticket, events: collaboration.unwatch(ticket, by, parts.clock(), person, events),
    )


def tag(key: str, name: str, *, by: By = "cli", common: Common = COMMON) -> None:
    """Put a tag of teamwork.yaml on the ticket; of how it was resolved it keeps one.

    Parameters
    ----------
    name
        For example refund.
    """
    from nanni.tagging import tagged

    _act(common, key, f"tagged {name}.", lambda parts, ticket, events: tagged(parts, ticket, events, name, by))


def untag(key: str, name: str, *, by: By = "cli", common: Common = COMMON) -> None:
    """Take a tag off."""
    _act(
        common,
        key,
        f"{name} taken off.",
        lambda parts, ticket, events: collaboration.untag(ticket, by, parts.clock(), name, events),
    )


def cite(key: str, initiative: str, *, drop: bool = False, by: By = "cli", common: Common = COMMON) -> None:
    """Say that an initiative is about the cause of this ticket.

    Parameters
    ----------
    initiative
        Its id: `nanni outer-loop initiatives list`.
    drop
        Take it back.
    """
    from nanni.initiatives import citing

    def verb(parts: "Parts", ticket: Ticket, events: "list[TicketEvent]") -> "Acted":
        if drop:
            return collaboration.uncite(ticket, by, parts.clock(), initiative, events)
        return citing(parts, ticket, events, initiative, by)

    _act(common, key, f"{'does not cite' if drop else 'cites'} {initiative}.", verb)


def remind(key: str, person: str, *, at: datetime, text: str = "", by: By = "cli", common: Common = COMMON) -> None:
    """Have a colleague reminded of the ticket.

    Parameters
    ----------
    at
        When (in the workspace's time zone unless it names one).
    text
        Of what.
    """

    def verb(parts: "Parts", ticket: Ticket, _: "list[TicketEvent]") -> "Acted":
        when = at if at.tzinfo else at.replace(tzinfo=parts.workspace.settings.zone)
        who = parts.workspace.routing.member(person).id
        return collaboration.remind(ticket, by, parts.clock(), who, when.astimezone(UTC), text)

    _act(common, key, f"{person} will be reminded.", verb)


def reminders(*, key: str | None = None, person: str | None = None, common: Common = COMMON) -> None:
    """List the reminders to come, the next first.

    Parameters
    ----------
    key
        Only this ticket's.
    person
        Only this person's.
    """
    with opened(common) as parts, parts.ledger.read() as uow:
        found, zone = list(uow.teamwork.reminders(key, person)), parts.workspace.settings.zone

    def draw(screen: Console) -> None:
        rows = [[f"{one.due_at.astimezone(zone):%Y-%m-%d %H:%M}", one.ticket, one.number, one.person] for one in found]
        screen.print(table(f"{len(found)} reminders to come", ["when", "ticket", "number", "who"], rows))

    show(found, draw, common.json)


def send_reminders(*, common: Common = COMMON) -> None:
    """Tell everybody whose reminder has come, once (the schedules do it too)."""
    from nanni.reminding import remind_due

    with opened(common) as parts:
        told = remind_due(parts)
    show(told, lambda screen: screen.print(f"{len(told)} reminders sent."), common.json)


def drop_reminder(key: str, number: int, *, by: By = "cli", common: Common = COMMON) -> None:
    """Let a reminder go before it comes.

    Parameters
    ----------
    number
        As `nanni tickets reminders` lists it.
    """
    from nanni.work import act

    with opened(common) as parts:
        with parts.ledger.read() as uow:
            pending = {one.number for one in uow.teamwork.reminders(key)}
        after = act(parts, key, lambda t: collaboration.drop_reminder(t, by, parts.clock(), number, pending))
    show(after, lambda screen: screen.print(f"{after.key}: reminder {number} dropped."), common.json)


def attach(key: str, file: Path, *, by: By = "cli", common: Common = COMMON) -> None:
    """Attach a file; its kind is read off its content, kinds and sizes allowed are in teamwork.yaml."""
    from nanni.files import attach as attached_to

    try:
        content = file.read_bytes()
    except OSError as error:
        told = f"cannot read it: {error.strerror}"
        raise ConfigError(told, where=str(file), next_step="name another file") from error
    with opened(common) as parts:
        done = attached_to(parts, key, file.name, content, by)
    said = f"{done.ticket}: file {done.number}, {done.name}"
    show(done, lambda screen: screen.print(said, markup=False), common.json)


def files(key: str, *, common: Common = COMMON) -> None:
    """List the files on a ticket."""
    from nanni.files import attached

    with opened(common) as parts:
        found = attached(parts, key)

    def draw(screen: Console) -> None:
        rows = [[one.number, printable(one.name), one.media_type, f"{one.size:,}", one.by] for one in found]
        screen.print(table(f"{len(found)} files", ["number", "name", "kind", "bytes", "by"], rows, ["bytes"]))

    show(found, draw, common.json)


def save_file(key: str, number: int, to: Path, *, common: Common = COMMON) -> None:
    """Write an attached file to a path that does not exist yet.

    Parameters
    ----------
    to
        Where to.
    """
    from nanni.files import content_of

    with opened(common) as parts:
        file, content = content_of(parts, key, number)
    try:
        with to.open("xb") as sink:
            sink.write(content)
    except OSError as error:
        raise ConfigError(f"cannot write it: {error.strerror}", where=str(to), next_step="name another path") from error
    show(file, lambda screen: screen.print(f"{len(content):,} bytes written to {to}", markup=False), common.json)


def detach(key: str, number: int, *, by: By = "cli", common: Common = COMMON) -> None:
    """Take a file off a ticket, and off the disk when it is on no other."""
    from nanni.files import detach as taken_off

    with opened(common) as parts:
        taken_off(parts, key, number, by)
    show({"ticket": key, "file": number}, lambda screen: screen.print(f"{key}: file {number} taken off."), common.json)


COMMANDS: tuple[tuple[str, Callable[..., None]], ...] = (
    ("note", note),
    ("watch", watch),
    ("unwatch", unwatch),
    ("tag", tag),
    ("untag", untag),
    ("cite", cite),
    ("remind", remind),
    ("reminders", reminders),
    ("send-reminders", send_reminders),
    ("drop-reminder", drop_reminder),
    ("attach", attach),
    ("files", files),
    ("save-file", save_file),
    ("detach", detach),
)
"""Verbs of `nanni tickets` that live here."""
