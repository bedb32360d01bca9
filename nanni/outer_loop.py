"""Refreshes the warehouse from the ledger and asks it for alarms."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from ledger.changes import compact, pile_up
from nanni.facts import LedgerFacts
from nanni.parts import Parts
from nanni.theme_mentions import assign_new
from outerloop.adapters.duckdb_warehouse import open_reader
from outerloop.adapters.duckdb_warehouse import refresh as write_warehouse
from outerloop.adapters.parquet_export import export_parquet
from outerloop.alarm_reports import Watch, watch
from outerloop.alarms import AlarmRule
from outerloop.reports import Grain


def refresh(parts: Parts, whole: bool = False) -> dict[str, Any]:
    """Write the facts of one snapshot aside and swap them in: what changed since the last time, or everything.

    Discovered themes, where there are any, are first looked for in the responses that came since.
    Returns the path, rows by table, the content hash, and whether everything was read anew.
    """
    assign_new(parts)
    settings = parts.workspace.settings
    with parts.ledger.read() as uow:
        facts = LedgerFacts(uow.connection, parts.workspace)
        report = write_warehouse(settings.warehouse, facts, parts.clock(), settings.zone, whole)
        notes_pile_up = pile_up(uow.connection)
    if notes_pile_up:
        with parts.ledger.begin() as uow:
            compact(uow.connection)
    return {"path": str(report.path), "rows": dict(report.rows), "content_hash": report.content_hash,
            "whole": report.whole}  # fmt: skip


def export(parts: Parts, folder: Path) -> Mapping[str, int]:
    """Write the warehouse's tables as Parquet files; returns rows by table. Raises StoreError."""
    with open_reader(parts.workspace.settings.warehouse) as warehouse:
        return export_parquet(warehouse, folder)


def alarms(
    parts: Parts,
    grain: Grain,
    by: Sequence[str],
    rule: AlarmRule,
    until: date | None,
    last: int,
    seasonal: bool | None = None,
) -> Watch:
    """What rose in the latest whole periods of the warehouse as last refreshed. Raises StoreError or ConfigError."""
    with open_reader(parts.workspace.settings.warehouse) as warehouse:
        return watch(warehouse, grain, by, rule, until, last, seasonal)
