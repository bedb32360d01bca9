"""The SLA engine against a minute-by-minute oracle, its speed, and the stock libraries: `python -m benchmarks.sla`.

Keys of the JSON line: `cases`, `mismatches`, `oracle_seconds_cpu` (of processor time) and `engine` (a fingerprint of
the code that answered) of the comparison, each case a story of all four metrics (touches, answers, pauses, priorities,
resolving, reopening, an edit) around a clock change of a named zone; `turns` is how many times a metric was owed in
them, `turns_left_out` those of which twelve days were too short to tell; `deadline_us`, `elapsed_us` of one business
calculation, `ticket_us` of the whole state of one ticket, all its metrics (processor time, best of 50 rounds);
`sweep_tickets`, `sweep_seconds`, `sweep_seconds_cpu` (of processor time) and `sweep_overdue` of all deadlines of open
tickets; `peers`: per library wrong, raised and asked, or "not installed".

Peers: business-duration 0.68, businesstimedelta 1.0.1 and CustomBusinessHour of pandas 3, on working time in weeks of a
clock change. `--quick` takes 20,000 cases and 10,000 tickets; `--cases N` sets the number. The million takes its time
(about 1.4 ms of processor time a case): `--resume FILE` notes every finished group of cases there, says how far it is,
and a second run with the same file goes on where the first was stopped. Groups that another engine or oracle answered
do not count.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from random import Random
from time import process_time
from typing import Any, NamedTuple

from benchmarks.sla_peers import PEERS
from benchmarks.sla_speed import speed, sweep
from tests.tickets import sla_oracle, sla_stories, sla_worlds
from tests.tickets.sla_oracle import agree, expected, observed
from tests.tickets.sla_stories import random_case
from tests.tickets.sla_worlds import TURNS, random_worlds
from tickets import calendar, life, pauses, retiming, sla, sla_state, turns, windows

CASES, QUICK_CASES, CASES_A_WORLD = 1_000_000, 20_000, 500
SWEPT, QUICK_SWEPT = 100_000, 10_000


def main() -> None:
    """Run everything and print the figures."""
    parser = argparse.ArgumentParser(description="SLA engine: oracle, speed, peers.")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--cases", type=int)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--resume", type=Path)
    asked = parser.parse_args()
    cases = asked.cases or (QUICK_CASES if asked.quick else CASES)
    figures: dict[str, Any] = speed() | sweep(QUICK_SWEPT if asked.quick else SWEPT)
    figures["peers"] = {name: peer() for name, peer in PEERS.items()}
    figures |= compare(cases, asked.seed, asked.workers, asked.resume)
    _print(figures)
    sys.exit(1 if figures["mismatches"] else 0)


def compare(cases: int, seed: int, workers: int, notes: Path | None = None) -> dict[str, Any]:
    """Ask engine and oracle the same, in worlds of `CASES_A_WORLD` stories."""
    groups = [(f"{seed}-{i}", TURNS[i % len(TURNS)], size) for i, size in enumerate(_sizes(cases))]
    done, engine = _noted(notes), _engine()
    total = sum(done.values(), Counted())
    asked = total.cases
    for name, count, told in _asked([one for one in groups if one[0] not in done], workers):
        total += count
        for line in told[:2]:
            print(line, flush=True)
        if notes is not None:
            with notes.open("a") as file:
                file.write(json.dumps([engine, name, *count]) + "\n")
            if total.cases // 10_000 > asked // 10_000:
                print(f"{total.cases:,} of {cases:,} stories, {total.mismatches} mismatches", flush=True)
            asked = total.cases
    return {**total._asdict(), "oracle_seconds_cpu": round(total.oracle_seconds_cpu, 1), "engine": engine}


class Counted(NamedTuple):
    """What came out of some groups of cases."""

    cases: int = 0
    mismatches: int = 0
    turns: int = 0
    turns_left_out: int = 0
    oracle_seconds_cpu: float = 0.0

    def __add__(self, other: tuple[Any, ...]) -> "Counted":
        return Counted(*(one + two for one, two in zip(self, other, strict=True)))


Job = tuple[str, tuple[str, datetime], int]


def _asked(jobs: list[Job], workers: int) -> Iterator[tuple[str, Counted, list[str]]]:
    if workers == 1:
        yield from map(_group, jobs)
        return
    with ProcessPoolExecutor(workers) as pool:
        yield from pool.map(_group, jobs)


def _noted(notes: Path | None) -> dict[str, Counted]:
    """Groups that this very engine and oracle have answered."""
    if notes is None or not notes.exists():
        return {}
    lines = (json.loads(line) for line in notes.read_text().splitlines())
    return {name: Counted(*count) for engine, name, *count in lines if engine == _engine()}


def _engine() -> str:
    """A fingerprint of the code that answers."""
    told = sha256()
    engine = (calendar, life, pauses, retiming, sla, sla_state, turns, windows)
    for module in (*engine, sla_oracle, sla_stories, sla_worlds):
        told.update(Path(str(module.__file__)).read_bytes())
    return told.hexdigest()[:12]


def _sizes(cases: int) -> Iterator[int]:
    while cases > 0:
        yield min(cases, CASES_A_WORLD)
        cases -= CASES_A_WORLD


def _group(job: Job) -> tuple[str, Counted, list[str]]:
    seed, turn, count = job
    began = process_time()
    rng = Random(seed)
    worlds = random_worlds(rng, turn)
    told, turns_asked, left_out = list[str](), 0, 0
    for i in range(count):
        case = random_case(rng, worlds)
        said, right = observed(case), expected(case)
        turns_asked, left_out = turns_asked + len(right), left_out + sum(one.unsure for one in right)
        if not agree(said, right):
            told.append(f"{turn[0]} {seed} case {i}: engine {said}, oracle {right}")
    return seed, Counted(count, len(told), turns_asked, left_out, round(process_time() - began, 2)), told


def _print(figures: dict[str, Any]) -> None:
    spent = figures["oracle_seconds_cpu"]
    told = f"{figures['mismatches']} mismatches in {figures['turns']:,} turns"
    print(f"{figures['cases']:,} stories: {told}, {spent} s of processor time")
    for name in ("deadline_us", "elapsed_us", "ticket_us"):
        print(f"{name.removesuffix('_us'):>9}: {figures[name]} µs")
    print(
        f"{figures['sweep_tickets']:,} open tickets swept in {figures['sweep_seconds']} s"
        f" ({figures['sweep_seconds_cpu']} s of processor time),"
        f" {figures['sweep_overdue']:,} late"
    )
    for name, told in figures["peers"].items():
        print(f"{name:>26}: {told}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
