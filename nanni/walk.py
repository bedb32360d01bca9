"""The steps of a batch's walk that change nothing: checked, sorted, scored, judged, and packed for the store.

Worker processes take them (`nanni.workers`); what comes out crosses back as plain columns, and `nanni.ingestion`
commits it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from feedback.mend import raw_row
from feedback.parse import parse_batch, parse_columns, role_frame
from feedback.response import ResponseBatch
from feedback.revision import Novelty, RowState, sort_rows
from feedback.rows import Flag, RawBatch, Rejection
from feedback.survey import SurveyDefinition
from ledger.bulk import from_json
from ledger.packed import pack_decisions, pack_responses
from models.sentiment import SentimentScores
from nanni.canary import running
from nanni.candidates import candidates_of
from nanni.drift import heard_in
from nanni.judged import Judged, Rival, Shadow
from nanni.parts import Parts
from nanni.prepared import Prepared, Verdict
from nanni.scoring import Scorer, score
from nanni.word_evidence import with_words
from triggers.canary import compared, decides_for
from triggers.compiled import CompiledPolicy
from triggers.decide import decide_and_tell
from triggers.decision import Decisions
from triggers.keywords.index import TextIndex
from triggers.outcome import Outcome
from triggers.policy import Policy
from triggers.signals import Signals
from triggers.storms import Arrived, tally


@dataclass(frozen=True, slots=True, eq=False)
class CheckedBatch:
    """A raw batch after contract and parsing: trusted rows, named rejections, flags."""

    number: int
    received: int
    batch: ResponseBatch
    rejected: tuple[Rejection, ...]
    flags: tuple[Flag, ...]


@dataclass(frozen=True, slots=True, eq=False)
class SortedBatch:
    """A checked batch against what the ledger held up to response number `seen`.

    `batch` are the rows that add something, `states` theirs in order; `duplicates` are the ids of the others.
    """

    batch: ResponseBatch
    states: Sequence[RowState]
    duplicates: Sequence[str]
    seen: int
    key: bytes


def prepare(survey: SurveyDefinition, parts: Parts, raw: RawBatch, scorer: Scorer | None = None) -> Prepared:
    """Every step on a raw batch but the commit; scored by this process's own model unless a scorer is given."""
    checked = check(parts, survey, raw)
    fresh = sort_batch(parts, checked)
    scores = scorer(fresh.batch) if scorer else score(parts.model, fresh.batch)
    return pack(parts, checked, fresh, judge(parts, fresh.batch, scores))


def check(parts: Parts, survey: SurveyDefinition, raw: RawBatch) -> CheckedBatch:
    """Parse and run the contract; a row rejected by either is quarantined once, parsing's reason first."""
    columns = parse_columns(raw, survey)
    parsed = parse_batch(raw, survey, parts.clock(), columns)
    verdict = parts.contract(survey).check(role_frame(raw, survey, columns), raw)
    refused = {rejection.row_number for rejection in parsed.rejected}
    place = {number: i for i, number in enumerate(raw.row_numbers)}
    broken = tuple(
        # With what the export said of its zones and questions, so that a released row reads as it did in its file.
        replace(rejection, raw=raw_row(raw, place[rejection.row_number], survey))
        for rejection in verdict.rejected
        if rejection.row_number not in refused
    )
    refused |= {rejection.row_number for rejection in broken}
    batch = parsed.batch
    if broken:
        batch = batch.take([i for i, number in enumerate(batch.row_number.tolist()) if number not in refused])
    flags = tuple(flag for flag in verdict.flags if flag.row_number not in refused)
    return CheckedBatch(raw.number, raw.received, batch, (*parsed.rejected, *broken), flags)


def sort_batch(parts: Parts, checked: CheckedBatch) -> SortedBatch:
    """Set aside what the ledger already holds, so that nothing is scored twice."""
    batch = checked.batch
    with parts.ledger.read() as uow:
        key, seen = uow.responses.identity_key(), uow.responses.last_number()
        known = uow.responses.known(batch.survey.source_name, batch.survey.id, batch.response_id)
    states = sort_rows(batch.response_id, batch.content_hash, known)
    rows = [i for i, state in enumerate(states) if state.novelty is not Novelty.DUPLICATE]
    duplicates = [batch.response_id[i] for i, state in enumerate(states) if state.novelty is Novelty.DUPLICATE]
    if duplicates:
        batch, states = batch.take(rows), [states[i] for i in rows]
    return SortedBatch(batch, states, duplicates, seen, key)


def judge(parts: Parts, batch: ResponseBatch, sentiment: tuple[SentimentScores, ...]) -> Judged:
    """Gather the signals of a batch and decide on them; each comment is cut into words once."""
    index = TextIndex(batch, parts.search)
    signals = Signals(batch, sentiment, parts.workspace.taxonomy.hits(index))
    decisions, told = decide_and_tell(signals, parts.workspace.policy, index)
    judged = Judged(signals, decisions, with_words(parts, batch, told))
    canary = running(parts)
    if canary is None:
        return judged
    decisions, told = decide_and_tell(signals, canary.policy, index)
    other = Judged(signals, decisions, with_words(parts, batch, told))
    return replace(judged, rival=Rival(canary, other, decides_for(canary, batch)))


def pack(parts: Parts, checked: CheckedBatch, fresh: SortedBatch, judged: Judged) -> Prepared:
    """The batch as the store takes it."""
    policy = parts.workspace.policy
    return Prepared(
        number=checked.number,
        received=checked.received,
        rejected=checked.rejected,
        flags=checked.flags,
        duplicates=fresh.duplicates,
        seen=fresh.seen,
        states=fresh.states,
        responses=pack_responses(fresh.batch, fresh.key),
        verdict=verdict(parts, judged, fresh.states),
        judged=judged if _asks_later(policy, judged.rival) else None,
        heard=heard_in(judged.signals.sentiment),
    )


def _asks_later(policy: CompiledPolicy, rival: Rival | None) -> bool:
    """Whether something is asked of the batch that only the commit can know."""
    remembers = policy.lookback is not None or (rival is not None and rival.canary.policy.lookback is not None)
    return remembers or bool(policy.policy.settle)


def verdict(parts: Parts, judged: Judged, states: Sequence[RowState]) -> Verdict:
    """What was decided on a batch whose rows stand as `states` say, by the live policy or a canary in its place."""
    live = _verdict(parts, judged, states, parts.workspace.policy.policy)
    if judged.rival is None:
        return live
    rival = judged.rival
    other = _verdict(parts, rival.judged, states, rival.canary.policy.policy)
    return blended(parts, live, other, judged, states)


def _verdict(parts: Parts, judged: Judged, states: Sequence[RowState], policy: Policy) -> Verdict:
    doubtful = judged.decisions.ambiguous
    return Verdict(
        decisions=pack_decisions(judged.signals, judged.decisions, judged.traces),
        ambiguous=[] if doubtful is None else np.flatnonzero(doubtful).tolist(),
        candidates=tuple(candidates_of(judged, states, policy)),
        fired=fired_by_rule(judged.decisions),
        arrived=_arrived(parts, judged.signals, judged.decisions.outcome, states),
    )


def blended(parts: Parts, live: Verdict, other: Verdict, judged: Judged, states: Sequence[RowState]) -> Verdict:
    """The live policy's verdict with the candidate's on the rows that it decides, and where the two differ."""
    assert judged.rival is not None
    takes = judged.rival.decides.tolist()
    one, two = live.decisions, other.decisions
    decisions = replace(
        one,
        outcome=[b if take else a for a, b, take in zip(one.outcome, two.outcome, takes, strict=True)],
        fired=[b if take else a for a, b, take in zip(one.fired, two.fired, takes, strict=True)],
        traces=[b if take else a for a, b, take in zip(one.traces, two.traces, takes, strict=True)],
        hashes=[two.policy_hash if take else one.policy_hash for take in takes],
    )
    mine = [each for each in live.candidates if not takes[each.position]]
    theirs = [each for each in other.candidates if takes[each.position]]
    rows = [row for row, state in enumerate(states) if not state.superseded]
    volume, differences = compared(judged.decisions, judged.rival.judged.decisions, judged.rival.decides, rows)
    fired = Counter(rule for told in decisions.fired if told for rule in from_json(told))
    outcome = np.where(judged.rival.decides, judged.rival.judged.decisions.outcome, judged.decisions.outcome)
    return Verdict(
        decisions=decisions,
        ambiguous=sorted([r for r in live.ambiguous if not takes[r]] + [r for r in other.ambiguous if takes[r]]),
        candidates=tuple(sorted([*mine, *theirs], key=lambda each: each.position)),
        fired=dict(fired),
        arrived=_arrived(parts, judged.signals, outcome, states),
        shadow=Shadow(judged.rival.canary.id, volume, sum(takes), differences),
    )


def _arrived(parts: Parts, signals: Signals, outcome: NDArray[np.int8], states: Sequence[RowState]) -> list[Arrived]:
    """What the batch adds to the hours' counts: each response once, whatever its revisions."""
    storm = parts.workspace.policy.policy.storm
    if storm is None:
        return []
    rows = [i for i, state in enumerate(states) if state.held is None and not state.superseded]
    return tally(storm, signals, outcome.tolist(), rows)


def fired_by_rule(decisions: Decisions) -> dict[str, int]:
    """How many responses each rule fired on."""
    counts = (int((column == Outcome.FIRED).sum()) for column in decisions.by_rule)
    return {rule: count for rule, count in zip(decisions.rule_ids, counts, strict=True) if count}
