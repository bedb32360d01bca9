"""`nanni tickets`: the inner loop from a terminal."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

from cyclopts import App, Parameter
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from nanni.cli.app import COMMON, Common, opened
from nanni.cli.output import show, table
from nanni.cli.verbatim import comment_text, printable
from tickets.events import EventKind, TicketEvent
from tickets.ports import TicketFilter
from tickets.ticket import LIVE, Status, Ticket

if TYPE_CHECKING:
    from nanni.story import TicketStory

tickets = App(name="tickets", help="Owned promises to customers: list, show, work and close them.")
By = Annotated[str, Parameter(help="Who does it, as the audit trail shall name them.")]


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
            limit=limit + 1,
        )
        with parts.ledger.read() as uow:
            matching = list(uow.tickets.list(chosen))
        zone = parts.workspace.settings.zone
    found, more = matching[:limit], len(matching) > limit
    show(found, lambda screen: _draw_list(screen, found, limit, more, now, zone), common.json)


def _draw_list(screen: Console, found: Sequence[Ticket], limit: int, more: bool, now: datetime, zone: ZoneInfo) -> None:
    if not found:
        screen.print("No tickets match.")
        return
    columns = ["ticket", "priority", "status", "subject", "theme", "owner", "due", "opened"]
    rows = [
        [t.key, t.priority, t.status, printable(t.subject), t.theme, t.owner, due(t, now),
         f"{t.opened_at.astimezone(zone):%Y-%m-%d %H:%M}"]
        for t in found
    ]  # fmt: skip
    screen.print(table(f"The {limit} most urgent of more tickets" if more else f"{len(found)} tickets", columns, rows))
    wider = f"`nanni tickets list --limit {limit * 10}`, " if more else ""
    screen.print(f"Next: {wider}`nanni tickets show KEY`, `nanni why KEY`.")


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
        screen.print(Text(line + "".join(f" - {told}" for told in (event.reason, _aside(event)) if told)))
        if event.note:
            screen.print(Padding(Text(printable(event.note), style="italic"), (0, 6)))
    for feeling in story.feelings:
        screen.print(
            f"  {feeling.at.astimezone(zone):%d %b %Y}  felt {feeling.felt}: {feeling.step} ({feeling.source})"
        )
    if ticket.closure:
        helped = "yes" if ticket.closure.resolved else "no"
        screen.print(f"\n  Root cause: {ticket.closure.root_cause}. Resolved for the customer: {helped}.")


def _aside(event: TicketEvent) -> str:
    """Whom an event is about, which tag: what its kind and reason leave open."""
    data = dict(event.data)
    if event.kind is EventKind.ESCALATED:
        return f"told {data['to']}"
    return " ".join(data[name] for name in ("person", "tag", "for") if name in data)


def _draw_links(screen: Console, story: "TicketStory") -> None:
    ticket = story.ticket
    screen.print(f"  {ticket.priority} by {story.priority_by}")
    links = (
        (f"merged into {ticket.merged_into}", ticket.merged_into),
        (f"follows up on {ticket.follow_up_of}", ticket.follow_up_of),
        (f"with {', '.join(one.key for one in story.merged)} merged into it", story.merged),
        (f"cites {', '.join(story.cites)} (`nanni outer-loop initiatives effect`)", story.cites),
        (f"customer: being contacted is {story.consent.consent}" if story.consent else "", story.consent),
        (f"escalated ({ticket.escalated}), nobody has acknowledged it", ticket.escalated),
    )
    for told, holds in links:
        if holds:
            screen.print(f"  {told}")
