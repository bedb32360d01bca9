"""Cells to responses: scores, times, statuses, hashes, ids, and the frame that the contract sees."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback.errors import SourceError
from feedback.fingerprint import content_hashes, synthesised_ids
from feedback.mend import released_batch
from feedback.parse import parse_batch, parse_columns, role_frame
from feedback.response import ResponseStatus, SurveyResponse
from feedback.rows import RawBatch, Reason, Rejection
from feedback.scale import CSAT, NPS
from feedback.scores import parse_scores
from feedback.survey import SourceFormat, SurveyDefinition
from feedback.times import parse_times
from tests.feedback.survey_builders import NOW, a_survey, with_survey

WHEN = "2026-05-01T10:00:00Z"


def rows(count: int = 1, number: int = 0, **columns: str | list[str]) -> RawBatch:
    filled: dict[str, str | list[str]] = {
        "id": [f"r{i}" for i in range(count)], "when": WHEN, "score": "3", "why": "Late", **columns,
    }  # fmt: skip
    cells = {name: [cell] * count if isinstance(cell, str) else cell for name, cell in filled.items()}
    return RawBatch(number, range(1, count + 1), dict(cells))


def one(survey: SurveyDefinition | None = None, **columns: str) -> SurveyResponse:
    parsed = parse_batch(rows(1, 0, **columns), survey or a_survey(), NOW)
    assert parsed.rejected == ()
    return parsed.batch.response(0)


def refused(survey: SurveyDefinition | None = None, **columns: str) -> Rejection:
    parsed = parse_batch(rows(1, 0, **columns), survey or a_survey(), NOW)
    assert len(parsed.batch) == 0
    return parsed.rejected[0]


@pytest.mark.parametrize(("cell", "value"), [("7", 7), ("7.0", 7), (" 7 ", 7), ("0", 0), ("+7", 7), ("7.5", 7.5)])
def test_scores_as_text(cell: str, value: float) -> None:
    assert one(score=cell).score == value


@pytest.mark.parametrize("cell", ["seven", "7,5", "1_0", "٧", "nan", "inf", "=7", "1e1", "#REF!"])
def test_what_is_no_score(cell: str) -> None:
    rejection = refused(score=cell)
    assert rejection.reason is Reason.BAD_SCORE
    assert f"score {cell!r} is not a number" in rejection.message


def test_scores_off_the_scale_and_labels() -> None:
    assert refused(score="11").message == "score '11' is not on the nps scale, 0 to 10"
    survey = a_survey(score_labels=(("Very good", 10.0), ("99", math.nan)))
    assert one(survey, score=" VERY GOOD ").score == 10
    assert one(survey, score="99").score is None
    assert "score_labels knows 99, very good" in refused(survey, score="Good").message
    assert one(score="").score is None


@given(st.lists(st.sampled_from(["", "1", "5", "6", "x", "0.5", "5.0"]), max_size=30))
def test_every_score_is_a_value_a_fault_or_absent(cells: list[str]) -> None:
    column = parse_scores(cells, CSAT)
    for i, cell in enumerate(cells):
        assert (i in column.faults) == (cell in ("6", "x", "0.5"))
        assert np.isnan(column.values[i]) == (cell in ("", "6", "x", "0.5"))


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2025, 12, 31)),
    st.sampled_from([0, 60, -300, 330, 765]),
    st.sampled_from(["T", " "]),
)
@settings(max_examples=100, deadline=None)
def test_iso_times_with_an_offset(local: datetime, minutes: int, between: str) -> None:
    aware = local.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    column = parse_times([aware.isoformat(between)])
    assert column.faults == {}
    assert column.values[0].item().replace(tzinfo=UTC) == aware


@given(
    st.lists(st.datetimes(datetime(2020, 1, 1), datetime(2026, 1, 1)), min_size=1, max_size=20),
    st.sampled_from(["Europe/London", "America/Denver", "Australia/Lord_Howe", "Asia/Kolkata"]),
)
@settings(max_examples=100, deadline=None)
def test_naive_times_in_a_zone_agree_with_zoneinfo(instants: list[datetime], zone: str) -> None:
    local = [moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).replace(fold=0) for moment in instants]
    column = parse_times([moment.strftime("%Y-%m-%d %H:%M:%S.%f") for moment in local], zone=zone)
    assert column.faults == {}
    assert [value.item().replace(tzinfo=UTC) for value in column.values] == [m.astimezone(UTC) for m in local]
    assert column.zones == [zone] * len(instants)


def test_of_an_hour_that_occurs_twice_the_first_is_taken() -> None:
    column = parse_times(["2025-10-26 01:30"], zone="Europe/London")
    assert str(column.values[0]) == "2025-10-26T00:30:00.000000"


def test_an_abbreviation_must_be_the_zones_own() -> None:
    column = parse_times(["2025-10-26 01:30 GMT", "2025-07-01 12:00 EDT", "2025-10-26 01:30 BST"], zone="Europe/London")
    assert [str(value)[11:16] for value in column.values] == ["01:30", "", "00:30"]
    assert column.faults == {1: "'2025-07-01 12:00 EDT': EDT is not what Europe/London is called at that time"}


def test_declared_formats_are_tried_in_their_order() -> None:
    column = parse_times(["03/04/2026", "10/31/2021", "31.12.2025"], ("%d/%m/%Y", "%m/%d/%Y"), "UTC")
    assert [str(value)[:10] for value in column.values] == ["2026-04-03", "2021-10-31", "NaT"]
    assert column.faults[2] == "'31.12.2025' is no time in any of the declared formats: %d/%m/%Y, %m/%d/%Y"
    assert str(parse_times(["01 May 2026 10:00 +0200"], ("%d %b %Y %H:%M %z",)).values[0])[:16] == "2026-05-01T08:00"


@given(st.lists(st.text(max_size=25), max_size=10))
@settings(max_examples=150, deadline=None)
def test_any_text_as_time_is_a_time_or_a_fault(cells: list[str]) -> None:
    column = parse_times(cells, zone="UTC")
    for i, cell in enumerate(cells):
        assert (not np.isnat(column.values[i])) + (i in column.faults) == bool(cell)


def test_a_naive_time_later_in_the_file_costs_its_row() -> None:
    parsed = parse_batch(rows(2, number=3, when=[WHEN, "2026-05-01 10:00"]), a_survey(), NOW)
    assert [rejection.reason for rejection in parsed.rejected] == [Reason.BAD_TIME]
    with pytest.raises(SourceError, match="has no time zone"):
        parse_columns(rows(2, number=0, when=[WHEN, "2026-05-01 10:00"]), a_survey())


def test_a_file_without_one_readable_time_or_score_is_refused() -> None:
    with pytest.raises(SourceError, match="none of the 20 values of column 'when' can be read as submitted_at: 'soon'"):
        parse_columns(rows(20, when="soon"), a_survey())
    with pytest.raises(SourceError, match="none of the 20 values of column 'score' can be read as score"):
        parse_columns(rows(20, score="x"), a_survey())
    assert len(parse_batch(rows(19, score="x"), a_survey(), NOW).rejected) == 19


@pytest.mark.parametrize(
    ("code", "status"),
    [("0", "live"), ("IP Address", "live"), ("16", "live"), ("32", "live"), ("4", "imported"), ("1", "test"),
     ("2", "test"), ("9", "test"), ("17", "test")],
)  # fmt: skip
def test_qualtrics_status_codes(code: str, status: str) -> None:
    assert one(a_survey({"status": "st"}, format=SourceFormat.QUALTRICS), st=code).status.value == status


@pytest.mark.parametrize("code", ["8", "12", "40", "48", "256", "999"])
def test_statuses_that_are_not_trusted(code: str) -> None:
    survey = a_survey({"status": "st"}, format=SourceFormat.QUALTRICS)
    rejection = refused(survey, st=code)
    assert rejection.reason is Reason.STATUS
    assert f'add statuses: {{"{code}": accept}} to the survey file' in rejection.message
    released = parse_batch(released_batch([rejection], with_survey(survey, statuses=((code, "accept"),))), survey, NOW)
    assert [row.reason for row in released.rejected] == [Reason.STATUS]
    accepting = with_survey(survey, statuses=((code, "accept"),))
    assert len(parse_batch(released_batch([rejection], accepting), accepting, NOW).batch) == 1


def test_other_sources_statuses_are_live_unless_declared() -> None:
    survey = with_survey(a_survey({"status": "st"}), statuses=(("Pilot", "test"), ("fraud", "quarantine")))
    assert one(survey, st="done").status is ResponseStatus.LIVE
    assert one(survey, st="pilot").status is ResponseStatus.TEST
    assert "quarantined by the survey file" in refused(survey, st="fraud").message


@pytest.mark.parametrize(("cell", "status"), [("0", "partial"), ("No", "partial"), ("", "partial"), ("1", "live")])
def test_unfinished_responses_are_partial(cell: str, status: str) -> None:
    assert one(a_survey({"completed": "done"}), done=cell).status.value == status


def test_missing_markers_are_empty_in_every_column() -> None:
    survey = a_survey({"email": "mail"}, missing=("Did not answer", "n/a"))
    response = one(survey, why=" did not answer ", score="N/A", mail="n/a")
    assert (response.comments, response.score, response.respondent.email) == ((), None, None)


def test_comments_are_verbatim_but_for_outer_white_space() -> None:
    text = "  =HYPERLINK(1)\r\n  two  spaces \t"
    assert one(why=text).comments[0].text == "=HYPERLINK(1)\r\n  two  spaces"


def test_defaults_and_attributes() -> None:
    survey = a_survey({"language": "lang", "channel": "ch", "attributes": (("tier", "tier"), ("shop", "shop"))})
    survey = with_survey(survey, language="en", channel="email", defaults=(("tier", "none"), ("country", "UK")))
    response = one(survey, lang="", ch="", tier="", shop="")
    assert (response.language, response.channel) == ("en", "email")
    assert response.attributes == (("tier", "none"), ("country", "UK"))
    assert one(survey, lang="PT_br", ch="sms", tier="gold", shop="Leeds").language == "pt-BR"


def test_long_files_take_the_question_from_each_row() -> None:
    survey = a_survey({"question_text": "q"})
    parsed = parse_batch(rows(2, q=["What was good?", ""]), survey, NOW)
    assert parsed.batch.comments[0].questions == ["What was good?", "why"]


def test_a_row_with_several_faults_is_rejected_once_and_told_all() -> None:
    rejection = refused(id="", when="soon", score="x")
    assert rejection.reason is Reason.MISSING_ID
    assert rejection.message.count(";") >= 2
    assert rejection.raw == (("id", ""), ("when", "soon"), ("score", "x"), ("why", "Late"))


def test_a_missing_time_and_a_swallowed_id() -> None:
    assert refused(when="").reason is Reason.MISSING_TIME
    assert refused(id="x" * 501).reason is Reason.TOO_LONG


def test_synthesised_ids() -> None:
    survey = a_survey({"response_id": None, "synthesise_id": ("when", "why")})
    parsed = parse_batch(rows(3, why=["a", "b", "a"]), survey, NOW)
    ids = list(parsed.batch.response_id)
    assert (ids[0] == ids[2], ids[0] == ids[1], ids[0][:4]) == (True, False, "syn-")
    assert synthesised_ids([["", "x"], ["", ""]])[0] == ""


@given(st.lists(st.tuples(st.text("ab\x1f\x1e\r\n"), st.text("ab\x1f\x1e\r\n")), min_size=2, max_size=2))
def test_hashes_differ_where_values_differ(pair: list[tuple[str, str]]) -> None:
    one_hash, other = content_hashes({"x": [row[0] for row in pair], "y": [row[1] for row in pair]}, 2)
    same = [cell.replace("\r\n", "\n") for cell in pair[0]] == [cell.replace("\r\n", "\n") for cell in pair[1]]
    assert (one_hash == other) == same


def test_the_hash_regards_mapped_values_only() -> None:
    first = one(score="7", extra="a")
    assert one(score=" 7.0", when="2026-05-01 12:00:00+02:00", extra="b").content_hash == first.content_hash
    assert one(score="8").content_hash != first.content_hash


def test_the_role_frame() -> None:
    survey = with_survey(a_survey({"email": "mail", "attributes": (("tier", "tier"),)}), language="en")
    raw = rows(3, when=[WHEN, "soon", ""], score=["7", "x", ""], mail=["a@example.org", "", " "], tier=["gold", "", ""])
    columns = parse_columns(raw, survey)
    frame = role_frame(raw, survey, columns)
    assert frame.equals(role_frame(raw, survey))
    assert list(frame["_row"]) == [1, 2, 3]
    assert frame["submitted_at"].isna().tolist() == [False, True, True]
    assert frame["submitted_at"][0] == pd.Timestamp(WHEN)
    assert frame["score"].tolist()[0] == 7.0
    assert frame["score"].isna().tolist() == [False, True, True]
    assert frame["email"].tolist() == ["a@example.org", None, None]
    assert frame["comment_why"].tolist() == ["Late"] * 3
    assert (frame["tier"].tolist(), frame["language"].tolist()) == (["gold", None, None], ["en"] * 3)
    assert frame["status"].tolist() == ["live"] * 3
    assert "phone" not in frame
    parsed = parse_batch(raw, survey, NOW, columns)
    assert (len(parsed.batch), len(parsed.rejected)) == (1, 2)


def test_a_batch_of_rejections_only() -> None:
    empty = RawBatch(0, [], {name: [] for name in ("id", "when", "score", "why")}, (refused(score="x"),))
    parsed = parse_batch(empty, a_survey(), NOW)
    assert (len(parsed.batch), len(parsed.rejected)) == (0, 1)
    assert len(role_frame(empty, a_survey())) == 0


def test_released_rows_keep_their_zone_and_get_distinct_numbers() -> None:
    raw = replace(rows(when="2026-05-01 10:00", score="x"), timezones=(("when", "America/Denver"),))
    rejection = parse_batch(raw, a_survey(), NOW).rejected[0]
    survey = a_survey(score_labels=(("x", 5.0),))
    batch = parse_batch(released_batch([rejection, rejection], survey), survey, NOW).batch
    assert batch.response(0).timezone == "America/Denver"
    assert batch.row_number.tolist() == [1, 2]
    assert batch.survey.scale is NPS
