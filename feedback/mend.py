"""Taking quarantined rows up again: a broken line is mended where that is certain, and rows become a raw batch."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from feedback.rows import RawBatch, Reason, Rejection
from feedback.safe_text import safe_text
from feedback.survey import SurveyDefinition

_ZONE, _QUESTION, _EXTRA = "@timezone:", "@question:", "@extra:"
DELIMITERS = (",", ";", "\t", "|")


def raw_cells(
    names: Sequence[str], cells: Sequence[str], timezones: Iterable[tuple[str, str]] = (),
    question_texts: Iterable[tuple[str, str]] = (), survey: SurveyDefinition | None = None,
) -> tuple[tuple[str, str], ...]:  # fmt: skip
    """Cells of a rejected row by name, with the zones and questions that the export states, so that it can be re-read.

    Cells beyond the header are named `@extra:1` and on; zones and question texts `@timezone:` and `@question:`.
    """
    extra = [f"{_EXTRA}{i}" for i in range(1, len(cells) - len(names) + 1)]
    row = [*cells, *[""] * (len(names) - len(cells))]
    pairs = [(name, safe_text(cell)) for name, cell in zip([*names, *extra], row, strict=True)]
    pairs += [(_ZONE + name, zone) for name, zone in timezones]
    asked = {question.column for question in survey.mapping.comments} if survey else set()
    return tuple(pairs + [(_QUESTION + name, text) for name, text in question_texts if name in asked])


def raw_row(raw: RawBatch, i: int, survey: SurveyDefinition | None = None) -> tuple[tuple[str, str], ...]:
    """The cells of row `i` of a raw batch as a rejection keeps them."""
    cells = [column[i] for column in raw.columns.values()]
    return raw_cells(list(raw.columns), cells, raw.timezones, raw.question_texts, survey)


def mend(rejection: Rejection, header: Sequence[str], delimiter: str) -> tuple[str, ...] | None:
    """The row's cells, one per name of the header, where the damage has one sure repair; else None.

    Repairs: a whole line inside one pair of quotes; quotes inside a quoted cell that were not doubled; empty cells
    beyond the header. What was cut off is never made up.
    """
    cells = [cell for name, cell in rejection.raw if not name.startswith((_ZONE, _QUESTION))]
    if rejection.reason is Reason.COLUMN_COUNT and not any(cells[len(header) :]):
        return tuple(cells[: len(header)]) if len(cells) > len(header) else None
    if rejection.reason is not Reason.MANGLED_QUOTING or any(cells[1:]):
        return None
    for candidate in (_parsed(cells[0], delimiter), _requoted(cells[0], delimiter)):
        if candidate and len(candidate) == 1 < len(header):
            candidate = _parsed(candidate[0], delimiter)
        if candidate and len(candidate) == len(header):
            return tuple(candidate)
    return None


def released_batch(rejections: Sequence[Rejection], survey: SurveyDefinition, number: int = 1) -> RawBatch:
    """Quarantined rows of one survey as a raw batch, to be parsed with the survey as it is declared now.

    Rows that could not be cut into columns are mended; those that cannot be stay in `rejected`. The number is not 0:
    a fault of every row does not make these a wrong file, as it would at a file's beginning. Rows of several
    files whose numbers meet are numbered anew.
    """
    if len({rejection.row_number for rejection in rejections}) < len(rejections):
        rejections = [replace(rejection, row_number=i) for i, rejection in enumerate(rejections, 1)]
    rows: list[tuple[int, dict[str, str]]] = []
    left: list[Rejection] = []
    for rejection in rejections:
        cells = _released_cells(rejection, survey)
        if cells is None:
            left.append(rejection)
        else:
            rows.append((rejection.row_number, cells))
    told = dict(pair for rejection in rejections for pair in rejection.raw if pair[0].startswith("@"))
    names = dict.fromkeys(name for _, cells in rows for name in cells) or _header_names(rejections)
    return RawBatch(
        number=number,
        row_numbers=[row_number for row_number, _ in rows],
        columns={name: [cells.get(name, "") for _, cells in rows] for name in names},
        rejected=tuple(left),
        timezones=_told(told, _ZONE),
        question_texts=_told(told, _QUESTION),
    )


def parses_to(text: str, width: int, delimiter: str, strict: bool = True) -> bool:
    """Whether a text is by itself one line of that many cells; unless `strict`, its quotes may be unsound."""
    cells = _parsed(text, delimiter, strict)
    return cells is not None and len(cells) == width


def _released_cells(rejection: Rejection, survey: SurveyDefinition) -> dict[str, str] | None:
    names = list(_header_names([rejection]))
    if rejection.reason is Reason.CUT_OFF:
        return None
    if rejection.reason not in (Reason.MANGLED_QUOTING, Reason.COLUMN_COUNT):
        return {name: cell for name, cell in rejection.raw if not name.startswith("@")}
    delimiters = (survey.source.delimiter,) if survey.source.delimiter else DELIMITERS
    mended = (mend(rejection, names, delimiter) for delimiter in delimiters)
    cells = next((cells for cells in mended if cells is not None), None)
    return dict(zip(names, cells, strict=True)) if cells else None


def _header_names(rejections: Sequence[Rejection]) -> dict[str, None]:
    return dict.fromkeys(name for rejection in rejections for name, _ in rejection.raw if not name.startswith("@"))


def _told(pairs: dict[str, str], prefix: str) -> tuple[tuple[str, str], ...]:
    return tuple((name.removeprefix(prefix), value) for name, value in pairs.items() if name.startswith(prefix))


def _parsed(text: str, delimiter: str, strict: bool = True) -> list[str] | None:
    try:
        rows = list(csv.reader(_lines(text), delimiter=delimiter, strict=strict))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None


def _lines(text: str) -> Iterator[str]:
    return iter(io.StringIO(text, newline=""))


def _requoted(text: str, delimiter: str) -> list[str] | None:
    """Cells when a quote opens only at a cell's beginning and closes only before a delimiter or the end."""
    cells: list[str] = []
    rest = text.rstrip("\r\n") + delimiter
    while rest:
        quoted = rest.startswith('"')
        end = rest.find('"' + delimiter, 1) + 1 if quoted else rest.find(delimiter)
        if end < 1 and (quoted or not rest.startswith(delimiter)):
            return None
        cell, rest = rest[:end], rest[end + len(delimiter) :]
        cells.append(cell[1:-1].replace('""', '"') if quoted else cell)
    return cells
