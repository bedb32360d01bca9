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
        """Try every notice that is due, oldest first, at most `limit`."""
        failing: set[Target] = set()
        return DeliveryReport(tuple(self.turn(queued, failing) for queued in self.queue(limit)))

    def queue(self, limit: int = 100) -> Sequence[QueuedNotice]:
        """The notices that are due, oldest first."""
        with self.ledger.read() as work:
            return work.outbox.due(self.now(), limit)

    def turn(self, queued: QueuedNotice, failing: set[Target]) -> Attempt:
        """One notice's turn in a pass; `failing` gathers the targets that failed in it.

        After a retryable failure the target's other notices of the pass wait a minute without using up an attempt.
        """
        target = (queued.notice.channel, queued.notice.target)
        if target in failing:
            return self.postpone(queued)
        attempt = self.attempt(queued)
        if attempt.outcome is Outcome.RETRYING:
            failing.add(target)
        return attempt

    def attempt(self, queued: QueuedNotice) -> Attempt:
        """Lease one notice, send it, and record how that went."""
        notice = queued.notice
        if not self._lease(notice, LEASE):
            return Attempt(notice, Outcome.TAKEN)
        try:
            self._send(notice)
        except DeliveryError as error:
            return self._failed(notice, queued.attempts + 1, error)
        except (DeliveryRefusedError, NotFoundError) as error:
            return self._dead(notice, error)
        with self.ledger.begin() as work:
            work.outbox.delivered(notice.id, self.now())
        return Attempt(notice, Outcome.DELIVERED)

    def postpone(self, queued: QueuedNotice) -> Attempt:
        """Put one notice off for a minute."""
        left = self._lease(queued.notice, PAUSE)
        return Attempt(queued.notice, Outcome.POSTPONED if left else Outcome.TAKEN)

    def _lease(self, notice: Notice, span: timedelta) -> bool:
        with self.ledger.begin() as work:
            now = self.now()
            return work.outbox.lease(notice.id, now + span, now)

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

    def _failed(self, notice: Notice, attempts: int, error: NanniError) -> Attempt:
        if attempts >= ATTEMPTS:
            return self._dead(notice, error)
        with self.ledger.begin() as work:
            work.outbox.failed(notice.id, str(error), self.now() + retry_wait(notice.id, attempts))
        return Attempt(notice, Outcome.RETRYING, str(error))

    def _dead(self, notice: Notice, error: NanniError) -> Attempt:
        with self.ledger.begin() as work:
            work.outbox.failed(notice.id, str(error), None)
        return Attempt(notice, Outcome.DEAD, str(error))


def deliver_due(
    ledger: Ledger,
    render: Render,
    notifiers: Mapping[Channel, Notifier],
    now: Callable[[], datetime],
    limit: int = 100,
) -> DeliveryReport:
    """Try every notice that is due: `Delivery.due`."""
    return Delivery(ledger, render, notifiers, now).due(limit)


def retry_wait(notice_id: str, attempts: int) -> timedelta:
    """How long to wait after this many failed attempts: tripling from a minute to six hours.

    The jitter, up to a fifth either way, is derived from the id, so that a crowd spreads out and a test repeats.
    """
    seconds = min(FIRST_WAIT.total_seconds() * 3.0 ** (attempts - 1), LONGEST_WAIT.total_seconds())
    share = int.from_bytes(sha256(f"{notice_id}\x1f{attempts}".encode()).digest()[:4], "big") / 2**32
    return min(timedelta(seconds=round(seconds * (0.8 + 0.4 * share))), LONGEST_WAIT)
