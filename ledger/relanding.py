"""What becomes of a stored response afterwards: its row and its run's counts move together (invariant 1)."""

from sqlalchemy import Connection, select, update

from feedback.disposition import Disposition
from feedback.errors import NotFoundError, StaleWriteError
from ledger.places import read_places
from ledger.schema import responses, run_batches


def reland(
    connection: Connection, response: int, before: Disposition, after: Disposition, reason: str, ticket: str | None
) -> None:
    """Write where a response has come to. The run's count moves from one disposition to the other.

    Raises NotFoundError for no such response, StaleWriteError when it is not where it is thought to be.
    """
    row = connection.execute(
        select(responses.c.run, responses.c.disposition, responses.c.ticket).where(responses.c.id == response)
    ).one_or_none()
    if row is None:
        raise NotFoundError(f"no response {response}")
    if row.disposition != before.value:
        raise StaleWriteError(
            f"the response is {row.disposition}, not {before.value} any more",
            where=f"response {response}",
            next_step="look at it again with `nanni why`",
        )
    values = {"disposition": after.value, "disposition_reason": reason, "ticket": ticket}
    connection.execute(update(responses).where(responses.c.id == response).values(**values))
    if ticket != row.ticket:
        read_places(connection, [key for key in (row.ticket, ticket) if key])
    if after is not before:
        _move_count(connection, row.run, before, after)


def _move_count(connection: Connection, run: int, before: Disposition, after: Disposition) -> None:
    """A run's counts are the sums over its batches, so it does not matter which batch carries the change."""
    left, right = run_batches.c[before.value], run_batches.c[after.value]
    chosen = select(run_batches.c.number).where(run_batches.c.run == run, left > 0).order_by(run_batches.c.number)
    number = connection.execute(chosen.limit(1)).scalar_one()
    here = (run_batches.c.run == run, run_batches.c.number == number)
    connection.execute(update(run_batches).where(*here).values({left.name: left - 1, right.name: right + 1}))
