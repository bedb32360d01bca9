"""Refreshes the warehouse from the ledger."""

from typing import Any

from nanni.facts import LedgerFacts
from nanni.parts import Parts
from outerloop.adapters.duckdb_warehouse import refresh as write_warehouse


def refresh(parts: Parts) -> dict[str, Any]:
    """Write the facts of one snapshot aside and swap them in; returns the path, rows by table and the content hash."""
    settings = parts.workspace.settings
    with parts.ledger.read() as uow:
        facts = LedgerFacts(uow.connection, parts.workspace)
        report = write_warehouse(settings.warehouse, facts, parts.clock(), settings.zone)
    return {"path": str(report.path), "rows": dict(report.rows), "content_hash": report.content_hash}
