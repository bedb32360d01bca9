"""The SLA engine against a minute-by-minute oracle, its speed, and the stock libraries: `python -m benchmarks.sla`.

Keys of the JSON line: `cases`, `mismatches`, `oracle_seconds_cpu` (of processor time) and `engine` (a fingerprint of
the code that answered) of the comparison, each case a story with pauses, changes of priority and edits around a clock
change of a named zone; `deadline_us`, `elapsed_us` of one business calculation, `ticket_us` of the whole state of one
ticket, all its metrics (processor time, best of 50 rounds); `sweep_tickets`, `sweep_seconds`, `sweep_seconds_cpu` (of
processor time) and `sweep_overdue` of all deadlines of open tickets; `peers`: per library wrong, raised and asked, or
"not installed".

Peers: business-duration 0.68, businesstimedelta 1.0.1 and CustomBusinessHour of pandas 3, on working time in weeks of a
clock change. `--quick` takes 20,000 cases and 10,000 tickets; `--cases N` sets the number. The million takes its time
(about 1.1 ms of processor time a case): `--resume FILE` notes every finished group of cases there, says how far it is,
and a second run with the same file goes on where the first was stopped. Groups that another engine or oracle answered
do not count.
"""

import argparse
import importlib
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, time, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random
from time import perf_counter, process_time
from typing import Any
from zoneinfo import ZoneInfo

from tests.tickets import sla_oracle
from tests.tickets.sla_oracle import MINUTE, TURNS, expected, observed, random_case, random_worlds, world
from tickets import calendar, retiming, sla, sla_state, turns, windows
from tickets.calendar import Calendar, Clock, deadline, elapsed
from tickets.events import EventKind, TicketEvent
from tickets.life import read
from tickets.sla import Metric, PauseRule, SlaPolicy, Target
from tickets.sla_state import open_deadlines, sla_states
from tickets.ticket import Priority, Status

CASES, QUICK_CASES, CASES_A_WORLD = 1_000_000, 20_000, 500
SWEPT, QUICK_SWEPT = 100_000, 10_000
OFFICE = (((9 * 60, 12 * 60 + 30), (13 * 60, 17 * 60 + 30)),) * 5 + ((), ())
LONDON = Calendar("Europe/London", OFFICE)
_HOUR = timedelta(hours=1)


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
    seconds = sum(spent for _, _, spent in done.values())
    asked = sum(done[name][0] for name, _, _ in groups if name in done)
    wrong = sum(done[name][1] for name, _, _ in groups if name in done)
    with ProcessPoolExecutor(workers) as pool:
        for name, count, mismatches, spent in pool.map(_group, [one for one in groups if one[0] not in done]):
            asked, wrong, seconds = asked + count, wrong + len(mismatches), seconds + spent
            for told in mismatches[:2]:
                print(told, flush=True)
            if notes is not None:
                with notes.open("a") as file:
                    file.write(json.dumps([engine, name, count, len(mismatches), round(spent, 2)]) + "\n")
                if asked % 10_000 < count:
                    print(f"{asked:,} of {cases:,} stories, {wrong} mismatches", flush=True)
    return {"cases": asked, "mismatches": wrong, "oracle_seconds_cpu": round(seconds, 1), "engine": engine}


def _noted(notes: Path | None) -> dict[str, tuple[int, int, float]]:
    """Groups that this very engine and oracle have answered: cases, mismatches, seconds."""
    if notes is None or not notes.exists():
        return {}
    lines = (json.loads(line) for line in notes.read_text().splitlines())
    return {name: (count, wrong, spent) for engine, name, count, wrong, spent in lines if engine == _engine()}


def _engine() -> str:
    """A fingerprint of the code that answers."""
    told = sha256()
    for module in (calendar, retiming, sla, sla_oracle, sla_state, turns, windows):
        told.update(Path(str(module.__file__)).read_bytes())
    return told.hexdigest()[:12]


def _sizes(cases: int) -> Iterator[int]:
    while cases > 0:
        yield min(cases, CASES_A_WORLD)
        cases -= CASES_A_WORLD


def _group(job: tuple[str, tuple[str, datetime], int]) -> tuple[str, int, list[str], float]:
    seed, turn, count = job
    began = process_time()
    rng = Random(seed)
    worlds = random_worlds(rng, turn)
    mismatches = []
    for i in range(count):
        case = random_case(rng, worlds)
        if (said := observed(case)) != (told := expected(case)):
            mismatches.append(f"{turn[0]} {seed} case {i}: engine {said}, oracle {told}")
    return seed, count, mismatches, process_time() - began


def speed() -> dict[str, float]:
    """Microseconds of processor time a call over 200 different ones, the best of 50 rounds as `timeit` advises."""
    rng = Random(1)
    starts = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=rng.randrange(300_000)) for _ in range(200)]
    spans = [timedelta(minutes=rng.randrange(1, 6000)) for _ in starts]
    lives = [_life(start, i) for i, start in enumerate(starts)]
    calls: dict[str, Callable[[int], object]] = {
        "deadline_us": lambda i: deadline(starts[i], spans[i], LONDON, Clock.BUSINESS),
        "elapsed_us": lambda i: elapsed(starts[i], starts[i] + 5 * spans[i], LONDON, Clock.BUSINESS),
        "ticket_us": lambda i: sla_states(lives[i], POLICY, starts[i] + 30 * _HOUR),
    }
    return {name: _best(call, len(starts)) for name, call in calls.items()}


def _best(call: Callable[[int], object], times: int) -> float:
    rounds = []
    for _ in range(50):
        began = process_time()
        for i in range(times):
            call(i)
        rounds.append(process_time() - began)
    return round(min(rounds) / times * 1e6, 1)


POLICY = SlaPolicy(
    LONDON,
    {
        Priority.HIGH: Target(4 * _HOUR, 24 * _HOUR, next_touch=4 * _HOUR, close_the_loop=32 * _HOUR),
        Priority.NORMAL: Target(8 * _HOUR, 40 * _HOUR, next_touch=8 * _HOUR, close_the_loop=48 * _HOUR),
    },
    pauses=(PauseRule(Status.WAITING, (Metric.RESOLUTION,), 16 * _HOUR),),
)


def _life(start: datetime, i: int) -> Sequence[TicketEvent]:
    """An open ticket as they come: untouched, acknowledged, in progress, or waiting for the customer."""
    key = f"N-{i}"
    priority = "high" if i % 3 else "normal"
    facts = (("severity", "medium"), ("priority", priority), ("survey", "store_nps"), ("rule", "detractor"))
    owner = (("team", "care"), ("owner", "amira"))
    events = [
        TicketEvent(key, 1, EventKind.OPENED, "nanni", start, data=facts),
        TicketEvent(key, 2, EventKind.ASSIGNED, "nanni", start, data=owner),
    ]
    moves = (Status.OPEN, Status.IN_PROGRESS, Status.WAITING)[: i % 4]
    for n, status in enumerate(moves):
        kind = EventKind.STATUS_CHANGED if n else EventKind.ACKNOWLEDGED
        events.append(TicketEvent(key, n + 3, kind, "amira", start + (n + 1) * _HOUR, data=(("to", status.value),)))
    return events


def sweep(count: int) -> dict[str, float]:
    """Every deadline of `count` open tickets, opened over half a year, held against now."""
    rng = Random(2)
    now = datetime(2026, 7, 1, 12, tzinfo=UTC)
    lives = [_life(now - timedelta(minutes=rng.randrange(5, 260_000)), i) for i in range(count)]
    began, worked, late = perf_counter(), process_time(), 0
    for events in lives:
        late += any(due is not None and due < now for due in open_deadlines(read(events), POLICY).values())
    return {
        "sweep_tickets": count,
        "sweep_seconds": round(perf_counter() - began, 2),
        "sweep_seconds_cpu": round(process_time() - worked, 2),
        "sweep_overdue": late,
    }


Case = tuple[str, tuple[int, int], datetime, int]
"""A zone, daily hours in minutes (an end past 1440 is the next day), a start, and minutes after it."""


def _peer_cases(count: int = 100) -> list[tuple[Case, int]]:
    """Working time from start to end in weeks of a clock change, with what the wall clock says."""
    rng, found = Random(3), []
    shifts = (("America/New_York", (0, 360)), ("Europe/Berlin", (22 * 60, 30 * 60)), ("Europe/London", (540, 1050)))
    changes = {zone: [turn for name, turn in TURNS if name == zone] for zone, _ in shifts}
    for zone, hours in shifts:
        for turn in changes[zone]:
            start = (turn - timedelta(days=2)).replace(minute=0)
            minutes = world(Calendar(zone, ((hours,),) * 7), start, 4 * 24 * 60).works
            for _ in range(count // 4):
                first = rng.randrange(0, 2 * 24 * 60)
                length = rng.randrange(60, len(minutes) - first)
                told = int(minutes[first : first + length].sum())
                found.append(((zone, hours, start + first * MINUTE, length), told))
    return found


def _asked(answer: Callable[[Case], float]) -> dict[str, int]:
    wrong = raised = 0
    cases = _peer_cases()
    for case, told in cases:
        try:
            wrong += abs(answer(case) - told) > 1e-6
        except Exception:  # a peer may raise anything, which is counted
            raised += 1
    return {"wrong": wrong, "raised": raised, "asked": len(cases)}


def _peer(module: str, make: Callable[[Any], Callable[[Case], float]]) -> Callable[[], object]:
    def run() -> object:
        try:
            library = importlib.import_module(module)
        except ImportError:
            return "not installed"
        return _asked(make(library))

    return run


def _nanni(case: Case) -> float:
    zone, hours, start, minutes = case
    calendar = Calendar(zone, ((hours,),) * 7)
    return elapsed(start, start + minutes * MINUTE, calendar, Clock.BUSINESS) / MINUTE


def _local(case: Case) -> tuple[datetime, datetime, time, time]:
    zone, (opens, closes), start, minutes = case
    there = ZoneInfo(zone)
    first, last = (moment.astimezone(there).replace(tzinfo=None) for moment in (start, start + minutes * MINUTE))
    starts, ends = (time(minute // 60 % 24, minute % 60) for minute in (opens, closes))
    return first, last, starts, ends


def _business_duration(library: Any) -> Callable[[Case], float]:
    def answer(case: Case) -> float:
        first, last, opens, closes = _local(case)
        return float(library.businessDuration(first, last, starttime=opens, endtime=closes, weekendlist=[], unit="min"))

    return answer


def _businesstimedelta(library: Any) -> Callable[[Case], float]:
    pytz: Any = importlib.import_module("pytz")

    def answer(case: Case) -> float:
        zone, (opens, closes), start, minutes = case
        rule = library.WorkDayRule(
            start_time=time(opens // 60),
            end_time=time(closes // 60 % 24, closes % 60),
            working_days=list(range(7)),
            tz=pytz.timezone(zone),
        )
        used = library.Rules([rule]).difference(start, start + minutes * MINUTE)
        return float(used.hours * 60 + used.seconds / 60)

    return answer


def _pandas(library: Any) -> Callable[[Case], float]:
    def answer(case: Case) -> float:
        zone, (opens, closes), start, minutes = case
        there = ZoneInfo(zone)
        end = closes % (24 * 60)
        hours = library.offsets.CustomBusinessHour(
            start=f"{opens // 60:02}:{opens % 60:02}", end=f"{end // 60:02}:{end % 60:02}", weekmask="1111111"
        )
        first = library.Timestamp(start.astimezone(there))
        due = first + hours * (minutes // 60)  # the offset counts whole hours
        told = deadline(start, minutes // 60 * _HOUR, Calendar(zone, ((case[1],),) * 7), Clock.BUSINESS)
        right = sum(world(Calendar(zone, ((case[1],),) * 7), start, minutes).works)
        return float(right if due == told else -1)

    return answer


PEERS: dict[str, Callable[[], object]] = {
    "nanni": lambda: _asked(_nanni),
    "business-duration": _peer("business_duration", _business_duration),
    "businesstimedelta": _peer("businesstimedelta", _businesstimedelta),
    "pandas CustomBusinessHour": _peer("pandas", _pandas),
}


def _print(figures: dict[str, Any]) -> None:
    spent = figures["oracle_seconds_cpu"]
    print(f"{figures['cases']:,} stories: {figures['mismatches']} mismatches in {spent} s of processor time")
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
