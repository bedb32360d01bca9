"""Lands one prepared batch in the ledger: responses, decisions, tickets, events and notices, inside one transaction."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import count

from feedback.disposition import Disposition
from feedback.ports import Run
from feedback.revision import Novelty, RowState
from ledger.identity import customer_name
from ledger.responses import LandedRows
from ledger.reviews import SqlReviewStore
from ledger.schema.restraint import ReviewState
from ledger.store import SqlUnitOfWork
from nanni.budgets import Overflow, over_budget
from nanni.canary import note
from nanni.parts import Parts
from nanni.prepared import Prepared
from nanni.remembering import remembering
from nanni.reminding import tell_colleagues
from nanni.restraint import restrained
from nanni.settling import NOTHING_WAITS, Settling, settling
from nanni.storms import Weather, watch
from nanni.walk import verdict
from nanni.word_evidence import with_words
from tickets.actions import SYSTEM, Acted, withdrawn
from tickets.events import EventKind
from tickets.landing import Candidate, Landed, count_openings
from tickets.opening import Change, Plan, plan
from tickets.retiming import settled
from tickets.ticket import Ticket
from triggers.decision import AMBIGUOUS, UNANSWERED
from triggers.outcome import Outcome

_RETIMING = (EventKind.STATUS_CHANGED, EventKind.PRIORITY_CHANGED, EventKind.REOPENED)
_UNMOVED = {
    int(Outcome.QUIET): (Disposition.QUIET.value, "no rule fired"),
    int(Outcome.UNKNOWN): (Disposition.HELD.value, UNANSWERED),
    int(Outcome.FIRED): ("", ""),  # every fired row lands or is replaced: the store would refuse this
}


@dataclass(frozen=True, slots=True)
class LandedBatch:
    """What a batch came to: rows by disposition, and responses by rule that fired."""

    counts: Mapping[Disposition, int]
    fired: Mapping[str, int]


def land(uow: SqlUnitOfWork, parts: Parts, run: Run, prepared: Prepared) -> LandedBatch:
    """Write a batch's rows that add something."""
    numbers = uow.responses.recognise(prepared.responses.people)
    prepared = _remembered(uow, parts, prepared, numbers)
    candidates = _candidates(uow, prepared, numbers)
    waiting = _settling(uow, parts, prepared)
    edits = {
        i: state.revision
        for i, state in enumerate(prepared.states)
        if state.novelty is Novelty.REVISION and i not in waiting.answers
    }
    ready = [one for one in candidates if one.position not in waiting.due]
    watch(uow, parts, prepared.verdict.arrived, prepared.responses.survey.id)
    carried = carry_out(uow, parts, ready, edits)
    landed = _rows(prepared, numbers, {**waiting.landed(), **carried.landed})
    _withdraw(uow, parts, prepared, {one.position for one in candidates})
    if numbers:
        ids = uow.responses.insert(run.id, prepared.responses, landed)
        uow.decisions.keep_policy(prepared.verdict.decisions.policy_hash, parts.workspace.policy_text)
        uow.decisions.insert(ids, prepared.verdict.decisions)
        waiting.keep(uow, ids, parts.clock())
        revised = {state.held.id: state.revision for state in prepared.states if state.held}
        carried.keep(uow, ids, revised, parts.clock())
        if prepared.verdict.shadow is not None:
            note(uow, parts, prepared.verdict.shadow, ids)
    counts = {Disposition(name): count for name, count in Counter(landed.disposition).items()}
    return LandedBatch(counts, prepared.verdict.fired)


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
    weather = Weather(uow, policy.storm)
    overflow = Overflow() if by_hand else _overflow(uow, parts, ready, weather)
    ready = [one for one in ready if one.position not in overflow.items]
    planned = _plan(uow, parts, ready)
    uow.tickets.open(planned.opened, planned.events)
    for change in planned.changes:
        _change(uow, parts, change)
    uow.outbox.add(weather.let_through(ready, planned, now))
    tell_colleagues(uow, parts, [change.events for change in planned.changes])
    landed = {one.position: one for one in planned.landed}
    return CarriedOut({**held_back, **overflow.landed(), **landed}, overflow)


def _overflow(uow: SqlUnitOfWork, parts: Parts, candidates: Sequence[Candidate], weather: Weather) -> Overflow:
    budget = parts.workspace.policy.policy.budget
    if budget is None or not candidates:
        return Overflow()
    exempt = {one.position for one in candidates if weather.storm_of(one) is not None}

    def planning(chosen: Sequence[Candidate]) -> Plan:
        return _plan(uow, parts, chosen, (f"?{number}" for number in count(1)))

    return over_budget(uow, budget, candidates, planning, exempt, parts.clock(), parts.workspace.settings.zone)


def _settling(uow: SqlUnitOfWork, parts: Parts, prepared: Prepared) -> Settling:
    """The rows that wait for a comment, where the policy lets any."""
    if prepared.judged is None:
        return NOTHING_WAITS
    batch = prepared.judged.signals.batch
    return settling(uow, parts.workspace.policy.policy, batch, prepared.states, parts.clock())


def _remembered(uow: SqlUnitOfWork, parts: Parts, prepared: Prepared, numbers: Sequence[int | None]) -> Prepared:
    """The batch decided with what its customers told us before, where the policy asks for it."""
    if prepared.judged is None:
        return prepared
    people, before, worded = list(map(customer_name, numbers)), prepared.judged, partial(with_words, parts)
    judged = remembering(uow.decisions, parts.workspace.policy, people, before, worded)
    if before.rival is not None:
        rival = remembering(uow.decisions, before.rival.canary.policy, people, before.rival.judged, worded)
        judged = replace(judged, rival=replace(before.rival, judged=rival))
    if judged is before:
        return prepared
    return replace(prepared, verdict=verdict(parts, judged, prepared.states))


def _plan(uow: SqlUnitOfWork, parts: Parts, candidates: Sequence[Candidate], keys: Iterator[str] | None = None) -> Plan:
    workspace, now = parts.workspace, parts.clock()
    customers = list({one.customer_id for one in candidates if one.customer_id is not None})
    episodes = uow.tickets.episodes_for(customers)
    openings = count_openings(candidates, episodes, workspace.opening_rules, now)
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
    )


def _candidates(uow: SqlUnitOfWork, prepared: Prepared, numbers: Sequence[int | None]) -> list[Candidate]:
    """The fired rows with what the store knows of them: whose they are, and the ticket they already have."""
    return [
        replace(
            one,
            customer_id=customer_name(numbers[one.position]),
            existing=_existing(uow, prepared.states[one.position]),
        )
        for one in prepared.verdict.candidates
    ]


def _change(uow: SqlUnitOfWork, parts: Parts, change: Change) -> None:
    """Write a change; a ticket that the customer's answer took out of a pause gets its due times anew."""
    acted = Acted(change.after, change.events)
    if any(event.kind in _RETIMING for event in change.events):
        earlier = uow.tickets.events(change.before.key)
        acted = settled(change.before, earlier, acted, parts.workspace.sla, parts.clock())
    uow.tickets.change(change.before, acted.ticket, acted.events)


def _withdraw(uow: SqlUnitOfWork, parts: Parts, prepared: Prepared, fired: set[int]) -> None:
    """Tell the tickets of revised responses on which nothing fires any more, after what the batch changed in them."""
    responses, outcome = prepared.responses, prepared.verdict.decisions.outcome
    for i, state in enumerate(prepared.states):
        if state.held is None or state.superseded or i in fired or (before := _existing(uow, state)) is None:
            continue
        response_id, unsure = responses.columns["response_id"][i], outcome[i] == Outcome.UNKNOWN
        acted = withdrawn(before, parts.clock(), response_id, responses.survey.id, state.revision, unsure)
        uow.tickets.change(before, acted.ticket, acted.events)


def _existing(uow: SqlUnitOfWork, state: RowState) -> Ticket | None:
    """The ticket that an earlier revision of this response has, or the one that has taken that over."""
    if not (state.held and state.held.ticket):
        return None
    ticket = uow.tickets.get(state.held.ticket)
    return uow.tickets.get(ticket.merged_into) if ticket.merged_into else ticket


def _rows(prepared: Prepared, numbers: Sequence[int | None], landed: Mapping[int, Landed]) -> LandedRows:
    """What became of each row: most are quiet, so only the others are looked at one by one."""
    states, outcome = prepared.states, prepared.verdict.decisions.outcome
    told = [_UNMOVED[code] for code in outcome]
    for i in prepared.verdict.ambiguous:
        if outcome[i] == Outcome.UNKNOWN:
            told[i] = (Disposition.HELD.value, AMBIGUOUS)
    ticket: list[str | None] = [None] * len(states)
    for i, state in enumerate(states):
        if state.superseded or state.novelty is Novelty.REVISION:
            told[i], ticket[i] = _revised(state, Outcome(outcome[i]))
    for i, one in landed.items():
        told[i], ticket[i] = (one.disposition.value, one.reason), one.ticket
    return LandedRows(
        revision=[state.revision for state in states],
        customer=numbers,
        disposition=[disposition for disposition, _ in told],
        reason=[reason or None for _, reason in told],
        ticket=ticket,
    )


def _revised(state: RowState, outcome: Outcome) -> tuple[tuple[str, str], str | None]:
    """Disposition with its reason, and ticket, of a row that changes a response on which no rule fires now."""
    if state.superseded:
        return (Disposition.REVISED.value, "replaced by a later row of the same batch"), None
    told = "a rule could not be answered" if outcome is Outcome.UNKNOWN else "no rule fires on it"
    held_ticket = state.held.ticket if state.held else None
    return (Disposition.REVISED.value, f"revision {state.revision}: {told}"), held_ticket
