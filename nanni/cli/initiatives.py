"""`nanni outer-loop initiatives`: what is done about the cause of a theme, and what it brought."""

from datetime import date
from typing import TYPE_CHECKING, Literal

from cyclopts import App
from rich.console import Console

from nanni.cli.app import COMMON, Common, opened
from nanni.cli.output import show, table
from nanni.documents.plain import plain

if TYPE_CHECKING:
    from outerloop.effect_reports import Measured
    from outerloop.initiatives import Initiative

initiatives = App(name="initiatives", help="Systemic actions: an owner, themes, an expected drop, and what came of it.")
_SHOWN = 20
"""Tickets whose keys are printed."""


@initiatives.command
def add(
    id: str,
    *,
    title: str,
    owner: str,
    theme: tuple[str, ...],
    started: date,
    expected: float,
    expected_by: date,
    common: Common = COMMON,
) -> None:
    """Record an initiative in initiatives.yaml.

    Parameters
    ----------
    id
        A short id: small letters, digits, - and _.
    title
        What is done.
    owner
        Who answers for it: an id of routing.yaml.
    theme
        A theme it should make rarer, sub-themes included; may be given again.
    started
        The day it takes effect.
    expected
        The share of mentions it should take away: 0.3 for three in ten.
    expected_by
        The day by which it should have.
    """
    from nanni.initiatives import add as record
    from outerloop.initiatives import Initiative

    with opened(common) as parts:
        written = record(parts, Initiative(id, title, owner, theme, started, expected, expected_by))
    show(written, lambda screen: screen.print(f"Recorded {written.id}."), common.json)


@initiatives.command(name="list")
def list_initiatives(*, common: Common = COMMON) -> None:
    """List the initiatives there are."""
    from nanni.initiatives import listed

    with opened(common) as parts:
        found = listed(parts)
    show(found, lambda screen: _draw_list(screen, found), common.json)


@initiatives.command
def effect(
    id: str,
    *,
    grain: Literal["week", "month", "quarter"] | None = None,
    before: int = 52,
    seed: int = 1,
    common: Common = COMMON,
) -> None:
    """Measure what an initiative brought so far, against the themes it does not touch.

    Parameters
    ----------
    id
        The initiative.
    grain
        Length of a period; weeks, or months where a week has too few mentions, unless given.
    before
        At most so many whole periods before it started are looked at.
    seed
        Decides the random draws behind NPS and tickets; the same seed gives the same figures.
    """
    from nanni.initiatives import effect as ask
    from outerloop.reports import Grain

    with opened(common) as parts:
        found = ask(parts, id, Grain(grain) if grain else None, before, seed)
    show({**plain(found), "sentence": found.sentence}, lambda screen: _draw_effect(screen, found), common.json)


@initiatives.command
def tell(id: str, *, words: str, send: bool = False, by: str = "cli", common: Common = COMMON) -> None:
    """Tell customers whose trouble an initiative was about what was changed; shows whom it would reach unless --send.

    Each customer hears of an initiative once, on the latest ticket about its themes that was opened before it took
    effect and is settled. Needs `initiative` under messages in closing.yaml.

    Parameters
    ----------
    id
        The initiative.
    words
        What was changed, as customers shall read it.
    send
        Queue the messages.
    by
        Who does it, as the audit trail shall name them.
    """
    from nanni.initiative_messages import tell_customers

    with opened(common) as parts:
        found = tell_customers(parts, id, words, by, send)

    def draw(screen: Console) -> None:
        verb = "Queued for" if found.queued else "Would tell"
        more = len(found.tickets) - _SHOWN
        keys = ", ".join([*found.tickets[:_SHOWN], *([f"and {more} more"] if more > 0 else [])])
        screen.print(f"{verb} {len(found.tickets)} customers: {keys or 'none'}", soft_wrap=True)
        screen.print(
            f"Left out: {found.told_before} who heard of it before, {found.still_open} whose trouble is still open, "
            f"{found.unreachable} without a mail address that can be used.",
            soft_wrap=True,
        )
        if not found.queued:
            screen.print("Nothing was sent. Next: the same with --send" + ("." if found.wanted else _NOT_WANTED))

    show(found, draw, common.json)


_NOT_WANTED = ", once closing.yaml names `initiative` under messages."


def _draw_list(screen: Console, found: "tuple[Initiative, ...]") -> None:
    columns = ["id", "title", "owner", "themes", "started", "expected", "by"]
    rows = [
        [one.id, one.title, one.owner, ", ".join(one.themes), one.started, f"-{one.expected:.0%}", one.expected_by]
        for one in found
    ]
    screen.print(table("Initiatives", columns, rows) if rows else "No initiative was recorded yet.")


def _draw_effect(screen: Console, found: "Measured") -> None:
    one = found.initiative
    rows = [
        ["before", found.periods_before, found.mentions_before, found.responses_before],
        ["after", found.periods_after, found.mentions_after, found.responses_after],
    ]
    screen.print(table(one.title, ["", f"{found.grain}s", "mentions", "responses"], rows))
    change = f"{found.ratio - 1:+.0%} [{found.low - 1:+.0%}, {found.high - 1:+.0%}] against untouched themes"
    verdict = "a clear drop" if found.clear else "no clear drop yet"
    screen.print(f"{change}: {verdict}; {one.expected:.0%} was expected by {one.expected_by}.", soft_wrap=True)
    screen.print(found.sentence + ".", soft_wrap=True)
