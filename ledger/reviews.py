"""The review queue: fired responses beyond an owner's budget, until somebody opens or dismisses them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, case, insert, select, update

from feedback.errors import NotFoundError, StaleWriteError
from ledger.bulk import storable, within
from ledger.identity import take_numbers
from ledger.schema import reviews
from ledger.schema.restraint import ReviewState
from triggers.policy import Severity

_URGENCY = case({severity.value: rank for rank, severity in enumerate(Severity)}, value=reviews.c.severity)
PREFIX = "V-"
LONGEST_NUMBER = 18
"""Digits: more fit into no integer of a store."""


@dataclass(frozen=True, slots=True)
class Review:
    """One item: which response would have gone to whom, how it ranked in its batch, and what became of it."""

    id: str
    response: int
    owner: str
    team: str
    severity: Severity
    rule: str
    place: int
    reason: str
    created_at: datetime
    state: ReviewState = ReviewState.WAITING
    closed_at: datetime | None = None
    closed_by: str | None = None
    note: str = ""
    ticket: str | None = None


class SqlReviewStore:
    """The review queue in SQL."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def next_ids(self, count: int) -> list[str]:
        """Fresh ids ("V-1", "V-2", …), given back when the transaction rolls back."""
        return [f"{PREFIX}{number}" for number in take_numbers(self._connection, "review", count)] if count else []

    def add(self, items: Sequence[Review]) -> None:
        """Queue items."""
        rows = [
            {"id": _number(one.id), "response": one.response, "owner": one.owner, "team": one.team,
             "severity": one.severity.value, "rule": one.rule, "place": one.place, "reason": one.reason,
             "created_at": one.created_at, "state": one.state.value}
            for one in items
        ]  # fmt: skip
        if rows:
            self._connection.execute(insert(reviews), rows)

    def list(
        self, state: ReviewState | None = ReviewState.WAITING, owner: str | None = None, limit: int = 50
    ) -> list[Review]:
        """Items of a state (None: of all), the most severe first, then the oldest."""
        chosen = select(reviews).order_by(_URGENCY, reviews.c.created_at, reviews.c.place, reviews.c.id).limit(limit)
        if state is not None:
            chosen = chosen.where(reviews.c.state == state.value)
        if owner is not None:
            chosen = chosen.where(reviews.c.owner == owner)
        return [_review(row) for row in self._connection.execute(chosen)]

    def get(self, review: str) -> Review:
        """One item. Raises NotFoundError."""
        number = _number(review)
        row = self._connection.execute(select(reviews).where(reviews.c.id == number)).one_or_none()
        if row is None:
            raise NotFoundError(f"no item {review!r} in the review queue", next_step="see `nanni review list`")
        return _review(row)

    def waiting_on(self, responses: Sequence[int]) -> dict[int, str]:
        """By response, the item that waits on it."""
        if not responses:
            return {}
        mine = (reviews.c.state == ReviewState.WAITING.value, within(self._connection, reviews.c.response, responses))
        rows = self._connection.execute(select(reviews.c.response, reviews.c.id).where(*mine))
        return {row.response: f"{PREFIX}{row.id}" for row in rows}

    def close(
        self, review: str, state: ReviewState, at: datetime, by: str, note: str = "", ticket: str | None = None
    ) -> None:
        """Say what became of an item. Raises StaleWriteError when somebody has said so before."""
        mine = (reviews.c.id == _number(review), reviews.c.state == ReviewState.WAITING.value)
        values = {"state": state.value, "closed_at": at, "closed_by": by, "note": storable(note), "ticket": ticket}
        if self._connection.execute(update(reviews).where(*mine).values(**values)).rowcount != 1:
            now = self.get(review)
            raise StaleWriteError(
                f"it was {now.state.value} by {now.closed_by} meanwhile",
                where=review,
                next_step="nothing is left to do",
            )


def _number(review: str) -> int:
    digits = review.removeprefix(PREFIX)
    if not (digits.isdecimal() and len(digits) <= LONGEST_NUMBER):
        raise NotFoundError(f"no item {review!r} in the review queue", allowed="ids such as V-12")
    return int(digits)


def _review(row: Row[Any]) -> Review:
    found = row._mapping
    return Review(
        f"{PREFIX}{found['id']}", found["response"], found["owner"], found["team"], Severity(found["severity"]),
        found["rule"], found["place"], found["reason"], found["created_at"], ReviewState(found["state"]),
        found["closed_at"], found["closed_by"], found["note"], found["ticket"],
    )  # fmt: skip
