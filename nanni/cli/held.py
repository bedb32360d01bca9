"""`nanni review held`: responses no rule could decide, ambiguous comments among them."""

from typing import Any

from rich.console import Console

from nanni.cli.app import COMMON, Common, opened
from nanni.cli.output import show, table
from nanni.cli.review import review
from nanni.cli.verbatim import printable

__all__ = ["held", "review"]

SHOWN = 80


@review.command
def held(*, survey: str | None = None, ambiguous: bool = False, limit: int = 50, common: Common = COMMON) -> None:
    """List responses that are held because a rule could not be answered, newest first.

    `nanni why RESPONSE` says which rule, and what was not known of it.

    Parameters
    ----------
    survey
        Only this survey's.
    ambiguous
        Only those whose comment may be negative or not (see `ambiguous: review` in docs/policy.md).
    limit
        At most so many.
    """
    from nanni.review_views import held_items

    with opened(common) as parts:
        data = held_items(parts, survey, ambiguous, limit)
    show(data, lambda screen: _draw(screen, data), common.json)


def _draw(screen: Console, data: list[dict[str, Any]]) -> None:
    rows = [
        [
            f"{one['survey']} / {one['response_id']}",
            f"{one['submitted_at']:%Y-%m-%d %H:%M}",
            "" if one["score"] is None else f"{one['score']:g}",
            printable(" / ".join(one["comments"])[:SHOWN]),
            one["reason"],
        ]
        for one in data
    ]
    columns = ["response", "given", "score", "comment", "why it waits"]
    screen.print(table("Held responses", columns, rows, right=["score"]) if rows else "Nothing is held.")
