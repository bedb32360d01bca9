"""Carries out what fired responses ask for: tickets, notices and the review queue, inside one transaction."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count

from ledger.reviews import SqlReviewStore
from ledger.schema.restraint import ReviewState
from ledger.store import SqlUnitOfWork
from nanni.budgets import Overflow, by_rank, day_of, over_budget
from nanni.likeness import ReadLikeness
from nanni.parts import Parts
from nanni.reminding import tell_colleagues
from nanni.restraint import restrained
from nanni.storms import Weather
from tickets.actions import SYSTEM, Acted
from tickets.budget import DayBudget
from tickets.events import EventKind
from tickets.landing import Candidate, Landed
from tickets.opening import Change, Plan, plan
from tickets.placing import Likeness, count_openings
from tickets.retiming import settled

_RETIMING = (EventKind.STATUS_CHANGED, EventKind.PRIORITY_CHANGED, EventKind.REOPENED)


@dataclass(frozen=True, slots=True)
class CarriedOut:
    """What became of candidates, by position, and those that went to the review queue."""

    landed: Mapping[int, Landed]
    overflow: Overflow

    def keep(self, uow: SqlUnitOfWork, ids: Sequence[int], revised: Mapping[int, int], now: datetime) -> None:
        """Queue the overflow once the rows have their numbers; what waits on a `revised` response waits no more."""
        store = SqlReviewStore(uow.connection)
        for number, review in store.waiting_on(list(revised)).items():
            store.close(review, ReviewState.DISMISSED, now, SYSTEM, f"replaced by revision {revised[number]}")
        store.add([replace(item, response=ids[position]) for position, item in self.overflow.items.items()])


def carry_out(
    uow: SqlUnitOfWork, parts: Parts, candidates: Sequence[Candidate], edits: Mapping[int, int], by_hand: bool = False
) -> CarriedOut:
    """What becomes of these candidates: suppressed or set aside with a reason, or written into tickets and notices.

    `edits` are positions that revise what was acted on before. What a person wants (`by_hand`) is not held back.
    """
    now, policy = parts.clock(), parts.workspace.policy.policy
    held_back = {} if by_hand else restrained(uow, policy, edits, candidates, now)
    ready = [one for one in candidates if one.position not in held_back]
    weather, likeness = Weather(uow, policy.storm), ReadLikeness(uow, parts)
    day = None if by_hand else _day(uow, parts, ready, weather)
    overflow = Overflow()
    if day is not None:
        ready = by_rank(ready)
        foreseen = _plan(uow, parts, ready, day, likeness, (f"?{number}" for number in count(1)))
        overflow = over_budget(uow, day.policy, ready, foreseen, now, parts.workspace.settings.zone)
        ready = [one for one in ready if one.position not in overflow.items]
    planned = _plan(uow, parts, ready, day, likeness)
    uow.tickets.open(planned.opened, planned.events)
    for change in planned.changes:
        _change(uow, parts, change)
    uow.outbox.add(weather.let_through(ready, planned, now))
    tell_colleagues(uow, parts, [change.events for change in planned.changes])
    landed = {one.position: one for one in planned.landed}
    return CarriedOut({**held_back, **overflow.landed(), **landed}, overflow)


def _day(uow: SqlUnitOfWork, parts: Parts, candidates: Sequence[Candidate], weather: Weather) -> DayBudget | None:
    """What owners have been given today, where the policy has a budget."""
    budget = parts.workspace.policy.policy.budget
    if budget is None or not candidates:
        return None
    exempt = {one.position for one in candidates if weather.storm_of(one) is not None}
    return day_of(uow, budget, exempt, parts.clock(), parts.workspace.settings.zone)


def _plan(
    uow: SqlUnitOfWork,
    parts: Parts,
    candidates: Sequence[Candidate],
    day: DayBudget | None,
    likeness: Likeness,
    keys: Iterator[str] | None = None,
) -> Plan:
    workspace, now = parts.workspace, parts.clock()
    customers = list({one.customer_id for one in candidates if one.customer_id is not None})
    episodes = uow.tickets.episodes_for(customers)
    openings = count_openings(candidates, episodes, workspace.opening_rules, now, likeness)
    return plan(
        candidates,
        episodes,
        keys or iter(uow.tickets.next_keys(openings)),
        workspace.routing,
        workspace.sla,
        uow.tickets.load() if openings else {},
        now,
        workspace.opening_rules,
        workspace.audience,
        uow.tickets.turns() if openings and workspace.routing.takes_turns else None,
        day,
        likeness,
    )


def _change(uow: SqlUnitOfWork, parts: Parts, change: Change) -> None:
    """Write a change; a ticket that the customer's answer took out of a pause gets its due times anew."""
    acted = Acted(change.after, change.events)
    if any(event.kind in _RETIMING for event in change.events):
        earlier = uow.tickets.events(change.before.key)
        acted = settled(change.before, earlier, acted, parts.workspace.sla, parts.clock())
    uow.tickets.change(change.before, acted.ticket, acted.events)
