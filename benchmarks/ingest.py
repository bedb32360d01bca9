"""Ingestion: 1,000,000 generated survey rows through the whole walk, beside scripts that only copy them.

Nanni reads, parses, checks the contract, finds themes, decides, opens tickets with owner, deadlines and notices, and
stores it all in SQLite. The peers do none of that; they are what a script without contract, decisions and tickets does:
`pandas` (pandas 3 read_csv in chunks of 20,000 and to_sql) and `core` (csv and SQLAlchemy Core, one transaction of
20,000 rows, the response id as key), both into SQLite. `python -m benchmarks.ingest` takes minutes, `--quick` a sample.

Rows: NPS 0-10, comments of 5 to 20 words on 60 % of them, 300,000 customers by mail address, two attributes, one bad
row in a thousand; themes, routing and SLA are the demo's, the policy is the demo's without sentiment rules.

The last line is one JSON object. `rows`; `load_average` (before, after: other work on the machine slows all figures);
`cpus`; `versions`; `runs`: a list with, for each run, `name` (nanni: no model reads a comment; pandas; core; nanni,
words compared: the encoder reads where a theme is missing; nanni with sentiment: both models), `rows`, `seconds`,
`rows_per_second`, `cpu_microseconds_per_row` (all processes), `peak_bytes` (resident, whole process tree; a page that
processes share counts once), `bytes_per_row` (database files), and for nanni `fire_rate` and `counts`;
`ratio_to_peers` (rows per second of nanni over each peer's); `peak_growth` (peak of the largest run over the smallest);
`step_cpu_microseconds` (one process, by step) and `step_shares`.
"""

import argparse
import json
import os
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.ingest_workspace import write_export
from benchmarks.watching import watched
from models.adapters.onnx_sentiment import DEFAULT_ARTIFACT

FULL, QUICK = (100_000, 1_000_000), (20_000, 50_000)
STEP_ROWS = 80_000
SCORED_ROWS = {False: 5_000, True: 1_000}
MB = 1e6
MODULES = ("pandas", "sqlalchemy", "great-expectations")

Run = dict[str, Any]


def main() -> None:
    """Make the export, run everything, print the table and the JSON."""
    parser = argparse.ArgumentParser(description="How fast rows are ingested, beside scripts that only copy them.")
    parser.add_argument("--quick", action="store_true", help="50,000 rows instead of 1,000,000")
    quick = parser.parse_args().quick
    load = [os.getloadavg()[0]]
    with tempfile.TemporaryDirectory(prefix="nanni-ingest-") as name:
        figures = measure(Path(name), quick)
    load.append(os.getloadavg()[0])
    figures = {"load_average": load, "cpus": os.cpu_count(), **figures}
    show(figures)
    print(json.dumps(figures))


def measure(folder: Path, quick: bool) -> dict[str, Any]:
    """Every run, smallest first, one at a time."""
    sizes = QUICK if quick else FULL
    exports = {rows: write_export(folder / f"{rows}.csv", rows) for rows in sizes}
    runs = [one("nanni", rows, exports[rows], folder) for rows in sizes]
    runs += [one(peer, sizes[-1], exports[sizes[-1]], folder) for peer in ("pandas", "core")]
    words = one("nanni", sizes[-1], exports[sizes[-1]], folder, "words")
    runs.append({**words, "name": "nanni, words compared"})
    if DEFAULT_ARTIFACT.is_dir():
        rows = SCORED_ROWS[quick]
        scored = one("nanni", rows, write_export(folder / "scored.csv", rows), folder, "default")
        runs.append({**scored, "name": "nanni with sentiment"})
    step_rows = min(STEP_ROWS, sizes[-1])
    steps, _ = program("steps", step_rows, write_export(folder / "steps.csv", step_rows), folder)
    largest = runs[len(sizes) - 1]
    return {
        "rows": sizes[-1],
        "versions": {"python": sys.version.split()[0], **{name: version(name) for name in MODULES}},
        "runs": runs,
        "ratio_to_peers": {
            run["name"]: largest["rows_per_second"] / run["rows_per_second"]
            for run in runs
            if run["name"] in ("pandas", "core")
        },
        "peak_growth": largest["peak_bytes"] / runs[0]["peak_bytes"],
        "step_cpu_microseconds": steps,
        "step_shares": {step: spent / sum(steps.values()) for step, spent in steps.items()},
    }


def one(kind: str, rows: int, export: Path, folder: Path, models: str = "none") -> Run:
    """One run's figures."""
    told, peak = program(kind, rows, export, folder, models)
    return {
        "name": kind,
        "rows": rows,
        "seconds": told["seconds"],
        "rows_per_second": rows / told["seconds"],
        "cpu_microseconds_per_row": told["cpu_seconds"] / rows * 1e6,
        "peak_bytes": peak,
        "bytes_per_row": told["bytes"] / rows,
        **{name: told[name] for name in ("fire_rate", "counts") if name in told},
    }


def program(kind: str, rows: int, export: Path, folder: Path, models: str = "none") -> tuple[Run, int]:
    """What one measured program printed, and its peak memory; its files are removed."""
    with tempfile.TemporaryDirectory(dir=folder) as own:
        command = [sys.executable, "-m", "benchmarks.ingest_runs", kind, str(rows), str(export), own, models]
        told, peak = watched(command)
    figures: Run = json.loads(told.splitlines()[-1])
    return figures, peak


def show(figures: dict[str, Any]) -> None:
    """The figures for a person."""
    console = Console()
    table = Table(title="Ingesting survey rows into SQLite")
    for column in ("", "rows", "rows/s", "Nanni / peer", "CPU µs/row", "peak MB", "bytes/row"):
        table.add_column(column, justify="left" if not column else "right")
    for run in figures["runs"]:
        ratio = figures["ratio_to_peers"].get(run["name"])
        table.add_row(
            run["name"],
            f"{run['rows']:,}",
            f"{run['rows_per_second']:,.0f}",
            f"{ratio:.2f}" if ratio else "",
            f"{run['cpu_microseconds_per_row']:.1f}",
            f"{run['peak_bytes'] / MB:,.0f}",
            f"{run['bytes_per_row']:,.0f}",
        )
    console.print(table)
    shares = ", ".join(f"{step} {share:.0%}" for step, share in figures["step_shares"].items())
    console.print(f"CPU time by step (one process): {shares}")
    before, after = figures["load_average"]
    console.print(
        f"{figures['runs'][0]['fire_rate']:.1%} of responses fired a rule. "
        f"Load average {before:.1f} before, {after:.1f} after, on {figures['cpus']} processors."
    )


if __name__ == "__main__":
    main()
