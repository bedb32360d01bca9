import gzip
from pathlib import Path

import pytest

from feedback.errors import ConfigError, SourceError
from models.adapters.labelled_file import read_labelled
from models.evaluate import LabelledComment
from models.sentiment import ScoreInput, Sentiment

MAPPING = {"1": Sentiment.POSITIVE, "3": Sentiment.NEUTRAL, "5": Sentiment.NEGATIVE}
ROWS = ("answer,level", '"Café closed, no refund – again",5', "Thanks Zoë,1")


def write(folder: Path, rows: list[str]) -> Path:
    path = folder / "labelled.csv"
    path.write_text("answer,asked,level,person,tongue\n" + "\n".join(rows) + "\n", "utf-8")
    return path


def read(path: Path) -> list[LabelledComment]:
    columns = {"text": "answer", "label": "level", "question": "asked", "group": "person", "language": "tongue"}
    return read_labelled(path, mapping=MAPPING, **columns)


def texts_of(path: Path, content: bytes, encoding: str | None = None) -> list[str]:
    path.write_bytes(content)
    found = read_labelled(path, text="answer", label="level", mapping=MAPPING, encoding=encoding)
    return [comment.item.text for comment in found]


def test_a_labelled_file_is_read_with_question_person_and_language(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        ["too bad,Why?,5.0,p1,", '"fine, thanks",Why?,1,p2,en', "unlabelled,Why?,,p3,", "N/A,Why?,neutral,p3,"],
    )
    first, second, third = read(path)
    assert (
        first.item == ScoreInput("too bad", "Why?", None) and first.label is Sentiment.NEGATIVE and first.group == "p1"
    )
    assert second.item.text == "fine, thanks" and second.item.language == "en"
    assert third.item.text == "N/A" and third.label is Sentiment.NEUTRAL


def test_label_values_without_a_class_are_listed(tmp_path: Path) -> None:
    path = write(tmp_path, ["x,,5,,", "y,,6,,", "z,,great,,"])
    with pytest.raises(
        ConfigError, match=r"column level: label values without a class: 6, great\. .*--map '6=negative"
    ):
        read(path)


def test_an_absent_column_is_named_with_those_found(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no column comment\. Allowed: answer, asked, level, person, tongue"):
        read_labelled(write(tmp_path, ["x,,5,,"]), text="comment", label="level", mapping=MAPPING)


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_byte_order_mark_says_how_a_file_is_written(tmp_path: Path, codec: str) -> None:
    content = "\r\n".join(ROWS).encode(codec)
    assert texts_of(tmp_path / "a.csv", content) == ["Café closed, no refund – again", "Thanks Zoë"]
    assert texts_of(tmp_path / "a.csv.gz", gzip.compress(content))[1] == "Thanks Zoë"


def test_another_encoding_is_told_with_its_line_and_read_when_named(tmp_path: Path) -> None:
    content = "\n".join(ROWS).encode("windows-1252")
    with pytest.raises(SourceError, match=r"0xe9\) on line 2 is not valid UTF-8\. .*--encoding windows-1252"):
        texts_of(tmp_path / "a.csv", content)
    assert texts_of(tmp_path / "a.csv", content, "windows-1252")[1] == "Thanks Zoë"
    unmarked = "\n".join(("answer,level", "fine,1")).encode("utf-16-le")
    with pytest.raises(SourceError, match="pass --encoding utf-16-le"):
        texts_of(tmp_path / "a.csv", unmarked)
    assert texts_of(tmp_path / "a.csv", unmarked, "utf-16-le") == ["fine"]
    with pytest.raises(ConfigError, match="no such encoding: klingon"):
        texts_of(tmp_path / "a.csv", content, "klingon")


@pytest.mark.parametrize("cut", [";", "\t", "|"])
def test_columns_are_cut_where_they_are_found(tmp_path: Path, cut: str) -> None:
    rows = (f"id{cut}answer{cut}level", f"1{cut}late, and wet{cut}5")
    assert texts_of(tmp_path / "a.csv", "\n".join(rows).encode()) == ["late, and wet"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "the file is empty"),
        (b"answer,level\n", "no row has a label"),
        (b"answer,answer,level\na,b,5\n", "two columns are called answer"),
        (b"answer,level\na,5\nb,5,too,many\n", "cannot be cut into columns: .*line 3"),
    ],
)
def test_a_file_that_is_no_table_of_labels_says_why(tmp_path: Path, content: bytes, told: str) -> None:
    with pytest.raises(SourceError, match=told):
        texts_of(tmp_path / "a.csv", content)


def test_a_file_that_is_not_there_is_told_plainly(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"none\.csv: cannot be read: No such file or directory"):
        read(tmp_path / "none.csv")
    (tmp_path / "a.csv.gz").write_bytes(b"answer,level")
    with pytest.raises(SourceError, match="cannot be read: Not a gzipped file"):
        read(tmp_path / "a.csv.gz")


def test_a_comment_may_hold_a_zero_byte_and_be_long(tmp_path: Path) -> None:
    found = texts_of(tmp_path / "a.csv", b"answer,level\nbad\0 day,5\n" + b"so " * 400_000 + b"late,5\n")
    assert [len(text) for text in found] == [8, 1_200_004]
