"""`nanni tickets story`: a ticket's whole life, told so that a manager can read it."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from nanni.cli.app import COMMON, Common, opened
from nanni.cli.output import show
from nanni.cli.verbatim import printable

if TYPE_CHECKING:
    from nanni.story import Tale


def story(key: str, *, reader: str = "", common: Common = COMMON) -> None:
    """Tell one ticket's whole life, day by day: what the customer said, who did what, which promises were kept.

    Parameters
    ----------
    key
        For example N-17.
    reader
        Who reads it: private notes are told to their author and those they call.
    """
    from nanni.story import tale_of

    with opened(common) as parts:
        tale = tale_of(parts, key, reader)
    show(tale, lambda screen: _draw(screen, tale), common.json)


def _draw(screen: Console, tale: "Tale") -> None:
    screen.print(Text(printable(tale.title), style="bold"))
    for day in tale.days:
        screen.print(Text(f"\n{day.name}", style="bold"))
        for sentence in day.sentences:
            screen.print(Padding(Text(printable(sentence)), (0, 0, 0, 2)))
    for title, lines in (("What was promised", tale.promises), ("How the customer felt", tale.feelings)):
        if lines:
            screen.print(Text(f"\n{title}", style="bold"))
        for line in lines:
            screen.print(Padding(Text(printable(line)), (0, 0, 0, 2)))


COMMANDS: tuple[tuple[str, Callable[..., None]], ...] = (("story", story),)
"""Verbs of `nanni tickets` that live here."""
