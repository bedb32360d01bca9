"""What the first rows of a table say: a name for every column, and for Qualtrics also zones and question texts."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from feedback.columns import require_columns
from feedback.errors import SourceError
from feedback.survey import SourceFormat, SurveyDefinition

_CODE_NAME = re.compile(r"V\d+")


@dataclass(frozen=True, slots=True)
class Layout:
    """A table's columns by name, how many rows the header takes, and what the export says of its columns.

    A column is called what the mapping calls it (a Qualtrics ImportId or a header name), else by its header name.
    """

    names: tuple[str, ...]
    header_rows: int = 1
    timezones: tuple[tuple[str, str], ...] = ()
    question_texts: tuple[tuple[str, str], ...] = ()


def read_layout(rows: Sequence[Sequence[str]], survey: SurveyDefinition, where: str) -> Layout:
    """The layout from a table's first three rows (fewer if it has fewer).

    Raises SourceError for an empty table, repeated names, and columns that the mapping wants but the table lacks.
    """
    if not rows:
        raise SourceError("the file is empty", where=where, next_step="export it again; nothing was read")
    layout = _qualtrics(rows, survey, where) if survey.source.format is SourceFormat.QUALTRICS else _plain(rows, where)
    if len(layout.names) == 1 < len(survey.mapping.columns()) and any(mark in layout.names[0] for mark in ",;\t|"):
        raise SourceError(
            f"the header is a single column, {layout.names[0][:80]!r}: its line is in quotes or has another delimiter",
            where=where,
            next_step="export the file again, or state its delimiter under files; nothing was read",
        )
    require_columns(layout.names, survey, where)
    return layout


def _plain(rows: Sequence[Sequence[str]], where: str) -> Layout:
    names = _names(rows[0])
    _refuse_repeats(names, where)
    return Layout(names)


def _names(cells: Sequence[str]) -> tuple[str, ...]:
    return tuple(cell.strip() or f"(column {i})" for i, cell in enumerate(cells, 1))


def _refuse_repeats(names: Sequence[str], where: str) -> None:
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise SourceError(
            f"column name {', '.join(map(repr, repeated))} occurs more than once in the header",
            where=where,
            next_step="rename the columns in the export, so that a mapping can tell them apart; nothing was read",
        )


def _qualtrics(rows: Sequence[Sequence[str]], survey: SurveyDefinition, where: str) -> Layout:
    headers = _names(rows[0])
    at = next((i for i in (2, 1) if i < len(rows) and _import_ids(rows[i])), None)
    if at is not None:
        cells = [_json(cell) for cell in _fit(rows[at], len(headers))]
        ids = [str(cell.get("ImportId", "")) for cell in cells]
        names = _mapped(headers, ids, survey, where)
        zones = tuple((name, cell["timeZone"]) for name, cell in zip(names, cells, strict=True) if cell.get("timeZone"))
        return Layout(names, at + 1, zones, _texts(names, rows[1]) if at == 2 else ())
    if _is_legacy(rows, survey):
        return Layout(_mapped(headers, _names(_fit(rows[1], len(headers))), survey, where), 2, (), ())
    return _plain(rows, where)


def _is_legacy(rows: Sequence[Sequence[str]], survey: SurveyDefinition) -> bool:
    """Whether row 2 belongs to the header: the old export has codes V1, V2 ... in row 1 and names or texts in row 2."""
    if len(rows) < 2:
        return False
    second = {cell.strip() for cell in rows[1]}
    wanted = set(survey.mapping.columns())
    has_codes = any(_CODE_NAME.fullmatch(cell.strip()) for cell in rows[0][:3])
    return has_codes or bool((wanted - {cell.strip() for cell in rows[0]}) & second)


def _mapped(
    headers: Sequence[str], others: Sequence[str], survey: SurveyDefinition, where: str
) -> tuple[str, ...]:  # fmt: skip
    """Each column by the one of its two names that the mapping uses; the other name serves where headers repeat."""
    wanted = set(survey.mapping.columns())
    names = [
        other if other in wanted and header not in wanted else header
        for header, other in zip(headers, others, strict=True)
    ]
    count = Counter(names)
    names = [
        other if count[name] > 1 and other and name not in wanted else name
        for name, other in zip(names, others, strict=True)
    ]
    _refuse_repeats(names, where)
    return tuple(names)


def _texts(names: Sequence[str], cells: Sequence[str]) -> tuple[tuple[str, str], ...]:
    return tuple((name, cell.strip()) for name, cell in zip(names, cells, strict=False) if cell.strip())


def _import_ids(cells: Sequence[str]) -> bool:
    told = [cell for cell in cells if cell.strip()]
    return bool(told) and all("ImportId" in _json(cell) for cell in told)


def _json(cell: str) -> dict[str, Any]:
    if not cell.lstrip().startswith("{"):
        return {}
    try:
        value = json.loads(cell)
    except json.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}


def _fit(cells: Sequence[str], width: int) -> list[str]:
    return [*cells[:width], *[""] * (width - len(cells))]
