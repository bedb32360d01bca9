import re
from pathlib import Path

from feedback.adapters.data_docs import write_data_docs
from feedback.adapters.great_expectations import GreatExpectationsContract
from feedback.contract import default_suite
from tests.feedback.contract_frames import role_frame
from tests.feedback.test_contract import SURVEY

CONTRACT = GreatExpectationsContract(default_suite(SURVEY), "shop")


def test_the_page_counts_and_quotes_nothing(tmp_path: Path) -> None:
    frame = role_frame(
        ["R_walrus", None, "R_heron"],
        [3, 47193, 8],
        comments=["My parcel was a soggy badger", "<b>zebra</b>", "ok then"],
        languages=["qq-unlikely", "not a language", "en-otter"],
    )
    frame["email"] = ["penguin@example.org", "lynx@example.org", "newt@example.org"]
    page = write_data_docs(CONTRACT, frame, tmp_path / "docs")
    assert list((tmp_path / "docs").rglob("*")) == [page]
    text = page.read_text("utf-8")
    for cell in frame.drop(columns=["_row", "submitted_at"]).to_numpy().ravel():
        if isinstance(cell, str) or (isinstance(cell, float) and cell > 10):
            assert str(cell) not in text
    assert "2026-01-05" not in text
    assert "broken (critical)" in text
    assert "broken (warning)" in text


def test_the_page_asks_nothing_of_the_network(tmp_path: Path) -> None:
    text = write_data_docs(CONTRACT, role_frame(["a"], [3]), tmp_path).read_text("utf-8")
    assert not re.search(r"https?://|src=|@import|url\(", text)
    assert "5 of 5 expectations kept" in text


def test_an_empty_batch_has_a_page_too(tmp_path: Path) -> None:
    assert "the batch is empty" in write_data_docs(CONTRACT, role_frame([], []), tmp_path).read_text("utf-8")
