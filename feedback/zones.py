"""The time columns of a batch, each read in the zone the export states, else in the one the survey file states."""

from feedback.columns import TIME_ROLES
from feedback.errors import SourceError
from feedback.rows import RawBatch
from feedback.survey import SourceFormat, SurveyDefinition
from feedback.times import ISO_FORMAT, TimeColumn, parse_times, shown

# These formats hold typed dates, which their readers write as ISO 8601 whatever the declared formats of texts.
_TYPED = (SourceFormat.XLSX, SourceFormat.PARQUET)


def time_columns(raw: RawBatch, survey: SurveyDefinition, texts: dict[str, list[str]]) -> dict[str, TimeColumn]:
    """Parsed times by role. Raises SourceError when the file's first batch has naive times and no zone is known.

    In a later batch such rows are faults of their own: what was committed before them stays right.
    """
    stated = dict(raw.timezones)
    formats = survey.source.time_formats
    if formats and survey.source.format in _TYPED:
        formats = (*formats, ISO_FORMAT)
    columns: dict[str, TimeColumn] = {}
    for role in TIME_ROLES:
        name = getattr(survey.mapping, role)
        if name is None:
            continue
        cells = texts[role]
        if survey.source.format is SourceFormat.FORMBRICKS:
            cells = [_midnight(cell) for cell in cells]
        column = parse_times(cells, formats, stated.get(name) or survey.source.timezone)
        _require_zone(raw, survey, name, cells, column)
        columns[role] = column
    return columns


def _midnight(cell: str) -> str:
    """JavaScript's Intl with hour12 false writes the hour after midnight as 24 in some engines, on the new day."""
    return cell.replace(" 24:", " 00:", 1)


def _require_zone(raw: RawBatch, survey: SurveyDefinition, name: str, cells: list[str], column: TimeColumn) -> None:
    if not column.zoneless:
        return
    example = shown(cells[column.zoneless[0]])
    told = f"time {example} in column {name!r} has no time zone and none is declared"
    if raw.number == 0:
        raise SourceError(
            told,
            where=f"survey {survey.id}, row {raw.row_numbers[column.zoneless[0]]}",
            allowed="an IANA zone such as Europe/London",
            next_step=f"add timezone under files in the file of survey {survey.id}; nothing was read",
        )
    for i in column.zoneless:
        column.faults[i] = f"time {shown(cells[i])} has no time zone and none is declared"
