"""A month's report as a page: headline figures, sections, and what to know before and after reading."""

from zoneinfo import ZoneInfo

from outerloop.monthly import MonthlyReport, ScoreLine
from outerloop.monthly_names import SCORES, Told
from outerloop.monthly_sections import sections_of
from outerloop.monthly_steps import PROMISES
from outerloop.page import Figure, Page
from outerloop.wording import day, number


def page_of(report: MonthlyReport, told: Told) -> Page:
    """The report as a page."""
    month = f"{report.month:%B %Y}"
    whole = "" if not report.partial else (
        f"{month} is not complete: its counts are too low to compare, its shares are of the days there are."
    )  # fmt: skip
    return Page(
        title=f"Customer feedback, {month}",
        subtitle=_compared(report),
        warning=" ".join(one for one in (whole, told.discovery) if one),
        figures=tuple(_figures(report)),
        sections=sections_of(report, told),
        footer=_footer(report, told),
    )


def _compared(report: MonthlyReport) -> str:
    if report.before is None:
        return "There is no whole month before it to compare it with."
    first, last = report.before.first, report.before.ends
    months = (last.year - first.year) * 12 + last.month - first.month
    named = f"{first:%B %Y}" if months == 1 else f"the {months} whole months from {first:%B %Y}"
    return f"Compared with {named}. Brackets are 95 % intervals; a change whose interval holds 0 may be chance."


def _figures(report: MonthlyReport) -> list[Figure]:
    a_month = report.responses_a_month_before
    found = [Figure("Responses", f"{report.responses:,}", "" if a_month is None else f"{a_month:,.0f} a month before")]
    found += [Figure(SCORES.get(one.kind, one.kind), _score(one), _before(one)) for one in report.scores]
    worked = report.worked
    found.append(Figure("Tickets opened", f"{worked.opened:,}", f"{worked.closed:,} closed, {worked.standing:,} open"))
    for line in report.promises:
        kept = f"{number(100 * line.kept.now.value)} %" if line.met + line.missed else "–"
        name = f"{PROMISES.get(line.promise, line.promise).capitalize()} in time"
        found.append(Figure(name, kept, f"{line.met} of {line.met + line.missed} decided"))
    return found


def _score(line: ScoreLine) -> str:
    value = line.value.now.value
    return number(value, signed=True) if line.kind == "nps" else f"{number(value)} %"


def _before(line: ScoreLine) -> str:
    low, high, signed = line.value.now.low, line.value.now.high, line.kind == "nps"
    limits = f"[{number(low, signed=signed)}, {number(high, signed=signed)}]"
    before = line.value.before
    return limits if before is None else f"{limits}, was {number(before.value, signed=signed)}"


def _footer(report: MonthlyReport, told: Told) -> str:
    moment = report.as_of.astimezone(ZoneInfo(report.zone))
    words = "" if told.withheld else " It holds customers' words: keep it as carefully as the tickets."
    return f"Made by Nanni from the warehouse as of {day(moment)}, {moment:%H:%M %Z}.{words}"
