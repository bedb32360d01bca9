"""Roles of a survey's columns: which cells of a raw batch play which part, cleaned but not yet parsed."""

from collections.abc import Collection, Iterable

from feedback.errors import SourceError
from feedback.rows import RawBatch
from feedback.survey import Mapping, SurveyDefinition

TIME_ROLES = ("submitted_at", "started_at", "recorded_at")
PLAIN_ROLES = (
    "response_id", *TIME_ROLES, "score", "completed", "status", "respondent_id", "email", "name", "phone",
    "language", "channel", "question_text",
)  # fmt: skip
COMMENT_PREFIX = "comment_"


def role_columns(mapping: Mapping) -> dict[str, str]:
    """Role name to column name: the plain roles that are mapped, `comment_<question id>`, then attributes by name."""
    named: dict[str, str | None] = {role: getattr(mapping, role) for role in PLAIN_ROLES}
    roles = {role: column for role, column in named.items() if column}
    roles |= {COMMENT_PREFIX + question.id: question.column for question in mapping.comments}
    return roles | dict(mapping.attributes)


def clean_cells(raw: RawBatch, survey: SurveyDefinition) -> dict[str, list[str]]:
    """Cells by role: outer white space stripped, missing markers emptied. Raises SourceError for a missing column."""
    require_columns(raw.columns, survey)
    missing = frozenset(marker.strip().casefold() for marker in survey.source.missing)
    by_column = {column: clean(raw.columns[column], missing) for column in survey.mapping.columns()}
    return {role: by_column[column] for role, column in role_columns(survey.mapping).items()}


def clean(cells: Iterable[str], missing: Collection[str] = frozenset()) -> list[str]:
    """Cells stripped of outer white space; those that casefold to one of `missing` become ""."""
    stripped = list(map(str.strip, cells))
    if not missing:
        return stripped
    longest = max(map(len, missing)) + 4  # casefold may shorten a text, by far less than this
    return ["" if len(cell) <= longest and cell.casefold() in missing else cell for cell in stripped]


def require_columns(found: Collection[str], survey: SurveyDefinition, where: str = "") -> None:
    """Raise SourceError naming the columns found and wanted when the mapping names one that is not there."""
    wanted = survey.mapping.columns()
    absent = [column for column in wanted if column not in found]
    if not absent:
        return
    raise SourceError(
        f"column{'s' if len(absent) > 1 else ''} {_listed(absent)} not found; the file has {_listed(found)}",
        where=where or f"survey {survey.id}",
        next_step=f"correct the mapping of survey {survey.id} (it wants {_listed(wanted)}) or take the right file; "
        "nothing was read",
    )


def _listed(names: Iterable[str], limit: int = 40) -> str:
    every = list(names)
    more = f" and {len(every) - limit} more" if len(every) > limit else ""
    return (", ".join(repr(name) for name in every[:limit]) or "no columns") + more
