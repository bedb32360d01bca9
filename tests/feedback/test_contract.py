from dataclasses import replace
from pathlib import Path

import pytest

from feedback.contract import Expectation, Severity, Suite, default_suite
from feedback.errors import ConfigError
from feedback.scale import NPS
from feedback.survey import FileSource, Mapping, Question, SourceFormat, SurveyDefinition

SURVEY = SurveyDefinition(
    id="shop",
    title="Shop",
    source_name="csv",
    source=FileSource(SourceFormat.CSV, Path("inbox/*.csv")),
    mapping=Mapping("Id", "When", "Q1", (Question("why", "Q2"),), language="Lang"),
    scale=NPS,
)
RANGE = Expectation(
    "expect_column_values_to_be_between", (("column", "score"), ("min_value", 0.0), ("max_value", 10.0))
)


def test_the_default_suite_promises_identity_time_scale_length_and_language() -> None:
    promises = [(each.columns(), each.severity) for each in default_suite(SURVEY).expectations]
    assert promises == [
        (("response_id",), Severity.CRITICAL),
        (("submitted_at",), Severity.CRITICAL),
        (("score",), Severity.CRITICAL),
        (("comment_why",), Severity.CRITICAL),
        (("language",), Severity.WARNING),
    ]


def test_a_survey_without_score_or_language_promises_neither() -> None:
    plain = replace(SURVEY, mapping=Mapping("Id", "When"), scale=None)
    assert [each.columns() for each in default_suite(plain).expectations] == [("response_id",), ("submitted_at",)]


@pytest.mark.parametrize(
    ("expectation", "found", "sentence"),
    [
        (RANGE, "11", "score must be between 0 and 10 (found 11)"),
        (
            Expectation("expect_column_values_to_be_in_set", (("column", "language"), ("value_set", ["en", "de"]))),
            "xx",
            "language must be one of en, de (found xx)",
        ),
        (
            Expectation("expect_column_value_lengths_to_be_between", (("column", "c"), ("max_value", 1_000_000))),
            "",
            "c must be at most 1,000,000 characters long",
        ),
        (Expectation("expect_table_row_count_to_be_between", (("min_value", 5),)), "2", "at least 5 rows (found 2)"),
        (Expectation("expect_column_mean_to_be_between", (("column", "score"), ("min_value", 2))), "1", "min_value 2"),
        (replace(RANGE, message="NPS runs from 0 to 10"), "11", "NPS runs from 0 to 10 (found 11)"),
        (
            Expectation(
                "expect_column_pair_values_a_to_be_greater_than_b",
                (("column_A", "submitted_at"), ("column_B", "started_at")),
            ),
            "",
            "submitted_at and started_at column pair values a to be greater than b",
        ),
    ],
)
def test_a_broken_promise_reads_as_a_sentence(expectation: Expectation, found: str, sentence: str) -> None:
    assert sentence in expectation.sentence(found)


def test_a_column_that_is_no_role_is_refused_with_the_roles() -> None:
    with pytest.raises(ConfigError, match="score") as caught:
        Suite("s", (RANGE,)).check_columns(("response_id", "nps"), "contracts/shop.json")
    assert caught.value.where == "contracts/shop.json"
    assert caught.value.allowed == "nps, response_id"


def test_every_column_argument_counts() -> None:
    both = Expectation("expect_compound_columns_to_be_unique", (("column_list", ["email", "submitted_at"]),))
    assert both.columns() == ("email", "submitted_at")
