"""What parsing a raw batch gives: its columns by role with the faults beside them, then responses and rejections."""

from dataclasses import dataclass

from feedback.response import ResponseBatch
from feedback.rows import RawBatch, Rejection
from feedback.scores import ScoreColumn
from feedback.statuses import StatusColumn
from feedback.survey import SurveyDefinition
from feedback.times import TimeColumn


@dataclass(frozen=True, slots=True, eq=False)
class ParsedColumns:
    """A raw batch by role: cleaned texts, and times, score and status parsed; rows at fault are still in it."""

    raw: RawBatch
    survey: SurveyDefinition
    texts: dict[str, list[str]]
    times: dict[str, TimeColumn]
    score: ScoreColumn
    status: StatusColumn

    def __len__(self) -> int:
        return len(self.raw.row_numbers)

    def text(self, role: str) -> list[str]:
        """Cleaned cells of a role; empty ones when the role is not mapped."""
        return self.texts.get(role) or [""] * len(self)


@dataclass(frozen=True, slots=True, eq=False)
class ParsedBatch:
    """Responses that are trusted and rows that are not: together every row received."""

    batch: ResponseBatch
    rejected: tuple[Rejection, ...]
