"""Backtest: a year and 1,000,000 responses under a candidate policy, through a real SQLite ledger.

    python -m benchmarks.backtest [--quick] [--responses N] [--columns N]

The bundled demo's surveys, policy, themes and routing; generated comments (two responses in three have one, 12 words on
average, nearly all different), sentiment and customers (three responses each). Writing the year (minutes) is not timed.
No peer: no survey system that we know of replays a trigger before it fires.

Keys of the JSON object on the last line:
- `responses`, `comments`: how many the ledger holds, and how many of them have words.
- `ledger`: what `nanni rules backtest` calls, in a process of its own with the workspace's two workers, start included:
  `seconds`, `cpu_seconds` and `cpu_us_each` (a response, over all processes: the fair figure on a shared machine),
  `on_two_cores` (half of the processor time: the wall time with two cores to itself, were nothing waited for),
  `per_second`, `peak_mb` (the largest sum of resident memory of all its processes; 0 where there is no /proc),
  `differences` (responses that the candidate decides otherwise), `opened` (tickets of either policy).
- `half`: the same over the first half of the year; what its `peak_mb` lacks is what memory grows by.
- `replay`: the live policy over the same year: `differences` and `faults`, which must both be 0.
- `columns`: `responses`, `seconds`, `cpu_us_each` of deciding and comparing alone, columns in memory, one process.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.backtest_history import DEMO, YEAR, Generator, stored
from benchmarks.watching import watched
from nanni.backtesting import run_backtest
from nanni.settings import load_settings
from nanni.wiring import wire
from nanni.workspace import Workspace, load_workspace
from triggers.adapters.policy_file import load_policy
from triggers.backtest import Backtest
from triggers.compiled import CompiledPolicy, compile_policy

HALF = YEAR + timedelta(days=365) / 2


def processor_time() -> float:
    """Processor seconds of this process and of those it started and has waited for."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def write_candidate(folder: Path) -> Path:
    """The demo's policy with another sentiment limit and another query."""
    text = (DEMO / "policy.yaml").read_text("utf-8")
    path = folder / "candidate.yaml"
    path.write_text(text.replace("at_least: 0.7", "at_least: 0.8").replace("stitches OR", '"fell on me" OR'), "utf-8")
    return path


def replay(workspace: Path, policy: Path | None, half: bool) -> dict[str, Any]:
    """One backtest of a workspace, for a process that does nothing else."""
    wall, spent = time.perf_counter(), processor_time()
    parts = wire(workspace)
    result = run_backtest(parts, policy, until=HALF if half else None)
    parts.close()
    seconds, cpu, total = time.perf_counter() - wall, processor_time() - spent, result.report.responses
    return {
        "responses": total,
        "seconds": round(seconds, 2),
        "cpu_seconds": round(cpu, 2),
        "cpu_us_each": round(cpu / total * 1e6, 1),
        "on_two_cores": round(cpu / 2, 1),
        "per_second": round(total / seconds),
        "differences": result.report.differences,
        "faults": result.faults,
        "opened": [result.live.opened, result.candidate.opened],
    }  # fmt: skip


def measured(workspace: Path, policy: Path | None, half: bool = False) -> dict[str, Any]:
    """`replay` in a process of its own, with the memory of its whole tree."""
    command = [sys.executable, "-m", "benchmarks.backtest", "--replay", str(workspace)]
    command += [] if policy is None else ["--policy", str(policy)]
    told, peak = watched([*command, "--half"] if half else command)
    figures: dict[str, Any] = json.loads(told.splitlines()[-1])
    return {**figures, "peak_mb": round(peak / 2**20)}


def columns(workspace: Workspace, policy: CompiledPolicy, total: int) -> dict[str, float]:
    """Deciding and comparing alone, without a store."""
    backtest, seconds, cpu, comments = Backtest(policy), 0.0, 0.0, 0
    for past in Generator(workspace, total).batches():
        wall, spent = time.perf_counter(), time.process_time()
        backtest.add(past.signals, past.made)
        seconds, cpu = seconds + time.perf_counter() - wall, cpu + time.process_time() - spent
        comments += sum(any(texts) for texts in zip(*(c.texts for c in past.signals.batch.comments), strict=True))
    return {
        "responses": total,
        "comments": comments,
        "seconds": round(seconds, 2),
        "cpu_us_each": round(cpu / total * 1e6, 1),
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print the table, and print the JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="20,000 responses")
    parser.add_argument("--responses", type=int, default=1_000_000)
    parser.add_argument("--columns", type=int, default=100_000)
    parser.add_argument("--replay", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--policy", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--half", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args(argv)
    if chosen.replay is not None:
        print(json.dumps(replay(chosen.replay, chosen.policy, chosen.half)))
        return 0
    total, alone = (20_000, 10_000) if chosen.quick else (chosen.responses, chosen.columns)
    with TemporaryDirectory() as name:
        figures = _figures(Path(name), total, alone)
    table = Table("figure", "value", title="Backtest")
    for key, value in figures.items():
        table.add_row(key, json.dumps(value, indent=1))
    Console().print(table)
    print(json.dumps(figures))
    return 0


def _figures(folder: Path, total: int, alone: int) -> dict[str, Any]:
    candidate = write_candidate(folder)
    workspace = load_workspace(replace(load_settings(DEMO, {}), workspace=DEMO))
    policy = compile_policy(load_policy(candidate, workspace.surveys, workspace.taxonomy))
    decided = columns(workspace, policy, alone)
    year = stored(folder, total)
    whole = measured(year, candidate)
    same = measured(year, None)
    assert whole["responses"] == same["responses"] == total
    return {
        "responses": total,
        "comments": round(decided["comments"] / alone * total),
        "ledger": whole,
        "half": measured(year, candidate, half=True),
        "replay": {name: same[name] for name in ("differences", "faults", "cpu_us_each")},
        "columns": decided,
    }


if __name__ == "__main__":
    raise SystemExit(main())
