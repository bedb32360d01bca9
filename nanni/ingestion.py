"""The walk of one batch, step by step: checked, scored, decided, committed. Flows and `--direct` call the same steps.

Every step but the last is free of side effects; `commit` writes responses, scores, decisions, tickets, events and
notices of a batch in one transaction, so that a process killed anywhere leaves whole batches only (invariant 2).
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from feedback.adapters.files import open_source
from feedback.adapters.inbox import file_hash
from feedback.disposition import Disposition, require_conservation
from feedback.errors import NanniError
from feedback.mend import raw_row
from feedback.parse import parse_batch, parse_columns, role_frame
from feedback.ports import Run, RunState
from feedback.response import ResponseBatch
from feedback.revision import Novelty, RowState, sort_rows
from feedback.rows import Flag, RawBatch, Rejection
from feedback.survey import SurveyDefinition
from models.sentiment import CLASSES, ScoreInput, SentimentModel, SentimentScores, UnknownReason
from nanni.intake import Taken
from nanni.judged import Judged
from nanni.landing import LandedBatch, land
from nanni.parts import Parts
from nanni.word_evidence import with_words
from nanni.workers import in_order, rare_collections
from tickets.ports import UnitOfWork
from triggers.decide import decide, traces
from triggers.keywords.tokens import TextIndex
from triggers.outcome import Outcome
from triggers.signals import Signals

SPREAD_FROM = 4 * 2**20
"""Bytes from which a file's batches are prepared by other processes too: starting them takes seconds."""

ATTEMPTS = 5
"""How often a batch is sorted anew when another process commits the same responses first."""

Scorer = Callable[[ResponseBatch], tuple[SentimentScores, ...]]
"""How each comment column of a batch sounds."""

Also = Callable[[UnitOfWork], None]
"""More to write in a batch's transaction."""


def nothing(uow: UnitOfWork) -> None:
    """The default `Also`."""


class Overtaken(NanniError):
    """Another process committed responses of this batch between sorting and committing."""

    retryable = True


@dataclass(frozen=True, slots=True)
class Intake:
    """One file about to be ingested under a run."""

    run: Run
    survey: SurveyDefinition
    path: Path
    done: frozenset[int]

    @property
    def already_ingested(self) -> bool:
        """Whether the same bytes were taken before: then there is nothing to do."""
        return self.run.state is RunState.DONE


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
    """A checked batch against what the ledger holds; `rows` are the positions that add something, in order."""

    checked: CheckedBatch
    states: Sequence[RowState]
    rows: tuple[int, ...]
    batch: ResponseBatch


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A batch after every step that has no side effects: what is left is to commit it."""

    sorted_batch: SortedBatch
    judged: Judged

    @property
    def received(self) -> int:
        """Rows taken from the file."""
        return self.sorted_batch.checked.received


def begin_file(parts: Parts, survey: SurveyDefinition, path: Path) -> Intake:
    """Record the bytes' hash and start the run, or find the run that these bytes already have."""
    digest = file_hash(path)
    with parts.ledger.begin() as uow:
        run = uow.runs.start(
            Run(
                id=f"r_{digest[:12]}_{survey.id}",
                survey=survey.id,
                source=survey.source_name,
                file_name=path.name,
                content_hash=digest,
                state=RunState.RUNNING,
                started_at=parts.clock(),
                batch_size=parts.workspace.settings.file.batch_size,
            )
        )
        done = uow.runs.committed_batches(run.id)
    return Intake(run, survey, path, done)


def raw_batches(intake: Intake) -> Iterator[RawBatch]:
    """The file's batches that are not in the ledger yet, of the size the run began with."""
    for raw in open_source(intake.path, intake.survey).batches(intake.survey, intake.run.batch_size):
        if raw.number not in intake.done:
            yield raw


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
        known = uow.responses.known(batch.survey.source_name, batch.survey.id, batch.response_id)
    states = sort_rows(batch.response_id, batch.content_hash, known)
    rows = tuple(i for i, state in enumerate(states) if state.novelty is not Novelty.DUPLICATE)
    return SortedBatch(checked, states, rows, batch if len(rows) == len(batch) else batch.take(rows))


def score(model: SentimentModel, batch: ResponseBatch) -> tuple[SentimentScores, ...]:
    """How each comment column sounds, in one call of the model; rows without a comment do not reach it."""
    where = [(k, i) for k, column in enumerate(batch.comments) for i, text in enumerate(column.texts) if text]
    scored = model.score(
        [ScoreInput(batch.comments[k].texts[i], batch.comments[k].questions[i], batch.language[i]) for k, i in where]
    )
    return spread(scored, where, len(batch.comments), len(batch))


def spread(
    scored: SentimentScores, where: Sequence[tuple[int, int]], columns: int, rows: int
) -> tuple[SentimentScores, ...]:
    """Scores of the comments found at `where` (column, row) as one score column a question."""
    found = []
    for k in range(columns):
        picked = [n for n, (column, _) in enumerate(where) if column == k]
        at = [where[n][1] for n in picked]
        probabilities = np.full((rows, len(CLASSES)), np.nan, np.float32)
        probabilities[at] = scored.probabilities[picked]
        reasons: list[UnknownReason | None] = [UnknownReason.NO_COMMENT] * rows
        for n, i in zip(picked, at, strict=True):
            reasons[i] = scored.unknown[n]
        frustration = None
        if scored.frustration is not None:
            frustration = np.full(rows, np.nan, np.float32)
            frustration[at] = scored.frustration[picked]
        found.append(SentimentScores(scored.model_id, probabilities, tuple(reasons), frustration))
    return tuple(found)


def judge(parts: Parts, batch: ResponseBatch, sentiment: tuple[SentimentScores, ...]) -> Judged:
    """Gather the signals of a batch and decide on them; each comment is cut into words once."""
    index = TextIndex(batch)
    signals = Signals(batch, sentiment, parts.workspace.taxonomy.hits(index))
    decisions = decide(signals, parts.workspace.policy, index)
    fired = (decisions.outcome == Outcome.FIRED).nonzero()[0].tolist()
    told = traces(signals, fired, parts.workspace.policy, index)
    return Judged(signals, decisions, with_words(parts, batch, told))


def commit(parts: Parts, run: Run, sorted_batch: SortedBatch, judged: Judged, also: Also = nothing) -> LandedBatch:
    """Write the batch, and what `also` writes, in one transaction.

    Raises Overtaken when the ledger has moved on since the batch was sorted.
    """
    checked = sorted_batch.checked
    batch = checked.batch
    with parts.ledger.begin() as uow:
        known = uow.responses.known(batch.survey.source_name, batch.survey.id, batch.response_id)
        if sort_rows(batch.response_id, batch.content_hash, known) != list(sorted_batch.states):
            raise Overtaken("another process ingested some of these responses first", where=f"run {run.id}")
        landed = land(uow, parts, run, [sorted_batch.states[i] for i in sorted_batch.rows], judged)
        counts = {
            **landed.counts,
            Disposition.QUARANTINED: len(checked.rejected),
            Disposition.DUPLICATE: len(batch) - len(sorted_batch.rows),
        }
        require_conservation(run.id, checked.received, counts)
        uow.quarantine.add(run.id, batch.survey.id, checked.rejected, parts.clock())
        uow.responses.flag(run.id, checked.flags)
        uow.runs.record_batch(run.id, checked.number, checked.received, counts)
        also(uow)
    return LandedBatch(counts, landed.fired)


def process(
    parts: Parts,
    run: Run,
    checked: CheckedBatch,
    scorer: Scorer,
    also: Also = nothing,
) -> LandedBatch:
    """Sort, score, decide and commit one checked batch, anew when another process was faster."""
    return settle(parts, run, decided(parts, checked, scorer), scorer, also)


def decided(parts: Parts, checked: CheckedBatch, scorer: Scorer) -> Prepared:
    """Sort, score and judge one checked batch."""
    sorted_batch = sort_batch(parts, checked)
    return Prepared(sorted_batch, judge(parts, sorted_batch.batch, scorer(sorted_batch.batch)))


def prepare(survey: SurveyDefinition, parts: Parts, raw: RawBatch) -> Prepared:
    """Every step on a raw batch but the commit; scored by this process's own model."""
    return decided(parts, check(parts, survey, raw), lambda batch: score(parts.model, batch))


def prepared_batches(parts: Parts, intake: Intake, spread_from: int = SPREAD_FROM) -> Iterator[Prepared]:
    """The file's open batches in order; from `spread_from` bytes on, `workers` processes prepare them ahead.

    A response that repeats in the next batch is then sorted before its first row is committed; `settle` notices.
    """
    settings = parts.workspace.settings.file
    large = intake.path.stat().st_size >= spread_from
    workers = min(settings.workers, os.cpu_count() or 1) if large else 1
    raws = raw_batches(intake)
    return in_order(parts, partial(prepare, intake.survey), raws, workers)


def settle(parts: Parts, run: Run, prepared: Prepared, scorer: Scorer, also: Also = nothing) -> LandedBatch:
    """Commit a prepared batch; where the ledger has moved on since, sort, score and judge it anew first."""
    for _ in range(ATTEMPTS - 1):
        try:
            return commit(parts, run, prepared.sorted_batch, prepared.judged, also)
        except Overtaken:
            prepared = decided(parts, prepared.sorted_batch.checked, scorer)
    return commit(parts, run, prepared.sorted_batch, prepared.judged, also)


def finish_run(parts: Parts, run: Run) -> Run:
    """Close the run and return it with its counts. Raises ConservationError when a row is unaccounted for."""
    with parts.ledger.begin() as uow:
        uow.runs.finish(run.id, parts.clock(), RunState.DONE)
        done = uow.runs.get(run.id)
        require_conservation(done.id, done.received, done.counts or {})
    return done


def ingest_file(
    parts: Parts, survey: SurveyDefinition, path: Path, progress: Callable[[int], None] = lambda rows: None
) -> Taken:
    """Ingest one file start to end without Prefect; `progress` is told the rows of each batch."""
    intake = begin_file(parts, survey, path)
    if intake.already_ingested:
        return Taken(intake.run, {}, already=True)
    fired: Counter[str] = Counter()
    with recorded_failure(parts, intake), rare_collections():
        for prepared in prepared_batches(parts, intake):
            landed = settle(parts, intake.run, prepared, lambda batch: score(parts.model, batch))
            fired.update(landed.fired)
            progress(prepared.received)
    return Taken(finish_run(parts, intake.run), fired, already=False)


@contextmanager
def recorded_failure(parts: Parts, intake: Intake) -> Iterator[None]:
    """Record why a file could not be taken; the next try with the same bytes goes on where this one stopped."""
    try:
        yield
    except NanniError as error:
        with parts.ledger.begin() as uow:
            uow.runs.finish(intake.run.id, parts.clock(), RunState.FAILED, str(error))
        raise
