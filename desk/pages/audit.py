"""Audit: who signed in and what was refused, what was done to the store, and the proof that nothing was lost."""

from typing import Any

from starlette.responses import Response

from desk.visit import Visit
from ledger.accounts import list_access
from ledger.audit import conservation
from ledger.journal import entries

LINES = 200


def show(visit: Visit) -> Response:
    """The log and the journal."""
    return _page(visit)


def prove(visit: Visit) -> Response:
    """Count every run against the rows stored and verify every chain; this reads the whole store."""
    with visit.site.parts.ledger.read() as uow:
        report = conservation(uow)
    return _page(visit, report=report)


def _page(visit: Visit, **more: Any) -> Response:
    with visit.site.parts.ledger.read() as uow:
        access = list_access(uow.connection, LINES, refused_only=visit.query("refused") == "1")
        journal = entries(uow.connection, LINES)
    return visit.page("audit.html", **{"access": access, "journal": journal, "report": None, **more})
