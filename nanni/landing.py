"""Lands one prepared batch in the ledger: responses, decisions, tickets, events and notices, inside one transaction."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from feedback.disposition import Disposition
from feedback.ports import Run
from feedback.revision import Novelty, RowState
from ledger.identity import customer_name
from ledger.responses import LandedRows
from ledger.store import SqlUnitOfWork
from nanni.canary import note
from nanni.carrying_out import carry_out
from nanni.parts import Parts
from nanni.prepared import Prepared
from nanni.remembering import remembering
from nanni.settling import NOTHING_WAITS, Settling, settling
from nanni.storms import watch
from nanni.walk import verdict
from nanni.word_evidence import with_words
from tickets.actions import withdrawn
from tickets.landing import Candidate, Landed
from tickets.ticket import Ticket
from triggers.decision import AMBIGUOUS, UNANSWERED
from triggers.outcome import Outcome

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
    if prepared.verdict.candidates or prepared.judged is not None or prepared.verdict.arrived:
        uow.tickets.assigning()
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
