"""`nanni storms`: trouble beyond its usual range, the problem it was put under, and what owners were spared."""

from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter
from rich.console import Console
from rich.text import Text

from nanni.cli.app import COMMON, Common, opened
from nanni.cli.output import show, table

if TYPE_CHECKING:
    from ledger.storms import Storm
    from nanni.storm_views import StormView

storms = App(name="storms", help="One problem behind many tickets, told of in digests: look, or end one by hand.")


@storms.command(name="list")
def list_storms(
    *, every: Annotated[bool, Parameter(name="--all", negative=())] = False, limit: int = 50, common: Common = COMMON
) -> None:
    """List the storms that rage, the oldest first.

    Parameters
    ----------
    every
        Those that are over as well, the latest first.
    limit
        At most so many.
    """
    from nanni.storm_views import anybody, list_document, storms_seen

    with opened(common) as parts:
        found = storms_seen(parts, anybody, limit, over=every)
        watched = parts.workspace.policy.policy.storm is not None
    show(list_document(found), lambda screen: _draw_list(screen, found, watched), common.json)


@storms.command(name="show")
def show_storm(number: int, *, common: Common = COMMON) -> None:
    """Show one storm: what raised it, its problem's ticket, the customers' tickets, and the notices it kept back.

    Parameters
    ----------
    number
        Its number in `nanni storms list`.
    """
    from nanni.storm_views import anybody, storm_seen, view_document

    with opened(common) as parts:
        view, kept = storm_seen(parts, number, anybody)
    storm, parent, children = view.storm, view.problem, view.tickets

    def draw(screen: Console) -> None:
        screen.print(Text(_headline(storm), style="bold"), soft_wrap=True)
        screen.print(Text(f"  {storm.reason}"), soft_wrap=True)
        screen.print(Text(f"  problem {parent.key}, {parent.status}, {parent.owner}: {parent.subject}"), soft_wrap=True)
        rows = [[one.key, one.status, one.owner, one.subject] for one in children]
        title = f"Customers' tickets: {view.live} of {len(children)} live, each owed a reply"
        screen.print(table(title, ["ticket", "status", "owner", "about"], rows))
        told = [
            [one.ticket, f"{one.at:%Y-%m-%d %H:%M}", one.target, "next digest" if one.told_in is None else "digest"]
            for one in kept
        ]
        screen.print(table("Notices kept back", ["ticket", "since", "to", "told in"], told))

    show(view_document(view, kept), draw, common.json)


@storms.command
def close(number: int, *, by: str, reason: str, common: Common = COMMON) -> None:
    """End a storm: a last digest goes out, and no storm of its kind begins for the length of the policy's window.

    Parameters
    ----------
    number
        Its number in `nanni storms list`.
    by
        Who ends it.
    reason
        Why, for the problem's ticket.
    """
    from nanni.storm_views import storm_document
    from nanni.storms import close as end

    with opened(common) as parts:
        storm = end(parts, number, by, reason)
    show(storm_document(storm), lambda screen: screen.print(Text(_headline(storm)), soft_wrap=True), common.json)


def _headline(storm: "Storm") -> str:
    if storm.ended_at is None:
        until = "rages"
    else:
        until = f"over since {storm.ended_at:%Y-%m-%d %H:%M} UTC" + (f", by {storm.ended_by}" if storm.ended_by else "")
    return f"Storm {storm.id}: {' '.join(storm.group)}, from {storm.began_at:%Y-%m-%d %H:%M} UTC, {until}"


def _draw_list(screen: Console, found: "list[StormView]", watched: bool) -> None:
    rows = [
        [one.id, " ".join(one.group), one.ticket, len(view.tickets), f"{one.began_at:%Y-%m-%d %H:%M}",
         f"{one.ended_at:%Y-%m-%d %H:%M}" if one.ended_at else "rages", f"{one.told_at:%Y-%m-%d %H:%M}"]
        for view in found
        for one in (view.storm,)
    ]  # fmt: skip
    columns = ["storm", "what", "problem", "tickets", "from (UTC)", "until", "last digest"]
    if rows:
        screen.print(table("Storms", columns, rows, right=["tickets"]))
    else:
        nobody = "" if watched else " policy.yaml has no `storm`, so none is looked for."
        screen.print(f"No storm rages.{nobody}")
