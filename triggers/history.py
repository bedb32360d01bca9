"""What a customer told us before: worked out from stored responses alone, so that live and replay see the same.

A response sees the other responses of its customer that were in the store when it was decided (their number is lower,
whatever they say of their own time), each in the revision held then, given at the same time or before.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np

from feedback.response import ResponseBatch, ResponseKey, ResponseStatus

MOST = 200
"""Earlier responses looked at, the latest first: an address that a whole shop uses must not cost a batch its time."""


class Earlier(NamedTuple):
    """An earlier response of the same customer; `at` is microseconds since 1970."""

    at: int
    survey: str
    score: float | None
    themes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """For rows of a batch, by position, the customer's earlier responses, latest first; rows without are absent."""

    rows: Mapping[int, tuple[Earlier, ...]] = field(default_factory=dict)

    def take(self, chosen: Sequence[int]) -> "History":
        """The history of the rows at these positions, in this order."""
        return History({at: self.rows[row] for at, row in enumerate(chosen) if row in self.rows})


class Kept(NamedTuple):
    """A response as the store has it, as far as a history needs it.

    `id` is its number, `replaced` the number of its next revision by the same customer (None: it is the latest).
    """

    id: int
    customer: int
    key: ResponseKey
    at: int
    score: float | None
    themes: tuple[str, ...]
    replaced: int | None = None
    counts: bool = True


def histories(kept: Iterable[Kept], asked: Sequence[Kept | None], within: timedelta) -> History:
    """The history of each response asked for, over those kept (test responses do not count).

    `asked` is None where nobody knows who answered. The order of `kept` does not matter.
    """
    known: dict[int, list[Kept]] = {}
    for one in sorted(kept, key=lambda one: (one.at, one.id)):
        if one.counts:
            known.setdefault(one.customer, []).append(one)
    horizon = within // timedelta(microseconds=1)
    found = ((row, _of(one, known.get(one.customer, []), horizon)) for row, one in enumerate(asked) if one is not None)
    return History({row: earlier for row, earlier in found if earlier})


def _of(one: Kept, held: Sequence[Kept], horizon: int) -> tuple[Earlier, ...]:
    found: list[Earlier] = []
    last = bisect_right(held, one.at, key=lambda other: other.at)
    for other in reversed(held[:last]):
        if one.at - other.at > horizon or len(found) == MOST:
            break
        there = other.id < one.id and (other.replaced is None or other.replaced >= one.id)
        if there and other.key != one.key:
            found.append(Earlier(other.at, other.key.survey, other.score, other.themes))
    return tuple(found)


def micros(moment: datetime) -> int:
    """Microseconds since 1970, exactly."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def entries(
    batch: ResponseBatch, numbers: Sequence[int], customers: Sequence[int | None], themes: Sequence[Sequence[str]]
) -> list[Kept | None]:
    """The rows of a batch as the store has them or will have them; None where nobody knows who answered."""
    survey = batch.survey
    times = batch.submitted_at.astype("datetime64[us]").astype(np.int64).tolist()
    scores = [None if score != score else score for score in batch.score.tolist()]
    return [
        None
        if customer is None
        else Kept(
            id=numbers[row],
            customer=customer,
            key=ResponseKey(survey.source_name, survey.id, batch.response_id[row]),
            at=times[row],
            score=scores[row],
            themes=tuple(dict.fromkeys(themes[row])),
            counts=batch.status[row] is not ResponseStatus.TEST,
        )
        for row, customer in enumerate(customers)
    ]


def joined(stored: Iterable[Kept], batch: Sequence[Kept | None]) -> list[Kept]:
    """What is stored and what a batch adds, as the store will have it: a response the batch revises is replaced."""
    following: dict[tuple[int, ResponseKey], int] = {}
    added: list[Kept] = []
    for one in reversed([one for one in batch if one is not None]):
        added.append(one._replace(replaced=following.get((one.customer, one.key))))
        following[one.customer, one.key] = one.id
    before = [
        one if one.replaced is not None else one._replace(replaced=following.get((one.customer, one.key)))
        for one in stored
    ]
    return [*before, *reversed(added)]
