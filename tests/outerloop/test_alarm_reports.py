from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from feedback.errors import ConfigError
from outerloop.alarm_reports import Alarm, Watch, counted, watch
from outerloop.alarms import AlarmRule
from outerloop.facts import ResponseFact
from outerloop.reports import Grain
from tests.outerloop.builders import THEMES, ListedFacts, response
from tests.outerloop.test_reports import day, warehouse

MONDAY = day(1, 6)
WEEKS = 14


def weekly(named: dict[int, int], per_week: int = 40, survey: str = "store_nps") -> list[ResponseFact]:
    """40 responses a week for 14 weeks; `named[week]` of them (2 unless given) name late delivery."""
    first = 1 if survey == "store_nps" else 10_000
    return [
        response(
            first + week * per_week + place, survey=survey, submitted_at=MONDAY + timedelta(days=7 * week + place % 7),
            themes=("delivery.late",) if place < named.get(week, 2) else (), negative=place / 100,
            attributes=(("region", "North" if place % 2 else "South"),),
        )
        for week in range(WEEKS) for place in range(per_week)
    ]  # fmt: skip


def asked(folder: Path, rows: list[ResponseFact], now: datetime, **options: object) -> Watch:
    with warehouse(folder, ListedFacts(theme_rows=THEMES, response_rows=rows), now) as reader:
        return watch(reader, **options)  # type: ignore[arg-type]


AFTER = MONDAY + timedelta(weeks=WEEKS, days=2)


def test_a_swollen_last_week_is_an_alarm_with_effect_counts_and_verbatims(tmp_path: Path) -> None:
    found = asked(tmp_path, weekly({13: 14}), AFTER, by=())
    assert (found.period, found.baseline_from) == (date(2025, 4, 7), date(2025, 1, 13))
    assert {alarm.theme for alarm in found.alarms} == {"delivery", "delivery.late"}
    alarm: Alarm = next(one for one in found.alarms if one.theme == "delivery.late")
    assert (alarm.mentions, alarm.responses, alarm.baseline_mentions, alarm.baseline_responses) == (14, 40, 24, 480)
    assert alarm.ratio == pytest.approx(7) and alarm.low > 3 and alarm.q < 0.001
    # The most negative of the week's fourteen first.
    assert [one.response_id for one in alarm.verbatims] == [f"R_{1 + 13 * 40 + place}" for place in (13, 12, 11, 10, 9)]


def test_a_partial_week_is_named_and_never_an_alarm(tmp_path: Path) -> None:
    found = asked(tmp_path, weekly({13: 30}), MONDAY + timedelta(weeks=13, days=3), by=())
    assert found.alarms == ()
    assert found.period == date(2025, 3, 31) and date(2025, 4, 7) in found.partial


def test_a_rise_in_one_region_only_is_found_there(tmp_path: Path) -> None:
    rows = [
        said if said.attributes[0][1] == "South" or said.response <= 13 * 40 else response(
            said.response, submitted_at=said.submitted_at, themes=("billing",), attributes=said.attributes)
        for said in weekly({})
    ]  # fmt: skip
    found = asked(tmp_path, rows, AFTER, by=("region",))
    assert {(one.kind, one.segment) for one in found.alarms if one.theme == "billing"} == {
        ("all", "all"),
        ("region", "North"),
    }
    assert all(one.ratio is None and one.high is None for one in found.alarms if one.theme == "billing")


def test_asked_as_of_an_earlier_day_later_weeks_do_not_count(tmp_path: Path) -> None:
    found = asked(tmp_path, weekly({12: 14}), AFTER, by=(), until=date(2025, 4, 6))
    assert found.period == date(2025, 3, 31) and len(found.alarms) == 2
    assert asked(tmp_path, weekly({12: 14}), AFTER, by=(), until=date(2025, 4, 5)).alarms == ()


def test_every_week_has_a_column_and_segments_their_own_exposure(tmp_path: Path) -> None:
    rows = weekly({}) + weekly({}, per_week=10, survey="web_csat")
    rows = [said for said in rows if not MONDAY + timedelta(weeks=5) <= said.submitted_at < MONDAY + timedelta(weeks=6)]
    with warehouse(tmp_path, ListedFacts(theme_rows=THEMES, response_rows=rows), AFTER) as reader:
        cells = counted(reader, Grain.WEEK, ("survey",), 12)
    assert len(cells.periods) == 13
    by = {key: row for key, row in zip(zip(cells.keys.segment, cells.keys.theme, strict=True),
                                       cells.exposure.to_numpy().tolist(), strict=True)}  # fmt: skip
    assert by["web_csat", "delivery"] == [0 if week == 4 else 10 for week in range(13)]
    assert by["all", "delivery"] == [0 if week == 4 else 50 for week in range(13)]


def test_several_weeks_are_judged_together_each_against_its_own_past(tmp_path: Path) -> None:
    found = asked(tmp_path, weekly({9: 16}), AFTER, by=("region",), last=5)
    assert (found.since, found.period) == (date(2025, 3, 10), date(2025, 4, 7))
    assert {alarm.period for alarm in found.alarms} == {date(2025, 3, 10)}
    early = next(one for one in found.alarms if (one.period, one.kind) == (date(2025, 3, 10), "all"))
    # Nine weeks before with two mentions each; the verbatims are those of its own week.
    assert early.baseline_mentions == 18 and early.expected == pytest.approx(2)
    assert {one.response_id for one in early.verbatims} <= {f"R_{1 + 9 * 40 + place}" for place in range(16)}
    assert found.rows == 5 * 6


def test_with_a_season_last_years_swelling_is_expected(tmp_path: Path) -> None:
    swollen = {week: 12 for week in (0, 1, 2, 52, 53, 54)}
    rows = [
        response(week * 20 + place + 1, submitted_at=MONDAY + timedelta(days=7 * week + place % 7),
                 themes=("delivery.late",) if place < swollen.get(week, 2) else ())
        for week in range(-55, 54) for place in range(20)
    ]  # fmt: skip
    with warehouse(
        tmp_path, ListedFacts(theme_rows=THEMES, response_rows=rows), MONDAY + timedelta(weeks=54)
    ) as reader:
        assert watch(reader, by=(), seasonal=False).alarms
        found = watch(reader, by=())
        assert watch(reader, by=(), seasonal=True) == found
        assert found.seasonal and found.tested == 2 and found.alarms == ()
        with pytest.raises(ConfigError, match="whole periods lie before"):
            watch(reader, Grain.QUARTER, by=(), seasonal=True, last=5)
        # A week less, and two years do not lie before the one asked about any more.
        assert [watch(reader, by=(), last=last).seasonal for last in (3, 4)] == [True, False]


def test_too_few_periods_are_refused_and_none_is_an_empty_answer(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="3 whole periods"):
        asked(tmp_path, weekly({}), MONDAY + timedelta(weeks=4), by=(), rule=AlarmRule())
    nothing = asked(tmp_path, [], AFTER)
    assert (nothing.period, nothing.alarms) == (None, ())
