"""`nanni tickets`: what tickets are about, filed by the machine, put right by people, learned."""

from collections.abc import Callable

from rich.console import Console

from nanni.cli.app import COMMON, Common, opened
from nanni.cli.output import show, table
from nanni.cli.tickets import By


def categorise(*keys: str, again: bool = False, common: Common = COMMON) -> None:
    """File tickets under a category of themes.yaml, with confidence and evidence; all live ones unless some are named.

    Parameters
    ----------
    again
        Also those that the machine has filed before; what people said stays.
    """
    from nanni.categories import file_tickets

    with opened(common) as parts:
        found = file_tickets(parts, keys, again)

    def draw(screen: Console) -> None:
        columns = ["ticket", "category", "by", "confidence", "evidence"]
        rows = [[key, p.category, p.source, p.confidence, "; ".join(p.evidence)] for key, p in found.items()]
        screen.print(table(f"{len(found)} tickets filed", columns, rows, ["confidence"]))

    show(found, draw, common.json)


def correct(key: str, category: str, *, by: By = "cli", common: Common = COMMON) -> None:
    """Put a ticket's category right, or confirm it; the machine learns from that and never overrules it.

    Parameters
    ----------
    category
        An id of themes.yaml.
    """
    from nanni.categories import put_right

    with opened(common) as parts:
        after = put_right(parts, key, category, by)
    show(after, lambda screen: screen.print(f"{after.key} is filed under {category}."), common.json)


def learn_categories(*, common: Common = COMMON) -> None:
    """Learn from the tickets that people filed; what was learned is used only if it is right more often, unseen."""
    from nanni.categories import learn

    with opened(common) as parts:
        found = learn(parts)
    told = (
        f"{found.tickets} tickets in {found.categories} categories: learned {found.head:.1%} right, "
        f"keywords and seeds {found.without:.1%}. {'Used' if found.used else 'Not used'}: {found.why}."
    )
    if found.confidence_error is not None:
        before = found.confidence_error_before or 0.0
        told += f" Its confidence is off by {found.confidence_error:.1%} ({before:.1%} before calibration)."
    show(found, lambda screen: screen.print(told, soft_wrap=True), common.json)


COMMANDS: tuple[tuple[str, Callable[..., None]], ...] = (
    ("categorise", categorise),
    ("correct", correct),
    ("learn-categories", learn_categories),
)
"""Verbs of `nanni tickets` that live here."""
