"""The outbox under failures, on the in-memory ledger and a clock that stands still unless it is moved."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.errors import DeliveryError, DeliveryRefusedError, NanniError, NotFoundError
from tests.fakes import FakeLedger, FakeNotifier
from tests.tickets.builders import NOW
from tickets.delivery import ATTEMPTS, LEASE, LONGEST_WAIT, Delivery, DeliveryReport, Outcome, retry_wait
from tickets.message import Message
from tickets.notice import Channel, DeliveryState, Notice, NoticeKind, notice_id
from tickets.ports import UnitOfWork


def notice(number: int, target: str = "amira@example.org", channel: Channel = Channel.MAIL) -> Notice:
    kind = NoticeKind.TICKET_OPENED
    return Notice(notice_id(kind, f"N-{number}", 1, channel, target), kind, f"N-{number}", 1, channel, target, NOW)


def render(work: UnitOfWork, notice: Notice) -> Message:
    if notice.ticket == "N-404":
        raise NotFoundError("no ticket N-404")
    return Message(notice.id, notice.channel, notice.target, "nanni@example.org", "subject", "text", "<p>", "", "", NOW)


class World:
    """A ledger with notices in it, a notifier and a clock."""

    def __init__(self, *notices: Notice) -> None:
        self.ledger = FakeLedger()
        self.notifier = FakeNotifier(self.ledger)
        self.time = NOW
        with self.ledger.begin() as work:
            work.outbox.add(notices)

    def now(self) -> datetime:
        return self.time

    def run(self, limit: int = 100) -> DeliveryReport:
        return Delivery(self.ledger, render, {Channel.MAIL: self.notifier}, self.now).due(limit)

    def states(self) -> list[DeliveryState]:
        with self.ledger.read() as work:
            return [queued.state for queued in work.outbox.list()]

    def fail(self, target: str, error: NanniError, times: int = 1) -> None:
        self.notifier.errors[target] = [error] * times


def test_what_is_due_is_sent_once() -> None:
    world = World(notice(1), notice(2))
    assert world.run().count(Outcome.DELIVERED) == 2
    assert world.run().attempts == ()
    assert [message.id for message in world.notifier.sent] == [notice(1).id, notice(2).id]
    assert world.states() == [DeliveryState.DELIVERED] * 2


def test_a_failure_is_tried_again_under_the_same_id_after_a_wait() -> None:
    world = World(notice(1))
    world.fail("amira@example.org", DeliveryError("server busy"))
    report = world.run()
    assert (report.count(Outcome.RETRYING), report.problems) == (1, ("server busy.",))
    assert world.run().attempts == ()
    world.time += retry_wait(notice(1).id, 1)
    assert world.run().count(Outcome.DELIVERED) == 1
    assert world.notifier.tried == [notice(1).id] * 2


def test_after_the_last_attempt_it_is_dead_and_can_be_replayed() -> None:
    world = World(notice(1))
    world.fail("amira@example.org", DeliveryError("server busy"), times=ATTEMPTS)
    for _ in range(ATTEMPTS):
        world.run()
        world.time += LONGEST_WAIT
    assert (len(world.notifier.tried), world.states()) == (ATTEMPTS, [DeliveryState.DEAD])
    with world.ledger.begin() as work:
        assert work.outbox.replay([notice(1).id], world.time) == 1
    assert world.run().count(Outcome.DELIVERED) == 1


def test_what_is_refused_for_good_is_dead_at_once() -> None:
    world = World(notice(1))
    world.fail("amira@example.org", DeliveryRefusedError("no such mailbox"))
    assert world.run().count(Outcome.DEAD) == 1
    assert world.states() == [DeliveryState.DEAD]


def test_a_notice_without_its_ticket_or_a_way_out_is_dead_with_a_reason() -> None:
    world = World(notice(404), notice(1, "cx", Channel.CHAT))
    assert world.run().problems == (
        "no ticket N-404.",
        f"notice {notice(1, 'cx', Channel.CHAT).id}: nothing is configured to deliver by chat. Allowed: mail. "
        "Next: configure it under notices in nanni.yaml, then `nanni notices replay`.",
    )
    assert world.states() == [DeliveryState.DEAD] * 2


def test_a_failing_target_holds_up_nobody_else_and_is_asked_once_a_pass() -> None:
    bad = [notice(i, "down@example.org") for i in range(1, 6)]
    world = World(*bad, notice(9))
    world.fail("down@example.org", DeliveryError("unreachable"), times=99)
    report = world.run()
    assert [attempt.outcome for attempt in report.attempts] == [
        Outcome.RETRYING,
        *[Outcome.POSTPONED] * 4,
        Outcome.DELIVERED,
    ]
    assert len(world.notifier.tried) == 2


def test_a_full_page_of_a_failing_target_lets_others_through_next_time() -> None:
    world = World(*(notice(i, "down@example.org") for i in range(1, 6)), notice(9))
    world.fail("down@example.org", DeliveryError("unreachable"), times=99)
    assert world.run(limit=3).count(Outcome.DELIVERED) == 0
    assert world.run(limit=3).count(Outcome.DELIVERED) == 1


def test_postponing_uses_up_no_attempt() -> None:
    world = World(notice(1, "down@example.org"), notice(2, "down@example.org"))
    world.fail("down@example.org", DeliveryError("unreachable"))
    world.run()
    with world.ledger.read() as work:
        assert [queued.attempts for queued in work.outbox.list()] == [1, 0]


def test_what_another_worker_has_is_left_to_it() -> None:
    world = World(notice(1))
    with world.ledger.read() as work:
        (queued,) = work.outbox.due(NOW)
    with world.ledger.begin() as work:
        assert work.outbox.lease(notice(1).id, NOW + LEASE, NOW)
    attempt = Delivery(world.ledger, render, {Channel.MAIL: world.notifier}, world.now).attempt(queued)
    assert (attempt.outcome, world.notifier.tried) == (Outcome.TAKEN, [])


class Killed(BaseException):
    """The process ends here."""


class KilledAfterSending(FakeNotifier):
    """Sends, and is killed before that can be recorded."""

    def send(self, message: Message) -> None:
        super().send(message)
        raise Killed


def test_a_crash_after_sending_sends_again_under_the_same_id() -> None:
    world = World(notice(1))
    killed = KilledAfterSending(world.ledger)
    with pytest.raises(Killed):
        Delivery(world.ledger, render, {Channel.MAIL: killed}, world.now).due()
    assert world.run().attempts == ()
    world.time += LEASE
    assert world.run().count(Outcome.DELIVERED) == 1
    assert [message.id for message in (*killed.sent, *world.notifier.sent)] == [notice(1).id] * 2


@given(st.text(max_size=30), st.integers(1, 40))
def test_waits_grow_from_about_a_minute_to_at_most_six_hours(notice_id: str, attempts: int) -> None:
    wait = retry_wait(notice_id, attempts)
    assert wait == retry_wait(notice_id, attempts)
    assert timedelta(seconds=48) <= wait <= LONGEST_WAIT
    assert retry_wait(notice_id, attempts + 1) >= min(wait * 1.9, LONGEST_WAIT * 0.8)
