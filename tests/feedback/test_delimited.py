"""Delimited files: delimiters, encodings, Qualtrics headers, batches, and memory that does not grow with the file."""

import csv
import io
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedback.adapters.files import open_source
from feedback.adapters.records import Broken, Records
from feedback.rows import Reason
from feedback.survey import Question, SourceFormat
from tests.feedback.survey_builders import HEADER, a_survey, raw_of, taken, texts, written

ROWS = [
    ["r1", "2026-05-01T10:00:00Z", "9", "Lovely, really"],
    ["r2", "2026-05-02T10:00:00Z", "3", 'Said "no"\nthen left'],
]
QUALTRICS = (
    "StartDate,RecordedDate,ResponseId,Status,Finished,Q1,Q2_TEXT\n"
    'Start Date,Recorded Date,Response ID,Response Type,Finished,"How likely, 0 to 10?","Why did you\ngive it?"\n'
    '"{""ImportId"":""startDate"",""timeZone"":""America/Denver""}","{""ImportId"":""recordedDate"",""timeZone"":'
    '""America/Denver""}","{""ImportId"":""_recordId""}","{""ImportId"":""status""}","{""ImportId"":""finished""}",'
    '"{""ImportId"":""QID1""}","{""ImportId"":""QID2_TEXT""}"\n'
)
QUALTRICS_ROW = "2026-01-05 09:00:00,2026-01-05 09:05:00,R_{n},{status},{finished},{score},{why}\n"
ROLES = {
    "response_id": "_recordId", "submitted_at": "recordedDate", "score": "QID1", "status": "status",
    "completed": "Finished", "comments": (Question("why", "QID2_TEXT"),),
}  # fmt: skip


def delimited(delimiter: str, rows: list[list[str]]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows([HEADER.strip().split(","), *rows])
    return out.getvalue()


def qualtrics_row(n: int = 1, status: str = "0", finished: str = "1", score: str = "3", why: str = "Late") -> str:
    return QUALTRICS_ROW.format(n=n, status=status, finished=finished, score=score, why=why)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_delimiter_and_mark_are_found(tmp_path: Path, delimiter: str, encoding: str) -> None:
    responses, rejections = taken(written(tmp_path, delimited(delimiter, ROWS), encoding))
    assert rejections == []
    assert texts(responses) == [row[3] for row in ROWS]


def test_excels_delimiter_line(tmp_path: Path) -> None:
    assert len(taken(written(tmp_path, "sep=;\r\n" + delimited(";", ROWS)))[0]) == 2


def test_a_header_text_full_of_commas_does_not_mislead(tmp_path: Path) -> None:
    text = "id;when;score;Why, in short, and plainly, did you say so?\nr1;2026-05-01T10:00:00Z;3;Late\n"
    survey = a_survey({"comments": (Question("why", "Why, in short, and plainly, did you say so?"),)})
    assert texts(taken(written(tmp_path, text), survey)[0]) == ["Late"]


def test_qualtrics_by_import_id_with_zone_and_question_from_the_header(tmp_path: Path) -> None:
    path = written(tmp_path, QUALTRICS + qualtrics_row())
    (response,), rejections = taken(path, a_survey(ROLES, format=SourceFormat.QUALTRICS))
    assert rejections == []
    assert response.submitted_at.isoformat() == "2026-01-05T16:05:00+00:00"
    assert response.timezone == "America/Denver"
    assert (response.score, response.comments[0].question) == (3.0, "Why did you\ngive it?")


def test_qualtrics_tsv_in_utf16(tmp_path: Path) -> None:
    rows = list(csv.reader(io.StringIO(QUALTRICS + qualtrics_row(why='"Late, and rude"'))))
    out = io.StringIO(newline="")
    csv.writer(out, delimiter="\t").writerows(rows)
    path = written(tmp_path, out.getvalue(), "utf-16", "export.tsv")
    assert texts(taken(path, a_survey(ROLES, format=SourceFormat.QUALTRICS))[0]) == ["Late, and rude"]


def test_qualtrics_by_header_name(tmp_path: Path) -> None:
    names = {
        "response_id": "ResponseId", "submitted_at": "RecordedDate", "score": "Q1", "comments": ROLES["comments"],
    }  # fmt: skip
    responses, _ = taken(written(tmp_path, QUALTRICS + qualtrics_row()), a_survey(names, format=SourceFormat.QUALTRICS))
    assert responses[0].submitted_at.hour == 16


def test_legacy_qualtrics_with_two_header_rows(tmp_path: Path) -> None:
    text = "\ufeffV1,V8,V7,Q1,Q2\nResponseID,StartDate,Status,How likely?,Why?\nR_1,2026-01-05 09:00:00,0,3,Late\n"
    legacy = {
        "response_id": "ResponseID", "submitted_at": "StartDate", "score": "Q1", "comments": (Question("why", "Q2"),),
    }  # fmt: skip
    survey = a_survey(legacy, format=SourceFormat.QUALTRICS, timezone="UTC")
    responses, rejections = taken(written(tmp_path, text), survey)
    assert ([response.key.response_id for response in responses], rejections) == (["R_1"], [])


def test_formbricks_timestamps_carry_their_zone(tmp_path: Path) -> None:
    stamps = [
        "2026-05-01 10:00:00 UTC",
        "2026-05-01 18:00:00 GMT+8",
        "2026-05-01 24:10:00 UTC",
        "2026-05-01 12:00 CEST",
    ]
    rows = "".join(f"{i},c{i},{stamp},Yes,3,Late\n" for i, stamp in enumerate(stamps))
    mapping = {
        "response_id": "Response ID", "submitted_at": "Timestamp", "completed": "Finished", "score": "1. How likely?",
        "comments": (Question("why", "2. Why?"),),
    }  # fmt: skip
    survey = a_survey(mapping, format=SourceFormat.FORMBRICKS, timezone="Europe/Berlin")
    responses, rejections = taken(
        written(tmp_path, "No.,Response ID,Timestamp,Finished,1. How likely?,2. Why?\n" + rows), survey
    )
    assert rejections == []
    assert [f"{response.submitted_at:%H:%M}" for response in responses] == ["10:00", "10:00", "00:10", "10:00"]


@given(size=st.integers(1, 7), count=st.integers(0, 30), broken=st.sets(st.integers(0, 29), max_size=4))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_row_is_in_one_batch_under_its_number(tmp_path: Path, size: int, count: int, broken: set[int]) -> None:
    lines = [f"r{i},x\n" if i in broken else f"r{i},2026-05-01T10:00:00Z,3,x\n" for i in range(count)]
    batches = raw_of(written(tmp_path, HEADER + "".join(lines)), size=size)
    assert [batch.number for batch in batches] == list(range(len(batches)))
    assert all(batch.received == size for batch in batches[:-1])
    cut = {row.row_number for batch in batches for row in batch.rejected}
    kept = [number for batch in batches for number in batch.row_numbers]
    assert cut == {i + 1 for i in broken if i < count}
    assert kept == [i + 1 for i in range(count) if i not in broken]
    assert [cell for batch in batches for cell in batch.columns["id"]] == [f"r{number - 1}" for number in kept]


ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)


@given(
    comments=st.lists(ANY_TEXT, min_size=1, max_size=8),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_comment_survives_writing_and_reading(
    tmp_path: Path, comments: list[str], delimiter: str, encoding: str, line_end: str
) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator=line_end, quoting=csv.QUOTE_ALL)
    writer.writerow(["id", "when", "score", "why"])
    writer.writerows([f"r{i}", "2026-05-01T10:00:00Z", i % 11, comment] for i, comment in enumerate(comments))
    responses, rejections = taken(written(tmp_path, out.getvalue(), encoding), a_survey(delimiter=delimiter))
    assert rejections == []
    assert texts(responses) == [comment.strip() for comment in comments]


@given(st.text('a",;\n\r x', max_size=60), st.integers(2, 4))
@settings(max_examples=300, deadline=None)
def test_no_text_is_lost_or_read_forever(text: str, width: int) -> None:
    records = list(Records(io.StringIO(text, newline=""), ",", width))
    kept = "".join(record.text if isinstance(record, Broken) else "".join(record) for record in records)
    assert (kept.count("a"), kept.count("x")) == (text.count("a"), text.count("x"))


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    def lines() -> Iterator[str]:
        yield HEADER
        for i in range(200_000):
            yield f'r{i},2026-05-01T10:00:00Z,{i % 11},"The courier was late, again: parcel {i}"\n'

    path = tmp_path / "large.csv"
    with path.open("w", encoding="utf-8") as file:
        file.writelines(lines())
    survey = a_survey()
    tracemalloc.start()
    try:
        rows = sum(batch.received for batch in open_source(path, survey).batches(survey, 2_000))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert rows == 200_000
    assert peak < 6 * 2**20


def test_many_stray_quotes_are_read_in_one_pass(tmp_path: Path) -> None:
    rows = "".join(f'r{i},2026-05-01T10:00:00Z,3,"open {i}\n' for i in range(3_000))
    _, rejections = taken(written(tmp_path, HEADER + rows))
    assert {rejection.reason for rejection in rejections} == {Reason.MANGLED_QUOTING, Reason.CUT_OFF}
    assert len(rejections) == 3_000
