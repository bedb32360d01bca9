"""The hash chains verified and every ticket rebuilt from its events: `nanni audit --chain`."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from feedback.errors import NanniError
from ledger.events import by_ticket
from ledger.journal import broken_entries
from ledger.schema import journal, ticket_events, tickets
from ledger.store import SqlUnitOfWork
from ledger.ticket_rows import as_event, as_ticket, differences
from tickets.projection import rebuild


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What was verified, in numbers, the last hash of the journal (to be kept elsewhere), and what is wrong."""

    tickets: int
    events: int
    entries: int
    head: str
    problems: tuple[str, ...]


def chain_report(uow: SqlUnitOfWork) -> ChainReport:
    """Verify every ticket's chain and the journal's, and rebuild each row from its events."""
    connection = uow.connection
    head = connection.execute(select(journal.c.hash).order_by(journal.c.id.desc()).limit(1)).scalar_one_or_none()
    problems = (*uow.tickets.verify_chain(), *broken_entries(connection), *not_rebuilt(connection), *astray(connection))

    def count(table: object) -> int:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())  # type: ignore[arg-type]

    return ChainReport(count(tickets), count(ticket_events), count(journal), head or "", problems)


def not_rebuilt(connection: Connection) -> Iterator[str]:
    """Tickets whose row is not what their events tell, one sentence each."""
    held = {row.key: as_ticket(row) for row in connection.execute(select(tickets))}
    for key, log in by_ticket(connection):
        if key not in held:
            yield f"{key}: it has events but no row"
            continue
        try:
            rebuilt = rebuild([as_event(row) for row in log])
        except NanniError as error:
            yield f"{key}: its events do not tell its life ({error})"
            continue
        if rebuilt != held[key]:
            yield f"{key}: its row is not what its events tell ({differences(rebuilt, held[key])})"


def astray(connection: Connection) -> Iterator[str]:
    """Merged tickets whose root is not there or is merged itself, so that nobody owes them."""
    roots = select(tickets.c.key).where(tickets.c.merged_into.is_(None))
    lost = select(tickets.c.key, tickets.c.merged_into).where(
        tickets.c.merged_into.is_not(None), tickets.c.merged_into.not_in(roots)
    )
    for row in connection.execute(lost):
        yield f"{row.key}: it is merged into {row.merged_into}, which is no ticket that stands alone"
