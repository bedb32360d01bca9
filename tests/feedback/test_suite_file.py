import json
from pathlib import Path

import pytest

from feedback.adapters.suite_file import load_suite, suite_document
from feedback.contract import Severity
from feedback.errors import ConfigError
from tests.feedback.test_contract import RANGE

DOCUMENT = {
    "name": "shop",
    "expectations": [
        {"type": RANGE.type, "kwargs": dict(RANGE.kwargs), "meta": {"message": "NPS runs from 0 to 10"}},
        {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "email"}, "severity": "warning"},
    ],
}


def write(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def test_a_suite_is_read_with_messages_and_severities(tmp_path: Path) -> None:
    suite = load_suite(write(tmp_path / "shop.json", json.dumps(DOCUMENT)))
    assert [each.severity for each in suite.expectations] == [Severity.CRITICAL, Severity.WARNING]
    assert suite.expectations[0].sentence() == "NPS runs from 0 to 10"


def test_a_suite_written_is_the_suite_read(tmp_path: Path) -> None:
    suite = load_suite(write(tmp_path / "a.json", json.dumps(DOCUMENT)))
    assert load_suite(write(tmp_path / "b.json", json.dumps(suite_document(suite)))) == suite


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"name": "shop",\n "expectations": [}', "2: not valid JSON"),
        ('{"name": "shop", "expectations": [{"kwargs": {}}]}', "expectations.0.type: Field required"),
        ('{"name": "shop", "expectations": [], "colour": 1}', "colour"),
        (
            '{"name": "shop", "expectations": [{"type": "t", "severity": "fatal"}]}',
            "Allowed: 'critical', 'warning' or 'info'",
        ),
    ],
)
def test_a_wrong_suite_file_names_the_place(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_suite(write(tmp_path / "shop.json", text))
    assert message in str(caught.value)
    assert "shop.json" in caught.value.where


def test_a_missing_suite_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such contract file"):
        load_suite(tmp_path / "none.json")
