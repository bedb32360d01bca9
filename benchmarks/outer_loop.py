"""The outer loop on a large store: `python -m benchmarks.outer_loop`, 1,000,000 responses and 100,000 closed tickets.

A ledger of that size is written straight into SQLite (`benchmarks.outer_loop_store`, not timed). Then, each in a
process of its own: the discovery of themes and what they say of every comment (with a stand-in that reads them:
`benchmarks.outer_loop_themes` says why), the whole refresh, a catching-up refresh after 1 % more responses with their
tickets, every question that the notebooks, the report and the commands ask of the warehouse
(`benchmarks.outer_loop_questions`), a second discovery and the list of themes. `--quick` takes 20,000 responses and
also holds the caught-up warehouse against one written anew (`--check` does so at any size, for one more whole refresh).

Keys of the JSON line: `responses`, `closed_tickets`; `whole` and `catching_up`, each with `cpu_s`, `wall_s`, `peak_mb`,
`file_mb`; `share` (processor time of catching up over that of the whole), `same` (true, or null where not checked);
`questions` (`cpu_s` and `wall_s` of all, `peak_mb`, and under `each` the same of each); `themes` and `themes_again`
(`cpu_s`, `wall_s`, `peak_mb`, sentences `looked_at`, `themes`, `tentative`, `fates`, `new_mentions`, and how many
`readings` and `mentions` are stored then), `themes_listed`; `encoder`: `ms` of processor time a sentence, measured over
so many `sentences`, which neither `themes` nor a refresh here contains; `load_average` before and after. There is no
peer: the questions are Nanni's own.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.outer_loop_questions import questioned
from benchmarks.outer_loop_store import NOW, Filler, counted, make
from benchmarks.outer_loop_themes import StandIn, discovered, encoder_rate, shown, standing_in
from benchmarks.watching import spent
from nanni.outer_loop import refresh

RESPONSES, QUICK = 1_000_000, 20_000
NEW = 0.01
SCREEN = Console()
STAGES = {
    "themes": "discovering themes, assigning all",
    "whole": "whole refresh",
    "catching_up": "refresh after 1 % more",
    "questions": "all questions",
    "checked": "whole refresh again, to compare",
    "themes_again": "discovering again",
    "themes_listed": "list of themes",
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
    figures: dict[str, Any] = {"responses": size, "closed_tickets": counted(parts), "load_average": [_load()]}

    def take(name: str, work: Callable[..., dict[str, Any]], *args: object) -> dict[str, Any]:
        told: dict[str, Any] = alone(work, folder, *args)
        SCREEN.print(f"{name}: { {key: value for key, value in told.items() if key != 'each'} }")
        figures[name] = told
        return told

    take("encoder", encoder_rate)
    take("themes", discovered)
    whole = take("whole", refreshed, True)
    filler.add(max(round(size * NEW), 1), since=NOW - timedelta(days=7))
    parts.close()
    caught = take("catching_up", refreshed, False)
    figures["share"] = caught["cpu_s"] / whole["cpu_s"]
    SCREEN.print(questions_table(take("questions", questioned)))
    figures["same"] = take("checked", refreshed, True)["content_hash"] == caught["content_hash"] if check else None
    take("themes_again", discovered)
    take("themes_listed", shown)
    figures["load_average"].append(_load())
    return figures


def _load() -> float:
    return round(os.getloadavg()[0], 1)


def alone(work: Callable[..., dict[str, Any]], *args: object) -> dict[str, Any]:
    """What the work tells, done in a fresh process."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        told: dict[str, Any] = pool.submit(work, *args).result()
    return told


def refreshed(folder: Path, whole: bool) -> dict[str, Any]:
    """One refresh; `content_hash` is what a caught-up warehouse and a whole one must agree on."""
    parts = standing_in(folder)
    began = time.process_time(), time.perf_counter()
    told = refresh(parts, whole)
    took = spent(*began)
    assert told["whole"] is whole
    parts.close()
    size = Path(told["path"]).stat().st_size / 2**20
    return {**took, "file_mb": round(size, 1), "content_hash": told["content_hash"]}


def show(figures: dict[str, Any]) -> None:
    """The figures for people."""
    table = _table(f"The outer loop, {figures['responses']:,} responses")
    for name, label in STAGES.items():
        if name in figures:
            _row(table, label, figures[name])
    SCREEN.print(table)
    SCREEN.print(f"Catching up takes {figures['share']:.1%} of the whole refresh; same content: {figures['same']}.")
    SCREEN.print(
        f"Sentences were read by {StandIn.name}, which stands in for the encoder that ships; that one takes"
        f" {figures['encoder']['ms']} ms of processor time for each new sentence besides."
    )


def questions_table(told: dict[str, Any]) -> Table:
    """Each question, the dearest first."""
    table = _table(f"{len(told['each'])} questions")
    for name, one in sorted(told["each"].items(), key=lambda pair: -pair[1]["cpu_s"]):
        _row(table, name, one)
    return table


def _table(title: str) -> Table:
    table = Table("", title=title)
    for heading in ("processor s", "wall s", "peak MB"):
        table.add_column(heading, justify="right")
    return table


def _row(table: Table, label: str, told: dict[str, Any]) -> None:
    table.add_row(label, f"{told['cpu_s']:.1f}", f"{told['wall_s']:.1f}", f"{told['peak_mb']:,}")


if __name__ == "__main__":
    main()
