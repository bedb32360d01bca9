"""Everything that the notebooks, the report and the commands ask of a warehouse; a part of `benchmarks.outer_loop`."""

import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from benchmarks.outer_loop_store import NOW
from benchmarks.watching import forget_peak, spent
from outerloop import cause_reports, driver_reports, nowcast_reports, operations, reports, theme_reports
from outerloop import trigger_reports as triggers
from outerloop.adapters.duckdb_warehouse import DuckDbWarehouse, open_reader
from outerloop.alarm_reports import watch
from outerloop.breach_reports import breach_risk
from outerloop.effect_reports import measure_finely
from outerloop.initiatives import Initiative
from outerloop.monthly_builder import latest_month, monthly_report
from outerloop.reports import Grain

_FIX = Initiative(
    "fix", "A fix", "amira", ("delivery",), (NOW - timedelta(days=180)).date(), 0.3, date(2026, 6, 1)
)  # fmt: skip
QUERIES: dict[str, Callable[[DuckDbWarehouse], object]] = {
    "span": reports.span,
    "intake": reports.intake_by_period,
    "scores": reports.scores_by_period,
    "promises": reports.promises_by_period,
    "waiting": reports.waiting_by_period,
    "themes ranked": theme_reports.themes_ranked,
    "without a theme": theme_reports.without_theme,
    "themes by month": theme_reports.themes_by_period,
    "themes by week": lambda w: theme_reports.themes_by_period(w, Grain.WEEK),
    "closed themes": theme_reports.closed_themes_by_period,
    "NPS impact": theme_reports.theme_nps_impact,
    "root causes": theme_reports.theme_root_causes,
    "alarms by segment": lambda w: watch(w, Grain.WEEK, ("survey", "channel", "store")),
    "alarms with a season": lambda w: watch(w, Grain.WEEK, seasonal=True),
    "alarms of a year": lambda w: watch(w, last=52),
    "drivers": lambda w: driver_reports.theme_drivers(w, 1),
    "drivers, second level": lambda w: driver_reports.theme_drivers(w, 1, level=2, resamples=300),
    "penalty and reward": lambda w: driver_reports.theme_kinds(w, 1),
    "cause lifts": cause_reports.cause_lifts,
    "repeats": cause_reports.theme_repeats,
    "initiative's effect": lambda w: measure_finely(w, _FIX, 1),
    "themes nowcast": nowcast_reports.closed_themes_nowcast,
    "root causes nowcast": nowcast_reports.root_causes_nowcast,
    "rules by month": triggers.rules_by_period,
    "rules ranked": triggers.rules_ranked,
    "unread comments": triggers.unread_comments,
    "sentiment drift": triggers.sentiment_drift,
    "quiet negatives": triggers.quiet_negatives,
    "quiet sample": triggers.quiet_sample,
    "tickets by team": operations.tickets_by_team,
    "forecast": operations.volume_forecast,
    "staffing": lambda w: operations.staffing(w, 30),
    "knowledge gaps": operations.knowledge_gaps,
    "routing": operations.routing_accuracy,
    "routing moves": operations.routing_moves,
    "workload": operations.workload,
    "breach risk": breach_risk,
    "monthly report": lambda w: monthly_report(w, latest_month(w), [_FIX]),
}


def questioned(folder: Path) -> dict[str, Any]:
    """Every question once, on one open warehouse: what all took, and under `each` what each did."""
    each: dict[str, dict[str, float]] = {}
    with open_reader(folder / "state" / "warehouse.duckdb") as warehouse:
        for name, ask in QUERIES.items():
            forget_peak()
            began = time.process_time(), time.perf_counter()
            ask(warehouse)
            each[name] = spent(*began)
    told = {what: round(sum(one[what] for one in each.values()), 2) for what in ("cpu_s", "wall_s")}
    return told | {"peak_mb": max(one["peak_mb"] for one in each.values()), "each": each}
