"""CSV, TSV and their kin (Qualtrics, Formbricks): a file in bounded memory to raw batches."""

import csv
import io
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path

from feedback.adapters.cutting import Cutter, Ending, Record
from feedback.adapters.encoding import TextEncoding, find_encoding
from feedback.adapters.records import FIELD_LIMIT, Broken, Records
from feedback.errors import SourceError
from feedback.header import read_layout
from feedback.mend import DELIMITERS
from feedback.rows import RawBatch
from feedback.survey import SourceFormat, SurveyDefinition

_HEAD = 2**18


class DelimitedSource:
    """One delimited text file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def batches(self, survey: SurveyDefinition, size: int) -> Iterator[RawBatch]:
        """Raw batches of at most `size` rows; a file with only a header gives none.

        The header and the encoding of the whole file are checked before the first batch. Raises SourceError for an
        empty file, a wrong encoding, a missing or repeated column.
        """
        if not self._path.stat().st_size:
            raise SourceError("the file is empty", where=str(self._path), next_step="export it again; nothing was read")
        encoding = find_encoding(self._path, survey.source.encoding)
        delimiter, skip = self._dialect(survey, encoding)
        return self._read(survey, size, encoding, delimiter, skip)

    def _read(
        self, survey: SurveyDefinition, size: int, encoding: TextEncoding, delimiter: str, skip: int
    ) -> Iterator[RawBatch]:
        file = self._open(encoding)
        try:
            records = Records(islice(file, skip, None), delimiter)
            rows = iter(records)
            head = self._head(rows, records, survey)
            layout = read_layout([row for row in head if isinstance(row, list)], survey, str(self._path))
            records.width = len(layout.names)
            cutter = Cutter(layout, survey, delimiter, size, self._ending(encoding))
        except SourceError:
            file.close()
            raise
        return self._cut(file, chain(head[layout.header_rows :], rows), cutter)

    @staticmethod
    def _cut(file: io.TextIOBase, rows: Iterator[Record], cutter: Cutter) -> Iterator[RawBatch]:
        with file:
            yield from cutter.batches(rows)

    def _open(self, encoding: TextEncoding) -> io.TextIOWrapper:
        return self._path.open(encoding=encoding.name, errors=encoding.errors, newline="")

    def _head(self, rows: Iterator[Record], records: Records, survey: SurveyDefinition) -> list[Record]:
        """The records that may be header: one, or for Qualtrics up to three."""
        head = list(islice(rows, 1))
        first = head[0] if head else []
        if isinstance(first, Broken):
            raise SourceError(
                f"the header cannot be cut into columns: {first.text[:120]!r}",
                where=str(self._path),
                next_step="mend the quotes of its first line or export it again; nothing was read",
            )
        if head and survey.source.format is SourceFormat.QUALTRICS:
            records.width = len(first)
            head += islice(rows, 2)
        return head

    def _ending(self, encoding: TextEncoding) -> Ending:
        if encoding.cut:
            return Ending.CUT
        with self._path.open("rb") as file:
            file.seek(-min(4, self._path.stat().st_size), io.SEEK_END)
            tail = file.read().replace(b"\0", b"")
        return Ending.CLOSED if tail.endswith((b"\n", b"\r")) else Ending.OPEN

    def _dialect(self, survey: SurveyDefinition, encoding: TextEncoding) -> tuple[str, int]:
        """The delimiter, declared or the one under which most mapped columns are found, and lines before the header."""
        with self._open(encoding) as file:
            head = file.read(_HEAD)
        first = head.split("\n", 1)[0].strip().lstrip("\ufeff")
        if first.casefold().startswith("sep=") and len(first) == 5:
            return first[4], 1
        if survey.source.delimiter:
            return survey.source.delimiter, 0
        likely = ("\t",) if survey.source.format is SourceFormat.TSV else DELIMITERS
        return max(likely, key=lambda delimiter: _fitness(head, delimiter, survey)), 0


def _fitness(head: str, delimiter: str, survey: SurveyDefinition) -> tuple[int, int]:
    csv.field_size_limit(FIELD_LIMIT)
    try:
        rows = list(islice(csv.reader(io.StringIO(head, newline=""), delimiter=delimiter), 3))
    except csv.Error:
        return 0, 0
    told = "\n".join(cell for row in rows for cell in row)
    cells = {cell.strip() for row in rows for cell in row}
    found = sum(column in cells or f'"{column}"' in told for column in survey.mapping.columns())
    return found, len(rows[0]) if rows else 0
