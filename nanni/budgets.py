"""At most so many new tickets an owner a day: the ranked rest goes to the review queue, shown and not lost."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import exists, func, select

from feedback.disposition import Disposition
from ledger.reviews import Review, SqlReviewStore
from ledger.schema import storm_tickets, tickets
from ledger.store import SqlUnitOfWork
from tickets.budget import DayBudget, rank
from tickets.landing import Candidate, Landed
from tickets.opening import Plan
from tickets.problem import RULE
from triggers.handling import BudgetPolicy


@dataclass(frozen=True, slots=True)
class Overflow:
    """Candidates that go to review, by position; the response numbers are filled in when the rows are stored."""

    items: Mapping[int, Review] = field(default_factory=dict)

    def landed(self) -> dict[int, Landed]:
        """Each with its reason."""
        return {
            position: Landed(position, Disposition.SUPPRESSED, f"{item.reason}; in the review queue as {item.id}")
            for position, item in self.items.items()
        }


def day_of(
    uow: SqlUnitOfWork, budget: BudgetPolicy, exempt: Collection[int], now: datetime, zone: ZoneInfo
) -> DayBudget:
    """What has been given on this day of the workspace's."""
    start = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return DayBudget(budget, opened_since(uow, budget, start.astimezone(UTC)), exempt)


def by_rank(candidates: Sequence[Candidate]) -> list[Candidate]:
    """In the order in which they are given what room there is."""
    return sorted(candidates, key=lambda one: rank(one.severity, one.submitted_at, one.position))


def over_budget(
    uow: SqlUnitOfWork, budget: BudgetPolicy, ranked: Sequence[Candidate], planned: Plan, now: datetime, zone: ZoneInfo
) -> Overflow:
    """What a plan of these candidates refuses for want of a budget, each as an item of the review queue."""
    ids = SqlReviewStore(uow.connection).next_ids(len(planned.refused))
    places = {one.position: (place, one) for place, one in enumerate(ranked, start=1)}
    items = {}
    for review, (position, to) in zip(ids, sorted(planned.refused.items()), strict=True):
        place, one = places[position]
        reason = f"{to.owner} has the {budget.tickets_a_day} tickets of {now.astimezone(zone):%Y-%m-%d}"
        items[position] = Review(review, 0, to.owner, to.team, one.severity, one.rule, place, reason, now)
    return Overflow(items)


def opened_since(uow: SqlUnitOfWork, budget: BudgetPolicy, start: datetime) -> Counter[str]:
    """By owner, the tickets since then that count towards a budget."""
    # A ticket that a storm has taken up later was told of by itself, so it counts; one opened in a storm does not.
    in_storm = exists().where(storm_tickets.c.ticket == tickets.c.key, storm_tickets.c.joined_at <= tickets.c.opened_at)
    counted = (
        select(tickets.c.owner, func.count())
        .where(
            tickets.c.opened_at >= start, tickets.c.rule != RULE, tickets.c.severity.not_in(budget.always), ~in_storm
        )
        .group_by(tickets.c.owner)
    )
    return Counter({owner: count for owner, count in uow.connection.execute(counted)})
