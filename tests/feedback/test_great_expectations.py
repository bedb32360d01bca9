import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback.adapters.great_expectations import GreatExpectationsContract
from feedback.contract import Expectation, Severity, Suite, default_suite
from feedback.errors import ConfigError, ContractFault, SourceError
from feedback.rows import RawBatch, Reason, Validator
from tests.feedback.contract_frames import raw_of, role_frame
from tests.feedback.test_contract import RANGE, SURVEY

NOT_NULL = Expectation("expect_column_values_to_not_be_null", (("column", "response_id"),))
LANGUAGE = Expectation(
    "expect_column_values_to_be_in_set", (("column", "language"), ("value_set", ["en", "de"])), Severity.WARNING
)


def contract(*expectations: Expectation) -> GreatExpectationsContract:
    return GreatExpectationsContract(Suite("test", expectations), "shop")


@pytest.fixture(scope="module")
def default() -> GreatExpectationsContract:
    return GreatExpectationsContract(default_suite(SURVEY), "shop")


def test_it_is_a_validator(default: GreatExpectationsContract) -> None:
    validator: Validator = default
    assert validator.check(role_frame(["a"], [5]), raw_of(role_frame(["a"], [5]))).rejected == ()


def test_a_row_off_the_scale_is_rejected_with_its_raw_cells(default: GreatExpectationsContract) -> None:
    frame = role_frame(["a", "b", "c"], [3, 11, 7], first_row=41)
    verdict = default.check(frame, raw_of(frame))
    (rejection,) = verdict.rejected
    assert rejection.row_number == 42
    assert rejection.raw == (("Id", "b"), ("Q1", "raw 11"))
    assert rejection.reason is Reason.CONTRACT
    assert rejection.response_id == "b"
    assert rejection.message == "score must be between 0 and 10 (found 11)"


def test_a_row_that_breaks_several_promises_is_one_rejection(default: GreatExpectationsContract) -> None:
    frame = role_frame([None, "b"], [-1, 5], languages=["not a code", "en"])
    verdict = default.check(frame, raw_of(frame))
    (rejection,) = verdict.rejected
    assert rejection.response_id is None
    assert rejection.message == "response_id must not be empty; score must be between 0 and 10 (found -1)"
    assert verdict.flags == ()


def test_a_warning_flags_and_does_not_reject() -> None:
    frame = role_frame(["a", "b"], [1, 2], languages=["en", "fr"])
    verdict = contract(NOT_NULL, LANGUAGE).check(frame, raw_of(frame))
    assert verdict.rejected == ()
    (flag,) = verdict.flags
    assert (flag.row_number, flag.message) == (2, "language must be one of en, de (found fr)")
    assert flag.expectation == "language: expect_column_values_to_be_in_set"


def test_an_absent_score_or_language_breaks_nothing(default: GreatExpectationsContract) -> None:
    frame = role_frame(["a", "b"], [np.nan, np.nan], comments=["", ""], languages=[None, None])
    assert default.check(frame, raw_of(frame)).rejected == ()


def test_a_batch_without_any_comment_text_is_no_fault() -> None:
    length = Expectation("expect_column_value_lengths_to_be_between", (("column", "comment_why"), ("max_value", 5)))
    frame = role_frame(["a"], [1])
    frame["comment_why"] = pd.Series([None], dtype=object)
    assert contract(length).check(frame, raw_of(frame)).rejected == ()


def test_a_megabyte_comment_is_shown_by_its_length(default: GreatExpectationsContract) -> None:
    frame = role_frame(["a", "b"], [1, 2], comments=["x" * 1_000_001, "fine"])
    (rejection,) = default.check(frame, raw_of(frame)).rejected
    assert rejection.message.endswith("(found 1,000,001 characters)")


def test_an_empty_batch_has_an_empty_verdict(default: GreatExpectationsContract) -> None:
    frame = role_frame([], [])
    verdict = default.check(frame, RawBatch(0, [], {}))
    assert (verdict.rejected, verdict.flags) == ((), ())


def test_repeated_ids_are_rejected_where_the_suite_says_so() -> None:
    unique = Expectation("expect_column_values_to_be_unique", (("column", "response_id"),))
    frame = role_frame(["a", "b", "a"], [1, 2, 3])
    assert [each.row_number for each in contract(unique).check(frame, raw_of(frame)).rejected] == [1, 3]


def test_a_pair_of_columns_is_compared_row_by_row() -> None:
    pair = Expectation(
        "expect_column_pair_values_a_to_be_greater_than_b",
        (("column_A", "submitted_at"), ("column_B", "started_at"), ("or_equal", True)),
        message="finished before it was started",
    )
    frame = role_frame(["a", "b"], [1, 2])
    frame["started_at"] = pd.to_datetime(["2026-01-05T09:00:00Z", "2026-01-05T11:00:00Z"], utc=True)
    (rejection,) = contract(pair).check(frame, raw_of(frame)).rejected
    assert rejection.row_number == 2
    assert rejection.message.startswith("finished before it was started (found 2026-01-05T10:00:00+00:00, ")


def test_a_tolerated_share_rejects_nothing_until_it_is_exceeded() -> None:
    mostly = replace(RANGE, kwargs=(*RANGE.kwargs, ("mostly", 0.6)))
    one_bad, two_bad = role_frame(["a", "b", "c"], [1, 2, 99]), role_frame(["a", "b", "c"], [1, 98, 99])
    checked = contract(mostly)
    assert checked.check(one_bad, raw_of(one_bad)).rejected == ()
    assert [each.row_number for each in checked.check(two_bad, raw_of(two_bad)).rejected] == [2, 3]


@pytest.mark.parametrize(
    "broken",
    [
        Expectation("expect_column_values_to_not_be_null", (("column", "no_such_column"),)),
        Expectation(
            "expect_column_values_to_be_between", (("column", "comment_why"), ("min_value", 1), ("max_value", 2))
        ),
    ],
)
def test_an_expectation_that_errors_is_a_fault_not_bad_data(broken: Expectation) -> None:
    frame = role_frame(["a"], [1])
    with pytest.raises(ContractFault) as caught:
        contract(NOT_NULL, broken).check(frame, raw_of(frame))
    assert broken.type in caught.value.what
    assert broken.columns()[0] in caught.value.what
    assert "test (contract of survey shop)" in caught.value.where


def test_a_broken_promise_about_the_whole_batch_stops_it() -> None:
    frame = role_frame(["a", "b"], [1, 2])
    with pytest.raises(SourceError, match=r"at least 5 rows \(found 2\)"):
        contract(Expectation("expect_table_row_count_to_be_between", (("min_value", 5),))).check(frame, raw_of(frame))


def test_a_warning_about_the_whole_batch_is_a_flag_without_a_row() -> None:
    few = Expectation("expect_table_row_count_to_be_between", (("min_value", 5),), Severity.WARNING)
    frame = role_frame(["a", "b"], [1, 2])
    (flag,) = contract(few).check(frame, raw_of(frame)).flags
    assert flag.row_number == 0


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (Expectation("expect_colum_values_to_be_nice", (("column", "score"),)), "expect_colum_values_to_be_nice"),
        (Expectation("expect_column_values_to_be_between", (("colum", "score"),)), "extra fields not permitted"),
    ],
)
def test_an_unknown_expectation_does_not_load(wrong: Expectation, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        contract(NOT_NULL, wrong).prepare()


def test_nothing_is_printed(default: GreatExpectationsContract, capfd: pytest.CaptureFixture[str]) -> None:
    frame = role_frame(["a", None], [1, 99])
    default.check(frame, raw_of(frame))
    assert tuple(capfd.readouterr()) == ("", "")


def test_importing_the_adapter_does_not_import_the_engine() -> None:
    probe = "import sys, feedback.adapters.great_expectations; print('great_expectations' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@settings(max_examples=25, deadline=None)
@given(
    rows=st.lists(
        st.tuples(
            st.one_of(st.none(), st.text("abc", min_size=1, max_size=3)),
            st.one_of(st.just(float("nan")), st.floats(-5, 15, allow_nan=False)),
            st.sampled_from(["en", "de", "fr", None]),
        ),
        max_size=12,
    ),
    first_row=st.integers(1, 10_000),
)
def test_verdicts_agree_with_plain_pandas(rows: list[tuple[str | None, float, str | None]], first_row: int) -> None:
    frame = role_frame([r[0] for r in rows], [r[1] for r in rows], languages=[r[2] for r in rows], first_row=first_row)
    verdict = SHARED.check(frame, raw_of(frame))
    off_scale = frame["score"].notna() & ~frame["score"].between(0, 10)
    bad = frame["response_id"].isna() | off_scale
    odd = frame["language"].notna() & ~frame["language"].isin(["en", "de"]) & ~bad
    assert [each.row_number for each in verdict.rejected] == frame.loc[bad, "_row"].tolist()
    assert [each.row_number for each in verdict.flags] == frame.loc[odd, "_row"].tolist()


SHARED = contract(NOT_NULL, RANGE, LANGUAGE)


def test_a_row_condition_may_read_any_column() -> None:
    english = (*RANGE.kwargs, ("row_condition", 'language=="en"'), ("condition_parser", "pandas"))
    frame = role_frame(["a", "b"], [99, 99], languages=["en", "de"])
    verdict = contract(replace(RANGE, kwargs=english)).check(frame, raw_of(frame))
    assert [each.row_number for each in verdict.rejected] == [1]
