"""What a policy would cost beyond its load: promises expected to be broken, and the price of the recall contract."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import and_, case, func, or_, select

from ledger.schema import tickets
from ledger.store import SqlUnitOfWork
from models.contract import RecallContract
from models.operating_point import called_share
from models.sentiment import SentimentScores
from nanni.backtest_load import Load
from tickets.problem import RULE
from triggers.policy import Severity


@dataclass(frozen=True, slots=True)
class Kept:
    """Stored tickets of one severity whose promise can be judged by now, and those of them that were late."""

    tickets: int
    late: int

    @property
    def share(self) -> float:
        """The share that was late."""
        return self.late / self.tickets if self.tickets else 0.0


@dataclass(frozen=True, slots=True)
class RecallPrice:
    """What the workspace's recall contract calls negative in the window: `called` of `comments` that were scored."""

    miss_at_most: float
    threshold: float
    comments: int
    called: int


def promises_kept(uow: SqlUnitOfWork, now: datetime) -> dict[Severity, Kept]:
    """How often promises were broken so far, by severity: a first touch or resolution after its due time, or not yet.

    Left out are tickets whose due times are still to come.
    """
    c = tickets.c
    untouched_in_time = c.first_touch_due < func.coalesce(c.first_touched_at, now)
    unresolved_in_time = c.resolution_due < func.coalesce(c.resolved_at, now)
    late = or_(untouched_in_time, unresolved_in_time)
    judged = or_(late, c.resolved_at.is_not(None))
    rows = (
        select(c.severity, func.count(), func.sum(case((late, 1), else_=0)))
        .where(and_(judged, c.rule != RULE))
        .group_by(c.severity)
    )
    return {Severity(severity): Kept(count, int(missed)) for severity, count, missed in uow.connection.execute(rows)}


def expected_late(load: Load, kept: Mapping[Severity, Kept]) -> float:
    """How many of a load's tickets would be late, were each severity's as often late as it has been.

    That more tickets make everybody later is not in it; `Load.pressure` tells how full the days would be.
    """
    return sum(count * kept[severity].share for severity, count in load.severities.items() if severity in kept)


class RecallCost:
    """Adds up, batch by batch, what the recall contract calls negative."""

    def __init__(self, contract: RecallContract | None) -> None:
        self._contract = contract
        self._comments = self._called = 0

    @property
    def asked(self) -> bool:
        """Whether the workspace has a contract, so that comments' scores have to be read."""
        return self._contract is not None

    def add(self, sentiment: tuple[SentimentScores, ...]) -> None:
        """One batch's scores."""
        if self._contract is None:
            return
        for column in sentiment:
            negative: NDArray[np.float32] = column.probabilities[:, 0]
            scored = negative[~np.isnan(negative)]
            self._comments += len(scored)
            self._called += round(called_share(scored, self._contract.point.threshold) * len(scored))

    @property
    def counts(self) -> tuple[int, int]:
        """Comments scored, and those called negative."""
        return self._comments, self._called

    def take(self, counts: tuple[int, int]) -> None:
        """Add what another process counted."""
        self._comments += counts[0]
        self._called += counts[1]

    def price(self) -> RecallPrice | None:
        """The sum; None for a workspace without a recall contract."""
        if self._contract is None:
            return None
        point = self._contract.point
        return RecallPrice(self._contract.miss_at_most, point.threshold, self._comments, self._called)
