"""Raw rows to trusted responses: each row becomes one of the batch or one named rejection. Pure; `now` is given."""

from collections.abc import Sequence
from datetime import datetime

import pandas as pd

from feedback.assemble import assemble
from feedback.checks import MAX_KEY, find_faults, refuse_wrong_file
from feedback.columns import TIME_ROLES, clean, clean_cells
from feedback.fingerprint import synthesised_ids
from feedback.mend import raw_row
from feedback.parsed import ParsedBatch, ParsedColumns
from feedback.rows import RawBatch, Reason, Rejection
from feedback.safe_text import safe_text
from feedback.scores import parse_scores
from feedback.statuses import parse_statuses
from feedback.survey import SurveyDefinition
from feedback.zones import time_columns

__all__ = ["ParsedBatch", "ParsedColumns", "parse_batch", "parse_columns", "role_frame"]


def parse_columns(raw: RawBatch, survey: SurveyDefinition) -> ParsedColumns:
    """The cells of a raw batch by role, parsed; rows at fault stay in, with their faults beside them.

    Hand the result to `parse_batch` and `role_frame`, so that the work is done once. Raises SourceError when a mapped
    column is not there, when times are naive and no zone is known, or when not one time or score can be read.
    """
    texts = clean_cells(raw, survey)
    count = len(raw.row_numbers)
    if survey.mapping.response_id is None:
        missing = frozenset(marker.strip().casefold() for marker in survey.source.missing)
        texts["response_id"] = synthesised_ids(
            [clean(raw.columns[column], missing) for column in survey.mapping.synthesise_id]
        )
    parsed = ParsedColumns(
        raw=raw,
        survey=survey,
        texts=texts,
        times=time_columns(raw, survey, texts),
        score=parse_scores(
            texts.get("score") or [""] * count,
            survey.scale,
            survey.source.score_labels,
            survey.mapping.score or "score",
        ),
        status=parse_statuses(survey, count, texts.get("status"), texts.get("completed")),
    )
    if raw.number == 0:
        refuse_wrong_file(parsed)
    return parsed


def parse_batch(
    raw: RawBatch, survey: SurveyDefinition, now: datetime, columns: ParsedColumns | None = None
) -> ParsedBatch:
    """Responses and rejections of a raw batch, every received row in exactly one of them.

    `rejected` begins with what the reader could not cut into columns. A row with several faults is rejected once, for
    the first, with all of them in the message. `now` (aware) bounds times in the future.
    """
    parsed = columns or parse_columns(raw, survey)
    faults = find_faults(parsed, now)
    rejected = tuple(_rejection(parsed, i, faults[i]) for i in sorted(faults))
    batch = assemble(parsed)
    if faults:
        batch = batch.take([i for i in range(len(batch)) if i not in faults])
    return ParsedBatch(batch, raw.rejected + rejected)


def role_frame(raw: RawBatch, survey: SurveyDefinition, columns: ParsedColumns | None = None) -> pd.DataFrame:
    """The batch as the contract sees it: one column per mapped role, one row per raw row, and integer `_row`.

    Times are UTC timestamps, `score` is float, the rest text; NaT, NaN or None where absent or unparseable. `status`
    is always there: live, partial, imported, test or quarantine. `language` and `channel` carry the survey's defaults.
    """
    parsed = columns or parse_columns(raw, survey)
    frame: dict[str, object] = {"_row": list(raw.row_numbers)}
    for role, cells in parsed.texts.items():
        if role not in ("score", "status", "completed", *TIME_ROLES):
            frame[role] = _text(cells)
    for role, column in parsed.times.items():
        frame[role] = pd.to_datetime(column.values, utc=True)
    if survey.mapping.score:
        frame["score"] = parsed.score.values
    frame["status"] = pd.Series(
        [status.value if status else "quarantine" for status in parsed.status.values], dtype=object
    )
    for role, default in (("language", survey.language), ("channel", survey.channel)):
        if default is not None:
            frame[role] = _text([cell or default for cell in parsed.text(role)])
    return pd.DataFrame(frame)


def _text(cells: Sequence[str]) -> "pd.Series[str]":
    return pd.Series([cell or None for cell in cells], dtype=object)


def _rejection(parsed: ParsedColumns, i: int, faults: Sequence[tuple[Reason, str]]) -> Rejection:
    return Rejection(
        row_number=parsed.raw.row_numbers[i],
        raw=raw_row(parsed.raw, i, parsed.survey),
        reason=faults[0][0],
        message="; ".join(dict.fromkeys(message for _, message in faults)),
        response_id=safe_text(parsed.texts["response_id"][i][:MAX_KEY]) or None,
    )
