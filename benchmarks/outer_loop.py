"""The outer loop on a large store: `python -m benchmarks.outer_loop`, 1,000,000 responses and 100,000 closed tickets.

A ledger of that size is written straight into SQLite (`benchmarks.outer_loop_store`, not timed). Then, each in a
process of its own: the discovery of themes and what they say of every comment (with a stand-in that reads them:
`benchmarks.outer_loop_themes` says why), the whole refresh, a catching-up refresh after 1 % more responses with their
tickets, every question that the notebooks, reports and commands ask of the warehouse, a second discovery and the list
of themes. `--quick` takes 20,000 responses and also holds the caught-up warehouse against one written anew (`--check`
does so at any size, for one more whole refresh).

Keys of the JSON line: `responses`, `closed_tickets`; `whole` and `catching_up`, each with `cpu_s`, `wall_s`, `peak_mb`,
`file_mb`; `share` (processor time of catching up over that of the whole), `same` (true, or null where not checked);
`queries` (processor seconds of each), `queries_cpu_s`, `queries_wall_s`, `queries_peak_mb`; `themes` and `themes_again`
(`cpu_s`, `wall_s`, `peak_mb`, sentences `looked_at`, `themes`, `tentative`, `fates`, `new_mentions`, and how many
`readings` and `mentions` are stored then), `themes_listed`; `encoder`: `ms` of processor time a sentence, measured over
so many `sentences`, which neither `themes` nor a refresh here contains; `load_average`. There is no peer: the questions
are Nanni's own.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import date, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.outer_loop_store import NOW, Filler, counted, make
from benchmarks.outer_loop_themes import discovered, encoder_rate, shown, standing_in
from benchmarks.watching import spent
from nanni.outer_loop import refresh
from outerloop import cause_reports, driver_reports, nowcast_reports, operations, reports, theme_reports
from outerloop.adapters.duckdb_warehouse import DuckDbWarehouse, open_reader
from outerloop.alarm_reports import watch
from outerloop.breach_reports import breach_risk
from outerloop.effect_reports import measure
from outerloop.initiatives import Initiative
from outerloop.reports import Grain

RESPONSES, QUICK = 1_000_000, 20_000
NEW = 0.01
SCREEN = Console()
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
    "themes by week": lambda w: theme_reports.themes_by_period(w, Grain.WEEK),
    "closed themes": theme_reports.closed_themes_by_period,
    "NPS impact": theme_reports.theme_nps_impact,
    "root causes": theme_reports.theme_root_causes,
    "alarms": lambda w: watch(w, Grain.WEEK, ("survey", "channel", "store")),
    "drivers": lambda w: driver_reports.theme_drivers(w, 1),
    "penalty and reward": lambda w: driver_reports.theme_kinds(w, 1),
    "cause lifts": cause_reports.cause_lifts,
    "repeats": cause_reports.theme_repeats,
    "initiative's effect": lambda w: measure(w, _FIX, 1),
    "themes nowcast": nowcast_reports.closed_themes_nowcast,
    "root causes nowcast": nowcast_reports.root_causes_nowcast,
    "forecast": operations.volume_forecast,
    "staffing": lambda w: operations.staffing(w, 30),
    "knowledge gaps": operations.knowledge_gaps,
    "routing": operations.routing_accuracy,
    "workload": operations.workload,
    "breach risk": breach_risk,
}


def main() -> None:
    """Fill a store, refresh it twice, ask everything, print the figures."""
    parser = argparse.ArgumentParser(description="The outer loop on a large store.")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--responses", type=int)
    parser.add_argument("--check", action="store_true", help="hold the caught-up one against a whole one")
    asked = parser.parse_args()
    size = asked.responses or (QUICK if asked.quick else RESPONSES)
    with tempfile.TemporaryDirectory(prefix="nanni-outer-loop-") as made:
        figures = run(Path(made) / "w", size, asked.check or asked.quick)
    show(figures)
    sys.stdout.write(json.dumps(figures) + "\n")


def run(folder: Path, size: int, check: bool) -> dict[str, Any]:
    """Everything on a new workspace at `folder`."""
    parts = make(folder)
    filler = Filler(parts)
    filler.add(size)
    SCREEN.print(f"{size:,} responses and {counted(parts):,} closed tickets are in the ledger.")
    figures: dict[str, Any] = {"responses": size, "closed_tickets": counted(parts), "load_average": os.getloadavg()[0]}
    for name, work in (("encoder", encoder_rate), ("themes", discovered)):
        figures[name] = alone(work, folder)
        SCREEN.print(f"{name}: {figures[name]}")
    figures["whole"] = alone(refreshed, folder, True)
    SCREEN.print(f"whole refresh: {figures['whole']}")
    filler.add(max(round(size * NEW), 1), since=NOW - timedelta(days=7))
    parts.close()
    caught = alone(refreshed, folder, False)
    figures["catching_up"], figures["same"] = caught, None
    figures["share"] = caught["cpu_s"] / figures["whole"]["cpu_s"]
    SCREEN.print(f"catching up: {caught}")
    if check:
        figures["same"] = alone(refreshed, folder, True)["content_hash"] == caught["content_hash"]
    asked = alone(questioned, folder)
    for name, work in (("themes_again", discovered), ("themes_listed", shown)):
        figures[name] = alone(work, folder)
        SCREEN.print(f"{name}: {figures[name]}")
    figures |= {f"queries_{name}": asked[name] for name in ("cpu_s", "wall_s", "peak_mb")} | asked["told"]
    return figures


def alone(work: Callable[..., dict[str, Any]], *args: object) -> dict[str, Any]:
    """What the work tells, done in a fresh process."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        told: dict[str, Any] = pool.submit(work, *args).result()
    return told


def refreshed(folder: Path, whole: bool) -> dict[str, Any]:
    """One refresh; in the quick check `content_hash` is what two must agree on."""
    parts = standing_in(folder)
    began = time.process_time(), time.perf_counter()
    told = refresh(parts, whole)
    took = spent(*began)
    assert told["whole"] is whole
    parts.close()
    size = Path(told["path"]).stat().st_size / 2**20
    return {**took, "file_mb": round(size, 1), "content_hash": told["content_hash"]}


def questioned(folder: Path) -> dict[str, Any]:
    """Every question once, on one open warehouse."""
    with open_reader(folder / "state" / "warehouse.duckdb") as warehouse:
        began, took = (time.process_time(), time.perf_counter()), {}
        for name, ask in QUERIES.items():
            start = time.process_time()
            ask(warehouse)
            took[name] = round(time.process_time() - start, 2)
        all_of_them = spent(*began)
    return {**all_of_them, "told": {"queries": took}}


def show(figures: dict[str, Any]) -> None:
    """The figures for people."""
    table = Table("", "processor s", "wall s", "peak MB", title="The outer loop")
    for name in ("themes", "whole", "catching_up", "themes_again", "themes_listed"):
        one = figures[name]
        table.add_row(name.replace("_", " "), f"{one['cpu_s']:.1f}", f"{one['wall_s']:.1f}", f"{one['peak_mb']:,}")
    asked = [figures[f"queries_{name}"] for name in ("cpu_s", "wall_s", "peak_mb")]
    table.add_row(f"{len(QUERIES)} questions", f"{asked[0]:.1f}", f"{asked[1]:.1f}", f"{asked[2]:,}")
    SCREEN.print(table)
    slowest = sorted(figures["queries"].items(), key=lambda one: -one[1])[:8]
    SCREEN.print("slowest: " + ", ".join(f"{name} {took:.1f} s" for name, took in slowest))
    SCREEN.print(f"catching up takes {figures['share']:.1%} of the whole refresh; same content: {figures['same']}")


if __name__ == "__main__":
    main()
