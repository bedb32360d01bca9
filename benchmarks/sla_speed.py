"""How long the SLA engine takes: one calculation, one ticket, all open tickets. Run by `benchmarks.sla`."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from time import perf_counter, process_time

from tickets.calendar import Calendar, Clock, deadline, elapsed
from tickets.events import EventKind, TicketEvent
from tickets.life import read
from tickets.sla import Metric, PauseRule, SlaPolicy, Target
from tickets.sla_state import open_deadlines, sla_states
from tickets.ticket import Priority, Status

OFFICE = (((9 * 60, 12 * 60 + 30), (13 * 60, 17 * 60 + 30)),) * 5 + ((), ())
LONDON = Calendar("Europe/London", OFFICE)
_HOUR = timedelta(hours=1)


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
