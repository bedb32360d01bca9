"""Which comments of a month are worth reading: of what rose, of what costs most, and of what was liked."""

from collections.abc import Iterator

from outerloop.alarm_reports import Verbatim
from outerloop.between import Days
from outerloop.monthly import MonthlyReport, Named
from outerloop.monthly_steps import Touches, strongest
from outerloop.warehouse import Warehouse

TO_READ = 2
"""Comments under a heading, at most."""


def verbatims_of(warehouse: Warehouse, told: MonthlyReport, touches: Touches) -> Iterator[Named]:
    """Headings with the responses to read under them, no response twice; the words stay in the ledger."""
    used: set[Verbatim] = set()
    for about, candidates in _worth_reading(warehouse, told, touches):
        chosen = tuple(one for one in candidates if one not in used)[:TO_READ]
        used.update(chosen)
        if chosen:
            yield Named(about, chosen)


def _worth_reading(
    warehouse: Warehouse, told: MonthlyReport, touches: Touches
) -> Iterator[tuple[str, tuple[Verbatim, ...]]]:
    alarmed = strongest(told.alarms, touches)[:2]
    for one in alarmed:
        yield one.name, one.verbatims
    done = {theme for one in alarmed for theme in touches.above.get(one.theme, ())}
    costly = [line for line in told.drivers if line.impact.high < 0 and line.theme not in done]
    for line in costly[:2]:
        yield line.name, _said(warehouse, told.days, "negative", line.theme)
    yield "What was liked", _said(warehouse, told.days, "positive", None)


def _said(warehouse: Warehouse, days: Days, feeling: str, theme: str | None) -> tuple[Verbatim, ...]:
    found = warehouse.frame(
        f"""SELECT response, survey, response_id FROM response
            WHERE has_comment AND {feeling} > 0.5 AND submitted_on >= $first AND submitted_on < $ends
              AND response IN (SELECT response FROM response_theme WHERE $theme IS NULL OR theme = $theme)
            ORDER BY {feeling} DESC, response DESC LIMIT {3 * TO_READ}""",
        days.asked | {"theme": theme},
    )
    rows = zip(found.response.tolist(), found.survey.tolist(), found.response_id.tolist(), strict=True)
    return tuple(Verbatim(*row) for row in rows)
