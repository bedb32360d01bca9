"""Records of cells to raw batches of columns, rows that do not fit set aside with their reason."""

from collections.abc import Iterator, Sequence
from enum import Enum
from itertools import islice
from typing import cast

from feedback.adapters.records import Broken
from feedback.header import Layout
from feedback.mend import parses_to, raw_cells
from feedback.rows import RawBatch, Reason, Rejection
from feedback.survey import SurveyDefinition

Record = list[str] | Broken


class Ending(Enum):
    """How a table ends: with a line end, without one (its last row may be short), or within a character."""

    CLOSED = "closed"
    OPEN = "open"
    CUT = "cut"


class Cutter:
    """Cuts one table's records into batches; `delimiter` is None where cells were never joined into lines."""

    def __init__(
        self, layout: Layout, survey: SurveyDefinition, delimiter: str | None, size: int, ending: Ending = Ending.CLOSED
    ) -> None:
        self._layout = layout
        self._survey = survey
        self._delimiter = delimiter
        self._size = size
        self._ending = ending

    def batches(self, records: Iterator[Record]) -> Iterator[RawBatch]:
        """Raw batches in file order; one record is read ahead, so that the last one is known."""
        number, row_number = 0, 1
        ahead = list(islice(records, 1))
        while ahead:
            chunk = [*ahead, *islice(records, self._size)]
            ahead = [chunk.pop()] if len(chunk) > self._size else []
            yield self._batch(number, row_number, chunk, last=not ahead)
            number += 1
            row_number += len(chunk)

    def _batch(self, number: int, first: int, chunk: list[Record], last: bool) -> RawBatch:
        width = len(self._layout.names)
        if self._is_sound(chunk, width) and not (last and self._ending is Ending.CUT):
            return self._raw(number, range(first, first + len(chunk)), chunk, ())
        numbers: list[int] = []
        rows: list[list[str]] = []
        rejected: list[Rejection] = []
        for row_number, record in enumerate(chunk, first):
            at_end = last and row_number == first + len(chunk) - 1
            fault = self._fault(record, width, self._ending if at_end else Ending.CLOSED)
            if fault is not None:
                rejected.append(self._rejection(row_number, record, *fault))
            elif isinstance(record, list):
                numbers.append(row_number)
                rows.append(record)
        return self._raw(number, numbers, rows, tuple(rejected))

    def _is_sound(self, chunk: list[Record], width: int) -> bool:
        delimiter = self._delimiter or "\0\0"
        return all(type(record) is list and len(record) == width and delimiter not in record[0] for record in chunk)

    def _raw(
        self, number: int, numbers: Sequence[int], rows: Sequence[Record], rejected: tuple[Rejection, ...]
    ) -> RawBatch:
        names = self._layout.names
        columns = zip(*cast(Sequence[list[str]], rows), strict=True) if rows else [()] * len(names)
        return RawBatch(
            number, numbers, dict(zip(names, columns, strict=True)), rejected,
            self._layout.timezones, self._layout.question_texts,
        )  # fmt: skip

    def _fault(self, record: Record, width: int, ending: Ending) -> tuple[Reason, str] | None:
        if isinstance(record, Broken):
            return _broken_fault(record)
        if self._delimiter and width > 1 and not any(record[1:]) and parses_to(record[0], width, self._delimiter):
            return Reason.MANGLED_QUOTING, (
                "the whole line is inside one pair of quotes, as spreadsheets write it; "
                "`nanni quarantine release` takes the outer quotes off"
            )
        if len(record) == width and ending is not Ending.CUT:
            return None
        if ending is not Ending.CLOSED and len(record) <= width:
            return Reason.CUT_OFF, (
                f"the file ends in the middle of this row, after {len(record)} of {width} cells; export it again"
            )
        return Reason.COLUMN_COUNT, (
            f"{len(record)} cells where the header has {width}: a delimiter too "
            f"{'many, often an unquoted one in a comment' if len(record) > width else 'few'}"
        )

    def _rejection(self, row_number: int, record: Record, reason: Reason, message: str) -> Rejection:
        layout = self._layout
        cells = [record.text] if isinstance(record, Broken) else record
        raw = raw_cells(layout.names, cells, layout.timezones, layout.question_texts, self._survey)
        return Rejection(row_number, raw, reason, message)


def _broken_fault(record: Broken) -> tuple[Reason, str]:
    if record.too_long:
        return Reason.TOO_LONG, "a cell has more than 4,194,304 characters: most likely a quote that is never closed"
    if record.at_end:
        return Reason.CUT_OFF, "the file ends inside a quoted cell of this row: it was cut off; export it again"
    return Reason.MANGLED_QUOTING, (
        "a quote inside a quoted cell is not doubled, or a quote is never closed; "
        "`nanni quarantine release` mends the row if that is possible in only one way"
    )
