"""Excel workbooks: one sheet streamed as text; formulas are read as their stored values and never evaluated."""

import warnings
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from itertools import chain, islice
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.workbook.workbook import Workbook

from feedback.adapters.cutting import Cutter, Record
from feedback.errors import SourceError
from feedback.header import read_layout
from feedback.rows import RawBatch
from feedback.survey import SurveyDefinition


class XlsxSource:
    """One sheet of a workbook: the survey's `sheet`, else the first."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def batches(self, survey: SurveyDefinition, size: int) -> Iterator[RawBatch]:
        """Raw batches of at most `size` rows; rows without any value are no rows.

        Raises SourceError for a file that is no workbook, an unknown sheet, or missing columns.
        """
        book = self._open()
        try:
            rows = _texts(self._rows(book, survey.source.sheet))
            head = list(islice(rows, 1))
            layout = read_layout([_trimmed(row) for row in head], survey, str(self._path))
        except SourceError:
            book.close()
            raise
        width = len(layout.names)
        cutter = Cutter(layout, survey, None, size)
        return self._cut(book, (_fit(row, width) for row in chain(head[layout.header_rows :], rows)), cutter)

    @staticmethod
    def _cut(book: Workbook, rows: Iterator[Record], cutter: Cutter) -> Iterator[RawBatch]:
        try:
            yield from cutter.batches(rows)
        finally:
            book.close()

    def _open(self) -> Workbook:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)  # openpyxl tells of styles it does not need
                return openpyxl.load_workbook(self._path, read_only=True, data_only=True)
        except (zipfile.BadZipFile, InvalidFileException, KeyError) as error:
            raise SourceError(
                f"not a readable Excel workbook ({error})",
                where=str(self._path),
                next_step="save it as .xlsx (not .xls or .csv) and try again; nothing was read",
            ) from error

    def _rows(self, book: Workbook, sheet: str | None) -> Iterator[tuple[Any, ...]]:
        if sheet is not None and sheet not in book.sheetnames:
            raise SourceError(
                f"no sheet {sheet!r}",
                where=str(self._path),
                allowed=", ".join(book.sheetnames),
                next_step="correct sheet under files in the survey file; nothing was read",
            )
        page: Any = book[sheet] if sheet else book.worksheets[0]
        page.reset_dimensions()  # some writers state a size that is not the sheet's
        return iter(page.iter_rows(values_only=True))


def _texts(rows: Iterable[tuple[Any, ...]]) -> Iterator[list[str]]:
    for row in rows:
        cells = [_text(value) for value in row]
        if any(cells):
            yield cells


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, datetime | date | time):
        return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
    return str(value)


def _trimmed(cells: list[str]) -> list[str]:
    while cells and not cells[-1].strip():
        cells = cells[:-1]
    return cells


def _fit(cells: list[str], width: int) -> list[str]:
    return (
        [*_trimmed(cells), *[""] * (width - len(cells))] if len(cells) > width else cells + [""] * (width - len(cells))
    )
