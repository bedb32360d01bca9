"""Takes quarantined rows up again after a mapping or contract was mended, through the same walk as any row."""

import hashlib
import json
from collections.abc import Sequence

from feedback.errors import NotFoundError
from feedback.mend import released_batch
from feedback.ports import QuarantinedRow, Run, RunState
from feedback.survey import SurveyDefinition
from nanni.drift import drift_of_run
from nanni.ingestion import finish_run, settle
from nanni.intake import Taken
from nanni.parts import Parts
from nanni.walk import prepare


def release(parts: Parts, row_ids: Sequence[int] = (), survey: str | None = None) -> list[Taken]:
    """Release rows by id, or all of a survey (or of every survey). What still fails goes into quarantine again.

    Raises NotFoundError for an id that is not in quarantine.
    """
    with parts.ledger.read() as uow:
        rows = [uow.quarantine.get(row_id) for row_id in row_ids] or list(uow.quarantine.list(survey, limit=1_000_000))
    gone = [str(row.id) for row in rows if row.released_in]
    if gone:
        raise NotFoundError(
            f"row {', '.join(gone)} was released before", next_step="`nanni quarantine list` shows what is left"
        )
    surveys = dict.fromkeys(row.survey for row in rows)
    return [
        _release(parts, parts.workspace.survey(name), [row for row in rows if row.survey == name]) for name in surveys
    ]


def _release(parts: Parts, survey: SurveyDefinition, rows: Sequence[QuarantinedRow]) -> Taken:
    ids = [row.id for row in rows]
    digest = hashlib.sha256(json.dumps([survey.id, ids, parts.clock().isoformat()]).encode()).hexdigest()
    run = Run(
        id=f"q_{digest[:12]}_{survey.id}",
        survey=survey.id,
        source=survey.source_name,
        file_name=f"quarantine ({len(ids)} rows)",
        content_hash=digest,
        state=RunState.RUNNING,
        started_at=parts.clock(),
    )
    with parts.ledger.begin() as uow:
        run = uow.runs.start(run)
        uow.responses.identity_key()
    raw = released_batch([row.rejection for row in rows], survey)
    landed = settle(
        parts,
        survey,
        run,
        raw,
        prepare(survey, parts, raw),
        # Marked in the batch's own transaction: a kill in between must not lose the rows.
        also=lambda uow: uow.quarantine.release(ids, run.id),
    )
    return Taken(finish_run(parts, run), landed.fired, already=False, drift=drift_of_run(parts, run.id))
