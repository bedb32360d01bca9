"""Tallies of how comments sounded, one a batch, and their sums."""

from sqlalchemy import Connection, Row, Select, insert, select

from ledger.bulk import from_json, to_json
from ledger.identity import intern
from ledger.runs import run_number
from ledger.schema import comment_profiles, models, runs
from models.drift import Tally

_ROWS = (
    select(comment_profiles, models.c.model_id)
    .join(models, models.c.id == comment_profiles.c.model)
    .join(runs, runs.c.number == comment_profiles.c.run)
)
_Found = Row[tuple[object, ...]]


def keep_tally(connection: Connection, run_id: str, batch: int, model_id: str, tally: Tally) -> None:
    """Keep a batch's tally, after the batch itself was recorded."""
    connection.execute(
        insert(comment_profiles).values(
            run=run_number(connection, run_id),
            batch=batch,
            model=intern(connection, models, {"model_id": model_id}),
            confidence=to_json(list(tally.confidence)),
            negative=to_json(list(tally.negative)),
            unknown=tally.unknown,
        )
    )


def run_tally(connection: Connection, run_id: str) -> Tally:
    """All comments of a run; of nothing when none was scored."""
    return sum((_tally(row) for row in connection.execute(_ROWS.where(runs.c.id == run_id))), Tally())


def edge_tallies(connection: Connection, survey: str, model_id: str, enough: int) -> tuple[Tally, Tally | None]:
    """A survey's latest comments under a model, and its first: whole runs until there are `enough` or no more.

    None in place of the first where a run would be in both, or where the first are fewer than `enough`.
    """
    mine = _ROWS.where(runs.c.survey == survey, models.c.model_id == model_id)
    latest, late = _until(connection, mine.order_by(runs.c.started_at.desc(), runs.c.number.desc()), enough)
    first, early = _until(connection, mine.order_by(runs.c.started_at, runs.c.number), enough)
    return latest, None if late & early or first.rows < enough else first


def _until(connection: Connection, ordered: "Select[tuple[object, ...]]", enough: int) -> tuple[Tally, set[int]]:
    counted, taken = Tally(), list[int]()
    for row in connection.execute(ordered):
        if taken and row.run != taken[-1] and counted.rows >= enough:
            break
        taken.append(int(row.run))
        counted += _tally(row)
    return counted, set(taken)


def _tally(row: "_Found") -> Tally:
    held = row._mapping
    return Tally(
        tuple(from_json(str(held["confidence"]))), tuple(from_json(str(held["negative"]))), int(str(held["unknown"]))
    )
