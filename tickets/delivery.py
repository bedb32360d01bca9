"""The outbox worked off: each notice leased, sent and recorded in separate short transactions, at least once.

A crash after sending and before recording sends again under the same id. No transaction is open while a server is
being talked to, and a target that fails does not hold up the others.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Protocol

from feedback.errors import DeliveryError, DeliveryRefusedError, NanniError, NotFoundError
from tickets.message import Message
from tickets.notice import Channel, Notice, QueuedNotice
from tickets.ports import Ledger, UnitOfWork

ATTEMPTS = 8
"""Attempts before a notice is dead; the waits between them add up to about eleven hours."""

FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=6)
LEASE = timedelta(minutes=5)
PAUSE = timedelta(minutes=1)


class Notifier(Protocol):
    """One way a message can travel."""

    def send(self, message: Message) -> None:
        """Hand the message over. Raises DeliveryError to be tried again, DeliveryRefusedError when that is no use."""
        ...


Target = tuple[Channel, str]
Record = Callable[[UnitOfWork], None]
"""Writes what became of a notice."""
Render = Callable[[UnitOfWork, Notice], Message]
"""Gathers a notice's facts from the ledger and renders them. Raises NotFoundError when its ticket is gone."""


class Outcome(StrEnum):
    """What became of one attempt."""

    DELIVERED = "delivered"
    RETRYING = "retrying"
    DEAD = "dead"
    POSTPONED = "postponed"
    TAKEN = "taken by another worker"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One notice's turn: what became of it, and the sentence of the failure if it failed."""

    notice: Notice
    outcome: Outcome
    problem: str = ""


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What one pass did, in order."""

    attempts: tuple[Attempt, ...] = ()

    def count(self, outcome: Outcome) -> int:
        """How many notices came to this outcome."""
        return sum(attempt.outcome is outcome for attempt in self.attempts)

    @property
    def problems(self) -> tuple[str, ...]:
        """One sentence for each failure."""
        return tuple(attempt.problem for attempt in self.attempts if attempt.problem)


@dataclass(frozen=True, slots=True)
class Delivery:
    """The outbox worker: the ledger, how a message is made, the ways out, and the clock, since sending takes time."""

    ledger: Ledger
    render: Render
    notifiers: Mapping[Channel, Notifier]
    now: Callable[[], datetime]

    def due(self, limit: int = 100) -> DeliveryReport:
        """Try every notice that is due, oldest first, at most `limit`.

        How one notice went is recorded as the next is leased: one write to disk for both.
        """
        failing: set[Target] = set()
        attempts: list[Attempt] = []
        record: Record = _nothing
        for queued in self.queue(limit):
            paused = _target(queued) in failing
            with self.ledger.begin() as work:
                record(work)
                leased = self._lease(work, queued.notice, PAUSE if paused else LEASE)
            attempt, record = self._leased(queued, leased, paused)
            _remember(failing, queued, attempt)
            attempts.append(attempt)
        if record is not _nothing:
            with self.ledger.begin() as work:
                record(work)
        return DeliveryReport(tuple(attempts))

    def queue(self, limit: int = 100) -> Sequence[QueuedNotice]:
        """The notices that are due, oldest first."""
        with self.ledger.read() as work:
            return work.outbox.due(self.now(), limit)

    def turn(self, queued: QueuedNotice, failing: set[Target]) -> Attempt:
        """One notice's turn in a pass; `failing` gathers the targets that failed in it.

        After a retryable failure the target's other notices of the pass wait a minute without using up an attempt.
        """
        attempt = self.attempt(queued, paused=_target(queued) in failing)
        _remember(failing, queued, attempt)
        return attempt

    def attempt(self, queued: QueuedNotice, paused: bool = False) -> Attempt:
        """Lease one notice, send it, and record how that went; or put it off for a minute if it is `paused`."""
        with self.ledger.begin() as work:
            leased = self._lease(work, queued.notice, PAUSE if paused else LEASE)
        attempt, record = self._leased(queued, leased, paused)
        if record is not _nothing:
            with self.ledger.begin() as work:
                record(work)
        return attempt

    def _lease(self, work: UnitOfWork, notice: Notice, span: timedelta) -> bool:
        now = self.now()
        return work.outbox.lease(notice.id, now + span, now)

    def _leased(self, queued: QueuedNotice, leased: bool, paused: bool) -> tuple[Attempt, Record]:
        """What becomes of a notice whose lease was asked for, and how that is to be recorded."""
        if not leased:
            return Attempt(queued.notice, Outcome.TAKEN), _nothing
        if paused:
            return Attempt(queued.notice, Outcome.POSTPONED), _nothing
        return self._tried(queued)

    def _tried(self, queued: QueuedNotice) -> tuple[Attempt, Record]:
        notice = queued.notice
        try:
            self._send(notice)
        except DeliveryError as error:
            return self._failed(notice, queued.attempts + 1, error)
        except (DeliveryRefusedError, NotFoundError) as error:
            return _dead(notice, error)
        return Attempt(notice, Outcome.DELIVERED), lambda work: work.outbox.delivered(notice.id, self.now())

    def _send(self, notice: Notice) -> None:
        notifier = self.notifiers.get(notice.channel)
        if notifier is None:
            raise DeliveryRefusedError(
                f"nothing is configured to deliver by {notice.channel}",
                where=f"notice {notice.id}",
                allowed=", ".join(self.notifiers),
                next_step="configure it under notices in nanni.yaml, then `nanni notices replay`",
            )
        with self.ledger.read() as work:
            message = self.render(work, notice)
        notifier.send(message)

    def _failed(self, notice: Notice, attempts: int, error: NanniError) -> tuple[Attempt, Record]:
        if attempts >= ATTEMPTS:
            return _dead(notice, error)
        again = self.now() + retry_wait(notice.id, attempts)
        problem = str(error)
        return Attempt(notice, Outcome.RETRYING, problem), lambda work: work.outbox.failed(notice.id, problem, again)


def _dead(notice: Notice, error: NanniError) -> tuple[Attempt, Record]:
    problem = str(error)
    return Attempt(notice, Outcome.DEAD, problem), lambda work: work.outbox.failed(notice.id, problem, None)


def _target(queued: QueuedNotice) -> Target:
    return queued.notice.channel, queued.notice.target


def _remember(failing: set[Target], queued: QueuedNotice, attempt: Attempt) -> None:
    if attempt.outcome is Outcome.RETRYING:
        failing.add(_target(queued))


def _nothing(work: UnitOfWork) -> None:
    """Nothing to record."""


def retry_wait(notice_id: str, attempts: int) -> timedelta:
    """How long to wait after this many failed attempts: tripling from a minute to six hours.

    The jitter, up to a fifth either way, is derived from the id, so that a crowd spreads out and a test repeats.
    """
    seconds = min(FIRST_WAIT.total_seconds() * 3.0 ** (attempts - 1), LONGEST_WAIT.total_seconds())
    share = int.from_bytes(sha256(f"{notice_id}\x1f{attempts}".encode()).digest()[:4], "big") / 2**32
    return min(timedelta(seconds=round(seconds * (0.8 + 0.4 * share))), LONGEST_WAIT)
