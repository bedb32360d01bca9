"""`nanni review`: fired responses beyond an owner's budget of the day."""

from typing import Literal

from cyclopts import App
from rich.console import Console

from nanni.cli.app import COMMON, Common, opened
from nanni.cli.output import show, table
from nanni.documents.plain import plain

review = App(name="review", help="Responses that fired beyond an owner's budget of the day: look, open or dismiss.")

State = Literal["waiting", "opened", "dismissed", "all"]


@review.command(name="list")
def list_items(*, state: State = "waiting", owner: str | None = None, limit: int = 50, common: Common = COMMON) -> None:
    """List the review queue, the most severe first, then the oldest.

    Parameters
    ----------
    state
        Only items that wait, were opened, or were dismissed; or all.
    owner
        Only what would have gone to this person.
    limit
        At most so many.
    """
    from nanni.review_views import review_items

    with opened(common) as parts:
        data = review_items(parts, state, owner, limit)

    def draw(screen: Console) -> None:
        rows = [
            [one["id"], one["severity"], one["owner"], one["rule"], f"{one['survey']} / {one['response_id']}",
             f"{one['created_at']:%Y-%m-%d %H:%M}", one["reason"]]
            for one in data
        ]  # fmt: skip
        columns = ["item", "severity", "owner", "rule", "response", "since", "why it waits"]
        screen.print(table("Review queue", columns, rows) if rows else "Nothing is in the review queue.")

    show(data, draw, common.json)


@review.command(name="open")
def open_item(item: str, *, by: str, common: Common = COMMON) -> None:
    """Open the ticket that an item would have been, whatever the budget says.

    Parameters
    ----------
    item
        Its id in `nanni review list`, for example V-3.
    by
        Who decides so.
    """
    from nanni.reviewing import open_review

    with opened(common) as parts:
        done = open_review(parts, item, by)
    show(plain(done), lambda screen: screen.print(f"{item} is ticket {done.ticket} now."), common.json)


@review.command
def dismiss(item: str, *, by: str, reason: str, common: Common = COMMON) -> None:
    """Leave an item without a ticket.

    Parameters
    ----------
    item
        Its id in `nanni review list`, for example V-3.
    by
        Who decides so.
    reason
        Why no ticket is needed.
    """
    from nanni.reviewing import dismiss_review

    with opened(common) as parts:
        done = dismiss_review(parts, item, by, reason)
    show(plain(done), lambda screen: screen.print(f"{item} is dismissed."), common.json)
