"""The warehouse in DuckDB: written beside the old one, checked, swapped in; opened read-only (ADR 0003)."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd

from feedback.errors import StoreError
from outerloop.adapters import contents
from outerloop.adapters.catching_up import catch_up, keep_mark, kept_mark, rewrite
from outerloop.adapters.loading import load, one
from outerloop.adapters.swap import beside, clear_leftovers, only_one, swap_in
from outerloop.fact_source import Changes, FactSource, Mark
from outerloop.warehouse import SCHEMA_VERSION, NoWarehouseError, RefreshReport

# Nothing is fetched at run time: what the wheel carries must do (icu is in it).
_OFFLINE = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}


def refresh(
    path: Path, source: FactSource, now: datetime, zone: ZoneInfo | None = None, whole: bool = False
) -> RefreshReport:
    """Bring the facts into a new warehouse and swap it in at `path`; readers of the old file keep it.

    Where there is a warehouse already and the source can tell what changed since, the new file is a copy of it with
    those rows exchanged; else, or if `whole`, it is written from nothing. Both hold the same. `now` is the moment the
    facts are true of, `zone` (UTC unless given) decides which day a moment belongs to. Raises StoreError, leaving the
    old warehouse as it was, when another refresh runs or the facts contradict their own counts.
    """
    zone = zone or ZoneInfo("UTC")
    path.parent.mkdir(parents=True, exist_ok=True)
    with only_one(path):
        cleared = clear_leftovers(path)
        fresh = beside(path)
        try:
            known = None if whole else _mark_of(path, zone)
            changes = None if known is None else source.changes(known)
            report = _write(fresh, path, source, now, zone, cleared, changes)
            swap_in(fresh, path)
        except duckdb.Error as error:
            raise StoreError(
                f"DuckDB could not write the new warehouse: {error}",
                where=str(path),
                next_step="look for a full disk or too little memory; the old warehouse is untouched",
            ) from error
        finally:
            clear_leftovers(path)
    return report


def _mark_of(path: Path, zone: ZoneInfo) -> Mark | None:
    """How far the warehouse at `path` goes; None without one that could be carried on."""
    try:
        with open_reader(path) as old:
            same = one(old.connection, "SELECT zone FROM meta") == (zone.key,)
            return kept_mark(old.connection) if same else None
    except StoreError:
        return None


def _write(
    fresh: Path,
    path: Path,
    source: FactSource,
    now: datetime,
    zone: ZoneInfo,
    cleared: int,
    changes: Changes | None,
) -> RefreshReport:
    begun = beside(path) if changes and changes.erased else fresh
    if changes is not None:
        shutil.copyfile(path, begun)
    with _connection(begun) as connection:
        if changes is None:
            load(connection, source, now, zone)
            found = contents.contents(connection)
        else:
            found = catch_up(connection, source, now, zone, changes)
        contents.keep(connection, found)
        keep_mark(connection, source.mark())
        first_on, last_on = one(connection, "SELECT first_on, last_on FROM meta")
    if begun is not fresh:
        with _connection(fresh) as connection:
            rewrite(connection, begun)
    return RefreshReport(
        path=path, as_of=now, zone=zone.key, rows={name: content.rows for name, content in found.items()},
        content_hash=contents.digest(found), bytes=fresh.stat().st_size, first_on=first_on, last_on=last_on,
        cleared=cleared, whole=changes is None,
    )  # fmt: skip


@contextmanager
def _connection(fresh: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A file to be written in one transaction, which is committed when left without an error."""
    connection = duckdb.connect(str(fresh), config=dict(_OFFLINE))
    try:
        _settle(connection)
        connection.execute("SET temp_directory = $spill", {"spill": f"{fresh}.spill"})
        connection.execute("BEGIN")  # one commit instead of a flush to disk for each statement
        yield connection
        connection.execute("COMMIT")
        connection.execute("CHECKPOINT")
    finally:
        connection.close()


def _settle(connection: duckdb.DuckDBPyConnection) -> None:
    """UTC, and no progress bar: a long query would draw it into the standard output, and so into what `--json` prints.

    In a notebook without ipywidgets there is none, and the setting refuses to be touched.
    """
    connection.execute("SET TimeZone = 'UTC'")
    drawn: Any = connection.execute("SELECT current_setting('enable_progress_bar')").fetchone()
    if drawn[0]:
        connection.execute("SET enable_progress_bar = false")


class DuckDbWarehouse:
    """A read-only warehouse: what `outerloop.reports` reads. Close it, or use it in a `with` statement."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, path: Path) -> None:
        self.connection, self.path = connection, path

    def frame(self, sql: str, parameters: Mapping[str, object] | None = None) -> pd.DataFrame:
        """The result of one query as a frame."""
        return self.connection.execute(sql, dict(parameters or {})).df()

    def close(self) -> None:
        """Let go of the file; a warehouse that was swapped out is then gone from the disk."""
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def open_reader(path: Path) -> DuckDbWarehouse:
    """Open the warehouse at `path` read-only, as it is now: a later refresh does not change what this reader sees.

    Raises NoWarehouseError when there is none, StoreError when the file is no warehouse or has another schema version.
    """
    if not path.is_file():
        raise NoWarehouseError(
            "there is no warehouse yet", where=str(path), next_step="run `nanni outer-loop refresh` to make one"
        )
    # DuckDB keeps one instance per path in a process, so connecting to the path itself after a swap would show the old
    # file for as long as any reader of it lives. Attached to an instance of its own, the path is opened anew.
    connection = duckdb.connect(":memory:", config=dict(_OFFLINE))
    try:
        _settle(connection)
        quoted = str(path.resolve()).replace("'", "''")
        connection.execute(f"ATTACH '{quoted}' AS warehouse (READ_ONLY)")
        connection.execute("USE warehouse")
        found: Any = connection.execute("SELECT schema_version FROM meta").fetchone()
    except duckdb.Error as error:
        connection.close()
        raise StoreError(
            f"this file cannot be read as a warehouse ({str(error).splitlines()[0]})",
            where=str(path),
            next_step="run `nanni outer-loop refresh` to write it anew; nothing is lost, it is derived from the ledger",
        ) from error
    if not found or found[0] != SCHEMA_VERSION:
        connection.close()
        raise StoreError(
            f"this warehouse has schema version {found[0] if found else 'none'}",
            where=str(path),
            allowed=f"version {SCHEMA_VERSION}",
            next_step="run `nanni outer-loop refresh` to write it anew",
        )
    return DuckDbWarehouse(connection, path)


def find_warehouse(environment: Mapping[str, str], start: Path) -> Path:
    """The warehouse a notebook reads: NANNI_WAREHOUSE, else the demo's in the checkout that `start` lies in.

    The file need not exist; `open_reader` says what to do when it does not.
    """
    if named := environment.get("NANNI_WAREHOUSE"):
        return Path(named).expanduser()
    for folder in (start.resolve(), *start.resolve().parents):
        if (folder / "pyproject.toml").is_file():
            return folder / "demo" / "state" / "warehouse.duckdb"
    raise StoreError(
        "no warehouse is named and this is not inside a Nanni checkout",
        where=str(start),
        next_step="set NANNI_WAREHOUSE to the warehouse's path",
    )
