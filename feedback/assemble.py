"""Parsed columns to the batch of responses that all later steps work on."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from feedback.columns import COMMENT_PREFIX
from feedback.fingerprint import content_hashes
from feedback.parsed import ParsedColumns
from feedback.response import CommentColumn, Respondent, ResponseBatch, ResponseStatus
from feedback.survey import Question

_ANONYMOUS = Respondent()


def assemble(parsed: ParsedColumns) -> ResponseBatch:
    """Every row as a response, those at fault too: the caller takes the sound ones."""
    survey, count = parsed.survey, len(parsed)
    return ResponseBatch(
        survey=survey,
        row_number=np.asarray(parsed.raw.row_numbers, dtype=np.int64),
        response_id=parsed.texts["response_id"],
        content_hash=content_hashes(_canonical(parsed), count),
        submitted_at=parsed.times["submitted_at"].values,
        started_at=_times(parsed, "started_at"),
        recorded_at=_times(parsed, "recorded_at"),
        timezone=parsed.times["submitted_at"].zones,
        status=[status or ResponseStatus.TEST for status in parsed.status.values],
        score=parsed.score.values,
        comments=tuple(_comments(parsed, question) for question in survey.mapping.comments),
        respondents=_respondents(parsed),
        channel=_or_default(parsed.text("channel"), survey.channel),
        language=_or_default(_languages(parsed.text("language")), survey.language),
        attributes=_attributes(parsed),
    )


def _canonical(parsed: ParsedColumns) -> dict[str, Sequence[str]]:
    """Mapped values in one spelling: times as UTC, scores as numbers, so that 7 and 7.0 are the same answer."""
    values: dict[str, Sequence[str]] = dict(parsed.texts)
    for role, column in parsed.times.items():
        values[role] = column.values.view(np.int64).astype(str).tolist()
    if "score" in values:
        score = parsed.score.values
        known = {value: f"{value:g}" for value in set(score[~np.isnan(score)].tolist())}
        values["score"] = [known.get(value, "") for value in score.tolist()]
    return values


def _times(parsed: ParsedColumns, role: str) -> NDArray[np.datetime64]:
    column = parsed.times.get(role)
    return column.values if column else np.full(len(parsed), "NaT", "datetime64[us]")


def _comments(parsed: ParsedColumns, question: Question) -> CommentColumn:
    texts = parsed.texts[COMMENT_PREFIX + question.id]
    told = question.text or dict(parsed.raw.question_texts).get(question.column) or question.column
    asked = parsed.texts.get("question_text")
    questions = [text or told for text in asked] if asked else [told] * len(texts)
    return CommentColumn(question.id, questions, texts)


def _respondents(parsed: ParsedColumns) -> list[Respondent]:
    roles = ("respondent_id", "email", "name", "phone")
    if not any(role in parsed.texts for role in roles):
        return [_ANONYMOUS] * len(parsed)
    columns = ([cell or None for cell in parsed.text(role)] for role in roles)
    return list(map(Respondent, *columns))


def _or_default(cells: Sequence[str], default: str | None) -> list[str | None]:
    return [cell or default for cell in cells]


def _languages(cells: Sequence[str]) -> list[str]:
    """BCP 47 spelling of codes such as EN, de_DE or PT-BR; other texts as they are."""
    spelt = {cell: _language(cell) for cell in set(cells)}
    return [spelt[cell] for cell in cells]


def _language(cell: str) -> str:
    primary, *rest = cell.replace("_", "-").split("-")
    if not (2 <= len(primary) <= 3 and primary.isalpha()):
        return cell
    return "-".join([primary.lower(), *(part.upper() if len(part) == 2 else part for part in rest)])


def _attributes(parsed: ParsedColumns) -> dict[str, Sequence[str | None]]:
    defaults = dict(parsed.survey.defaults)
    columns: dict[str, Sequence[str | None]] = {
        name: _or_default(parsed.texts[name], defaults.get(name)) for name, _ in parsed.survey.mapping.attributes
    }
    constant = {name: [value] * len(parsed) for name, value in defaults.items() if name not in columns}
    return columns | constant
