"""How a team declares a survey: where its rows come from, what each column means, and the contract they must keep."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Literal

from feedback.scale import Scale


class SourceFormat(StrEnum):
    """File formats a survey can arrive in."""

    QUALTRICS = "qualtrics"
    FORMBRICKS = "formbricks"
    CSV = "csv"
    TSV = "tsv"
    JSONL = "jsonl"
    PARQUET = "parquet"
    XLSX = "xlsx"


@dataclass(frozen=True, slots=True)
class Question:
    """A comment question: the column it is read from and the text the customer saw (None: take it from the export)."""

    id: str
    column: str
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Mapping:
    """Which column plays which role; a column is an ImportId for Qualtrics, else a header name.

    `response_id` may be None only when `synthesise_id` names the columns whose values identify a row. In `long` files
    (one line per answer) see `Pivot`.
    """

    response_id: str | None
    submitted_at: str
    score: str | None = None
    comments: tuple[Question, ...] = ()
    started_at: str | None = None
    recorded_at: str | None = None
    completed: str | None = None
    status: str | None = None
    respondent_id: str | None = None
    email: str | None = None
    name: str | None = None
    phone: str | None = None
    language: str | None = None
    channel: str | None = None
    question_text: str | None = None
    attributes: tuple[tuple[str, str], ...] = ()
    synthesise_id: tuple[str, ...] = ()

    def columns(self) -> tuple[str, ...]:
        """Every column the file must have, in mapping order, without repeats."""
        named = (
            self.response_id, self.submitted_at, self.score, self.started_at, self.recorded_at, self.completed,
            self.status, self.respondent_id, self.email, self.name, self.phone, self.language, self.channel,
            self.question_text, *(question.column for question in self.comments),
            *(column for _, column in self.attributes), *self.synthesise_id,
        )  # fmt: skip
        return tuple(dict.fromkeys(column for column in named if column))


@dataclass(frozen=True, slots=True)
class FileSource:
    """Where a survey's files lie and how their bytes read.

    `path` is a file, a folder or a glob, relative to the workspace. `delimiter` None means sniffed from the header.
    `time_formats` are strptime formats tried in order (empty: ISO 8601); `timezone` is the IANA zone of naive times.
    """

    format: SourceFormat
    path: Path
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    timezone: str | None = None
    time_formats: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    score_labels: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class SurveyDefinition:
    """One survey as configured: identity, source, mapping, scale and contract file."""

    id: str
    title: str
    source_name: str
    source: FileSource
    mapping: Mapping
    scale: Scale | None
    touchpoint: str = ""
    language: str | None = None
    channel: str | None = None
    contract: Path | None = None
    score_question: str = ""
    statuses: tuple[tuple[str, Literal["accept", "test", "quarantine"]], ...] = ()
    defaults: tuple[tuple[str, str], ...] = field(default=())
