"""Raw rows as a source yields them, and the named rejection of one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from feedback.survey import SurveyDefinition

if TYPE_CHECKING:
    import pandas as pd


class Reason(StrEnum):
    """Why a row is in quarantine; the list is closed so that reports can count by it."""

    COLUMN_COUNT = "column_count"
    MANGLED_QUOTING = "mangled_quoting"
    CUT_OFF = "cut_off"
    BAD_ENCODING = "bad_encoding"
    MISSING_ID = "missing_id"
    MISSING_TIME = "missing_time"
    BAD_TIME = "bad_time"
    FUTURE_TIME = "future_time"
    BAD_SCORE = "bad_score"
    SCORE_OFF_SCALE = "score_off_scale"
    STATUS = "status"
    CONTRACT = "contract"
    TOO_LONG = "too_long"


@dataclass(frozen=True, slots=True)
class Rejection:
    """One row that is not trusted: where it was, the raw cells, and why in a sentence a person can act on."""

    row_number: int
    raw: tuple[tuple[str, str], ...]
    reason: Reason
    message: str
    response_id: str | None = None


@dataclass(frozen=True, slots=True)
class Flag:
    """A warning of the contract on a row that was accepted."""

    row_number: int
    expectation: str
    message: str


@dataclass(frozen=True, slots=True, eq=False)
class RawBatch:
    """Consecutive data rows of one file as string columns, with the rows that could not be cut into columns.

    `number` counts batches of the file from 0; `columns[name][i]` is the cell of row `row_numbers[i]`; "" is empty.
    `timezones` and `question_texts` hold what the export itself says, by column (Qualtrics row 3 and row 2).
    """

    number: int
    row_numbers: Sequence[int]
    columns: dict[str, Sequence[str]]
    rejected: tuple[Rejection, ...] = ()
    timezones: tuple[tuple[str, str], ...] = ()
    question_texts: tuple[tuple[str, str], ...] = ()

    @property
    def received(self) -> int:
        """Rows taken from the file, whether or not they could be cut into columns."""
        return len(self.row_numbers) + len(self.rejected)


class Source(Protocol):
    """Something that yields a survey's raw rows; the same bytes give the same batches in the same order."""

    def batches(self, survey: SurveyDefinition, size: int) -> Iterator[RawBatch]:
        """Yield raw batches of at most `size` rows. Raises SourceError when the whole file is unusable."""
        ...


@dataclass(frozen=True, slots=True)
class ContractVerdict:
    """What the contract says of a batch: rows to quarantine and rows to flag."""

    rejected: tuple[Rejection, ...] = ()
    flags: tuple[Flag, ...] = ()


class Validator(Protocol):
    """A data contract run on one batch: its role frame, with the raw rows that rejections are to quote."""

    def check(self, frame: "pd.DataFrame", raw: RawBatch) -> ContractVerdict:
        """Row-level verdicts on rows whose `_row` is a row number of `raw`.

        Raises ContractFault when an expectation itself errors, SourceError when the batch as a whole is not acceptable.
        """
        ...
