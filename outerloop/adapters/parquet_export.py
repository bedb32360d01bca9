"""The warehouse as Parquet files, one a table, for tools that do not read DuckDB."""

import os
from collections.abc import Mapping
from pathlib import Path

import duckdb

from feedback.errors import StoreError
from outerloop.adapters.duckdb_warehouse import DuckDbWarehouse
from outerloop.adapters.loading import one
from outerloop.adapters.star import MADE, TABLES


def export_parquet(warehouse: DuckDbWarehouse, folder: Path) -> Mapping[str, int]:
    """Write every table to `folder`/TABLE.parquet, each whole or not at all; returns rows by table.

    Files of an earlier export are replaced, others left alone. Raises StoreError when the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return {name: _write(warehouse, name, folder) for name in (*(table.name for table in TABLES), *MADE)}
    except (OSError, duckdb.Error) as error:
        raise StoreError(
            f"the export could not be written ({str(error).splitlines()[0]})",
            where=str(folder),
            next_step="give this user write access and room, or name another folder",
        ) from error


def _write(warehouse: DuckDbWarehouse, name: str, folder: Path) -> int:
    part, path = folder / f".{name}.parquet.part", folder / f"{name}.parquet"
    quoted = str(part.resolve()).replace("'", "''")
    (rows,) = one(warehouse.connection, f"COPY {name} TO '{quoted}' (FORMAT parquet, COMPRESSION zstd)")
    os.replace(part, path)
    return int(rows)
