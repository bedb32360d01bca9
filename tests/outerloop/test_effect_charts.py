"""A fix drawn: the rate before, what it would have been, and the band that was measured."""

from datetime import date
from typing import Any

import altair as alt
import pandas as pd
import pytest

from outerloop.effect import Worth
from outerloop.effect_charts import effect
from outerloop.effect_reports import Measured
from outerloop.initiatives import Initiative
from outerloop.reports import Grain
from tests.outerloop.test_alarm_charts import rows
from tests.outerloop.test_charts import size

FIX = Initiative("labels", "Labels that hold", "amira", ("delivery",), date(2025, 4, 7), 0.3, date(2025, 7, 1))
MEASURED = Measured(
    FIX, Grain.WEEK, 13, 13, None, 312, 2600, 156, 2600, 0.5, 0.4, 0.62, True, True, 0.1, 0.2,
    Worth((1.3, 0.4, 2.1), (31.2, 20.4, 40.8)),
)  # fmt: skip


def weeks() -> pd.DataFrame:
    periods = pd.date_range("2025-01-06", periods=26, freq="7D")
    late = [period >= pd.Timestamp(FIX.started) for period in periods]
    return pd.DataFrame({
        "period": periods, "responses": 200, "mentions": [12 if now else 24 + k % 5 for k, now in enumerate(late)],
        "controls": [30 if now else 25 for now in late], "side": ["after" if now else "before" for now in late],
    })  # fmt: skip


def test_the_band_is_the_measured_effect_on_what_the_controls_lead_to_expect() -> None:
    chart: Any = effect(weeks(), MEASURED)
    levels = [row for row in rows(chart) if "level" in row]
    before, without = (next(row for row in levels if row["of"] == of) for of in ("before", "without"))
    assert without["level"] == pytest.approx(before["level"] * 30 / 25)
    assert (without["low"], without["high"]) == pytest.approx((without["level"] * 0.4, without["level"] * 0.62))
    title = chart.to_dict()["title"]
    assert title["text"] == "Labels that hold: -50% [-60%, -38%] against untouched themes"
    assert "Fix worth +1.3 NPS [0.4, 2.1], 31 tickets fewer a month [20, 41]" in str(title["subtitle"])
    with alt.theme.enable("nanni"):
        width, height = size(chart)
    assert 500 <= width <= 1000 and 200 <= height <= 400


def test_too_little_to_measure_draws_the_series_alone() -> None:
    chart: Any = effect(weeks(), None)
    assert len(chart.to_dict()["layer"]) == 2
    assert "Too few periods" in str(chart.to_dict()["title"])


def test_no_period_says_so() -> None:
    assert [row["why"] for row in rows(effect(pd.DataFrame(), None))] == ["No whole period yet"]
