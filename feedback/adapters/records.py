"""CSV text to records with their faults: a broken quote costs the line it is on, never the lines after it."""

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from feedback.mend import parses_to

FIELD_LIMIT = 2**22
"""Characters the csv module takes in a cell; more are a quote that was never closed."""


@dataclass(frozen=True, slots=True)
class Broken:
    """Lines that are no sound record: their text, and whether the file ends within them."""

    text: str
    at_end: bool
    too_long: bool


class Records:
    """Iterates the records of a delimited text: lists of cells, and `Broken` for lines whose quoting is not sound.

    Blank lines, and rows of empty cells as spreadsheets leave below a table, are no records. `width` is the number of
    cells expected, by which the next sound line after a broken quote is known; set it once the header is read.
    """

    def __init__(self, lines: Iterator[str], delimiter: str, width: int = 0) -> None:
        self.width = width
        self._lines = lines
        self._delimiter = delimiter
        self._current: list[str] = []
        self._again: deque[str] = deque()

    def __iter__(self) -> Iterator[list[str] | Broken]:
        csv.field_size_limit(FIELD_LIMIT)
        current = self._current
        while True:
            try:
                for row in csv.reader(self._feed(), delimiter=self._delimiter, strict=True):
                    current.clear()
                    if any(row):
                        yield row
                return
            except csv.Error as error:
                yield self._broken(str(error))

    def _feed(self) -> Iterator[str]:
        """Physical lines, those given back after a fault first."""
        keep = self._current.append
        while self._again:
            line = self._again.popleft()
            keep(line)
            yield line
        for line in self._lines:
            keep(line)
            yield line

    def _broken(self, error: str) -> Broken:
        lines = list(self._current)
        self._current.clear()
        too_long = "field larger" in error
        at_end = "unexpected end" in error
        sound = (i for i in range(1, len(lines)) if parses_to(lines[i], self.width, self._delimiter, strict=False))
        end = next(sound, len(lines)) if self.width > 1 else len(lines)
        self._again.extendleft(reversed(lines[end:]))
        return Broken("".join(lines[:end]), at_end and end == len(lines), too_long and end == len(lines))
