"""Lands one decided batch in the ledger: responses, decisions, tickets, events and notices, inside one transaction."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan

from feedback.disposition import Disposition
from feedback.ports import Landing, Run
from feedback.response import ResponseBatch
from feedback.revision import Novelty, RowState
from ledger.store import SqlUnitOfWork
from nanni.judged import Judged
from nanni.parts import Parts
from nanni.remembering import remembering
from nanni.restraint import restrained
from nanni.settling import settling
from tickets.actions import Acted, withdrawn
from tickets.events import EventKind
from tickets.landing import Candidate, Landed, count_openings, headline
from tickets.opening import Change, Plan, plan
from tickets.ports import UnitOfWork
from tickets.retiming import settled
from tickets.ticket import Priority, Ticket
from triggers.decision import Decisions
from triggers.explain import sentence
from triggers.outcome import Outcome
from triggers.signals import Signals
from triggers.themes import main_theme

_RETIMING = (EventKind.STATUS_CHANGED, EventKind.PRIORITY_CHANGED, EventKind.REOPENED)


@dataclass(frozen=True, slots=True)
class LandedBatch:
    """What a batch came to: rows by disposition, and responses by rule that fired."""

    counts: Mapping[Disposition, int]
    fired: Mapping[str, int]


def land(uow: SqlUnitOfWork, parts: Parts, run: Run, states: Sequence[RowState], judged: Judged) -> LandedBatch:
    """Write a batch's rows that add something; `states` are theirs, in order."""
    batch = judged.signals.batch
    customers = uow.responses.customers(batch)
    judged = remembering(uow.decisions, parts.workspace.policy, customers, judged)
    decisions = judged.decisions
    candidates = _candidates(uow, parts, states, customers, judged)
    waiting = settling(uow, parts.workspace.policy.policy, batch, states, parts.clock())
    edits = {
        i: state.revision
        for i, state in enumerate(states)
        if state.novelty is Novelty.REVISION and i not in waiting.answers
    }
    ready = [one for one in candidates if one.position not in waiting.due]
    landed = {**waiting.landed(), **carry_out(uow, parts, ready, edits)}
    landings = [
        _landing(state, customers[i], Outcome(int(decisions.outcome[i])), landed.get(i), decisions.why_held(i))
        for i, state in enumerate(states)
    ]
    _withdraw(uow, parts, states, judged)
    ids = uow.responses.add(run.id, batch, landings)
    uow.decisions.keep_policy(decisions.policy_hash, parts.workspace.policy_text)
    uow.decisions.add(ids, judged.signals, decisions, judged.traces)
    waiting.keep(uow, ids, parts.clock())
    return LandedBatch(Counter(landing.disposition for landing in landings), fired_by_rule(decisions))


def carry_out(
    uow: SqlUnitOfWork, parts: Parts, candidates: Sequence[Candidate], edits: Mapping[int, int], by_hand: bool = False
) -> dict[int, Landed]:
    """What becomes of these candidates by position: suppressed with a reason, or written into tickets and notices.

    `edits` are positions that revise what was acted on before. What a person wants (`by_hand`) is not held back.
    """
    now = parts.clock()
    held_back = {} if by_hand else restrained(uow, parts.workspace.policy.policy, edits, candidates, now)
    planned = _plan(uow, parts, [one for one in candidates if one.position not in held_back])
    uow.tickets.open(planned.opened, planned.events)
    for change in planned.changes:
        _change(uow, parts, change)
    uow.outbox.add(planned.notices)
    return {**held_back, **{one.position: one for one in planned.landed}}


def fired_by_rule(decisions: Decisions) -> dict[str, int]:
    """How many responses each rule fired on."""
    counts = (int((column == Outcome.FIRED).sum()) for column in decisions.by_rule)
    return {rule: count for rule, count in zip(decisions.rule_ids, counts, strict=True) if count}


def _plan(uow: UnitOfWork, parts: Parts, candidates: Sequence[Candidate]) -> Plan:
    workspace, now = parts.workspace, parts.clock()
    customers = list({one.customer_id for one in candidates if one.customer_id is not None})
    episodes = uow.tickets.episodes_for(customers)
    count = count_openings(candidates, episodes, workspace.opening_rules, now)
    return plan(
        candidates,
        episodes,
        iter(uow.tickets.next_keys(count)),
        workspace.routing,
        workspace.sla,
        uow.tickets.load() if count else {},
        now,
        workspace.opening_rules,
        workspace.audience,
        uow.tickets.turns() if count and workspace.routing.takes_turns else None,
    )


def _candidates(
    uow: UnitOfWork,
    parts: Parts,
    states: Sequence[RowState],
    customers: Sequence[str | None],
    judged: Judged,
) -> list[Candidate]:
    """Fired rows that stand, as opening wants them."""
    policy = parts.workspace.policy.policy
    severities = [rule.severity for rule in policy.rules]
    signals, decisions = judged.signals, judged.decisions
    found = []
    for i, told in judged.traces.items():
        if states[i].superseded:
            continue
        winner = decisions.winner[i]
        response = signals.batch.response(i)
        fields = policy.ticket_fields(decisions.fired_rules(i))
        found.append(
            Candidate(
                position=i,
                response_id=response.key.response_id,
                customer_id=customers[i],
                survey=response.key.survey,
                submitted_at=response.submitted_at,
                severity=severities[winner],
                rule=decisions.rule_ids[winner],
                status=response.status,
                theme=fields.theme or main_theme(signals.themes[i]),
                language=response.language,
                channel=response.channel,
                attributes=response.attributes,
                subject=headline(response.score, response.scale, _place(signals.batch, i)),
                why=sentence(told, response),
                policy_hash=decisions.policy_hash,
                existing=_existing(uow, states[i]),
                priority=Priority(fields.priority) if fields.priority else None,
                team=fields.team,
                negative=_negative(signals, i),
                reachable=bool(signals.batch.respondents[i].email),
            )
        )
    return found


def _change(uow: UnitOfWork, parts: Parts, change: Change) -> None:
    """Write a change; a ticket that the customer's answer took out of a pause gets its due times anew."""
    acted = Acted(change.after, change.events)
    if any(event.kind in _RETIMING for event in change.events):
        earlier = uow.tickets.events(change.before.key)
        acted = settled(change.before, earlier, acted, parts.workspace.sla, parts.clock())
    uow.tickets.change(change.before, acted.ticket, acted.events)


def _withdraw(uow: UnitOfWork, parts: Parts, states: Sequence[RowState], judged: Judged) -> None:
    """Tell the tickets of revised responses on which nothing fires any more, after what the batch changed in them."""
    batch, outcome = judged.signals.batch, judged.decisions.outcome
    for i, state in enumerate(states):
        if state.superseded or i in judged.traces or (before := _existing(uow, state)) is None:
            continue
        key = batch.response(i).key
        unsure = int(outcome[i]) == Outcome.UNKNOWN
        acted = withdrawn(before, parts.clock(), key.response_id, key.survey, state.revision, unsure)
        uow.tickets.change(before, acted.ticket, acted.events)


def _place(batch: ResponseBatch, i: int) -> str | None:
    """Where it happened, for a subject line: the first attribute that says so."""
    for name in ("store", "location", "branch", "site", "region"):
        if name in batch.attributes and (value := batch.attributes[name][i]):
            return value
    return None


def _negative(signals: Signals, i: int) -> float | None:
    """How probably the most negative comment of a row is negative; None where no comment was read."""
    found = [float(scores.probabilities[i][0]) for scores in signals.sentiment]
    return max((value for value in found if not isnan(value)), default=None)


def _existing(uow: UnitOfWork, state: RowState) -> Ticket | None:
    """The ticket that an earlier revision of this response has, or the one that has taken that over."""
    if not (state.held and state.held.ticket):
        return None
    ticket = uow.tickets.get(state.held.ticket)
    return uow.tickets.get(ticket.merged_into) if ticket.merged_into else ticket


def _landing(state: RowState, customer: str | None, outcome: Outcome, landed: Landed | None, why_held: str) -> Landing:
    if landed is not None:
        return Landing(state.revision, customer, landed.disposition, landed.reason, landed.ticket)
    held_ticket = state.held.ticket if state.held else None
    if state.superseded:
        return Landing(state.revision, customer, Disposition.REVISED, "replaced by a later row of the same batch")
    if state.novelty is Novelty.REVISION:
        told = "a rule could not be answered" if outcome is Outcome.UNKNOWN else "no rule fires on it"
        reason = f"revision {state.revision}: {told}"
        return Landing(state.revision, customer, Disposition.REVISED, reason, held_ticket)
    if outcome is Outcome.UNKNOWN:
        return Landing(state.revision, customer, Disposition.HELD, why_held)
    return Landing(state.revision, customer, Disposition.QUIET, "no rule fired")
