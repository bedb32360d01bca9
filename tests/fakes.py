"""Hand-written stand-ins for the world: an in-memory ledger of tickets and notices, and a notifier that remembers."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime

from feedback.errors import NanniError, NotFoundError, StaleWriteError
from feedback.ports import QuarantineStore, ResponseStore, RunStore, StoredResponse
from tickets.consent import Consent, ConsentSaid
from tickets.episodes import Episodes, episodes_of
from tickets.events import EventKind, TicketEvent
from tickets.message import Message
from tickets.notice import DeliveryState, Notice, QueuedNotice
from tickets.ports import Outbox, TeamworkStore, TicketFilter, TicketStore, UnitOfWork
from tickets.projection import rebuild
from tickets.sla import overdue
from tickets.ticket import Priority, Ticket
from triggers.ports import DecisionStore

_URGENCY = {priority: i for i, priority in enumerate(Priority)}


@dataclass
class _State:
    """Everything a transaction may change, so that leaving it with an error can put it back."""

    last_key: int = 0
    tickets: dict[str, Ticket] = field(default_factory=dict)
    events: dict[str, list[TicketEvent]] = field(default_factory=dict)
    responses: dict[str, list[StoredResponse]] = field(default_factory=dict)
    queue: dict[str, QueuedNotice] = field(default_factory=dict)
    leased_until: dict[str, datetime] = field(default_factory=dict)


class FakeTicketStore:
    """`tickets.ports.TicketStore` over dictionaries. Its chain has no hashes: verifying rebuilds each row instead."""

    def __init__(self, state: _State) -> None:
        self._state = state

    def next_keys(self, count: int) -> list[str]:
        first = self._state.last_key + 1
        self._state.last_key += count
        return [f"N-{number}" for number in range(first, first + count)]

    def episodes_for(self, customer_ids: Sequence[str]) -> dict[str, Episodes]:
        held = self._state.tickets.values()
        theirs = {name: [one for one in held if one.customer_id == name] for name in customer_ids}
        return {name: episodes_of(found) for name, found in theirs.items() if found}

    def open(self, tickets: Sequence[Ticket], events: Sequence[TicketEvent]) -> None:
        for ticket in tickets:
            if ticket.key in self._state.tickets:
                raise StaleWriteError("ticket exists", where=f"ticket {ticket.key}")
            self._state.tickets[ticket.key] = ticket
        self._append(events)

    def change(self, before: Ticket, after: Ticket, events: Sequence[TicketEvent]) -> None:
        if (held := self.get(before.key)).version != before.version:
            kinds = ", ".join(event.kind for event in self._state.events[before.key][before.version :])
            raise StaleWriteError(f"version is {held.version}, not {before.version}: {kinds}", where=before.key)
        self._state.tickets[after.key] = after
        self._append(events)

    def get(self, key: str) -> Ticket:
        try:
            return self._state.tickets[key]
        except KeyError:
            raise NotFoundError(f"no ticket {key}") from None

    def list(self, chosen: TicketFilter) -> Sequence[Ticket]:
        found = [ticket for ticket in self._state.tickets.values() if _matches(ticket, chosen)]
        found.sort(key=lambda ticket: (_URGENCY[ticket.priority], str(ticket.due.resolution or "9"), ticket.key))
        return found[: chosen.limit]

    def assigning(self, *, waits: bool = True) -> bool:
        return True

    def claim(self, chosen: TicketFilter) -> Sequence[Ticket]:
        return self.list(chosen)

    def events(self, key: str) -> Sequence[TicketEvent]:
        return tuple(self._state.events.get(key, ()))

    def histories(self, keys: Sequence[str]) -> dict[str, Sequence[TicketEvent]]:
        return {key: self.events(key) for key in keys}

    def responses(self, key: str) -> Sequence[StoredResponse]:
        found = [*self._state.responses.get(key, ())]
        for child in self.merged(key):
            found += self._state.responses.get(child.key, ())
        return sorted(found, key=lambda stored: stored.response.submitted_at)

    def merged(self, key: str) -> Sequence[Ticket]:
        return [ticket for ticket in self._state.tickets.values() if ticket.merged_into == key]

    def customer_address(self, customer_id: str | None) -> str:
        said = self.consent(customer_id)
        refused = said is not None and said.consent is Consent.REFUSED
        return f"{customer_id}@example.com" if customer_id and not refused else ""

    def consent(self, customer_id: str | None) -> ConsentSaid | None:
        told = [
            ConsentSaid(Consent(dict(event.data)["consent"]), key, event.at, event.actor)
            for key, events in self._state.events.items()
            for event in events
            if event.kind is EventKind.CONSENT_RECORDED and self._state.tickets[key].customer_id == customer_id
        ]
        return max(told, key=lambda said: said.at, default=None)

    def move_responses(self, ids: Sequence[int], to: str) -> None:
        moved = [stored for held in self._state.responses.values() for stored in held if stored.id in ids]
        for key, held in self._state.responses.items():
            self._state.responses[key] = [stored for stored in held if stored.id not in ids]
        self._state.responses.setdefault(to, []).extend(moved)

    def verify_chain(self) -> Sequence[str]:
        return [
            f"ticket {key} is not what its events tell"
            for key, ticket in self._state.tickets.items()
            if rebuild(self._state.events[key]) != ticket
        ]

    def load(self) -> Mapping[str, int]:
        load: dict[str, int] = {}
        for ticket in self._state.tickets.values():
            if ticket.live and ticket.queue is None:
                load[ticket.owner] = load.get(ticket.owner, 0) + 1
        return load

    def turns(self) -> Mapping[str, tuple[datetime, int]]:
        turns: dict[str, tuple[datetime, int]] = {}
        for ticket in self._state.tickets.values():
            last, count = turns.get(ticket.owner, (ticket.opened_at, 0))
            turns[ticket.owner] = (max(last, ticket.opened_at), count + 1)
        return turns

    def _append(self, events: Sequence[TicketEvent]) -> None:
        for event in events:
            kept = self._state.events.setdefault(event.ticket, [])
            if event.sequence != len(kept) + 1:
                raise StaleWriteError(f"event {event.sequence} after {len(kept)}", where=f"ticket {event.ticket}")
            kept.append(event)


class FakeOutbox:
    """`tickets.ports.Outbox` over a dictionary in order of arrival."""

    def __init__(self, state: _State) -> None:
        self._state = state

    def add(self, notices: Sequence[Notice]) -> None:
        for notice in notices:
            queued = QueuedNotice(notice, DeliveryState.PENDING, 0, notice.created_at)
            self._state.queue.setdefault(notice.id, queued)

    def due(self, now: datetime, limit: int = 100) -> Sequence[QueuedNotice]:
        return [queued for queued in self._state.queue.values() if self._ready(queued, now)][:limit]

    def lease(self, notice_id: str, until: datetime, now: datetime) -> bool:
        if not self._ready(self._state.queue[notice_id], now):
            return False
        self._state.leased_until[notice_id] = until
        return True

    def delivered(self, notice_id: str, at: datetime) -> None:
        self._put(notice_id, state=DeliveryState.DELIVERED, last_error="")

    def failed(self, notice_id: str, error: str, retry_at: datetime | None) -> None:
        queued = self._state.queue[notice_id]
        state = DeliveryState.PENDING if retry_at else DeliveryState.DEAD
        attempts, when = queued.attempts + 1, retry_at or queued.next_attempt_at
        self._put(notice_id, state=state, attempts=attempts, next_attempt_at=when, last_error=error)

    def list(self, state: DeliveryState | None = None, limit: int = 100) -> Sequence[QueuedNotice]:
        return [queued for queued in self._state.queue.values() if state in (None, queued.state)][:limit]

    def replay(self, notice_ids: Sequence[str], now: datetime) -> int:
        dead = [one for one in notice_ids if self._state.queue[one].state is DeliveryState.DEAD]
        for notice_id in dead:
            self._put(notice_id, state=DeliveryState.PENDING, attempts=0, next_attempt_at=now)
        return len(dead)

    def _ready(self, queued: QueuedNotice, now: datetime) -> bool:
        leased = self._state.leased_until.get(queued.notice.id)
        free = leased is None or leased <= now
        return queued.state is DeliveryState.PENDING and queued.next_attempt_at <= now and free

    def _put(
        self,
        notice_id: str,
        *,
        state: DeliveryState,
        attempts: int | None = None,
        next_attempt_at: datetime | None = None,
        last_error: str | None = None,
    ) -> None:
        queued = self._state.queue[notice_id]
        self._state.leased_until.pop(notice_id, None)
        self._state.queue[notice_id] = replace(
            queued,
            state=state,
            attempts=queued.attempts if attempts is None else attempts,
            next_attempt_at=next_attempt_at or queued.next_attempt_at,
            last_error=queued.last_error if last_error is None else last_error,
        )


class FakeUnitOfWork:
    """Tickets and outbox for real; the stores of the steps before are set by tests that need them."""

    runs: RunStore
    responses: ResponseStore
    quarantine: QuarantineStore
    decisions: DecisionStore
    teamwork: TeamworkStore

    def __init__(self, state: _State) -> None:
        self.tickets: TicketStore = FakeTicketStore(state)
        self.outbox: Outbox = FakeOutbox(state)


class FakeLedger:
    """`tickets.ports.Ledger` in memory: one transaction at a time, undone when it is left with an error."""

    def __init__(self) -> None:
        self._state = _State()
        self.writing = False

    @contextmanager
    def begin(self) -> Iterator[UnitOfWork]:
        assert not self.writing, "a write transaction inside another"
        draft = deepcopy(self._state)
        self.writing = True
        try:
            yield FakeUnitOfWork(draft)
            self._state = draft
        finally:
            self.writing = False

    @contextmanager
    def read(self) -> Iterator[UnitOfWork]:
        yield FakeUnitOfWork(deepcopy(self._state))


class FakeNotifier:
    """Remembers what was sent; raises the errors queued for a target, one an attempt."""

    def __init__(self, ledger: FakeLedger | None = None) -> None:
        self.sent: list[Message] = []
        self.errors: dict[str, list[NanniError]] = {}
        self.tried: list[str] = []
        self._ledger = ledger

    def send(self, message: Message) -> None:
        assert self._ledger is None or not self._ledger.writing, "sending inside a write transaction"
        self.tried.append(message.id)
        if self.errors.get(message.target):
            raise self.errors[message.target].pop(0)
        self.sent.append(message)


def _matches(ticket: Ticket, chosen: TicketFilter) -> bool:
    return (
        (not chosen.statuses or ticket.status in chosen.statuses)
        and (chosen.merged or ticket.merged_into is None)
        and (chosen.resolved_after is None or (ticket.resolved_at or chosen.resolved_after) > chosen.resolved_after)
        and (chosen.due_before is None or _due_before(ticket, chosen.due_before))
        and chosen.owner in (None, ticket.owner)
        and chosen.team in (None, ticket.team)
        and chosen.survey in (None, ticket.survey)
        and chosen.customer in (None, ticket.customer_id)
        and (not chosen.queued or ticket.queue is not None)
        and (chosen.overdue_at is None or bool(overdue(ticket, chosen.overdue_at)))
    )


def _due_before(ticket: Ticket, moment: datetime) -> bool:
    first = ticket.due.first_touch if ticket.first_touched_at is None else None
    return any(due is not None and due <= moment for due in (first, ticket.due.resolution))
