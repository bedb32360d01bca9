"""JSON Lines, Parquet and Excel, and the watched folder."""

import hashlib
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from feedback.adapters.files import open_source
from feedback.adapters.inbox import file_hash, ready_files
from feedback.errors import SourceError
from feedback.rows import Reason
from feedback.survey import Question, SourceFormat
from tests.feedback.survey_builders import HEADER, NOW, a_survey, raw_of, taken, texts, written

WHEN = "2026-05-01T10:00:00Z"


def json_lines(*rows: Any) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def test_json_lines_with_nested_objects_numbers_and_absent_keys(tmp_path: Path) -> None:
    mapping = {"response_id": "id", "email": "contact.email", "comments": (Question("why", "data.why"),)}
    first = {
        "id": 7,
        "when": WHEN,
        "score": 9,
        "contact": {"email": "a@example.org"},
        "data": {"why": "Nice 🎉\nreally"},
    }
    second = {"id": "b", "when": WHEN, "score": None, "data": {"why": ["late", "rude"]}}
    path = written(tmp_path, json_lines(first, second))
    responses, rejections = taken(path, a_survey(mapping, format=SourceFormat.JSONL))
    assert rejections == []
    assert [response.key.response_id for response in responses] == ["7", "b"]
    assert texts(responses) == ["Nice 🎉\nreally", "late; rude"]
    assert [response.score for response in responses] == [9, None]
    assert responses[1].respondent.email is None


def test_json_lines_at_fault(tmp_path: Path) -> None:
    row = {"id": "a", "when": WHEN, "score": 9, "why": "x"}
    text = json_lines(row, [1], {**row, "why": "\ud83d"}, {**row, "why": "a\0b"}) + '{"id": "z", "wh'
    responses, rejections = taken(written(tmp_path, text), a_survey(format=SourceFormat.JSONL), size=2)
    assert len(responses) == 1
    assert [(row.row_number, row.reason) for row in rejections] == [
        (2, Reason.COLUMN_COUNT), (3, Reason.BAD_ENCODING), (4, Reason.BAD_ENCODING), (5, Reason.CUT_OFF),
    ]  # fmt: skip
    assert rejections[0].message == "the line is no JSON object: '[1]'; export it again or correct the line"
    assert dict(rejections[1].raw)["why"] == "\\ud83d"


def test_json_lines_without_a_mapped_key(tmp_path: Path) -> None:
    path = written(tmp_path, json_lines({"id": "a", "when": WHEN, "score": 1}))
    with pytest.raises(SourceError, match="column 'why' not found; the file has 'id', 'when', 'score'"):
        raw_of(path, a_survey(format=SourceFormat.JSONL))


def parquet(path: Path, **columns: Any) -> Path:
    pq.write_table(pa.table(columns), path, row_group_size=2)
    return path


def test_parquet_with_typed_columns(tmp_path: Path) -> None:
    moments = [datetime(2026, 5, 1, 10, tzinfo=UTC)] * 3
    path = parquet(tmp_path / "f.parquet", id=[1, 2, 3], when=moments, score=[9.0, None, 3.0], why=["a", None, "ü"])
    survey = a_survey(format=SourceFormat.PARQUET)
    responses, rejections = taken(path, survey, size=2)
    assert rejections == []
    assert [(r.key.response_id, r.score, r.row_number) for r in responses] == [("1", 9, 1), ("2", None, 2), ("3", 3, 3)]
    assert texts(responses) == ["a", "", "ü"]
    assert responses[0].submitted_at == moments[0]


def test_parquet_with_naive_times_needs_a_zone(tmp_path: Path) -> None:
    path = parquet(tmp_path / "f.parquet", id=["1"], when=[datetime(2026, 5, 1, 10)], score=[1], why=["a"])
    with pytest.raises(SourceError, match="has no time zone"):
        taken(path, a_survey(format=SourceFormat.PARQUET))
    responses, _ = taken(
        path, a_survey(format=SourceFormat.PARQUET, timezone="Europe/Berlin", time_formats=("%d/%m/%Y",))
    )
    assert responses[0].submitted_at.hour == 8


def test_what_is_no_parquet(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="not a readable Parquet file"):
        raw_of(written(tmp_path, "id,when"), a_survey(format=SourceFormat.PARQUET))
    with pytest.raises(SourceError, match="column 'why' not found"):
        raw_of(parquet(tmp_path / "f.parquet", id=[1], when=[1], score=[1]), a_survey(format=SourceFormat.PARQUET))


def workbook(path: Path, *rows: list[Any], title: str = "Answers") -> Path:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = title
    for row in rows:
        sheet.append(row)
    book.save(path)
    return path


def test_a_workbook_with_typed_cells(tmp_path: Path) -> None:
    moment = datetime(2026, 5, 1, 10, 30)
    rows: list[list[Any]] = [["id", "when", "score", "why"], [1, moment, 9, "ok"], [None] * 4, ["b", moment, 3.0, None]]
    path = workbook(tmp_path / "f.xlsx", *rows)
    survey = a_survey(format=SourceFormat.XLSX, timezone="UTC", sheet="Answers")
    responses, rejections = taken(path, survey)
    assert rejections == []
    assert [(r.key.response_id, r.score, r.row_number) for r in responses] == [("1", 9, 1), ("b", 3, 2)]
    assert responses[0].submitted_at == moment.replace(tzinfo=UTC)


def test_workbooks_at_fault(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "f.xlsx", ["id", "when", "score", "why"], ["a", 45292.5, 9, "ok"], ["b", WHEN, 9, "", "more"]
    )
    survey = a_survey(format=SourceFormat.XLSX)
    _, rejections = taken(path, survey)
    assert [row.reason for row in rejections] == [Reason.COLUMN_COUNT, Reason.BAD_TIME]
    assert "serial number" in rejections[1].message
    with pytest.raises(SourceError, match=r"no sheet 'X'. Allowed: Answers"):
        raw_of(path, a_survey(format=SourceFormat.XLSX, sheet="X"))
    with pytest.raises(SourceError, match="not a readable Excel workbook"):
        raw_of(written(tmp_path, HEADER, name="csv.xlsx"), survey)
    with pytest.raises(SourceError, match="the file is empty"):
        raw_of(workbook(tmp_path / "empty.xlsx"), survey)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such file"):
        open_source(tmp_path / "gone.csv", a_survey())


def aged(path: Path, seconds: float) -> Path:
    moment = (NOW - timedelta(seconds=seconds)).timestamp()
    os.utime(path, (moment, moment))
    return path


def test_ready_files_are_those_that_are_complete(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    for name in ("b.csv", "a.csv", "c.csv.part", "d.tmp", ".hidden.csv", "~$e.xlsx"):
        aged(written(inbox, HEADER + name, name=name), 60)
    aged(written(inbox, HEADER, name="fresh.csv"), 3)
    (inbox / "folder.csv").mkdir()
    found = ready_files(tmp_path, a_survey(), NOW)
    assert [file.path.name for file in found] == ["a.csv", "b.csv"]
    assert found[0].sha256 == hashlib.sha256((HEADER + "a.csv").encode()).hexdigest() == file_hash(inbox / "a.csv")
    assert found[0].size == len(HEADER + "a.csv")
    assert len(ready_files(tmp_path, a_survey(), NOW, settle=timedelta(seconds=1))) == 3


@pytest.mark.parametrize("pattern", ["inbox/*.csv", "inbox", "inbox/a.csv", "**/a.csv", "{root}/inbox/*.csv"])
def test_a_path_may_be_a_file_a_folder_or_a_glob(tmp_path: Path, pattern: str) -> None:
    (tmp_path / "inbox").mkdir()
    aged(written(tmp_path / "inbox", HEADER, name="a.csv"), 60)
    survey = a_survey(path=Path(pattern.format(root=tmp_path)))
    assert [file.path.name for file in ready_files(tmp_path, survey, NOW)] == ["a.csv"]
    assert ready_files(tmp_path, a_survey(path=Path("elsewhere")), NOW) == []
