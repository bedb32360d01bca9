"""The bad input that surveys really bring, one test each, with the message a person sees."""

from pathlib import Path

import openpyxl
import pytest

from feedback.errors import SourceError
from feedback.mend import released_batch
from feedback.parse import parse_batch
from feedback.revision import Novelty, sort_rows
from feedback.rows import Reason
from feedback.survey import SourceFormat
from tests.feedback.survey_builders import HEADER, NOW, a_survey, raw_of, taken, texts, written

GOOD = "r1,2026-05-01T10:00:00Z,9,Lovely\n"


def test_wrong_encoding_names_byte_line_and_what_to_declare(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + GOOD + "r2,2026-05-01T10:00:00Z,3,Café closed\n", "windows-1252")
    with pytest.raises(SourceError) as refused:
        raw_of(path)
    assert f"{path}: byte 80 (0xe9) on line 3 is not valid UTF-8" in str(refused.value)
    assert "encoding: windows-1252" in refused.value.next_step
    responses, rejections = taken(path, a_survey(encoding="windows-1252"))
    assert texts(responses) == ["Lovely", "Café closed"]
    assert rejections == []


def test_a_wrongly_declared_encoding_is_named(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(HEADER.encode() + b"r1,2026-05-01T10:00:00Z,9,\x81\n")
    with pytest.raises(
        SourceError, match=r"byte 44 \(0x81\) on line 2 is not valid WINDOWS-1252.*windows-1252 is decl"
    ):
        raw_of(path, a_survey(encoding="windows-1252"))


def test_utf16_without_mark_is_recognised(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + GOOD, "utf-16-le")
    with pytest.raises(
        SourceError, match=r"looks like UTF-16-LE without a byte order mark.*declare encoding: utf-16-le"
    ):
        raw_of(path)
    assert texts(taken(path, a_survey(encoding="utf-16-le"))[0]) == ["Lovely"]


def test_a_few_damaged_bytes_cost_their_rows_only(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    sound = "".join(f"g{i},2026-05-01T10:00:00Z,9,Très bien merci à tous\n" for i in range(20))
    path.write_bytes((HEADER + sound).encode() + b"r2,2026-05-01T10:00:00Z,3,Caf\xff closed\n" + GOOD.encode())
    responses, (rejection,) = taken(path)
    assert len(responses) == 21
    assert (rejection.reason, rejection.row_number) == (Reason.BAD_ENCODING, 21)
    assert rejection.message == "why holds bytes that are no text; mend the export's encoding"
    assert rejection.raw[-1] == ("why", "Caf\\xff closed")


def test_nul_bytes_are_refused_by_row(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + GOOD + "r2,2026-05-01T10:00:00Z,3,bad\0byte\n")
    responses, (rejection,) = taken(path)
    assert (texts(responses), rejection.reason) == (["Lovely"], Reason.BAD_ENCODING)
    assert dict(rejection.raw)["why"] == "bad\\x00byte"


def test_a_file_cut_inside_a_quoted_comment(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + GOOD + 'r2,2026-05-01T10:00:00Z,3,"We waited\nfor an ho')
    responses, (rejection,) = taken(path)
    assert texts(responses) == ["Lovely"]
    assert (rejection.reason, rejection.row_number) == (Reason.CUT_OFF, 2)
    assert rejection.message == "the file ends inside a quoted cell of this row: it was cut off; export it again"
    assert rejection.raw[0][1] == 'r2,2026-05-01T10:00:00Z,3,"We waited\nfor an ho'


@pytest.mark.parametrize("size", [1, 2, 1000])
def test_a_file_cut_between_cells(tmp_path: Path, size: int) -> None:
    path = written(tmp_path, HEADER + GOOD + "r2,2026-05-01T10:0")
    responses, (rejection,) = taken(path, size=size)
    assert (texts(responses), rejection.reason) == (["Lovely"], Reason.CUT_OFF)
    assert rejection.message == "the file ends in the middle of this row, after 2 of 4 cells; export it again"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_file_cut_inside_a_character(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes((HEADER + GOOD + "r2,2026-05-01T10:00:00Z,3,Zürü").encode(encoding)[:-1])
    responses, (rejection,) = taken(path)
    assert (texts(responses), rejection.reason) == (["Lovely"], Reason.CUT_OFF)


def test_duplicate_ids_in_a_file_and_across_files(tmp_path: Path) -> None:
    text = HEADER + GOOD + GOOD + "r1,2026-05-01T10:00:00Z,2,Now it broke\n"
    first, rejections = taken(written(tmp_path, text))
    again, _ = taken(written(tmp_path, "why,score,when,id\nLovely,9.0,2026-05-01 12:00+02:00,r1\n", "utf-16", "b.csv"))
    assert rejections == []
    hashes = [response.content_hash for response in first]
    assert (hashes[0] == hashes[1], hashes[0] == hashes[2]) == (True, False)
    assert again[0].content_hash == hashes[0]
    assert [state.novelty for state in sort_rows(["r1"] * 3, hashes, {})] == [
        Novelty.NEW, Novelty.DUPLICATE, Novelty.REVISION,
    ]  # fmt: skip


def test_a_line_wrapped_in_quotes_by_a_spreadsheet(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + '"r2,2026-05-01T10:00:00Z,3,""Late, again"""\n' + GOOD)
    responses, (rejection,) = taken(path)
    assert texts(responses) == ["Lovely"]
    assert (rejection.reason, rejection.row_number) == (Reason.MANGLED_QUOTING, 1)
    assert rejection.message == (
        "the whole line is inside one pair of quotes, as spreadsheets write it; "
        "`nanni quarantine release` takes the outer quotes off"
    )
    released = parse_batch(released_batch([rejection], a_survey()), a_survey(), NOW)
    assert released.rejected == ()
    assert released.batch.response(0).comments[0].text == "Late, again"


def test_a_wrapped_line_padded_with_empty_cells(tmp_path: Path) -> None:
    _, (rejection,) = taken(written(tmp_path, HEADER + '"r2,2026-05-01T10:00:00Z,3,Late",,,\n'))
    assert rejection.reason is Reason.MANGLED_QUOTING
    assert parse_batch(released_batch([rejection], a_survey()), a_survey(), NOW).batch.response_id == ["r2"]


def test_a_stray_quote_costs_one_row_and_not_the_rest(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + 'r1,2026-05-01T10:00:00Z,3,"Never closed\n' + GOOD.replace("r1", "r2") * 3)
    responses, (rejection,) = taken(path)
    assert [response.key.response_id for response in responses] == ["r2"] * 3
    assert (rejection.reason, rejection.row_number) == (Reason.MANGLED_QUOTING, 1)
    assert "a quote is never closed" in rejection.message


def test_an_inner_quote_that_is_not_doubled_can_be_released(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + 'r1,2026-05-01T10:00:00Z,3,"They said "no" twice"\n' + GOOD.replace("r1", "r2"))
    responses, (rejection,) = taken(path)
    assert len(responses) == 1
    assert rejection.reason is Reason.MANGLED_QUOTING
    released = parse_batch(released_batch([rejection], a_survey()), a_survey(), NOW)
    assert released.batch.response(0).comments[0].text == 'They said "no" twice'


def test_a_row_with_a_cell_too_many(tmp_path: Path) -> None:
    _, (rejection,) = taken(written(tmp_path, HEADER + "r2,2026-05-01T10:00:00Z,3,Late, again\n" + GOOD))
    assert rejection.reason is Reason.COLUMN_COUNT
    assert rejection.message.startswith("5 cells where the header has 4: a delimiter too many")
    assert rejection.raw[3:] == (("why", "Late"), ("@extra:1", " again"))


def test_impossible_dates(tmp_path: Path) -> None:
    days = ["2026-02-30T10:00:00Z", "2026-13-01T10:00:00Z", "45292.5", "yesterday", "1970-01-01T00:00:00Z"]
    rows = "".join(f"r{i},{day},3,x\n" for i, day in enumerate(days))
    responses, rejections = taken(written(tmp_path, HEADER + rows + GOOD))
    assert len(responses) == 1
    assert {rejection.reason for rejection in rejections} == {Reason.BAD_TIME}
    assert rejections[0].message == (
        "when: '2026-02-30T10:00:00Z' is no real time in ISO 8601 form (2026-01-31T09:30:00Z)"
    )
    assert "'45292.5' is a spreadsheet's serial number" in rejections[2].message
    assert "is before 1990" in rejections[4].message


def test_an_hour_that_the_clocks_skip(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + "r1,2026-03-29 01:30,3,x\nr2,2026-03-29 02:30,3,x\n")
    responses, (rejection,) = taken(path, a_survey(timezone="Europe/London"))
    assert [response.submitted_at.isoformat() for response in responses] == ["2026-03-29T01:30:00+00:00"]
    assert rejection.message == (
        "when: '2026-03-29 01:30' does not exist in Europe/London: the clocks went forward over it"
    )


def test_ambiguous_dates_are_read_as_declared_only(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + "r1,03/04/2026,3,x\nr2,2026-05-01T10:00:00Z,3,x\n")
    responses, (rejection,) = taken(path, a_survey(timezone="Europe/London"))
    assert [response.key.response_id for response in responses] == ["r2"]
    assert rejection.message == (
        "when: '03/04/2026' could be day or month first; say which under time_formats, for example %d/%m/%Y"
    )
    declared = a_survey(timezone="UTC", time_formats=("%d/%m/%Y", "iso8601"))
    assert taken(path, declared)[0][0].submitted_at.strftime("%d %B") == "03 April"


def test_a_time_in_the_future(tmp_path: Path) -> None:
    _, (rejection,) = taken(written(tmp_path, HEADER + "r1,2026-06-03T12:00:00Z,3,x\n"))
    assert rejection.reason is Reason.FUTURE_TIME
    assert rejection.message == ("when: '2026-06-03T12:00:00Z' lies more than a day in the future (now 2026-06-01)")


def test_a_naive_time_without_zone_refuses_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + GOOD + "r2,2026-05-01 10:00:00,3,x\n")
    with pytest.raises(SourceError) as refused:
        taken(path)
    assert "time '2026-05-01 10:00:00' in column 'when' has no time zone and none is declared" in str(refused.value)
    assert "add timezone under files" in refused.value.next_step


def test_emoji_and_right_to_left_text_stay_as_written(tmp_path: Path) -> None:
    comments = ["Great 👩🏽‍🚒🔥", "שירות איטי מאוד", "الخدمة بطيئة جدًا", "\u202eabc\u202c", "e\u0301 is not é"]
    rows = "".join(f"r{i},2026-05-01T10:00:00Z,3,{comment}\n" for i, comment in enumerate(comments))
    responses, rejections = taken(written(tmp_path, HEADER + rows))
    assert (texts(responses), rejections) == (comments, [])


def test_formula_cells_are_text(tmp_path: Path) -> None:
    comments = ['=HYPERLINK("http://example.org","win")', "+1 for the driver", "@SUM(A1)", "-- not good"]
    rows = "".join(f'r{i},2026-05-01T10:00:00Z,3,"{c.replace(chr(34), chr(34) * 2)}"\n' for i, c in enumerate(comments))
    assert texts(taken(written(tmp_path, HEADER + rows))[0]) == comments


def test_formula_text_in_a_workbook_is_text(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in (HEADER.strip().split(","), ["r1", "2026-05-01T10:00:00Z", 3, "=1+1 is what I thought"]):
        sheet.append(row)
    sheet["D2"].data_type = "s"
    book.save(tmp_path / "file.xlsx")
    survey = a_survey(format=SourceFormat.XLSX)
    assert texts(taken(tmp_path / "file.xlsx", survey)[0]) == ["=1+1 is what I thought"]


def test_a_comment_of_one_megabyte_passes_and_a_longer_one_is_quarantined(tmp_path: Path) -> None:
    long = "ü" * 2**20
    path = written(tmp_path, HEADER + f"r1,2026-05-01T10:00:00Z,3,{long}\nr2,2026-05-01T10:00:00Z,3,{long}x\n")
    responses, (rejection,) = taken(path)
    assert texts(responses) == [long]
    assert rejection.reason is Reason.TOO_LONG
    assert rejection.message == "why has 1,048,577 characters; at most 1,048,576 are taken"


def test_a_cell_beyond_any_limit_costs_its_row(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + f"r1,2026-05-01T10:00:00Z,3,{'x' * (2**22 + 1)}\n" + GOOD)
    responses, (rejection,) = taken(path)
    assert (texts(responses), rejection.reason) == (["Lovely"], Reason.TOO_LONG)
    assert "more than 4,194,304 characters" in rejection.message


@pytest.mark.parametrize("source_format", [SourceFormat.CSV, SourceFormat.QUALTRICS, SourceFormat.JSONL])
def test_an_empty_file(tmp_path: Path, source_format: SourceFormat) -> None:
    with pytest.raises(SourceError, match=r"the file is empty.*nothing was read"):
        raw_of(written(tmp_path, ""), a_survey(format=source_format))


def test_a_file_of_blank_lines_is_empty(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="the file is empty"):
        raw_of(written(tmp_path, "\ufeff\r\n\r\n"))


@pytest.mark.parametrize("text", [HEADER, HEADER.strip(), "\ufeff" + HEADER + "\r\n,,,\r\n"])
def test_a_header_only_is_an_empty_run(tmp_path: Path, text: str) -> None:
    assert raw_of(written(tmp_path, text)) == []


def test_a_missing_column_names_those_found_and_wanted(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as refused:
        raw_of(written(tmp_path, "id,date,score,why\n" + GOOD))
    assert "column 'when' not found; the file has 'id', 'date', 'score', 'why'" in str(refused.value)
    assert "it wants 'id', 'when', 'score', 'why'" in refused.value.next_step


def test_a_repeated_column_name(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="column name 'why' occurs more than once in the header"):
        raw_of(written(tmp_path, "id,when,score,why,why\n"))


def test_a_header_in_quotes(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="the header is a single column, 'id,when,score,why': its line is in quotes"):
        raw_of(written(tmp_path, '"id,when,score,why"\n'))
