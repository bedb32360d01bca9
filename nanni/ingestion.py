"""The ingestion of one file: its run begun, its batches prepared and committed, its run closed.

A batch's transaction holds its responses, scores, decisions, tickets, events and notices, so that a process killed
anywhere leaves whole batches only (invariant 2). Flows and `--direct` call the same steps.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from feedback.adapters.files import open_source
from feedback.adapters.inbox import file_hash
from feedback.disposition import Disposition, require_conservation
from feedback.errors import NanniError
from feedback.ports import Run, RunState
from feedback.rows import RawBatch
from feedback.survey import SurveyDefinition
from ledger.store import SqlUnitOfWork
from nanni.canary import still_runs
from nanni.drift import drift_of_run, keep_heard
from nanni.intake import Taken
from nanni.landing import LandedBatch, land
from nanni.parts import Parts
from nanni.prepared import Prepared
from nanni.scoring import Scorer
from nanni.walk import prepare
from nanni.workers import in_order, rare_collections

SPREAD_FROM = 8 * 2**20
"""Bytes from which a file's batches are prepared by other processes too: starting them takes seconds."""

PATIENCE = 10.0
"""Seconds that the committing process stands idle before it prepares batches, too: by default it has as much to do as
the one that prepares, and spares the time and memory that the contract's library takes (3 s, 170 MB)."""

ATTEMPTS = 5
"""How often a batch is prepared anew when another process commits the same responses first."""

Lander = Callable[[str, Callable[[], LandedBatch]], LandedBatch]
"""Carries out the commit of the batch of that name: at once, or as a task that is tried again."""


def at_once(name: str, land: Callable[[], LandedBatch]) -> LandedBatch:
    """The default `Lander`."""
    return land()


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
                taxonomy=parts.workspace.taxonomy.digest,
            )
        )
        done = uow.runs.committed_batches(run.id)
        uow.responses.identity_key()  # made now, while writing: preparing a batch only reads
    return Intake(run, survey, path, done)


def raw_batches(intake: Intake) -> Iterator[RawBatch]:
    """The file's batches that are not in the ledger yet, of the size the run began with."""
    for raw in open_source(intake.path, intake.survey).batches(intake.survey, intake.run.batch_size):
        if raw.number not in intake.done:
            yield raw


def commit(parts: Parts, run: Run, prepared: Prepared) -> LandedBatch:
    """Write the batch in a transaction of its own. Raises Overtaken when the ledger has moved on since."""
    with parts.ledger.begin() as uow:
        return write(uow, parts, run, prepared)


def write(uow: SqlUnitOfWork, parts: Parts, run: Run, prepared: Prepared) -> LandedBatch:
    """Write the batch into a transaction. Raises Overtaken when the ledger has moved on since it was sorted."""
    if moved_on(uow, prepared):
        raise Overtaken("another process ingested some of these responses first", where=f"run {run.id}")
    landed = land(uow, parts, run, prepared)
    counts = {
        **landed.counts,
        Disposition.QUARANTINED: len(prepared.rejected),
        Disposition.DUPLICATE: len(prepared.duplicates),
    }
    require_conservation(run.id, prepared.received, counts)
    uow.quarantine.add(run.id, run.survey, prepared.rejected, parts.clock())
    uow.responses.flag(run.id, prepared.flags)
    uow.runs.record_batch(run.id, prepared.number, prepared.received, counts)
    keep_heard(uow, run.id, prepared.number, prepared.heard)
    return LandedBatch(counts, landed.fired)


def moved_on(uow: SqlUnitOfWork, prepared: Prepared) -> bool:
    """Whether the ledger now says other things of these responses than when they were sorted."""
    responses, shadow = prepared.responses, prepared.verdict.shadow
    if shadow is not None and not still_runs(uow, shadow.canary):
        return True
    ids = responses.columns["response_id"]
    if uow.responses.last_number() != prepared.seen:
        later = uow.responses.landed_after(prepared.seen, responses.survey)
        if not (later.isdisjoint(ids) and later.isdisjoint(prepared.duplicates)):
            return True
    held = {ids[i]: state.held for i, state in enumerate(prepared.states) if state.held}
    known = uow.responses.known(responses.survey.source_name, responses.survey.id, list(held)) if held else {}
    return known != held


def settle(parts: Parts, survey: SurveyDefinition, run: Run, raw: RawBatch, prepared: Prepared) -> LandedBatch:
    """Commit a prepared batch; where the ledger has moved on since, prepare it anew from its rows first."""
    for _ in range(ATTEMPTS - 1):
        try:
            return commit(parts, run, prepared)
        except Overtaken:
            prepared = prepare(survey, parts, raw)
    return commit(parts, run, prepared)


def prepared_batches(
    parts: Parts, intake: Intake, scorer: Scorer | None = None, spread_from: int = SPREAD_FROM
) -> Iterator[tuple[RawBatch, Prepared]]:
    """The file's open batches in order; from `spread_from` bytes on, `workers` processes prepare them ahead.

    With a scorer of its own (a cluster's) all else is done here. A response that repeats in the next batch is sorted
    before its first row is committed; `settle` notices.
    """
    settings = parts.workspace.settings.file
    large = intake.path.stat().st_size >= spread_from
    workers = min(settings.workers, os.cpu_count() or 1) if large and scorer is None else 1
    work = partial(prepare, intake.survey, scorer=scorer)
    return in_order(parts, work, raw_batches(intake), workers, PATIENCE)


def finish_run(parts: Parts, run: Run) -> Run:
    """Close the run and return it with its counts. Raises ConservationError when a row is unaccounted for."""
    with parts.ledger.begin() as uow:
        return finished(uow, parts, run)


def finished(uow: SqlUnitOfWork, parts: Parts, run: Run) -> Run:
    """`finish_run` within a transaction."""
    uow.runs.finish(run.id, parts.clock(), RunState.DONE)
    done = uow.runs.get(run.id)
    require_conservation(done.id, done.received, done.counts or {})
    return done


def ingest_file(
    parts: Parts,
    survey: SurveyDefinition,
    path: Path,
    progress: Callable[[int], None] = lambda rows: None,
    lander: Lander = at_once,
    scorer: Scorer | None = None,
) -> Taken:
    """Ingest one file start to end; the same bytes twice are a no-op.

    `progress` is told the rows of each batch, `lander` commits a batch, a `scorer` scores in place of the model here.
    """
    intake = begin_file(parts, survey, path)
    if intake.already_ingested:
        return Taken(intake.run, {}, already=True)
    fired: Counter[str] = Counter()
    with recorded_failure(parts, intake), rare_collections():
        for raw, prepared in prepared_batches(parts, intake, scorer):
            landed = lander(f"{path.name}-{raw.number}", partial(settle, parts, survey, intake.run, raw, prepared))
            fired.update(landed.fired)
            progress(prepared.received)
    return Taken(finish_run(parts, intake.run), fired, already=False, drift=drift_of_run(parts, intake.run.id))


@contextmanager
def recorded_failure(parts: Parts, intake: Intake) -> Iterator[None]:
    """Record why a file could not be taken; the next try with the same bytes goes on where this one stopped."""
    try:
        yield
    except NanniError as error:
        with parts.ledger.begin() as uow:
            uow.runs.finish(intake.run.id, parts.clock(), RunState.FAILED, str(error))
        raise
