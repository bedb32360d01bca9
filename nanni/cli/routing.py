"""`nanni routing`: why a ticket went to whom, and what the routes do not cover."""

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from cyclopts import App
from rich.console import Console

from nanni.cli.app import COMMON, Common, opened
from nanni.cli.output import show, table

if TYPE_CHECKING:
    from nanni.assignment import Coverage, Explained
    from nanni.queues import HandedOver

routing = App(name="routing", help="Who gets which ticket, and why.")


@routing.command
def explain(key: str, *, common: Common = COMMON) -> None:
    """Say why a ticket went to its owner, which routes passed it by, and who would get it now.

    Parameters
    ----------
    key
        For example N-17.
    """
    from nanni.assignment import explain as explained

    with opened(common) as parts:
        found, zone = explained(parts, key), parts.workspace.settings.zone
    show(found, lambda screen: _draw(screen, found, zone), common.json)


def _draw(screen: Console, found: "Explained", zone: ZoneInfo) -> None:
    screen.print(f"{found.ticket} is owned by {found.owner}.", markup=False)
    for at, owner, reason in found.recorded:
        screen.print(f"  {at.astimezone(zone):%d %b %Y %H:%M}  to {owner}: {reason}", markup=False, soft_wrap=True)
    screen.print("By today's routing.yaml:")
    for line in found.routes:
        screen.print(f"  {line}", markup=False, soft_wrap=True)
    screen.print(f"  it would go to {found.today.owner} ({found.today.reason})", markup=False, soft_wrap=True)


@routing.command
def coverage(*, common: Common = COMMON) -> None:
    """Say which route takes how many of the stored tickets, what reaches the fallback, and who gets nothing."""
    from nanni.assignment import coverage as covered

    with opened(common) as parts:
        found, routes = covered(parts), parts.workspace.routing.routes
    teams = {number: route.team for number, route in enumerate(routes, 1)}
    show(found, lambda screen: _cover(screen, found, teams), common.json)


def _cover(screen: Console, found: "Coverage", teams: dict[int, str]) -> None:
    rows = [[number, team, found.by_route.get(number, 0)] for number, team in teams.items()]
    rows.append(["none", "fallback", found.by_route.get(0, 0)])
    screen.print(table(f"{found.tickets:,} stored tickets by route", ["route", "team", "tickets"], rows, ["tickets"]))
    if found.fallback:
        screen.print(table("Reach the fallback", ["what", "tickets"], list(found.fallback.items()), ["tickets"]))
    if not found.idle and not found.unled:
        screen.print("Everybody owns a ticket, and some route leads to every team.")
    if found.idle:
        screen.print(f"Own no ticket: {', '.join(found.idle)}.", markup=False)
    if found.unled:
        screen.print(f"No route leads to: {', '.join(found.unled)}.", markup=False)


@routing.command
def queue(*, common: Common = COMMON) -> None:
    """List the tickets that wait for somebody to have capacity left, oldest first."""
    from nanni.queues import queued

    with opened(common) as parts, parts.ledger.read() as uow:
        found, zone = queued(uow), parts.workspace.settings.zone

    def draw(screen: Console) -> None:
        rows = [[t.key, t.queue, f"{t.opened_at.astimezone(zone):%Y-%m-%d %H:%M}", t.priority, t.owner] for t in found]
        title = f"{len(found)} tickets wait for capacity"
        screen.print(table(title, ["ticket", "waits for", "opened", "priority", "held by"], rows))

    show(found, draw, common.json)


@routing.command
def drain(*, common: Common = COMMON) -> None:
    """Give out what waits to whoever has capacity now (done by itself after every action and with the schedules)."""
    from nanni.queues import drain_queues

    with opened(common) as parts:
        moved = drain_queues(parts)
    show(moved, lambda screen: _moved(screen, moved), common.json)


@routing.command(name="hand-over")
def hand_over_tickets(*, person: str | None = None, by: str = "cli", common: Common = COMMON) -> None:
    """Hand over the live tickets of everybody who is away today (the schedules do it too).

    Parameters
    ----------
    person
        Only this person's, even where routing.yaml says that a short absence keeps its tickets.
    by
        Who does it, as the audit trail shall name them.
    """
    from nanni.queues import hand_over

    with opened(common) as parts:
        moved = hand_over(parts, person, by)
    show(moved, lambda screen: _moved(screen, moved), common.json)


def _moved(screen: Console, moved: "list[HandedOver]") -> None:
    rows = [[one.ticket, one.before, one.after, one.reason] for one in moved]
    screen.print(table(f"{len(moved)} tickets changed hands", ["ticket", "from", "to", "why"], rows))
