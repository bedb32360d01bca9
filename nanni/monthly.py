"""The monthly report of a workspace: content from its warehouse, comments from its ledger, written as HTML and PDF."""

import re
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from feedback.errors import ConfigError, StoreError
from ledger.store import SqlUnitOfWork
from nanni.initiatives import listed
from nanni.parts import Parts
from nanni.theme_then import warehouse_then
from nanni.theme_views import readable_version
from outerloop.adapters.duckdb_warehouse import open_reader
from outerloop.monthly import MonthlyReport
from outerloop.monthly_builder import latest_month, monthly_report
from outerloop.monthly_names import Told
from outerloop.monthly_page import page_of
from outerloop.page import Page
from outerloop.quoting import quotable

SEED = 1
"""Of resampling and draws: a report made twice from the same facts has the same figures."""


@dataclass(frozen=True, slots=True)
class Written:
    """A report on the disk."""

    report: MonthlyReport
    html: Path
    pdf: Path


def parse_month(text: str) -> date:
    """`2026-09` as the first day of that month. Raises ConfigError."""
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text):
        raise ConfigError(f"{text!r} is no month", where="--month", allowed="YYYY-MM", next_step="for example 2026-09")
    return date.fromisoformat(f"{text}-01")


def build(parts: Parts, month: date | None, discovery: int | None = None) -> MonthlyReport:
    """A month's content from the warehouse as last refreshed; None: the latest that tells enough (`latest_month`).

    `discovery`: under this older one's themes instead, of today's ledger. Raises StoreError without a warehouse,
    ConfigError for a month without responses, NotFoundError without that discovery.
    """
    path = parts.workspace.settings.warehouse
    with open_reader(path) if discovery is None else warehouse_then(parts, discovery) as warehouse:
        return monthly_report(warehouse, month or latest_month(warehouse), listed(parts), SEED)


def page(parts: Parts, report: MonthlyReport, verbatims: bool, discovery: int | None = None) -> Page:
    """The report as a page, with comments read from the ledger now: of who was erased since there are none."""
    told = replace(names(parts), discovery=_under(parts, discovery) if discovery is not None else "")
    return page_of(report, replace(told, quotes=_quotes(parts, report), withheld=False) if verbatims else told)


def names(parts: Parts) -> Told:
    """People, teams and surveys as the workspace calls them, and no comments."""
    routing = parts.workspace.routing
    return Told(
        people={one: routing.member(one).name for one in routing.people},
        teams={one.id: one.name for one in routing.teams},
        surveys={one.id: one.title or one.id for one in parts.workspace.surveys.values()},
        withheld=True,
    )


def _under(parts: Parts, discovery: int) -> str:
    with parts.ledger.read() as uow:
        version, latest = readable_version(uow, parts, discovery), uow.themes.latest()
    number = latest.number if latest else discovery
    return (
        f"Discovered themes are those of discovery {discovery} ({version.at:%-d %B %Y}), the latest is {number}: "
        "today's responses, told as it would have told them."
    )


def write(parts: Parts, month: date | None, out: Path, verbatims: bool = True, discovery: int | None = None) -> Written:
    """Write `YYYY-MM.html` and `YYYY-MM.pdf` into a folder, readable by their owner alone since they quote customers.

    Under an older discovery the names end with `-discovery-N`. Raises StoreError when they cannot be written, and what
    `build` raises.
    """
    from outerloop.adapters.drawing import drawn
    from outerloop.adapters.report_html import html_of
    from outerloop.adapters.report_pdf import pdf_of
    from outerloop.monthly_charts import charts_of

    try:
        out.mkdir(parents=True, exist_ok=True)
        report = build(parts, month, discovery)
        made = page(parts, report, verbatims, discovery)
        charts = drawn(charts_of(report))
        name = f"{report.month:%Y-%m}" + (f"-discovery-{discovery}" if discovery is not None else "")
        written = Written(report, out / f"{name}.html", out / f"{name}.pdf")
        _put(written.html, html_of(made, charts).encode())
        _put(written.pdf, pdf_of(made, charts, report.as_of))
    except OSError as error:
        raise StoreError(
            f"the report cannot be written: {error.strerror}", where=str(out), next_step="choose another --out"
        ) from error
    return written


def _put(path: Path, content: bytes) -> None:
    path.touch(mode=0o600, exist_ok=True)
    path.write_bytes(content)


def _quotes(parts: Parts, report: MonthlyReport) -> dict[int, str]:
    with parts.ledger.read() as uow:
        wanted = (one.response for named in report.verbatims for one in named.responses)
        found = {number: _quote(uow, number) for number in wanted}
    return {number: quote for number, quote in found.items() if quote}


def _quote(uow: SqlUnitOfWork, number: int) -> str:
    """All that the response says; "" when it says nothing (any more)."""
    response = uow.responses.get(number).response
    said = " / ".join(comment.text.strip() for comment in response.comments if comment.text.strip())
    return quotable(said, (response.respondent.name,) if response.respondent.name else ())
