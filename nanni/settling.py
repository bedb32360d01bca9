"""Responses that came without their comment: held until it comes or the time is over (policy.yaml, settle)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from feedback.disposition import Disposition
from feedback.response import ResponseBatch, ResponseStatus
from feedback.revision import Novelty, RowState
from ledger.relanding import reland
from ledger.schema.restraint import WaitState
from ledger.store import SqlUnitOfWork
from ledger.waits import SqlWaitStore
from tickets.landing import Landed
from triggers.policy import Policy


@dataclass(frozen=True, slots=True)
class Settling:
    """Rows of a batch by position: those that wait and until when; those that are no edit but the rest of an answer.

    `answered` are the numbers of stored responses that waited for a row of this batch, with that row's revision.
    """

    due: Mapping[int, datetime] = field(default_factory=dict)
    answers: frozenset[int] = frozenset()
    answered: Mapping[int, int] = field(default_factory=dict)

    def landed(self) -> dict[int, Landed]:
        """The rows that wait, each with its reason."""
        return {
            row: Landed(row, Disposition.HELD, f"waits until {until:%Y-%m-%d %H:%M} UTC for a comment that may follow")
            for row, until in self.due.items()
        }

    def keep(self, uow: SqlUnitOfWork, ids: Sequence[int], now: datetime) -> None:
        """Write the waits down once the rows have their numbers, and end those that this batch has answered."""
        store = SqlWaitStore(uow.connection)
        store.add({ids[row]: until for row, until in self.due.items()})
        for number, revision in self.answered.items():
            replaced(uow, number, f"revision {revision}", now)


NOTHING_WAITS = Settling()


def settling(
    uow: SqlUnitOfWork, policy: Policy, batch: ResponseBatch, states: Sequence[RowState], now: datetime
) -> Settling:
    """Which rows of a batch wait for their comment. A revision goes on waiting no longer than the first would have."""
    wait = policy.settle_wait(batch.survey.id)
    held = [state.held.id for state in states if state.held is not None]
    if wait is None and not (policy.settle and held):
        return NOTHING_WAITS
    waiting = SqlWaitStore(uow.connection).open(held)
    due: dict[int, datetime] = {}
    answers: set[int] = set()
    answered: dict[int, int] = {}
    for row, state in enumerate(states):
        number = state.held.id if state.held else None
        if number in waiting or (state.novelty is Novelty.REVISION and number is None):
            answers.add(row)
        if number in waiting and number is not None and not state.superseded:
            answered[number] = state.revision
        if state.superseded or _said(batch, row) or batch.status[row] is ResponseStatus.TEST or wait is None:
            continue
        first = state.held is None
        until = waiting.get(number or 0) if not first else _utc(batch, row) + wait
        if until is not None and until > now:
            due[row] = until
    return Settling(due, frozenset(answers), answered)


def replaced(uow: SqlUnitOfWork, number: int, by: str, now: datetime) -> None:
    """End the wait of a response that a later revision has taken the place of."""
    SqlWaitStore(uow.connection).close([number], WaitState.REPLACED, now)
    stored = uow.responses.get(number)
    if stored.disposition is Disposition.HELD:
        reason = f"replaced by {by} before it was acted on"
        reland(uow.connection, number, Disposition.HELD, Disposition.REVISED, reason, stored.ticket)


def _said(batch: ResponseBatch, row: int) -> bool:
    return any(column.texts[row] for column in batch.comments)


def _utc(batch: ResponseBatch, row: int) -> datetime:
    value: datetime = batch.submitted_at[row].astype("datetime64[us]").item()
    return value.replace(tzinfo=UTC)
