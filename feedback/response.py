"""One trusted response, and the batch of columns that all later steps work on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from feedback.pickling import Portable
from feedback.scale import Band, Scale
from feedback.survey import SurveyDefinition

T = TypeVar("T")


class ResponseStatus(StrEnum):
    """What kind of response it is; only live ones may open tickets by default."""

    LIVE = "live"
    PARTIAL = "partial"
    IMPORTED = "imported"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class ResponseKey:
    """Identity of a response in the world: unique with its revision."""

    source: str
    survey: str
    response_id: str


@dataclass(frozen=True, slots=True)
class Comment:
    """One verbatim with the question it answers."""

    question_id: str
    question: str
    text: str


@dataclass(frozen=True, slots=True)
class Respondent(Portable):
    """Who answered. Personal data: these four fields and the comments are the only places it may be."""

    id: str | None = None
    email: str | None = None
    name: str | None = None
    phone: str | None = None

    def identity(self) -> str | None:
        """What makes two responses the same customer's: the id, else the mail address, case-folded; None if neither."""
        value = self.id or self.email
        return value.strip().casefold() or None if value else None


@dataclass(frozen=True, slots=True)
class SurveyResponse:
    """One response, parsed once at the edge and trusted from then on. Times are aware and in UTC."""

    key: ResponseKey
    content_hash: str
    submitted_at: datetime
    timezone: str
    status: ResponseStatus
    score: float | None
    scale: Scale | None
    comments: tuple[Comment, ...]
    respondent: Respondent
    channel: str | None
    language: str | None
    attributes: tuple[tuple[str, str], ...]
    started_at: datetime | None = None
    recorded_at: datetime | None = None
    row_number: int = 0

    @property
    def band(self) -> Band | None:
        """Detractor, passive or promoter; None without a score or a scale."""
        return self.scale.band(self.score) if self.scale and self.score is not None else None


@dataclass(frozen=True, slots=True, eq=False)
class CommentColumn:
    """One comment question's answers down a batch; "" means no comment. `questions` differs by row in long files."""

    question_id: str
    questions: Sequence[str]
    texts: Sequence[str]


@dataclass(frozen=True, slots=True, eq=False)
class ResponseBatch:
    """Responses of one survey as equally long columns: what scoring, deciding and storing work on.

    Times are datetime64[us] in UTC (NaT: absent); `score` is float64 (NaN: absent); text columns use None for absent,
    comments use "". `row_number` is the 1-based data row in its file.
    """

    survey: SurveyDefinition
    row_number: NDArray[np.int64]
    response_id: Sequence[str]
    content_hash: Sequence[str]
    submitted_at: NDArray[np.datetime64]
    started_at: NDArray[np.datetime64]
    recorded_at: NDArray[np.datetime64]
    timezone: Sequence[str]
    status: Sequence[ResponseStatus]
    score: NDArray[np.float64]
    comments: tuple[CommentColumn, ...]
    respondents: Sequence[Respondent]
    channel: Sequence[str | None]
    language: Sequence[str | None]
    attributes: dict[str, Sequence[str | None]]

    def __len__(self) -> int:
        return len(self.response_id)

    def take(self, rows: Sequence[int] | NDArray[np.intp]) -> "ResponseBatch":
        """The batch of the rows at these positions, in this order."""
        index = np.asarray(rows, dtype=np.intp)
        chosen = index.tolist()

        def pick(column: Sequence[T]) -> list[T]:
            return [column[i] for i in chosen]

        return ResponseBatch(
            survey=self.survey,
            row_number=self.row_number[index],
            response_id=pick(self.response_id),
            content_hash=pick(self.content_hash),
            submitted_at=self.submitted_at[index],
            started_at=self.started_at[index],
            recorded_at=self.recorded_at[index],
            timezone=pick(self.timezone),
            status=pick(self.status),
            score=self.score[index],
            comments=tuple(
                CommentColumn(column.question_id, pick(column.questions), pick(column.texts))
                for column in self.comments
            ),
            respondents=pick(self.respondents),
            channel=pick(self.channel),
            language=pick(self.language),
            attributes={name: pick(column) for name, column in self.attributes.items()},
        )

    def response(self, i: int) -> SurveyResponse:
        """The response at position `i`."""
        return SurveyResponse(
            key=ResponseKey(self.survey.source_name, self.survey.id, self.response_id[i]),
            content_hash=self.content_hash[i],
            submitted_at=_utc(self.submitted_at[i]) or datetime.min.replace(tzinfo=UTC),
            timezone=self.timezone[i],
            status=self.status[i],
            score=None if np.isnan(self.score[i]) else float(self.score[i]),
            scale=self.survey.scale,
            comments=tuple(
                Comment(column.question_id, column.questions[i], column.texts[i])
                for column in self.comments
                if column.texts[i]
            ),
            respondent=self.respondents[i],
            channel=self.channel[i],
            language=self.language[i],
            attributes=tuple(
                (name, value) for name, column in self.attributes.items() if (value := column[i]) is not None
            ),
            started_at=_utc(self.started_at[i]),
            recorded_at=_utc(self.recorded_at[i]),
            row_number=int(self.row_number[i]),
        )


def _utc(value: np.datetime64) -> datetime | None:
    return None if np.isnat(value) else value.astype("datetime64[us]").item().replace(tzinfo=UTC)
