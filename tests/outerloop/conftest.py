"""One synthetic year in a warehouse, and one month's report of it, for all tests that only read them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from outerloop.adapters.duckdb_warehouse import DuckDbWarehouse, open_reader, refresh
from outerloop.initiatives import Initiative
from outerloop.monthly import MonthlyReport
from outerloop.monthly_builder import monthly_report
from tests.outerloop.builders import NOW, synthetic_year


@pytest.fixture(scope="session")
def year_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The warehouse of `synthetic_year`; nobody writes to it."""
    path = tmp_path_factory.mktemp("year") / "warehouse.duckdb"
    refresh(path, synthetic_year(), NOW)
    return path


@pytest.fixture
def year(year_file: Path) -> Iterator[DuckDbWarehouse]:
    with open_reader(year_file) as reader:
        yield reader


LABELS = Initiative("labels", "Labels that hold", "amira", ("staff",), date(2025, 8, 4), 0.3, date(2025, 10, 1))
YOUNG = Initiative("vans", "Two vans more", "ben", ("delivery",), date(2025, 11, 24), 0.3, date(2026, 3, 1))
LATER = replace(YOUNG, id="later", started=date(2025, 12, 1))


@pytest.fixture(scope="session")
def november(year_file: Path) -> MonthlyReport:
    """November 2025, in which late deliveries swell, with one initiative that can be measured and one that cannot."""
    with open_reader(year_file) as reader:
        return monthly_report(reader, date(2025, 11, 17), (LABELS, YOUNG, LATER), resamples=40)
