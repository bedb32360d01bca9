import re
import struct
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import altair as alt
import pytest

from outerloop import cause_reports, charts, driver_charts, driver_reports, reports, theme_reports
from outerloop.adapters.duckdb_warehouse import DuckDbWarehouse, open_reader, refresh
from tests.outerloop.builders import NOW, ListedFacts, synthetic_year

CHARTS: dict[str, Callable[[DuckDbWarehouse], alt.TopLevelMixin]] = {
    "scores": lambda w: charts.scores(reports.scores_by_period(w)),
    "theme_shares": lambda w: charts.theme_shares(theme_reports.themes_ranked(w)),
    "theme_trends": lambda w: charts.theme_trends(theme_reports.themes_by_period(w), ["delivery", "price", "gone"]),
    "theme_cost": lambda w: charts.theme_cost(theme_reports.theme_nps_impact(w)),
    "root_causes": lambda w: charts.root_causes(theme_reports.theme_root_causes(w)),
    "promises": lambda w: charts.promises(reports.promises_by_period(w)),
    "waiting": lambda w: charts.waiting(reports.waiting_by_period(w)),
    "drivers": lambda w: driver_charts.drivers(driver_reports.theme_drivers(w, 1, resamples=50)),
    "kinds": lambda w: driver_charts.kinds(driver_reports.theme_kinds(w, 1, resamples=50)),
    "cause_lifts": lambda w: driver_charts.cause_lifts(cause_reports.cause_lifts(w)),
    "repeats": lambda w: driver_charts.repeats(cause_reports.theme_repeats(w)),
}


def size(chart: Any) -> tuple[int, int]:
    """Width and height of the chart drawn as a PNG."""
    drawn = BytesIO()
    chart.save(drawn, format="png", ppi=72)
    width, height = struct.unpack(">II", drawn.getvalue()[16:24])
    return width, height


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("year") / "w.duckdb"
    refresh(path, synthetic_year(800), NOW)
    return path


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_draws_at_a_readable_size(year: Path, name: str) -> None:
    with alt.theme.enable("nanni"), open_reader(year) as warehouse:
        width, height = size(CHARTS[name](warehouse))
    assert 500 <= width <= 1000
    assert 150 <= height <= 700


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_of_nothing_says_so(tmp_path: Path, name: str) -> None:
    refresh(tmp_path / "w.duckdb", ListedFacts(), NOW)
    with open_reader(tmp_path / "w.duckdb") as warehouse:
        chart: Any = CHARTS[name](warehouse)
    (text,) = [row["why"] for rows in chart.to_dict()["datasets"].values() for row in rows]
    assert text.startswith("No ")


def test_colours_are_those_of_the_palette_and_intervals_are_drawn(year: Path) -> None:
    safe = {"#0072B2", "#E69F00", "#009E73", "#D55E00", "#6B7280"}
    shade_and_ink = {"#EEF3F9", "#08519C", "#111827"}
    with open_reader(year) as warehouse:
        for name, draw in CHARTS.items():
            chart: Any = draw(warehouse)
            spec = str(chart.to_dict())
            assert set(re.findall(r"#[0-9A-Fa-f]{6}", spec)) <= safe | shade_and_ink, name
            if name not in ("root_causes", "waiting"):
                assert "'field': 'low'" in spec and "'field': 'high'" in spec, name
