"""Responses between columns of a batch and rows of the table, both ways; no database in here."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Row as SqlRow

from feedback.response import CommentColumn, Respondent, ResponseBatch, ResponseStatus
from feedback.scale import Scale
from feedback.survey import FileSource, SourceFormat, SurveyDefinition
from feedback.survey import Mapping as ColumnMapping
from ledger.bulk import from_json, storable_column, to_json
from ledger.columns import iso_column, utc_column

NAMES = (
    "id", "survey", "response_id", "revision", "content_hash", "submitted_at", "started_at", "recorded_at", "timezone",
    "status", "score", "channel", "language", "question_set", "comments", "attributes", "customer", "run",
    "row_number", "disposition", "disposition_reason", "ticket",
)  # fmt: skip
_STATUS = {status: status.value for status in ResponseStatus}


def question_sets(batch: ResponseBatch) -> list[str | None]:
    """For each row the JSON list of its [question id, question text], in column order; None without questions."""
    if not batch.comments:
        return [None] * len(batch)
    ids = [column.question_id for column in batch.comments]
    known: dict[tuple[str, ...], str] = {}
    rows = []
    for questions in zip(*(storable_column(column.questions) for column in batch.comments), strict=True):
        if questions not in known:
            known[questions] = to_json(list(zip(ids, questions, strict=True)))
        rows.append(known[questions])
    return list(rows)


def comments(batch: ResponseBatch) -> list[str | None]:
    """For each row the JSON list of its comments, aligned with its question set; None when all are empty."""
    if not batch.comments:
        return [None] * len(batch)
    columns = [storable_column(column.texts) for column in batch.comments]
    return [f"[{','.join(map(to_json, texts))}]" if any(texts) else None for texts in zip(*columns, strict=True)]


def attributes(batch: ResponseBatch) -> list[str | None]:
    """For each row the JSON object of its attributes that have a value; None when none has."""
    if not batch.attributes:
        return [None] * len(batch)
    names = tuple(batch.attributes)
    known: dict[tuple[str | None, ...], str | None] = {(None,) * len(names): None}
    rows = []
    for values in zip(*(storable_column(column) for column in batch.attributes.values()), strict=True):
        if values not in known:
            pairs = zip(names, values, strict=True)
            known[values] = to_json({name: value for name, value in pairs if value is not None})
        rows.append(known[values])
    return rows


def own_columns(batch: ResponseBatch) -> dict[str, Sequence[Any]]:
    """The table's columns that the batch alone decides, as lists of what the driver takes."""
    score = batch.score.astype(object)
    score[np.isnan(batch.score)] = None
    return {
        "response_id": storable_column(batch.response_id),
        "content_hash": batch.content_hash,
        "submitted_at": iso_column(batch.submitted_at),
        "started_at": iso_column(batch.started_at),
        "recorded_at": iso_column(batch.recorded_at),
        "timezone": batch.timezone,
        "status": [_STATUS[status] for status in batch.status],
        "score": score.tolist(),
        "channel": storable_column(batch.channel),
        "language": storable_column(batch.language),
        "comments": comments(batch),
        "attributes": attributes(batch),
        "row_number": batch.row_number.tolist(),
    }


def to_batch(survey: SurveyDefinition, rows: Sequence[SqlRow[Any]]) -> ResponseBatch:
    """Rows of `responses` joined with their question set and customer, as one batch of this survey."""
    return ResponseBatch(
        survey=survey,
        row_number=np.array([row.row_number for row in rows], dtype=np.int64),
        response_id=[row.response_id for row in rows],
        content_hash=[row.content_hash for row in rows],
        submitted_at=utc_column([row.submitted_at for row in rows]),
        started_at=utc_column([row.started_at for row in rows]),
        recorded_at=utc_column([row.recorded_at for row in rows]),
        timezone=[row.timezone for row in rows],
        status=[ResponseStatus(row.status) for row in rows],
        score=np.array([np.nan if row.score is None else row.score for row in rows], dtype=np.float64),
        comments=_comment_columns(survey, rows),
        respondents=[Respondent(row.external_id, row.email, row.name, row.phone) for row in rows],
        channel=[row.channel for row in rows],
        language=[row.language for row in rows],
        attributes=_attribute_columns(survey, rows),
    )


def _comment_columns(survey: SurveyDefinition, rows: Sequence[SqlRow[Any]]) -> tuple[CommentColumn, ...]:
    known: dict[str | None, list[list[str]]] = {None: []}
    for row in rows:
        if row.questions not in known:
            known[row.questions] = from_json(row.questions)
    configured = [question.id for question in survey.mapping.comments]
    ids = dict.fromkeys([*configured, *(pair[0] for pairs in known.values() for pair in pairs)])
    questions = {name: [""] * len(rows) for name in ids}
    texts = {name: [""] * len(rows) for name in ids}
    for i, row in enumerate(rows):
        pairs = known[row.questions]
        said = from_json(row.comments) if row.comments else [""] * len(pairs)
        for (name, question), comment in zip(pairs, said, strict=True):
            questions[name][i], texts[name][i] = question, comment
    return tuple(CommentColumn(name, questions[name], texts[name]) for name in ids)


def _attribute_columns(survey: SurveyDefinition, rows: Sequence[SqlRow[Any]]) -> dict[str, Sequence[str | None]]:
    texts = [row.attributes for row in rows]
    known: dict[str | None, dict[str, str]] = {text: from_json(text) if text else {} for text in dict.fromkeys(texts)}
    names = dict.fromkeys(name for name, _ in survey.mapping.attributes)
    names |= dict.fromkeys(name for held in known.values() for name in held)
    return {name: [known[text].get(name) for text in texts] for name in names}


def scale_text(scale: Scale | None) -> str | None:
    """A scale as kept beside its survey, so that old scores can be read when the survey is configured no more."""
    return None if scale is None else to_json(asdict(scale))


def definition(configured: Mapping[str, SurveyDefinition], row: SqlRow[Any]) -> SurveyDefinition:
    """The survey as configured now; for one that is configured no more, what the store kept of it."""
    if row.survey_id in configured:
        return configured[row.survey_id]
    return SurveyDefinition(
        id=row.survey_id,
        title=row.survey_title,
        source_name=row.source,
        source=FileSource(SourceFormat.CSV, Path()),
        mapping=ColumnMapping(response_id=None, submitted_at=""),
        scale=Scale(**from_json(row.scale)) if row.scale else None,
    )
