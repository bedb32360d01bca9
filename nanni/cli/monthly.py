"""`nanni outer-loop report`: a month of feedback as HTML and PDF."""

from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from nanni.cli.app import COMMON, Common, opened
from nanni.cli.output import ERRORS, plain, show

if TYPE_CHECKING:
    from nanni.monthly import Written


def report(*, out: Path, month: str | None = None, verbatims: bool = True, common: Common = COMMON) -> None:
    """Write a month's report as one HTML file and one PDF: what moved, alarms, drivers, effects, promises, next steps.

    Parameters
    ----------
    out
        The folder to write YYYY-MM.html and YYYY-MM.pdf into; files of that name are replaced.
    month
        YYYY-MM; without it the latest whole month.
    verbatims
        Quote customers, with who they are masked; --no-verbatims leaves their words out.
    """
    from nanni.monthly import parse_month, write

    asked = None if month is None else parse_month(month)
    with opened(common) as parts, ERRORS.status("Writing the report ..."):
        written = write(parts, asked, out.expanduser().absolute(), verbatims)
    data = {"html": written.html, "pdf": written.pdf, **plain(written.report)}
    show(data, lambda screen: _draw(screen, written), common.json)


def _draw(screen: Console, written: "Written") -> None:
    told = written.report
    partial = ", which is not complete" if told.partial else ""
    screen.print(
        f"{told.month:%B %Y}{partial}: {told.responses:,} responses, {len(told.alarms)} alarms, "
        f"{len(told.steps)} things to do.",
        soft_wrap=True,
    )
    for path in (written.html, written.pdf):
        screen.print(f"  {path}", soft_wrap=True)
