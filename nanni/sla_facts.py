"""SLA facts kept beside the tickets and brought up to now: of those that changed or whose clock ran into something."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256

from ledger.sla_facts import Recorded
from nanni.parts import Parts
from tickets.events import TicketEvent
from tickets.metric_events import metric_events
from tickets.sla import SlaPolicy
from tickets.sla_state import SlaState, sla_states

_CHUNK = 500


def record_facts(parts: Parts) -> int:
    """Record what has happened to the metrics of all tickets up to now; returns of how many tickets there was news.

    Breaches are recorded at their deadline, whenever this runs. An edit of sla.yaml has every ticket recorded anew.
    """
    now, sla = parts.clock(), parts.workspace.sla
    policy, done = _fingerprint(parts), 0
    while True:
        with parts.ledger.begin() as uow:
            keys = uow.sla_facts.stale(now, policy, _CHUNK)
            histories = uow.tickets.histories(keys)
            uow.sla_facts.keep({key: recorded(histories[key], sla, now) for key in keys}, policy)
        done += len(keys)
        if len(keys) < _CHUNK:
            return done


def recorded(events: Sequence[TicketEvent], policy: SlaPolicy, now: datetime) -> Recorded:
    """One ticket's facts up to `now`, and when time alone makes the next."""
    # At the deadline itself a ticket is still on time: the breach is a fact from the next microsecond on.
    soon = now + datetime.resolution
    turning = [moment for state in sla_states(events, policy, now) for moment in _turning(state)]
    ahead = [max(moment, soon) for moment in turning if moment >= now]
    return Recorded(events[-1].sequence, metric_events(events, policy, now), min(ahead, default=None))


def _turning(state: SlaState) -> Iterable[datetime]:
    """The moments at which an open turn comes to something by itself: its deadline, the end of a pause's cap."""
    if state.until is None:
        if state.deadline is not None:
            yield state.deadline
        yield from (pause.credited_until for pause in state.pauses if pause.credited_until is not None)


def _fingerprint(parts: Parts) -> str:
    return sha256((parts.workspace.folder / "sla.yaml").read_bytes()).hexdigest()[:16]
