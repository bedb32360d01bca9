"""JSON Lines: one object a line; nested objects become dotted columns (`contact.email`)."""

import json
from collections.abc import Iterator, Mapping
from itertools import chain, islice
from pathlib import Path
from typing import Any

from feedback.adapters.encoding import find_encoding
from feedback.columns import require_columns
from feedback.errors import SourceError
from feedback.mend import raw_cells
from feedback.rows import RawBatch, Reason, Rejection
from feedback.survey import SurveyDefinition

LOOK_AHEAD = 10_000
"""Lines looked through for the mapped columns, as an object may leave out what it has no value for."""

Parsed = dict[str, str] | str


class JsonLinesSource:
    """One file of JSON objects, one a line."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def batches(self, survey: SurveyDefinition, size: int) -> Iterator[RawBatch]:
        """Raw batches of at most `size` rows; a mapped key that an object lacks is an empty cell.

        Raises SourceError for an empty file, a wrong encoding, or a mapped key that the first 10,000 objects lack.
        """
        if not self._path.stat().st_size:
            raise SourceError("the file is empty", where=str(self._path), next_step="export it again; nothing was read")
        encoding = find_encoding(self._path, survey.source.encoding)
        rows = self._rows(encoding.name, encoding.errors)
        head = list(islice(rows, LOOK_AHEAD))
        names = dict.fromkeys(name for row in head if isinstance(row, dict) for name in row)
        if head:
            require_columns(names, survey, str(self._path))
        return self._cut(chain(head, rows), survey, size)

    def _rows(self, encoding: str, errors: str) -> Iterator[Parsed]:
        with self._path.open(encoding=encoding, errors=errors) as file:
            for line in file:
                if text := line.strip():
                    yield _parse(text)

    def _cut(self, rows: Iterator[Parsed], survey: SurveyDefinition, size: int) -> Iterator[RawBatch]:
        number, first = 0, 1
        while chunk := list(islice(rows, size)):
            numbered = list(enumerate(chunk, first))
            sound = [(i, row) for i, row in numbered if isinstance(row, dict)]
            broken = [(i, row) for i, row in numbered if isinstance(row, str)]
            names = dict.fromkeys(chain(survey.mapping.columns(), (name for _, row in sound for name in row)))
            yield RawBatch(
                number=number,
                row_numbers=[i for i, _ in sound],
                columns={name: [row.get(name, "") for _, row in sound] for name in names},
                rejected=tuple(_rejection(i, text) for i, text in broken),
            )
            number += 1
            first += len(chunk)


def flatten(value: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """An object's leaves as text by dotted name: null is "", true and false as JSON has them, lists joined by "; "."""
    flat: dict[str, str] = {}
    for key, item in value.items():
        if isinstance(item, Mapping):
            flat |= flatten(item, f"{prefix}{key}.")
        else:
            flat[prefix + key] = cell_text(item)
    return flat


def cell_text(item: Any) -> str:
    """A JSON value as the text of a cell."""
    if isinstance(item, str):
        return item
    if item is None:
        return ""
    if isinstance(item, list) and not any(isinstance(part, list | dict) for part in item):
        return "; ".join(map(cell_text, item))
    return json.dumps(item, ensure_ascii=False)


def _parse(text: str) -> Parsed:
    try:
        value = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        return text
    return flatten(value) if isinstance(value, dict) else text


def _rejection(row_number: int, text: str) -> Rejection:
    cut = text.startswith("{") and not text.endswith("}")
    told = "the line is cut off" if cut else "the line is no JSON object"
    return Rejection(
        row_number=row_number,
        raw=raw_cells(["line"], [text]),
        reason=Reason.CUT_OFF if cut else Reason.COLUMN_COUNT,
        message=f"{told}: {text[:60]!r}; export it again or correct the line",
    )
