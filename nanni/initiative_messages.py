"""Telling customers what was done about the cause of their trouble: once each, and only if closing.yaml says so."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from feedback.errors import ConfigError
from ledger.store import SqlUnitOfWork
from models.discovery.history import known_themes, shown_as
from nanni.initiatives import listed
from nanni.parts import Parts
from outerloop.initiatives import Initiative, find
from tickets.closing import CustomerMessage, tell_of_initiative
from tickets.events import EventKind
from tickets.message import is_address
from tickets.ports import TicketFilter
from tickets.ticket import Ticket

EVERYTHING = 1_000_000


@dataclass(frozen=True, slots=True)
class Telling:
    """Whom an initiative's message reaches: the tickets it goes out on, one a customer, and who is left out and why.

    `wanted` says whether closing.yaml names the message, `queued` whether the messages were put into the outbox.
    """

    initiative: str
    tickets: tuple[str, ...]
    told_before: int
    still_open: int
    unreachable: int
    wanted: bool
    queued: bool


def tell_customers(parts: Parts, wanted: str, words: str, actor: str, send: bool) -> Telling:
    """Queue the message, or without `send` only say whom it would reach; both in one snapshot of the ledger.

    Raises NotFoundError for an initiative there is not, ConfigError for empty words or a message that closing.yaml does
    not name.
    """
    initiative = find(listed(parts), wanted)
    named = CustomerMessage.INITIATIVE in parts.workspace.closing.messages
    _require(named or not send, words)
    if not send:
        with parts.ledger.read() as uow:
            return _chosen(uow, parts, initiative, named)[0]
    with parts.ledger.begin() as uow:
        telling, chosen = _chosen(uow, parts, initiative, named, queued=True)
        for ticket in chosen:
            told = tell_of_initiative(ticket, initiative.id, actor, parts.clock(), words.strip())
            uow.tickets.change(ticket, told.acted.ticket, told.acted.events)
            uow.outbox.add([told.notice])
    return telling


def _require(allowed: bool, words: str) -> None:
    if not allowed:
        raise ConfigError(
            "customers are not told of initiatives", where="closing.yaml: messages", allowed=", ".join(CustomerMessage),
            next_step="name `initiative` there",
        )  # fmt: skip
    if not words.strip():
        raise ConfigError("a message without words", where="--words", next_step="say what was changed")


def _chosen(
    uow: SqlUnitOfWork, parts: Parts, initiative: Initiative, wanted: bool, queued: bool = False
) -> tuple[Telling, Sequence[Ticket]]:
    """Whom to tell, on which tickets."""
    zone = parts.workspace.settings.zone
    naming = _naming(uow, initiative)
    everything = uow.tickets.list(TicketFilter(limit=EVERYTHING))
    touched = [ticket for ticket in everything if ticket.key in naming or _about(initiative, ticket)]
    told = _told(uow, touched, initiative)
    by_customer: dict[str, list[Ticket]] = defaultdict(list)
    for ticket in touched:
        if ticket.customer_id and ticket.opened_at.astimezone(zone).date() < initiative.started:
            by_customer[ticket.customer_id].append(ticket)
    still_open = {ticket.customer_id for ticket in touched if ticket.live}
    fresh = {customer: theirs for customer, theirs in by_customer.items() if customer not in told}
    settled = {customer: theirs for customer, theirs in fresh.items() if customer not in still_open}
    reached = [
        max(theirs, key=lambda ticket: (ticket.opened_at, ticket.key))
        for customer, theirs in settled.items()
        if is_address(uow.tickets.customer_address(customer))
    ]
    reached.sort(key=lambda ticket: (ticket.opened_at, ticket.key))
    telling = Telling(
        initiative.id, tuple(ticket.key for ticket in reached), len(by_customer) - len(fresh),
        len(fresh) - len(settled), len(settled) - len(reached), wanted, queued,
    )  # fmt: skip
    return telling, reached


def _naming(uow: SqlUnitOfWork, initiative: Initiative) -> set[str]:
    """Tickets whose customers named a discovered theme of the initiative, or one that analysts made part of it."""
    themes = known_themes(uow.themes.events())
    wanted = {shown_as(one, themes) for one in initiative.themes if one in themes}
    return uow.themes.tickets([one for one in themes if shown_as(one, themes) in wanted]) if wanted else set()


def _about(initiative: Initiative, ticket: Ticket) -> bool:
    theme = ticket.theme or ""
    return any(theme == one or theme.startswith(f"{one}.") for one in initiative.themes)


def _told(uow: SqlUnitOfWork, touched: Sequence[Ticket], initiative: Initiative) -> set[str | None]:
    """Customers who were sent word of this initiative before."""
    histories = uow.tickets.histories([ticket.key for ticket in touched])
    wanted = ("initiative", initiative.id)
    return {
        ticket.customer_id
        for ticket in touched
        if any(event.kind is EventKind.CUSTOMER_MESSAGED and wanted in event.data for event in histories[ticket.key])
    }
