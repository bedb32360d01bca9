"""The summary mail: of a month's report what a manager has to know, without a customer's word, as text and HTML."""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256

from jinja2 import Environment, PackageLoader, StrictUndefined

from outerloop.monthly import MonthlyReport
from outerloop.monthly_names import Told
from outerloop.monthly_page import page_of
from outerloop.monthly_promises import teams_section
from outerloop.page import Page, Section
from tickets.message import Message, SentBy, clean
from tickets.notice import Notice

WIDTH = 78
_KEPT = ("What to do next", "What moved", "Alarms", "Initiatives")


def summary_page(report: MonthlyReport, told: Told, teams: Sequence[str], reader: str = "") -> Page:
    """The report cut down to what to do, what clearly moved, and these teams' month."""
    whole = page_of(replace(report, moved=tuple(line for line in report.moved if line.share.clear)), told)
    kept = [replace(one, chart=None, notes=()) for one in whole.sections if one.title in _KEPT]
    ours = tuple(line for line in report.teams if line.team in teams)
    mine = teams_section(ours, told, f"The teams of {reader}" if reader else "The teams")
    sections = [*kept[:1], *([mine] if mine else []), *kept[1:]]
    return replace(whole, sections=tuple(map(_said, sections)), footer=_FOOTER.format(month=f"{report.month:%Y-%m}"))


_FOOTER = (
    "You get this because you manage a team in Nanni. The whole report, with charts and comments: "
    "nanni outer-loop report --month {month} --out FOLDER"
)


def _said(section: Section) -> Section:
    """What moved is told of clear moves only, so an empty one says that."""
    if section.title == "What moved" and section.table is None:
        return replace(section, lead="No theme moved more than chance explains.")
    return section


def summary_message(notice: Notice, page: Page, by: SentBy) -> Message:
    """The mail; the same page gives the same bytes, and its Message-ID is the same for every attempt."""
    link = f"{by.desk_url.rstrip('/')}/outer-loop" if by.desk_url else ""
    mark = sha256(f"{notice.id}\x1f{notice.target}".encode()).hexdigest()[:12]
    return Message(
        id=notice.id,
        channel=notice.channel,
        target=notice.target,
        sender=by.sender,
        subject=clean(f"[Nanni] {page.title}"),
        text="\n".join(_lines(page, link)) + "\n",
        html=_environment().get_template("summary.html.j2").render(page=page, link=link),
        summary="\n".join((page.title, *(f"{one.name}: {one.value}" for one in page.figures), link)).strip(),
        link=link,
        created_at=notice.created_at,
        headers=(
            ("Message-ID", f"<summary.{clean(notice.about)}.{mark}@{by.domain}>"),
            ("List-Id", f"<summaries.nanni.{by.domain}>"),
            ("Auto-Submitted", "auto-generated"),
            ("X-Auto-Response-Suppress", "All"),
            ("X-Nanni-Notice", notice.id),
        ),
    )


def _lines(page: Page, link: str) -> Iterator[str]:
    yield from (page.title, "", *_wrapped(page.subtitle))
    if page.warning:
        yield from ("", *_wrapped(page.warning))
    yield ""
    yield from (f"{one.name}: {one.value}{f' ({one.beside})' if one.beside else ''}" for one in page.figures)
    for section in page.sections:
        yield from ("", section.title.upper())
        yield from _wrapped(section.lead)
        for number, item in enumerate(section.items, start=1):
            yield from _wrapped(item, f"{number}. ")
        for row in section.table.rows if section.table else ():
            told = [f"{name}: {cell}" for name, cell in zip(section.table.columns[1:], row[1:], strict=True)]  # type: ignore[union-attr]
            yield from _wrapped(f"{row[0]}. {'; '.join(told)}", "- ")
    yield from ("", *([link, ""] if link else []), *_wrapped(page.footer))


def _wrapped(words: str, lead: str = "") -> list[str]:
    return textwrap.wrap(words, WIDTH, initial_indent=lead, subsequent_indent=" " * len(lead), break_long_words=False)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("outerloop"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
