"""What became of each promise of a ticket, in sentences that a manager can read."""

from collections.abc import Iterable
from datetime import timedelta

from tickets.cast import Cast
from tickets.sla_state import SlaState, Standing


def kept(states: Iterable[SlaState], cast: Cast) -> tuple[str, ...]:
    """A sentence for each time a metric was owed; what nothing was promised about is left out."""
    return tuple(_promise(state, state.target, cast) for state in states if state.target is not None)


def _promise(state: SlaState, target: timedelta, cast: Cast) -> str:
    name = state.metric.replace("_", " ").capitalize()
    number = f" (time {state.number})" if state.number > 1 else ""
    used = state.business if state.clock == "business" else state.elapsed
    days = state.clock == "elapsed"  # a day of business time is not 24 hours
    spent = f"{length(used, days)} of {length(target, days)} {state.clock} time"
    return f"{name}{number}: {_verdict(state, cast)}; {spent}."


def _verdict(state: SlaState, cast: Cast) -> str:
    if state.standing is Standing.REPLACED:
        return "owed anew after a reopening"
    if state.until is not None:
        return "broken, and made good later" if state.breached_at else "kept"
    if state.breached_at:
        return "overdue"
    return (
        f"still owed until {cast.day(state.deadline)} {cast.time(state.deadline)}" if state.deadline else "still owed"
    )


def length(span: timedelta, days: bool = True) -> str:
    """A length of time as people say it: "45 min", "3 h 20 min", "5 d 2 h"; without `days` "122 h"."""
    minutes = int(span.total_seconds() // 60)
    whole, rest = divmod(minutes, 24 * 60) if days else (0, minutes)
    hours, left = divmod(rest, 60)
    parts = [f"{whole} d" if whole else "", f"{hours} h" if hours else "", f"{left} min" if left and not whole else ""]
    return " ".join(part for part in parts if part) or "no time"
