import csv
import io
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feedback.adapters.files import open_source
from feedback.adapters.great_expectations import GreatExpectationsContract
from feedback.adapters.survey_file import load_surveys
from feedback.parse import parse_batch, parse_columns, role_frame
from feedback.response import ResponseBatch
from feedback.rows import Rejection
from nanni.demo.exports import MONTHS, exported_at
from nanni.demo.generate import ExportFile, generate

DATA = Path(__file__).resolve().parents[2] / "data"
SPOILT = ("missing_id", "missing_time", "bad_time", "bad_score", "score_off_scale", "status", "mangled", "cut_off")


@pytest.fixture(scope="module")
def files() -> list[ExportFile]:
    return generate()


@pytest.fixture(scope="module")
def parsed() -> dict[str, list[tuple[Path, ResponseBatch, tuple[Rejection, ...]]]]:
    """Every committed file through the real readers and the parser, by survey."""
    found: dict[str, list[tuple[Path, ResponseBatch, tuple[Rejection, ...]]]] = {}
    for survey in load_surveys(DATA / "demo").values():
        for path in sorted((DATA / "demo").glob(str(survey.source.path))):
            (raw,) = open_source(path, survey).batches(survey, 10_000)
            result = parse_batch(raw, survey, exported_at(path.stem))
            found.setdefault(survey.id, []).append((path, result.batch, result.rejected))
    return found


def test_the_committed_inbox_is_what_the_seed_gives(files: list[ExportFile]) -> None:
    committed = {str(path.relative_to(DATA / "demo")) for path in (DATA / "demo" / "inbox").rglob("*.*")}
    assert committed == {file.path for file in files}
    for file in files:
        assert (DATA / "demo" / file.path).read_bytes() == file.content, file.path


def test_another_seed_gives_another_year(files: list[ExportFile]) -> None:
    assert generate(2)[0].content != files[0].content


def test_it_is_about_five_thousand_responses_in_little_space(files: list[ExportFile]) -> None:
    assert 4_900 <= sum(file.rows for file in files) <= 5_600
    assert sum(len(file.content) for file in files) < 2_500_000


def test_every_spoilt_row_is_rejected_and_every_other_row_is_read(
    files: list[ExportFile], parsed: dict[str, list[tuple[Path, ResponseBatch, tuple[Rejection, ...]]]]
) -> None:
    known = {Path(file.path): file for file in files}
    for rows in parsed.values():
        for path, batch, rejected in rows:
            file = known[path.relative_to(DATA / "demo")]
            assert len(batch) + len(rejected) == file.rows
            assert len(rejected) == sum(file.contents.get(name, 0) for name in SPOILT), path


def test_repeated_rows_are_the_same_and_edited_rows_are_not(
    files: list[ExportFile], parsed: dict[str, list[tuple[Path, ResponseBatch, tuple[Rejection, ...]]]]
) -> None:
    repeated = edited = 0
    for rows in parsed.values():
        seen: dict[str, str] = {}
        for _, batch, _ in rows:
            for key, content in zip(batch.response_id, batch.content_hash, strict=True):
                repeated += seen.get(key) == content
                edited += seen.get(key, content) != content
                seen[key] = content
    known = Counter[str]()
    for file in files:
        known.update(file.contents)
    assert (repeated, edited) == (known["repeated"], known["edited"])
    assert repeated > 80
    assert edited > 40


def test_no_response_lies_after_its_export(
    parsed: dict[str, list[tuple[Path, ResponseBatch, tuple[Rejection, ...]]]],
) -> None:
    for rows in parsed.values():
        for path, batch, _ in rows:
            limit = exported_at(path.stem)
            assert all(batch.response(i).submitted_at <= limit for i in range(len(batch)))


def test_the_contracts_name_roles_and_let_good_rows_pass() -> None:
    for survey in load_surveys(DATA / "demo").values():
        assert survey.contract is not None
        contract = GreatExpectationsContract(DATA / "demo" / survey.contract, survey.id)
        path = DATA / "demo" / str(survey.source.path).replace("*", "2026-05")
        (raw,) = open_source(path, survey).batches(survey, 10_000)
        columns = parse_columns(raw, survey)
        frame = role_frame(raw, survey, columns)
        contract.check_columns(set(frame.columns))
        told = {rejection.row_number for rejection in contract.check(frame, raw).rejected}
        at_fault = {each.row_number for each in parse_batch(raw, survey, exported_at("2026-05"), columns).rejected}
        assert told <= at_fault


def test_comments_are_many_and_varied(
    parsed: dict[str, list[tuple[Path, ResponseBatch, tuple[Rejection, ...]]]],
) -> None:
    texts = [text for rows in parsed.values() for _, batch, _ in rows for text in batch.comments[0].texts if text]
    counts = Counter(texts)
    assert len(counts) >= 1_800
    assert max(counts.values()) < 0.015 * len(texts)
    assert any("\n\n" in text for text in texts)
    assert any(text.startswith("=HYPERLINK") for text in texts)
    assert any("؀" <= letter <= "ۿ" for text in texts for letter in text)
    assert any("😡" in text for text in texts)


def test_the_courier_week_stands_out(
    parsed: dict[str, list[tuple[Path, ResponseBatch, tuple[Rejection, ...]]]],
) -> None:
    north = Counter[bool]()
    for _, batch, _ in parsed["delivery_nps"]:
        for i in range(len(batch)):
            day = batch.response(i).submitted_at.date()
            in_week = datetime(2026, 2, 9, tzinfo=UTC).date() <= day <= datetime(2026, 2, 15, tzinfo=UTC).date()
            if in_week and batch.attributes["region"][i] == "North":
                north[bool(batch.score[i] <= 6)] += 1
    assert north[True] > 50
    assert north[True] > 2 * north[False]


def test_formats_are_as_real_tools_write_them() -> None:
    store = (DATA / "demo/inbox/store_nps/2025-10.csv").read_text("utf-8")
    third = list(csv.reader(io.StringIO(store)))[2]
    assert json.loads(third[6]) == {"ImportId": "recordedDate", "timeZone": "Europe/London"}
    assert (DATA / "demo/inbox/delivery_nps/2025-10.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    web = (DATA / "demo/inbox/web_csat/2025-10.csv").read_bytes()
    with pytest.raises(UnicodeDecodeError):
        web.decode("utf-8")
    assert b"\r\n" in web


def test_months_end_where_their_export_is_made() -> None:
    assert MONTHS[0] == "2025-10"
    assert MONTHS[-1] == "2026-09"
    assert exported_at("2025-12") == datetime(2026, 1, 1, 6, tzinfo=UTC)
