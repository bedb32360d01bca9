"""What is owed when, read off a ticket's events.

No calendar, no policy, no clock: only which event started and ended what. The rules are those of the field (first
reply, next reply from the oldest unanswered word, full resolution) with one of Nanni's own: the loop is closed when the
ticket is resolved and the customer was contacted, in either order.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tickets.events import EventKind, TicketEvent
from tickets.sla import Metric
from tickets.ticket import Priority, Status
from tickets.turns import Ending, Kept, Life, Promise, Stay, Turn


def read(events: Sequence[TicketEvent]) -> Life:
    """The turns and stays that a ticket's events (from the opening, in order) tell of."""
    reader = _Reader()
    for event in events:
        handle = _HANDLERS.get(event.kind)
        if handle is not None:
            handle(reader, event, dict(event.data))
    return Life(tuple(reader.turns), tuple(reader.stays), reader.survey, reader.tier)


Data = Mapping[str, str]

# Looking a value up takes a third of the time of calling its enum, and sweeps do it for every event.
_PRIORITIES = {priority.value: priority for priority in Priority}
_STATUSES = {status.value: status for status in Status}
# And in Python 3.11 reaching a member through its enum runs Python code, too.
_FIRST_TOUCH, _NEXT_TOUCH, _LOOP = Metric.FIRST_TOUCH, Metric.NEXT_TOUCH, Metric.CLOSE_THE_LOOP
_RESOLUTION, _FULFILLED, _REPLACED, _NEW = Metric.RESOLUTION, Ending.FULFILLED, Ending.REPLACED, Status.NEW
_OWED_FIRST, _OWED_AGAIN = (_FIRST_TOUCH, _RESOLUTION, _LOOP), (_NEXT_TOUCH, _RESOLUTION, _LOOP)


@dataclass(slots=True)
class _Reader:
    """The turns while the events are being read; `open` holds the one that each metric owes now."""

    turns: list[Turn] = field(default_factory=list)
    open: dict[Metric, int] = field(default_factory=dict)
    counts: dict[Metric, int] = field(default_factory=dict)
    stays: list[Stay] = field(default_factory=list)
    priority: Priority = Priority.NORMAL
    survey: str = ""
    tier: str | None = None
    contacted: bool = False
    resolved: bool = False

    def begin(self, metric: Metric, event: TicketEvent) -> None:
        self.begin_each((metric,), event)

    def begin_each(self, metrics: tuple[Metric, ...], event: TicketEvent) -> None:
        at, turns, counts = event.at, self.turns, self.counts
        promises = (Promise(event.sequence, at, self.priority),)
        for metric in metrics:
            if metric not in self.open:
                number = counts[metric] = counts.get(metric, 0) + 1
                self.open[metric] = len(turns)
                turns.append(Turn(metric, number, at, promises))

    def end(self, metric: Metric, at: datetime, ending: Ending = _FULFILLED) -> None:
        if (place := self.open.pop(metric, None)) is not None:
            metric, number, since, promises, _, _, updates = self.turns[place]
            self.turns[place] = Turn(metric, number, since, promises, at, ending, updates)

    def enter(self, status: Status, event: TicketEvent) -> None:
        if self.stays:
            if self.stays[-1].status is status:
                return
            last = self.stays[-1]
            self.stays[-1] = Stay(last.status, last.since, last.actor, event.at)
        self.stays.append(Stay(status, event.at, event.actor))

    def touch(self, event: TicketEvent) -> None:
        self.end(_FIRST_TOUCH, event.at)

    def close_loop(self, at: datetime) -> None:
        if self.contacted and self.resolved:
            self.end(_LOOP, at)


def _opened(reader: _Reader, event: TicketEvent, data: Data) -> None:
    reader.priority = _PRIORITIES[data["priority"]]
    reader.survey, reader.tier = data["survey"], data.get("tier")
    reader.enter(_NEW, event)
    reader.begin_each(_OWED_FIRST, event)


def _attached(reader: _Reader, event: TicketEvent, data: Data) -> None:
    """The customer has spoken: unless the first touch is still owed, which answers this too, the next touch is."""
    if _FIRST_TOUCH not in reader.open:
        reader.begin(_NEXT_TOUCH, event)


def _acknowledged(reader: _Reader, event: TicketEvent, data: Data) -> None:
    reader.touch(event)
    _moved(reader, event, data)


def _contacted(reader: _Reader, event: TicketEvent, data: Data) -> None:
    reader.touch(event)
    reader.end(_NEXT_TOUCH, event.at)
    reader.contacted = True
    reader.close_loop(event.at)


def _moved(reader: _Reader, event: TicketEvent, data: Data) -> None:
    reader.enter(_STATUSES[data["to"]], event)


def _resolved(reader: _Reader, event: TicketEvent, data: Data) -> None:
    _moved(reader, event, data)
    reader.resolved = True
    reader.end(_RESOLUTION, event.at)
    reader.end(_NEXT_TOUCH, event.at)
    reader.close_loop(event.at)


def _messaged(reader: _Reader, event: TicketEvent, data: Data) -> None:
    """A resolution message tells the customer how it ended, from the moment it is queued."""
    if data["message"] == "resolution":
        reader.contacted = True
        reader.close_loop(event.at)


def _reopened(reader: _Reader, event: TicketEvent, data: Data) -> None:
    _moved(reader, event, data)
    reader.contacted = reader.resolved = False
    reader.end(_LOOP, event.at, _REPLACED)
    reader.begin_each(_OWED_AGAIN, event)


def _prioritised(reader: _Reader, event: TicketEvent, data: Data) -> None:
    """By hand: as if it had been so from the turn's start. Raised by another response: one more promise, from now."""
    reader.priority = _PRIORITIES[data["to"]]
    for place in reader.open.values():
        turn = reader.turns[place]
        if data.get("counted_from") == "now":
            promises = (*turn.promises, Promise(event.sequence, event.at, reader.priority))
        else:
            first = turn.promises[0]
            kept = first.kept._replace(due=None) if first.kept else None
            promises = (first._replace(priority=reader.priority, kept=kept),)
        reader.turns[place] = turn._replace(promises=promises, updates=(*turn.updates, event.at))


def _absorbed(reader: _Reader, event: TicketEvent, data: Data) -> None:
    """Metrics follow the root: it takes over what was promised on the ticket it absorbs, from that one's opening."""
    reader.priority = Priority(data.get("priority", reader.priority))
    promise = Promise(event.sequence, datetime.fromisoformat(data["promised_at"]), Priority(data["promised"]))
    owed = data.get("touch_owed") == "yes"
    for metric, place in reader.open.items():
        if metric is _NEXT_TOUCH or (metric is _FIRST_TOUCH and not owed):
            continue
        turn = reader.turns[place]
        reader.turns[place] = turn._replace(promises=(*turn.promises, promise), updates=(*turn.updates, event.at))
    if owed and _FIRST_TOUCH not in reader.open:
        reader.begin(_NEXT_TOUCH, event)


def _released(reader: _Reader, event: TicketEvent, data: Data) -> None:
    """What came with the absorbed ticket goes with it."""
    reader.priority = Priority(data.get("priority", reader.priority))
    merge = int(data["event"])
    for metric, place in tuple(reader.open.items()):
        turn = reader.turns[place]
        kept = tuple(promise for promise in turn.promises if promise.event != merge)
        if not kept:
            reader.end(metric, event.at, _REPLACED)
        elif kept != turn.promises:
            reader.turns[place] = turn._replace(promises=kept, updates=(*turn.updates, event.at))


def _retimed(reader: _Reader, event: TicketEvent, data: Data) -> None:
    """After an edit of the calendar: what was used is kept, also of what is over, or (a recompute) forgotten."""
    mode = data.get("mode")
    if mode not in ("reprojected", "recomputed"):
        return
    owed = set(reader.open.values())
    for place, turn in enumerate(reader.turns):
        told = [data.get(f"{turn.metric}.{promise.event}") for promise in turn.promises]
        if place in owed or any(told):
            kept = zip(turn.promises, told, strict=True)
            promises = tuple([promise._replace(kept=_kept(words, event.at)) for promise, words in kept])
            updates = (*turn.updates, event.at) if place in owed else turn.updates
            reader.turns[place] = turn._replace(promises=promises, updates=updates)


def _kept(told: str | None, at: datetime) -> Kept | None:
    if told is None:
        return None
    business, elapsed, due = told.split("/")
    return Kept(at, int(business), int(elapsed), datetime.fromisoformat(due) if due else None)


_HANDLERS: Mapping[EventKind, Callable[[_Reader, TicketEvent, Data], None]] = {
    EventKind.OPENED: _opened,
    EventKind.RESPONSE_ATTACHED: _attached,
    EventKind.ACKNOWLEDGED: _acknowledged,
    EventKind.CONTACTED: _contacted,
    EventKind.STATUS_CHANGED: _moved,
    EventKind.RESOLVED: _resolved,
    EventKind.CLOSED: _moved,
    EventKind.REOPENED: _reopened,
    EventKind.PRIORITY_CHANGED: _prioritised,
    EventKind.SLA_UPDATED: _retimed,
    EventKind.ABSORBED: _absorbed,
    EventKind.RELEASED: _released,
    EventKind.CUSTOMER_MESSAGED: _messaged,
}
"""What each kind of event does to the turns; the others do nothing to them."""
