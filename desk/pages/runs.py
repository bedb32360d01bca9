"""Runs and data quality: what came in, what became of it, and rows that wait for a mended mapping."""

import json
from collections import Counter

from starlette.responses import Response

from desk.errors import BadFormError, ForbiddenError
from desk.visit import Visit
from feedback.disposition import Disposition, residue
from nanni.release import release

RUNS, ROWS, AT_FIRST = 24, 200, 15


def show(visit: Visit) -> Response:
    """The latest runs and the quarantine."""
    with visit.site.parts.ledger.read() as uow:
        runs = [(run, residue(run.received, run.counts or {})) for run in uow.runs.list(RUNS)]
        apart = visit.person.teams is not None
        every = [] if apart else uow.quarantine.list(limit=ROWS)
        asked = visit.query("survey")
        rows = uow.quarantine.list(asked, limit=ROWS) if asked and not apart else every
    waiting = sorted(Counter(row.survey for row in every).items())
    shown = ROWS if asked or visit.query("all") == "1" else AT_FIRST
    return visit.page(
        "runs.html", runs=runs, rows=rows, waiting=waiting, asked=asked, shown=shown, kinds=tuple(Disposition),
        most=ROWS, apart=apart,
    )  # fmt: skip


def _require_every_team(visit: Visit) -> None:
    if visit.person.teams is not None:
        told = "a row in quarantine belongs to no team yet"
        raise ForbiddenError(told, next_step="ask somebody who sees every team")


def row(visit: Visit) -> Response:
    """One quarantined row whole."""
    _require_every_team(visit)
    if not visit.path("row").isdecimal() or len(visit.path("row")) > 12:
        raise BadFormError("a row has a number")
    with visit.site.parts.ledger.read() as uow:
        found = uow.quarantine.get(int(visit.path("row")))
    return visit.page("quarantined.html", row=found)


def let_go(visit: Visit) -> Response:
    """Take rows up again with today's mapping and contract; what still fails comes back."""
    _require_every_team(visit)
    chosen = visit.form.get("row", [])[:ROWS]
    if not chosen or not all(one.isdecimal() and len(one) < 13 for one in chosen):
        raise BadFormError("no row is chosen", next_step="choose rows to release")
    taken = release(visit.site.parts, [int(one) for one in chosen])
    counts = {kind: sum((one.run.counts or {}).get(kind, 0) for one in taken) for kind in Disposition}
    back = counts[Disposition.QUARANTINED]
    told = {"key": "runs.released", "rows": len(chosen), "back": back, "refused": back}
    return visit.go("/runs", json.dumps(told))
