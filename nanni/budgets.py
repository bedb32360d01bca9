"""At most so many new tickets an owner a day: the ranked rest goes to the review queue, shown and not lost."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import exists, func, select

from feedback.disposition import Disposition
from ledger.reviews import Review, SqlReviewStore
from ledger.schema import storm_tickets, tickets
from ledger.store import SqlUnitOfWork
from tickets.landing import Candidate, Landed
from tickets.opening import Plan
from tickets.problem import RULE
from triggers.handling import BudgetPolicy
from triggers.policy import Severity

Planning = Callable[[Sequence[Candidate]], Plan]
"""What opening would do with these candidates, without writing anything."""

_ORDER = list(Severity)
MOST_TRIES = 50
"""How many of a batch's overflow are tried again: each try plans the whole batch."""


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


def over_budget(
    uow: SqlUnitOfWork,
    budget: BudgetPolicy,
    candidates: Sequence[Candidate],
    planning: Planning,
    exempt: Collection[int],
    now: datetime,
    zone: ZoneInfo,
) -> Overflow:
    """The candidates for whose ticket its owner has no budget left today, the lowest ranked of each owner.

    Rank: the most severe first, then the one given first. `exempt` positions neither wait nor count, nor do severities
    that the policy always lets through. The day is the workspace's own.
    """
    day = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    had = opened_since(uow, budget, day.astimezone(UTC))
    kept = list(candidates)
    ranks = {one.position: place for place, one in enumerate(sorted(candidates, key=_rank), start=1)}
    out: dict[int, tuple[Candidate, str, str]] = {}
    # What is taken out can change who owns the rest, so this goes on until every owner is within the budget.
    while excess := _excess(budget, kept, planning(kept), had, exempt):
        out |= {one.position: (one, team, owner) for one, team, owner in excess}
        kept = [one for one in kept if one.position not in out]
    for position in sorted(out, key=ranks.__getitem__)[:MOST_TRIES]:
        # Taking several out at once can take out one too many: whoever fits after all goes back, the highest first.
        fuller = sorted([*kept, out[position][0]], key=lambda one: one.position)
        if not _excess(budget, fuller, planning(fuller), had, exempt):
            kept = fuller
            del out[position]
    ids = SqlReviewStore(uow.connection).next_ids(len(out))
    items = {}
    for review, (position, (one, team, owner)) in zip(ids, sorted(out.items()), strict=True):
        reason = f"{owner} has the {budget.tickets_a_day} tickets of {day:%Y-%m-%d}"
        items[position] = Review(review, 0, owner, team, one.severity, one.rule, ranks[position], reason, now)
    return Overflow(items)


def _rank(candidate: Candidate) -> tuple[int, datetime, int]:
    return _ORDER.index(candidate.severity), candidate.submitted_at, candidate.position


def _excess(
    budget: BudgetPolicy,
    kept: Sequence[Candidate],
    planned: Plan,
    had: Mapping[str, int],
    exempt: Collection[int],
) -> list[tuple[Candidate, str, str]]:
    by_position = {one.position: one for one in kept}
    new = {ticket.key: ticket for ticket in planned.opened}
    mine: dict[str, list[tuple[Candidate, str]]] = {}
    for landed in planned.landed:
        ticket = new.get(landed.ticket or "")
        one = by_position[landed.position]
        if ticket is None or landed.disposition is not Disposition.OPENED or landed.position in exempt:
            continue
        if one.severity.value not in budget.always:
            mine.setdefault(ticket.owner, []).append((one, ticket.team))
    found = []
    for owner, given in mine.items():
        left = max(0, budget.tickets_a_day - had.get(owner, 0))
        ranked = sorted(given, key=lambda pair: _rank(pair[0]))
        found += [(one, team, owner) for one, team in ranked[left:]]
    return found


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
