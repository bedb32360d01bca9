"""`nanni tickets`: the inner loop from a terminal."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from feedback.errors import ConfigError
from nanni.cli.app import COMMON, Common, opened
from nanni.cli.output import show, table
from nanni.cli.verbatim import comment_text, printable
from tickets import actions
from tickets.ports import TicketFilter
from tickets.ticket import LIVE, Closure, Priority, Status, Ticket

if TYPE_CHECKING:
    from nanni.parts import Parts
    from nanni.story import TicketStory
    from nanni.work import Action

tickets = App(name="tickets", help="Owned promises to customers: list, show, work and close them.")


@tickets.command(name="list")
def list_tickets(
    *,
    status: Status | None = None,
    owner: str | None = None,
    team: str | None = None,
    survey: str | None = None,
    overdue: bool = False,
    everything: bool = False,
    limit: int = 50,
    common: Common = COMMON,
) -> None:
    """List tickets, most urgent first; live ones unless asked otherwise.

    Parameters
    ----------
    status
        Only this status.
    owner
        Only this owner's.
    team
        Only this team's.
    survey
        Only this survey's.
    overdue
        Only those past a due time.
    everything
        Resolved and closed ones too.
    limit
        At most so many.
    """
    with opened(common) as parts:
        now = parts.clock()
        chosen = TicketFilter(
            statuses=(status,) if status else () if everything else LIVE,
            owner=owner,
            team=team,
            survey=survey,
            overdue_at=now if overdue else None,
            limit=limit,
        )
        with parts.ledger.read() as uow:
            found = list(uow.tickets.list(chosen))
        zone = parts.workspace.settings.zone

    def draw(screen: Console) -> None:
        if not found:
            screen.print("No tickets match.")
            return
        columns = ["ticket", "priority", "status", "subject", "theme", "owner", "due", "opened"]
        rows = [
            [t.key, t.priority, t.status, printable(t.subject), t.theme, t.owner, due(t, now), opened_at]
            for t in found
            for opened_at in (f"{t.opened_at.astimezone(zone):%Y-%m-%d %H:%M}",)
        ]
        screen.print(table(f"{len(found)} tickets", columns, rows))
        screen.print("Next: `nanni tickets show KEY`, `nanni why KEY`.")

    show(found, draw, common.json)


def due(ticket: Ticket, now: datetime) -> Text:
    """The next deadline as a person says it; overdue by word and colour."""
    target = ticket.due.resolution if ticket.first_touched_at else ticket.due.first_touch or ticket.due.resolution
    if target is None or ticket.status not in LIVE:
        return Text("")
    hours = (target - now).total_seconds() / 3600
    told = f"{abs(hours):.0f} h" if abs(hours) < 48 else f"{abs(hours) / 24:.0f} d"
    return Text(f"overdue {told}", style="bold red") if hours < 0 else Text(f"in {told}")


@tickets.command(name="show")
def show_ticket(key: str, *, reader: str = "", common: Common = COMMON) -> None:
    """Show one ticket whole: what the customer said, why it was opened, and everything that happened since.

    Parameters
    ----------
    key
        For example N-17.
    reader
        Who reads it: a private note shows its words to its author and those it calls only.
    """
    from nanni.story import story_of

    with opened(common) as parts:
        story = story_of(parts, key, reader)
    show(story, lambda screen: _draw(screen, story), common.json)


def _draw(screen: Console, story: "TicketStory") -> None:
    ticket, zone = story.ticket, story.zone
    screen.print(Text.assemble((f"{ticket.key}  {printable(ticket.subject)}", "bold"), f"  {ticket.status}"))
    screen.print(
        f"  {ticket.severity} severity, {ticket.priority} priority, rule {ticket.rule}, "
        f"owner {ticket.owner} of {ticket.team}, theme {ticket.theme or 'none'}"
    )
    _draw_links(screen, story)
    for label, deadline in (("first touch", ticket.due.first_touch), ("resolution", ticket.due.resolution)):
        if deadline:
            screen.print(f"  {label} due {deadline.astimezone(zone):%a %d %b %Y %H:%M}")
    for stored in story.responses:
        response = stored.response
        moment = f"{response.submitted_at.astimezone(zone):%d %b %Y %H:%M}"
        screen.print(Text(f"\n  {moment}  {response.key.survey} / {response.key.response_id}", style="dim"))
        for comment in response.comments:
            screen.print(Padding(comment_text(comment), (0, 4)))
    screen.print("")
    for event in story.events:
        line = f"  {event.at.astimezone(zone):%d %b %Y %H:%M}  {event.actor}: {event.kind.replace('_', ' ')}"
        screen.print(Text(line + (f" - {event.reason}" if event.reason else "")))
        if event.note:
            screen.print(Padding(Text(printable(event.note), style="italic"), (0, 6)))
    for feeling in story.feelings:
        screen.print(
            f"  {feeling.at.astimezone(zone):%d %b %Y}  felt {feeling.felt}: {feeling.step} ({feeling.source})"
        )
    if ticket.closure:
        helped = "yes" if ticket.closure.resolved else "no"
        screen.print(f"\n  Root cause: {ticket.closure.root_cause}. Resolved for the customer: {helped}.")


def _draw_links(screen: Console, story: "TicketStory") -> None:
    ticket = story.ticket
    screen.print(f"  {ticket.priority} by {story.priority_by}")
    links = (
        (f"merged into {ticket.merged_into}", ticket.merged_into),
        (f"follows up on {ticket.follow_up_of}", ticket.follow_up_of),
        (f"with {', '.join(one.key for one in story.merged)} merged into it", story.merged),
        (f"escalated ({ticket.escalated}), nobody has acknowledged it", ticket.escalated),
    )
    for told, holds in links:
        if holds:
            screen.print(f"  {told}")


def _act(common: Common, key: str, *verbs: "Callable[[Parts], Action]", tell: str = "") -> None:
    """Do the verbs to a ticket in one transaction and say what it is now."""
    from nanni.work import act

    with opened(common) as parts:
        after = act(parts, key, *(verb(parts) for verb in verbs), tell=tell)
    told = f"{after.key} is {after.status}, owned by {after.owner} of {after.team}."
    show(after, lambda screen: screen.print(told), common.json)


By = Annotated[str, Parameter(help="Who does it, as the audit trail shall name them.")]


@tickets.command
def acknowledge(key: str, *, by: By = "cli", common: Common = COMMON) -> None:
    """Say that somebody has seen it: the first touch, or an escalation that is then not repeated."""

    def verb(parts: "Parts") -> "Action":
        def seen(ticket: Ticket) -> actions.Acted:
            known = ticket.escalated and ticket.status is not Status.NEW
            done = actions.acknowledge_escalation if known else actions.acknowledge
            return done(ticket, by, parts.clock())

        return seen

    _act(common, key, verb)


@tickets.command
def start(key: str, *, by: By = "cli", common: Common = COMMON) -> None:
    """Begin work, or go on after waiting."""
    _act(common, key, lambda parts: lambda ticket: actions.start(ticket, by, parts.clock()))


@tickets.command
def contact(key: str, *, how: str, note: str = "", by: By = "cli", common: Common = COMMON) -> None:
    """Record that the customer was contacted.

    Parameters
    ----------
    how
        phone, mail, in person, ...
    note
        What was said.
    """
    _act(common, key, lambda parts: lambda ticket: actions.contact(ticket, by, parts.clock(), how, note))


@tickets.command
def wait(key: str, *, note: str = "", by: By = "cli", common: Common = COMMON) -> None:
    """The next step is the customer's."""
    _act(common, key, lambda parts: lambda ticket: actions.wait(ticket, by, parts.clock(), note))


@tickets.command
def hold(key: str, *, note: str = "", by: By = "cli", common: Common = COMMON) -> None:
    """The next step is somebody else's."""
    _act(common, key, lambda parts: lambda ticket: actions.hold(ticket, by, parts.clock(), note))


@tickets.command
def assign(key: str, owner: str, *, reason: str = "by hand", by: By = "cli", common: Common = COMMON) -> None:
    """Hand it to another owner of routing.yaml."""

    def verb(parts: "Parts") -> "Action":
        to = parts.workspace.routing.assign_to(owner, reason)
        return lambda ticket: actions.reassign(ticket, by, parts.clock(), to)

    _act(common, key, verb)


@tickets.command
def priority(key: str, to: Priority, *, reason: str, by: By = "cli", common: Common = COMMON) -> None:
    """Set the priority by hand; deadlines follow."""
    _act(
        common,
        key,
        lambda parts: (
            lambda ticket: actions.change_priority(ticket, by, parts.clock(), to, reason, parts.workspace.sla)
        ),
    )


@tickets.command
def resolve(
    key: str,
    *,
    root_cause: str,
    action: str,
    resolved: bool,
    tell: str = "",
    by: By = "cli",
    common: Common = COMMON,
) -> None:
    """Say what the cause was, what was done and whether it helped the customer.

    Parameters
    ----------
    root_cause
        One of root_causes in sla.yaml: `nanni tickets causes`.
    action
        What was done.
    resolved
        Whether it was resolved for the customer (--no-resolved if not).
    tell
        Words for the customer, in the resolution message (where closing.yaml wants one).
    """
    _act(common, key, _resolve(root_cause, action, resolved, by), tell=tell)


@tickets.command
def close(
    key: str,
    *,
    root_cause: str | None = None,
    action: str | None = None,
    resolved: bool | None = None,
    checked: tuple[str, ...] = (),
    by: By = "cli",
    common: Common = COMMON,
) -> None:
    """Close a ticket: a resolved one as it is, a live one by resolving it in the same step.

    Parameters
    ----------
    root_cause
        One of root_causes in sla.yaml (to resolve a live ticket).
    action
        What was done (to resolve a live ticket).
    resolved
        Whether it was resolved for the customer (to resolve a live ticket).
    checked
        Items of the closing checklist that are done.
    """
    verbs: list[Callable[[Parts], Action]] = []
    if (root_cause, action, resolved) != (None, None, None):
        if root_cause is None or action is None or resolved is None:
            raise ConfigError("resolving needs --root-cause, --action and --resolved or --no-resolved", where=key)
        verbs.append(_resolve(root_cause, action, resolved, by))
    _act(common, key, *verbs, _tick(checked, by), _close(by))


def _tick(items: tuple[str, ...], by: str) -> "Callable[[Parts], Action]":
    return lambda parts: (
        lambda ticket: (
            actions.check(ticket, by, parts.clock(), items, parts.workspace.closing.items)
            if items
            else actions.Acted(ticket, ())
        )
    )


def _close(by: str) -> "Callable[[Parts], Action]":
    return lambda parts: lambda ticket: actions.close(ticket, by, parts.clock(), parts.workspace.closing.items)


@tickets.command
def check(key: str, items: list[str], *, by: By = "cli", common: Common = COMMON) -> None:
    """Tick items of the closing checklist; a ticket closes when all are.

    Parameters
    ----------
    items
        Their ids in closing.yaml.
    """
    _act(common, key, _tick(tuple(items), by))


@tickets.command
def escalate(key: str, *, to: str, reason: str, by: By = "cli", common: Common = COMMON) -> None:
    """Ask for help: expertise is needed that the owner does not have.

    Parameters
    ----------
    to
        A member of routing.yaml, who is told until somebody acknowledges.
    reason
        What is needed.
    """

    def verb(parts: "Parts") -> "Action":
        parts.workspace.routing.member(to)
        return lambda ticket: actions.ask_for_help(ticket, by, parts.clock(), reason, to)

    _act(common, key, verb)


@tickets.command
def reopen(key: str, *, reason: str, by: By = "cli", common: Common = COMMON) -> None:
    """Owe it again."""
    _act(
        common, key, lambda parts: lambda ticket: actions.reopen(ticket, by, parts.clock(), reason, parts.workspace.sla)
    )


def _resolve(root_cause: str, action: str, resolved: bool, by: str) -> "Callable[[Parts], Action]":
    closure = Closure(root_cause, action, resolved)
    return lambda parts: (
        lambda ticket: actions.resolve(ticket, by, parts.clock(), closure, parts.workspace.sla.root_causes)
    )
