"""The data contract of a survey: expectations on its role columns, and what a broken one says to a person.

A contract looks at a *role frame*: one row a response, columns named by role (`response_id`, `submitted_at`, `score`,
`comment_<question id>`, `email`, `language`, …, and the integer `_row`), score as float, times in UTC, absent values as
NaN, NaT or None.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from feedback.errors import ConfigError
from feedback.survey import SurveyDefinition

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

COMMENT_LIMIT = 1_000_000
"""Longest comment, in characters, that the default contract trusts."""

LANGUAGE_TAG = "^[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*$"
"""What a language code looks like (the shape of BCP 47, with the underscore that exports use)."""


class Severity(StrEnum):
    """What a broken expectation does: critical quarantines the row, the others accept and flag it."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Expectation:
    """One promise about the rows: a Great Expectations type with its arguments.

    `message`, when the suite states one, replaces the sentence built from the type.
    """

    type: str
    kwargs: tuple[tuple[str, Json], ...] = ()
    severity: Severity = Severity.CRITICAL
    message: str = ""

    def columns(self) -> tuple[str, ...]:
        """Role columns it reads, in the order of its arguments; none for a promise about the whole table."""
        return tuple(_column_names(self.kwargs))

    @property
    def name(self) -> str:
        """How reports call it: its columns and its type."""
        columns = ", ".join(self.columns())
        return f"{columns}: {self.type}" if columns else self.type

    def sentence(self, found: str = "") -> str:
        """What a person reads when a row breaks it; `found` is the offending value as text."""
        said = self.message or self._promise()
        return f"{said} (found {found})" if found else said

    def _promise(self) -> str:
        kwargs = dict(self.kwargs)
        subject = " and ".join(self.columns())
        template = _PROMISES.get(self.type)
        if template is None:
            told = ", ".join(f"{key} {value}" for key, value in self.kwargs if not key.startswith("column"))
            words = self.type.removeprefix("expect_").replace("_", " ")
            return " ".join(part for part in (subject, words, f"({told})" if told else "") if part)
        return template.format(subject=subject, between=_between(kwargs), **_LISTED | _listed(kwargs))


_LISTED: dict[str, Json] = {"value_set": "", "regex": ""}
_PROMISES = {
    "expect_column_values_to_not_be_null": "{subject} must not be empty",
    "expect_column_values_to_be_between": "{subject} must be {between}",
    "expect_column_value_lengths_to_be_between": "{subject} must be {between} characters long",
    "expect_column_values_to_be_in_set": "{subject} must be one of {value_set}",
    "expect_column_values_to_not_be_in_set": "{subject} must not be one of {value_set}",
    "expect_column_values_to_match_regex": "{subject} must match {regex}",
    "expect_column_values_to_be_unique": "{subject} must not repeat within a batch",
    "expect_table_row_count_to_be_between": "the batch must have {between} rows",
}


@dataclass(frozen=True, slots=True)
class Suite:
    """A survey's expectations under one name."""

    name: str
    expectations: tuple[Expectation, ...]

    def check_columns(self, roles: Collection[str], where: str) -> None:
        """Raise ConfigError when an expectation reads a column that is no role of the survey."""
        for expectation in self.expectations:
            for column in expectation.columns():
                if column not in roles:
                    raise ConfigError(
                        f"{expectation.type} reads column {column!r}, which is no role of this survey",
                        where=where,
                        allowed=", ".join(sorted(roles)),
                        next_step="correct the column, or map it in the survey file",
                    )


@dataclass(frozen=True, slots=True)
class ExpectationSummary:
    """How a batch kept one expectation, in counts only; `checked` is None for a promise about the whole table."""

    expectation: Expectation
    kept: bool
    checked: int | None = None
    missing: int = 0
    broken: int = 0


def default_suite(survey: SurveyDefinition) -> Suite:
    """The contract of a survey that brings no suite file: identity, time, scale, comment length and language code."""
    return Suite(f"{survey.id}.default", tuple(_default_expectations(survey)))


def _default_expectations(survey: SurveyDefinition) -> Iterator[Expectation]:
    yield Expectation("expect_column_values_to_not_be_null", (("column", "response_id"),))
    yield Expectation("expect_column_values_to_not_be_null", (("column", "submitted_at"),))
    if survey.mapping.score and survey.scale:
        limits = (("min_value", survey.scale.minimum), ("max_value", survey.scale.maximum))
        yield Expectation("expect_column_values_to_be_between", (("column", "score"), *limits))
    for question in survey.mapping.comments:
        column = ("column", f"comment_{question.id}")
        yield Expectation("expect_column_value_lengths_to_be_between", (column, ("max_value", COMMENT_LIMIT)))
    if survey.mapping.language:
        arguments = (("column", "language"), ("regex", LANGUAGE_TAG))
        message = "language should be a code such as en or pt-BR"
        yield Expectation("expect_column_values_to_match_regex", arguments, Severity.WARNING, message)


def _column_names(kwargs: tuple[tuple[str, Json], ...]) -> Iterator[str]:
    for key, value in kwargs:
        if key in ("column", "column_A", "column_B") and isinstance(value, str):
            yield value
        elif key in ("column_list", "column_set") and isinstance(value, list):
            yield from (name for name in value if isinstance(name, str))


def _listed(kwargs: dict[str, Json]) -> dict[str, Json]:
    joined = {key: ", ".join(map(str, value)) for key, value in kwargs.items() if isinstance(value, list)}
    return kwargs | joined


def _between(kwargs: dict[str, Json]) -> str:
    low, high = kwargs.get("min_value"), kwargs.get("max_value")
    low, high = (f"{value:,}".removesuffix(".0") if isinstance(value, int | float) else value for value in (low, high))
    if low is None:
        return f"at most {high}"
    return f"at least {low}" if high is None else f"between {low} and {high}"
