"""`nanni rules canary`: a candidate policy beside the live one, on real responses."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cyclopts import App
from rich.console import Console
from rich.text import Text

from nanni.cli.app import COMMON, Common, opened
from nanni.cli.output import show, table

if TYPE_CHECKING:
    from ledger.canaries import CanaryRow

canary = App(
    name="canary", help="A candidate policy beside the live one: in shadow, or deciding for a share of customers."
)


@canary.command
def start(
    *,
    policy: Path,
    by: str,
    share: float = 0.0,
    least: float = 0.5,
    most: float = 1.5,
    after: int = 200,
    common: Common = COMMON,
) -> None:
    """Ask a candidate of every response from now on; it decides for a share of the customers (default: for none).

    Parameters
    ----------
    policy
        The candidate's file.
    by
        Who starts it.
    share
        For which share of the customers it decides, from 0 to 1. The same customers as long as it runs.
    least
        It stops when it fires less than so many times for each time the live policy does ...
    most
        ... or more than so many times.
    after
        Responses to be seen before it is held to that.
    """
    from nanni.canary_control import start as begin
    from nanni.documents.rules import canary_document
    from triggers.canary import Bounds

    with opened(common) as parts:
        row = begin(parts, policy, share, Bounds(least, most, after), by)
    show(canary_document(row, []), lambda screen: _draw(screen, row, []), common.json)


@canary.command(name="show")
def show_canary(*, limit: int = 10, common: Common = COMMON) -> None:
    """Show the last canary: what it was asked, how often it fired, and where it differs from the live policy.

    Parameters
    ----------
    limit
        At most so many responses on which the two differ.
    """
    from nanni.canary_control import latest
    from nanni.documents.rules import canary_document, difference_document

    with opened(common) as parts:
        row, found = latest(parts, limit)
    if row is None:
        show(None, lambda screen: screen.print("No canary was started yet."), common.json)
    else:
        differing = [difference_document(one) for one in found]
        show(canary_document(row, differing), lambda screen: _draw(screen, row, differing), common.json)


@canary.command
def stop(*, by: str, reason: str = "", common: Common = COMMON) -> None:
    """End the canary that runs; from the next batch on the live policy decides alone.

    Parameters
    ----------
    by
        Who ends it.
    reason
        Why.
    """
    from nanni.canary_control import stop as end
    from nanni.documents.rules import canary_document

    with opened(common) as parts:
        row = end(parts, by, reason)
    show(canary_document(row, []), lambda screen: _draw(screen, row, []), common.json)


def _draw(screen: Console, row: "CanaryRow", differing: list[dict[str, Any]]) -> None:
    seen = row.volume
    ended = f", since {row.stopped_at:%Y-%m-%d %H:%M} UTC: {row.reason}" if row.stopped_at else ""
    screen.print(Text(f"Canary {row.id}: policy {row.policy}, {row.state}{ended}", style="bold"), soft_wrap=True)
    screen.print(
        f"  started {row.started_at:%Y-%m-%d %H:%M} UTC by {row.started_by}; decides for {row.share:.0%} of customers"
    )
    bounds = row.bounds
    screen.print(
        f"  asked of {seen.responses:,} responses: fired on {seen.candidate_fired:,}, the live policy on "
        f"{seen.live_fired:,}; they differ on {row.differences:,}; its word was taken on {row.decided:,}",
        soft_wrap=True,
    )
    screen.print(
        f"  stops below {bounds.least:g} or above {bounds.most:g} times the live volume, after {bounds.after:,}"
    )
    rows = [
        [f"{one['survey']} / {one['response']}", _told(one, "live"), _told(one, "candidate"), one["used"]]
        for one in differing
    ]
    if rows:
        screen.print(table("Where they differ", ["response", "live", "candidate", "taken"], rows))


def _told(one: dict[str, Any], side: str) -> str:
    return ", ".join(one[f"{side}_fired"]) or str(one[side])
