"""`nanni outer-loop report` and `summary`: a month of feedback as HTML, PDF and mail."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from nanni.cli.app import COMMON, Common, opened
from nanni.cli.output import ERRORS, show
from nanni.documents.plain import plain

if TYPE_CHECKING:
    from nanni.monthly import Written


def report(
    *,
    out: Path,
    month: str | None = None,
    discovery: int | None = None,
    verbatims: bool = True,
    common: Common = COMMON,
) -> None:
    """Write a month's report as one HTML file and one PDF: what moved, alarms, drivers, effects, promises, next steps.

    Parameters
    ----------
    out
        The folder to write YYYY-MM.html and YYYY-MM.pdf into; files of that name are replaced.
    month
        YYYY-MM; without it the latest whole month of at least 30 responses.
    discovery
        Tell it with the discovered themes of this older discovery (`themes history`) instead of the latest.
    verbatims
        Quote customers, with who they are masked; --no-verbatims leaves their words out.
    """
    from nanni.monthly import parse_month, write

    asked = None if month is None else parse_month(month)
    with opened(common) as parts, ERRORS.status("Writing the report ..."):
        written = write(parts, asked, out.expanduser().absolute(), verbatims, discovery)
    data = {"html": written.html, "pdf": written.pdf, **plain(written.report)}
    show(data, lambda screen: _draw(screen, written), common.json)


def summary(*, month: str | None = None, to: str | None = None, send: bool = False, common: Common = COMMON) -> None:
    """Show the summary mail of a month as a manager gets it, or send it to all of them now.

    Parameters
    ----------
    month
        YYYY-MM; without it the month before this one.
    to
        Show it as this manager (an id of routing.yaml) gets it; without it the first one.
    send
        Owe it to every manager who was not sent it yet, and deliver what is due.
    """
    from nanni import summaries
    from nanni.monthly import parse_month
    from nanni.notices import delivery_of

    with opened(common) as parts, ERRORS.status("Summing up ..."):
        asked = summaries.last_month(parts) if month is None else parse_month(month)
        if not send:
            shown = summaries.preview(parts, asked, to or next(iter(summaries.managers(parts))))
            data = {"to": shown.target, "subject": shown.subject, "text": shown.text, "html": shown.html}
            show(data, lambda screen: screen.print(shown.text, markup=False, soft_wrap=True), common.json)
            return
        owed = summaries.queue_summaries(parts, asked)
        report = delivery_of(parts).due(500)
    told = {"month": f"{asked:%Y-%m}", "owed": [notice.target for notice in owed], "problems": report.problems}
    show(told, lambda screen: _draw_sent(screen, f"{asked:%B %Y}", told), common.json)


def _draw_sent(screen: Console, month: str, told: dict[str, Any]) -> None:
    owed = ", ".join(told["owed"]) or "nobody, since nobody answered"
    screen.print(f"The summary of {month} is for {owed}; who had it already is sent none.", soft_wrap=True)
    for problem in told["problems"]:
        screen.print(f"  {problem}", markup=False, soft_wrap=True)


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
