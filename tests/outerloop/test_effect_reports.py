from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from outerloop.effect import TooLittleToMeasureError, Worth
from outerloop.effect_reports import Measured, measure, measure_finely, recorded, series
from outerloop.facts import InitiativeFact, ResponseFact
from outerloop.initiatives import Initiative
from outerloop.reports import Grain
from tests.outerloop.builders import THEMES, ListedFacts, response, ticket
from tests.outerloop.test_reports import day, warehouse

MONDAY = day(1, 6)
FIX = Initiative("labels", "Labels that hold", "amira", ("delivery",), date(2025, 4, 7), 0.3, date(2025, 7, 1))
WEEKS, FIRST_AFTER = 26, 13


def weeks() -> list[ResponseFact]:
    """Sixty responses a week: 12 name late delivery, 4 after the fix; 15 name billing or both; they score badly."""
    rows = []
    for week in range(WEEKS):
        late = 4 if week >= FIRST_AFTER else 12
        for place in range(60):
            themes = (("delivery.late",) if place < late else ()) + (
                ("billing",) if 10 <= place < 25 + week % 2 else ()
            )
            rows.append(
                response(
                    week * 60 + place + 1, submitted_at=MONDAY + timedelta(days=7 * week + place % 7), themes=themes,
                    score=2.0 if place < late else 9.0,
                )
            )  # fmt: skip
    return rows


def facts() -> ListedFacts:
    opened = [ticket(n, opened_at=MONDAY + timedelta(days=n), theme="delivery.late") for n in range(90)]
    return ListedFacts(theme_rows=THEMES, response_rows=weeks(), ticket_rows=opened)


NOW = MONDAY + timedelta(weeks=WEEKS, days=1)


def test_the_series_counts_touched_themes_and_untouched_ones_by_whole_week(tmp_path: Path) -> None:
    with warehouse(tmp_path, facts(), NOW) as reader:
        found = series(reader, FIX, Grain.WEEK, 52)
        short = series(reader, FIX, Grain.WEEK, 5)
    assert found.side.tolist() == ["before"] * 13 + ["after"] * 13
    assert found.mentions.tolist() == [12] * 13 + [4] * 13
    assert found.controls.tolist()[:2] == [15, 16] and set(found.responses) == {60}
    assert short.side.tolist() == ["before"] * 5 + ["after"] * 13


def test_a_fix_is_measured_and_told_in_one_line(tmp_path: Path) -> None:
    with warehouse(tmp_path, facts(), NOW) as reader:
        found, again = measure(reader, FIX, seed=1), measure(reader, FIX, seed=1)
    assert found == again
    assert found.low < 1 / 3 < found.high and found.clear and found.reached
    assert (found.mentions_before, found.responses_before, found.left_out) == (156, 780, None)
    # 12 of 60 score as detractors, the rest as promoters: NPS 60, 86.7 with 4; 90 tickets in 91 days of which 2/3 go.
    assert found.worth.nps is not None and found.worth.nps[0] == pytest.approx(26.7, abs=2.5)
    assert found.worth.tickets[0] == pytest.approx(90 / 91 * 30.44 * 2 / 3, rel=0.1)
    assert found.sentence.startswith("Fix worth +2") and " 19 tickets fewer a month [" in found.sentence
    worse = replace(found, worth=Worth((-0.6, -1.1, 0.2), (-4.0, -7.5, 0.5)))
    assert worse.sentence == "Fix worth -0.6 NPS [-1.1, 0.2], 4.0 tickets more a month [-0.5, 7.5]"


def test_the_week_in_which_it_started_counts_neither_way(tmp_path: Path) -> None:
    midweek = Initiative("labels", "x", "amira", ("delivery",), date(2025, 4, 9), 0.3, date(2025, 7, 1))
    with warehouse(tmp_path, facts(), NOW) as reader:
        found = measure(reader, midweek, seed=1)
    assert found.left_out == date(2025, 4, 7) and (found.periods_before, found.periods_after) == (13, 12)


def test_too_early_to_say_is_said(tmp_path: Path) -> None:
    with warehouse(tmp_path, facts(), MONDAY + timedelta(weeks=15)) as reader, pytest.raises(TooLittleToMeasureError):
        measure(reader, FIX, seed=1)
    with warehouse(tmp_path, ListedFacts(), NOW) as reader, pytest.raises(TooLittleToMeasureError):
        measure(reader, FIX, seed=1)


def test_a_rare_theme_is_measured_by_month_where_a_week_has_too_few_mentions(tmp_path: Path) -> None:
    rare = [
        response(
            100 * week + place, submitted_at=MONDAY + timedelta(days=7 * week + place % 7),
            themes=("delivery.late",) if place < (2 if week < 26 else 1) else ("billing",) if place < 8 else (),
        )
        for week in range(50) for place in range(40)
    ]  # fmt: skip
    half = replace(FIX, started=date(2025, 7, 1), expected_by=date(2025, 10, 1))
    with warehouse(tmp_path, ListedFacts(theme_rows=THEMES, response_rows=rare), day(12, 28)) as reader:
        with pytest.raises(TooLittleToMeasureError):
            measure(reader, half, 1)
        found = measure_finely(reader, half, 1)
        with pytest.raises(TooLittleToMeasureError):
            measure_finely(reader, replace(half, themes=("price",)), 1)
    assert found.grain is Grain.MONTH and found.ratio < 0.8
    assert measure_weekly(tmp_path).grain is Grain.WEEK


def measure_weekly(folder: Path) -> Measured:
    with warehouse(folder, facts(), NOW) as reader:
        return measure_finely(reader, FIX, 1)


def test_the_initiatives_of_the_workspace_are_read_back(tmp_path: Path) -> None:
    told = InitiativeFact(FIX.id, FIX.title, FIX.owner, FIX.themes, FIX.started, FIX.expected, FIX.expected_by)
    with warehouse(tmp_path, ListedFacts(theme_rows=THEMES, initiative_rows=[told])) as reader:
        assert recorded(reader) == (FIX,)
