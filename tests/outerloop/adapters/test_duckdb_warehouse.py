import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa
import pytest

from feedback.errors import StoreError
from outerloop.adapters.duckdb_warehouse import DuckDbWarehouse, find_warehouse, open_reader, refresh
from outerloop.adapters.star import MADE, TABLES
from outerloop.fact_source import FactCounts, FactSource
from outerloop.facts import ThemeFact
from tests.outerloop.builders import NOW, THEMES, ListedFacts, response, synthetic_year, ticket


def counted(warehouse: DuckDbWarehouse, table: str) -> int:
    return int(warehouse.frame(f"SELECT count(*) AS n FROM {table}").n[0])


def content(path: Path) -> dict[str, list[str]]:
    """Every row of every table as text, in the order it is stored."""
    with open_reader(path) as warehouse:
        return {
            table: list(warehouse.frame(f"SELECT CAST(t AS VARCHAR) AS row FROM {table} AS t").row)
            for table in (*(one.name for one in TABLES), *MADE)
        }


def shuffled(facts: ListedFacts, seed: int) -> ListedFacts:
    order = random.Random(seed)

    def mixed(rows: Any) -> list[Any]:
        return order.sample(list(rows), len(rows))

    return replace(
        facts,
        survey_rows=mixed(facts.survey_rows),
        theme_rows=mixed(facts.theme_rows),
        response_rows=[replace(row, themes=tuple(mixed(row.themes))) for row in mixed(facts.response_rows)],
        ticket_rows=mixed(facts.ticket_rows),
        event_rows=mixed(facts.event_rows),
        run_rows=mixed(facts.run_rows),
        chunk=order.choice([7, 333, 5000]),
    )


@pytest.fixture(scope="module")
def year() -> ListedFacts:
    return synthetic_year(600)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "warehouse.duckdb"


def test_a_refresh_loads_every_fact_and_says_so(path: Path, year: ListedFacts) -> None:
    report = refresh(path, year, NOW)
    assert report.rows["fact_response"] == 600
    assert report.rows["fact_ticket"] == len(year.ticket_rows) > 50
    assert report.rows["fact_ticket_event"] == len(year.event_rows)
    assert report.rows["fact_response_theme"] == sum(len(row.themes) for row in year.response_rows)
    assert report.rows["dim_theme"] == len(THEMES)
    assert report.bytes == path.stat().st_size
    assert (report.as_of, report.zone, report.cleared) == (NOW, "UTC", 0)
    with open_reader(path) as warehouse:
        assert counted(warehouse, "fact_response") == 600
        kept = warehouse.frame("SELECT * FROM fact_response WHERE response = 1").iloc[0]
    first = year.response_rows[0]
    assert kept.submitted_at.to_pydatetime().replace(tzinfo=UTC) == first.submitted_at
    assert (kept.score, kept.band, kept.attributes) == (first.score, first.band, dict(first.attributes))


def test_the_same_facts_in_any_order_give_the_same_content(path: Path, year: ListedFacts) -> None:
    """Invariant 8, row by row and by the hash that a refresh reports."""
    first = refresh(path, year, NOW)
    stored = content(path)
    for seed in range(4):
        again = refresh(path, shuffled(year, seed), NOW)
        assert again.content_hash == first.content_hash
        assert content(path) == stored


def test_the_hash_notices_one_changed_value(path: Path, year: ListedFacts) -> None:
    first = refresh(path, year, NOW)
    changed = [replace(year.response_rows[0], channel="sms"), *year.response_rows[1:]]
    assert refresh(path, replace(year, response_rows=changed), NOW).content_hash != first.content_hash


def test_no_facts_make_an_empty_warehouse(path: Path) -> None:
    report = refresh(path, ListedFacts(), NOW)
    assert (report.rows["fact_response"], report.first_on, report.last_on) == (0, None, None)
    with open_reader(path) as warehouse:
        assert warehouse.frame("SELECT * FROM theme_day").empty


@pytest.mark.parametrize("kind", ["surveys", "themes", "responses", "tickets", "ticket_events", "runs"])
def test_facts_that_contradict_their_count_change_nothing(path: Path, year: ListedFacts, kind: str) -> None:
    refresh(path, year, NOW)
    before = path.read_bytes()
    counts = year.counts()
    lost = replace(counts, **{kind: getattr(counts, kind) + 1})
    with pytest.raises(StoreError, match="the source counted"):
        refresh(path, replace(year, claimed=lost), NOW)
    assert path.read_bytes() == before
    assert leftovers(path) == []


def test_a_response_twice_is_refused(path: Path) -> None:
    with pytest.raises(StoreError, match=r"fact_response: 1 rows repeat the key \(response\)"):
        refresh(path, ListedFacts(response_rows=[response(1), response(1)]), NOW)
    assert not path.exists()


@pytest.mark.parametrize(
    "themes",
    [
        [ThemeFact("a", "A", "missing")],
        [ThemeFact("a", "A", "b"), ThemeFact("b", "B", "a")],
        [ThemeFact("a", "A", None), ThemeFact("a", "Again", None)],
    ],
    ids=["no parent", "circle", "twice"],
)
def test_a_taxonomy_that_is_no_forest_is_refused(path: Path, themes: list[ThemeFact]) -> None:
    with pytest.raises(StoreError, match="dim_theme"):
        refresh(path, ListedFacts(theme_rows=themes), NOW)


class OldColumns(ListedFacts):
    def runs(self) -> Iterator[Any]:
        yield pa.table({"run": ["r1"], "survey": ["s"]})


def test_facts_without_the_agreed_columns_are_refused_by_name(path: Path) -> None:
    with pytest.raises(
        StoreError, match=r"run: facts do not have the agreed columns.*Allowed: run string, survey string"
    ):
        refresh(path, OldColumns(), NOW)


def test_a_theme_the_taxonomy_lost_is_kept_and_marked(path: Path) -> None:
    facts = ListedFacts(
        theme_rows=THEMES, response_rows=[response(1, themes=("old",))], ticket_rows=[ticket(1, theme="older")]
    )
    refresh(path, facts, NOW)
    with open_reader(path) as warehouse:
        lost = warehouse.frame("SELECT theme, name, level FROM dim_theme WHERE NOT in_taxonomy ORDER BY theme")
    assert lost.to_numpy().tolist() == [["old", "old", 1], ["older", "older", 1]]


def test_the_zone_decides_the_day(path: Path) -> None:
    late = response(1, submitted_at=datetime(2025, 6, 30, 23, 30, tzinfo=UTC))
    west = response(2, submitted_at=datetime(2025, 6, 30, 23, 30, tzinfo=timezone(timedelta(hours=-5))))
    refresh(path, ListedFacts(response_rows=[late, west]), NOW, ZoneInfo("Europe/London"))
    with open_reader(path) as warehouse:
        days = warehouse.frame("SELECT submitted_at, submitted_on FROM fact_response ORDER BY response")
    assert [f"{day:%Y-%m-%d}" for day in days.submitted_on] == ["2025-07-01", "2025-07-01"]
    assert [f"{moment:%d %H:%M}" for moment in days.submitted_at] == ["30 23:30", "01 04:30"]


def test_a_reader_keeps_its_file_while_a_new_one_is_swapped_in(path: Path, year: ListedFacts) -> None:
    refresh(path, year, NOW)
    with open_reader(path) as old:
        assert counted(old, "fact_response") == 600
        refresh(path, ListedFacts(response_rows=[response(1)]), NOW)
        assert counted(old, "fact_response") == 600
        with open_reader(path) as new:
            assert counted(new, "fact_response") == 1
            assert counted(old, "fact_ticket") == len(year.ticket_rows)


_OTHER_PROCESS = """
import sys
from pathlib import Path
from outerloop.adapters.duckdb_warehouse import open_reader
with open_reader(Path(sys.argv[1])) as warehouse:
    for line in sys.stdin:
        print(warehouse.frame("SELECT count(*) AS n FROM fact_response").n[0], flush=True)
"""


def test_a_reader_in_another_process_neither_blocks_nor_changes(path: Path, year: ListedFacts) -> None:
    refresh(path, year, NOW)
    command = [sys.executable, "-c", _OTHER_PROCESS, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdin and reader.stdout
        answers = []
        for facts in (year, ListedFacts()):
            reader.stdin.write("count\n")
            reader.stdin.flush()
            answers.append(reader.stdout.readline().strip())
            refresh(path, facts, NOW)
        reader.stdin.close()
    assert answers == ["600", "600"]
    with open_reader(path) as warehouse:
        assert counted(warehouse, "fact_response") == 0


class StuckFacts(ListedFacts):
    """Hands over all responses and then never ends."""

    def tickets(self, only: Sequence[str] | None = None) -> Iterator[Any]:
        (Path(os.environ["NANNI_TEST_FLAG"])).touch()
        while True:
            time.sleep(1)
            yield from ()


def _refresh_forever(path: Path, facts: ListedFacts, flag: Path) -> None:
    os.environ["NANNI_TEST_FLAG"] = str(flag)
    refresh(path, StuckFacts(response_rows=facts.response_rows), NOW)


def test_a_killed_refresh_leaves_the_old_warehouse_and_is_cleared_up(
    path: Path, year: ListedFacts, tmp_path: Path
) -> None:
    refresh(path, year, NOW)
    before = path.read_bytes()
    flag = tmp_path / "loading"
    child = multiprocessing.get_context("spawn").Process(target=_refresh_forever, args=(path, year, flag))
    child.start()
    while not flag.exists():
        assert child.is_alive()
        time.sleep(0.02)
    with pytest.raises(StoreError, match="another refresh of this warehouse is running"):
        refresh(path, year, NOW)
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    child.join()
    assert path.read_bytes() == before
    assert leftovers(path) != []
    report = refresh(path, year, NOW)
    assert report.cleared >= 1
    assert leftovers(path) == []


def leftovers(path: Path) -> list[Path]:
    return [found for found in path.parent.iterdir() if ".refreshing-" in found.name]


def test_no_warehouse_says_how_to_make_one(path: Path) -> None:
    with pytest.raises(StoreError, match=r"no warehouse yet.*Next: run `nanni outer-loop refresh`") as caught:
        open_reader(path)
    assert caught.value.where == str(path)


def test_another_schema_version_is_refused(path: Path) -> None:
    refresh(path, ListedFacts(), NOW)
    with duckdb.connect(str(path)) as connection:
        connection.execute("UPDATE meta SET schema_version = 99")
    with pytest.raises(StoreError, match=r"schema version 99\. Allowed: version \d+\. Next: run `nanni outer-loop"):
        open_reader(path)


@pytest.mark.parametrize("kind", ["text", "other database"])
def test_a_file_that_is_no_warehouse_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "it's.duckdb"
    if kind == "text":
        path.write_text("not a database at all\n" * 500)
    else:
        duckdb.connect(str(path)).close()
    with pytest.raises(StoreError, match="cannot be read as a warehouse"):
        open_reader(path)


def test_a_reader_cannot_write(path: Path) -> None:
    refresh(path, ListedFacts(), NOW)
    with open_reader(path) as warehouse, pytest.raises(duckdb.InvalidInputException, match="read-only"):
        warehouse.frame("DELETE FROM fact_response")


def test_a_long_query_draws_no_progress_into_the_output(path: Path) -> None:
    refresh(path, ListedFacts(), NOW)
    with open_reader(path) as warehouse:
        assert not warehouse.frame("SELECT current_setting('enable_progress_bar') AS drawn").drawn[0]


def test_the_notebook_finds_its_warehouse(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "notebooks").mkdir()
    assert find_warehouse({}, tmp_path / "notebooks") == tmp_path / "demo" / "state" / "warehouse.duckdb"
    assert find_warehouse({"NANNI_WAREHOUSE": "elsewhere.duckdb"}, tmp_path) == Path("elsewhere.duckdb")
    with pytest.raises(StoreError, match="set NANNI_WAREHOUSE"):
        find_warehouse({}, Path("/"))


def test_listed_facts_are_a_fact_source() -> None:
    source: FactSource = ListedFacts()
    assert source.counts() == FactCounts(0, 0, 0, 0, 0, 0)
