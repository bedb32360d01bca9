"""Alarms drawn: every one labelled, cut off where nobody named the theme before, and nothing said to be nothing."""

from dataclasses import replace
from datetime import date
from typing import Any

import altair as alt

from outerloop.alarm_charts import alarms
from outerloop.alarm_reports import Alarm, Watch
from outerloop.reports import Grain
from tests.outerloop.test_charts import size

LATE = Alarm(
    date(2025, 6, 2), "delivery.late", "Late delivery", 1, "all", "", 31, 210, 31 / 210, 90, 1500, 0.06, 12.6, 2.46,
    1.7, 3.5, 1.1, 1e-5, 0.002, (),
)  # fmt: skip
NEW = replace(LATE, name="Broken lid", kind="survey", segment="store", mentions=9, expected=0.0, ratio=None, low=4.0,
              high=None)  # fmt: skip
WEEK = Watch(
    Grain.WEEK, date(2025, 6, 2), date(2025, 6, 2), date(2025, 1, 6), (), False, 0.1, 900, 120, (LATE, NEW)
)  # fmt: skip


def rows(chart: alt.TopLevelMixin) -> list[dict[str, Any]]:
    drawn: Any = chart
    return [row for data in drawn.to_dict()["datasets"].values() for row in data]


def test_alarms_are_drawn_with_what_was_expected() -> None:
    chart: Any = alarms(WEEK)
    labels = [row["label"] for row in rows(chart) if "label" in row]
    assert labels == ["Late delivery (31, expected 12.6)", "Broken lid, store (9, never before)"]
    assert "What rose in the week from 02 Jun 2025, against the weeks before" in str(chart.to_dict()["title"])
    with alt.theme.enable("nanni"):
        width, height = size(chart)
    assert 500 <= width <= 1000 and 100 <= height <= 400


def test_over_several_weeks_each_says_its_own_and_only_so_many_are_drawn() -> None:
    chart = alarms(replace(WEEK, since=date(2025, 5, 5), seasonal=True), top=1)
    assert [row["label"] for row in rows(chart) if "label" in row] == ["Late delivery (31, expected 12.6), 02 Jun 2025"]


def test_no_alarm_says_so() -> None:
    assert [row["why"] for row in rows(alarms(replace(WEEK, alarms=())))] == ["No theme rose more than chance explains"]
