"""Records of cells to raw batches of columns, rows that do not fit set aside with their reason."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import islice
from typing import cast

from feedback.adapters.records import Broken
from feedback.header import Layout
from feedback.mend import parses_to, raw_cells
from feedback.rows import RawBatch, Reason, Rejection
from feedback.survey import SurveyDefinition

Record = list[str] | Broken


_BLOCK = 128
"""Records turned into columns at a time: few enough to stay in the processor's cache, which doubles the speed."""


class Ending(Enum):
    """How a table ends: with a line end, without one (its last row may be short), or within a character."""

    CLOSED = "closed"
    OPEN = "open"
    CUT = "cut"


@dataclass(frozen=True, slots=True, eq=False)
class _Batch:
    columns: tuple[list[str], ...]
    numbers: list[int] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)


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
            batch = _Batch(tuple([] for _ in self._layout.names))
            room = self._size
            while ahead and room:
                limit = min(room, _BLOCK)
                block = [*ahead, *islice(records, limit)]
                ahead = [block.pop()] if len(block) > limit else []
                self._add(batch, row_number, block, last=not ahead)
                room -= len(block)
                row_number += len(block)
            yield self._raw(number, batch)
            number += 1

    def _add(self, batch: "_Batch", first: int, block: list[Record], last: bool) -> None:
        rows = block
        if not self._is_sound(block) or (last and self._ending is Ending.CUT):
            rows = self._sift(batch, first, block, last)
        else:
            batch.numbers.extend(range(first, first + len(block)))
        for column, cells in zip(batch.columns, zip(*cast(list[list[str]], rows), strict=True), strict=False):
            column.extend(cells)

    def _sift(self, batch: "_Batch", first: int, block: list[Record], last: bool) -> list[Record]:
        """The sound records of a block; the others are set aside."""
        rows: list[Record] = []
        for row_number, record in enumerate(block, first):
            at_end = last and row_number == first + len(block) - 1
            fault = self._fault(record, self._ending if at_end else Ending.CLOSED)
            if fault is not None:
                batch.rejected.append(self._rejection(row_number, record, *fault))
            else:
                batch.numbers.append(row_number)
                rows.append(record)
        return rows

    def _is_sound(self, block: list[Record]) -> bool:
        width, delimiter = len(self._layout.names), self._delimiter or "\0\0"
        return all(type(record) is list and len(record) == width and delimiter not in record[0] for record in block)

    def _raw(self, number: int, batch: "_Batch") -> RawBatch:
        layout = self._layout
        columns: dict[str, Sequence[str]] = dict(zip(layout.names, batch.columns, strict=True))
        return RawBatch(
            number, batch.numbers, columns, tuple(batch.rejected), layout.timezones, layout.question_texts
        )  # fmt: skip

    def _fault(self, record: Record, ending: Ending) -> tuple[Reason, str] | None:
        width = len(self._layout.names)
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
