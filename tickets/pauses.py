"""What pauses take out of a turn: the stretches in a status that stops a metric, up to the cap of that status."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from tickets.calendar import Gauge
from tickets.sla import Caps
from tickets.ticket import Status
from tickets.turns import Stay, Turn


class Pause(NamedTuple):
    """A stretch in a status that pauses the metric, who began it, and what of it counts.

    The clock stands still in [since, credited_until); after that the cap is used up and it runs, whatever the status.
    An `until` of None means still in it, a `credited_until` of None that no cap ends it.
    """

    status: Status
    actor: str
    since: datetime
    until: datetime | None
    credited_until: datetime | None


def turn_pauses(turn: Turn, stays: Sequence[Stay], caps: Caps, gauge: Gauge) -> tuple[Pause, ...]:
    """The pauses of a turn; each status has one cap for all its stretches, in time of the target's own clock."""
    left, pauses = dict(caps), list[Pause]()
    for status, since, actor, until in stays:
        if status not in left:
            continue
        since, until = max(since, turn.since), _earlier(until, turn.until)
        if until is not None and until <= since:
            continue
        cap, credited = left[status], until
        if cap is not None:
            begun = gauge.at(since)
            spent = cap if until is None else min(cap, gauge.at(until) - begun)
            if spent == cap:
                credited = _earlier(until, gauge.when(begun + cap) if cap else since)
            left[status] = cap - spent
        pauses.append(Pause(status, actor, since, until, credited))
    return tuple(pauses)


def running(start: datetime, end: datetime, pauses: Iterable[Pause]) -> list[tuple[datetime, datetime]]:
    """[start, end) less the pauses, which are apart from each other and in order."""
    pieces: list[tuple[datetime, datetime]] = []
    for pause in pauses:
        if pause.since >= end or start >= end:
            break
        if pause.since > start:
            pieces.append((start, pause.since))
        start = end if pause.credited_until is None else max(start, pause.credited_until)
    if start < end:
        pieces.append((start, end))
    return pieces


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    """The earlier of two ends; None is never."""
    return min(one, other) if one and other else one or other
