"""One synthetic year in a warehouse for all tests that only read it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from outerloop.adapters.duckdb_warehouse import DuckDbWarehouse, open_reader, refresh
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
