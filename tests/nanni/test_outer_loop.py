import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from feedback.errors import NotFoundError, StoreError
from nanni.cli.commands import app
from outerloop.adapters.duckdb_warehouse import refresh
from tests.outerloop.builders import NOW as YEAR_NOW
from tests.outerloop.builders import THEMES, ListedFacts, synthetic_year
from tests.outerloop.test_alarm_reports import AFTER, weekly
from tests.outerloop.test_effect_reports import NOW as EFFECT_NOW
from tests.outerloop.test_effect_reports import facts as effect_facts
from tests.workspaces import make_workspace


@pytest.fixture
def swollen(tmp_path: Path) -> Path:
    """A workspace whose warehouse has a burst of late deliveries in its last week."""
    folder = make_workspace(tmp_path / "w")
    facts = ListedFacts(theme_rows=THEMES, response_rows=weekly({13: 14}))
    refresh(folder / "state" / "warehouse.duckdb", facts, AFTER)
    return folder


def told(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    app([str(word) for word in words], result_action="return_value")
    return capsys.readouterr().out


def data(capsys: pytest.CaptureFixture[str], *words: object) -> Any:
    return json.loads(told(capsys, *words, "--json"))


def test_alarms_are_told_to_people_and_machines(swollen: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = data(capsys, "outer-loop", "alarms", "-w", swollen)
    assert found["period"] == "2025-04-07" and found["tested"] == 4
    late = next(alarm for alarm in found["alarms"] if (alarm["theme"], alarm["kind"]) == ("delivery.late", "all"))
    assert (late["mentions"], late["baseline_mentions"]) == (14, 24)
    assert len(late["verbatims"]) == 5
    assert "Late delivery: R_534, R_533" in told(capsys, "outer-loop", "alarms", "-w", swollen)


def test_a_calm_week_has_no_alarms(swollen: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = told(capsys, "outer-loop", "alarms", "--until", "2025-04-06", "--by", "region", "-w", swollen)
    assert "No theme rose more than chance explains." in shown


def test_what_moves_the_score_and_why_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = make_workspace(tmp_path / "w")
    refresh(folder / "state" / "warehouse.duckdb", synthetic_year(600), YEAR_NOW)
    asked = ("-w", folder, "--resamples", 50)
    found = data(capsys, "outer-loop", "drivers", *asked)
    assert found["themes"][0]["theme"] == "delivery" and found["themes"][0]["high"] < 0 < found["explained"] < 1
    assert {side["kind"] for side in found["kinds"]} <= {"basic", "performance", "exciter", "unclear"}
    assert "Delivery" in told(capsys, "outer-loop", "drivers", *asked)
    (top, *_) = data(capsys, "outer-loop", "causes", "-w", folder)
    assert top["low"] > 1
    assert "Causes that go with themes" in told(capsys, "outer-loop", "causes", "-w", folder)
    assert all(line["came_back"] <= line["resolved"] for line in data(capsys, "outer-loop", "repeats", "-w", folder))
    assert "within 30 days" in told(capsys, "outer-loop", "repeats", "--days", 30, "-w", folder)


def test_an_initiative_is_added_listed_and_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = make_workspace(tmp_path / "w")
    refresh(folder / "state" / "warehouse.duckdb", effect_facts(), EFFECT_NOW)
    told(
        capsys, "outer-loop", "initiatives", "add", "labels", "--title", "Labels that hold", "--owner", "amira",
        "--theme", "delivery", "--started", "2025-04-07", "--expected", 0.3, "--expected-by", "2025-07-01",
        "-w", folder,
    )  # fmt: skip
    (listed,) = data(capsys, "outer-loop", "initiatives", "list", "-w", folder)
    assert (listed["owner"], listed["themes"]) == ("amira", ["delivery"])
    found = data(capsys, "outer-loop", "initiatives", "effect", "labels", "-w", folder)
    assert found["clear"] and found["sentence"].startswith("Fix worth +")
    assert "a clear drop" in told(capsys, "outer-loop", "initiatives", "effect", "labels", "-w", folder)


def test_an_initiative_names_themes_and_people_that_exist(swollen: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rest = ("--started", "2025-04-07", "--expected", 0.3, "--expected-by", "2025-07-01", "--title", "x", "-w", swollen)
    with pytest.raises(NotFoundError, match="no theme weather"):
        told(capsys, "outer-loop", "initiatives", "add", "x", "--owner", "amira", "--theme", "weather", *rest)
    with pytest.raises(NotFoundError, match="nobody"):
        told(capsys, "outer-loop", "initiatives", "add", "x", "--owner", "nobody", "--theme", "delivery", *rest)
    assert data(capsys, "outer-loop", "initiatives", "list", "-w", swollen) == []


def test_operations_and_nowcasts_are_told_to_people_and_machines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = make_workspace(tmp_path / "w")
    refresh(folder / "state" / "warehouse.duckdb", synthetic_year(1500), YEAR_NOW)
    found = data(capsys, "outer-loop", "operations", "--ahead", 2, "-w", folder)
    assert len(found["forecast"]) == 4 and found["forecast"][0]["low"] <= found["forecast"][0]["expected"]
    assert found["risk"]["judged"]["useful"] and found["risk"]["tickets"][0]["risk"] > 0
    assert found["gaps"][0]["root_cause"] and found["workload"][0]["owner"] == "amira"
    shown = told(capsys, "outer-loop", "operations", "-w", folder)
    assert "Risk of missing the resolution" in shown and "better" not in shown
    months = data(capsys, "outer-loop", "nowcast", "-w", folder)
    assert {"nowcast", "low", "high", "share"} <= set(months["themes"][0]) and months["root_causes"]
    assert "2026-01-01*" in told(capsys, "outer-loop", "nowcast", "-w", folder)


def test_operations_of_nothing_say_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = make_workspace(tmp_path / "w")
    refresh(folder / "state" / "warehouse.duckdb", ListedFacts(), YEAR_NOW)
    shown = told(capsys, "outer-loop", "operations", "-w", folder)
    assert "Too few whole periods" in shown and "Nobody has a ticket yet." in shown
    assert "No ticket is closed yet." in told(capsys, "outer-loop", "nowcast", "-w", folder)


def test_the_warehouse_is_exported_as_parquet(
    swollen: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "fact_response.parquet").write_text("an earlier export")
    rows = data(capsys, "outer-loop", "export", tmp_path / "out", "-w", swollen)["rows"]
    assert rows["fact_response"] > 500 and rows["meta"] == 1
    back = pq.read_table(tmp_path / "out" / "fact_response.parquet")
    assert back.num_rows == rows["fact_response"] and "submitted_on" in back.column_names
    assert {path.suffix for path in (tmp_path / "out").iterdir()} == {".parquet"}, "nothing half written is left"
    with pytest.raises(StoreError, match="could not be written"):
        told(capsys, "outer-loop", "export", tmp_path / "out" / "meta.parquet" / "below", "-w", swollen)
