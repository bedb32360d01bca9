"""Takes quarantined rows up again after a mapping or contract was mended, through the same walk as any row."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from feedback.errors import NotFoundError
from feedback.mend import released_batch
from feedback.ports import QuarantinedRow, Run, RunState
from feedback.survey import SurveyDefinition
from ledger.store import SqlUnitOfWork
from nanni.drift import drift_of_run
from nanni.ingestion import ATTEMPTS, Overtaken, finished, write
from nanni.intake import Taken
from nanni.parts import Parts
from nanni.prepared import Prepared
from nanni.walk import prepare


@dataclass(frozen=True, slots=True)
class _Lot:
    """The rows of one survey, ready to be written."""

    survey: SurveyDefinition
    ids: Sequence[int]
    prepared: Prepared


def release(parts: Parts, row_ids: Sequence[int] = (), survey: str | None = None) -> list[Taken]:
    """Release rows by id, or all of a survey (or of every survey). What still fails goes into quarantine again.

    All of it is one transaction: whatever goes wrong, no row was released. Raises NotFoundError for an id that is not
    in quarantine.
    """
    for _ in range(ATTEMPTS - 1):
        try:
            return _released(parts, row_ids, survey)
        except Overtaken:
            continue
    return _released(parts, row_ids, survey)


def _released(parts: Parts, row_ids: Sequence[int], survey: str | None) -> list[Taken]:
    with parts.ledger.read() as uow:
        rows = [_waiting(uow, row_id) for row_id in row_ids] or list(uow.quarantine.list(survey, limit=1_000_000))
    names = dict.fromkeys(row.survey for row in rows)
    lots = [_lot(parts, name, [row for row in rows if row.survey == name]) for name in names]
    if not lots:
        return []
    with parts.ledger.begin() as uow:
        taken = [_write(uow, parts, lot) for lot in lots]
    return [Taken(run, fired, already=False, drift=drift_of_run(parts, run.id)) for run, fired in taken]


def _waiting(uow: SqlUnitOfWork, row_id: int) -> QuarantinedRow:
    """A row that is still in quarantine. Raises NotFoundError for any other."""
    row = uow.quarantine.get(row_id)
    if row.released_in:
        raise NotFoundError(f"row {row_id} was released before", next_step="`nanni quarantine list` shows what is left")
    return row


def _lot(parts: Parts, name: str, rows: Sequence[QuarantinedRow]) -> _Lot:
    survey = parts.workspace.survey(name)
    raw = released_batch([row.rejection for row in rows], survey)
    return _Lot(survey, [row.id for row in rows], prepare(survey, parts, raw))


def _write(uow: SqlUnitOfWork, parts: Parts, lot: _Lot) -> tuple[Run, Mapping[str, int]]:
    """The run of a lot, from its start to its end, with what fired in it. Raises Overtaken."""
    digest = hashlib.sha256(json.dumps([lot.survey.id, lot.ids, parts.clock().isoformat()]).encode()).hexdigest()
    run = uow.runs.start(
        Run(
            id=f"q_{digest[:12]}_{lot.survey.id}",
            survey=lot.survey.id,
            source=lot.survey.source_name,
            file_name=f"quarantine ({len(lot.ids)} rows)",
            content_hash=digest,
            state=RunState.RUNNING,
            started_at=parts.clock(),
            taxonomy=parts.workspace.taxonomy.digest,
        )
    )
    landed = write(uow, parts, run, lot.prepared)
    if uow.quarantine.release(lot.ids, run.id) != len(lot.ids):
        raise Overtaken("somebody else released some of these rows first", where=f"survey {lot.survey.id}")
    return finished(uow, parts, run), landed.fired
