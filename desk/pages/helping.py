"""Help while working: what fixed it before, what the knowledge base says, messages ready to be sent."""

from dataclasses import dataclass
from urllib.parse import quote, urlencode

from starlette.responses import Response

from desk.visit import Visit
from nanni import knowledge, replies
from nanni.similar import Similar, similar
from tickets.message import is_address
from tickets.ticket import Ticket

ASKED, SHOWN = 20, 4


@dataclass(frozen=True, slots=True)
class Help:
    """Tickets that were solved, articles, the names of messages, and the one that was chosen."""

    solved: tuple[Similar, ...]
    articles: tuple[knowledge.Advice, ...]
    names: tuple[str, ...]
    reply: replies.Reply | None


def show(visit: Visit) -> Response:
    """The help for one ticket, as a page or as the part of one that the ticket's page fetches when it is opened.

    It reads every solved ticket of the store, so no ticket's page waits for it.
    """
    parts, key = visit.site.parts, visit.path("key")
    with parts.ledger.read() as uow:
        ticket = visit.ticket(uow, key)
        address = uow.tickets.customer_address(ticket.customer_id)
        barred = replies.barred(uow, parts, ticket)
    name = visit.query("reply")
    found = Help(
        solved=_seen(visit, similar(parts, key, ASKED)),
        articles=tuple(knowledge.advice(parts, key, SHOWN)),
        names=tuple(replies.names(parts)),
        reply=replies.reply(parts, key, name) if name else _own(visit, ticket),
    )
    template = "help_parts.html" if visit.query("part") == "1" else "help.html"
    return visit.page(template, ticket=ticket, help=found, mailto=_mailto(found.reply, address), barred=barred)


def _own(visit: Visit, ticket: Ticket) -> replies.Reply | None:
    """A message without a template, where somebody asked for one."""
    if visit.query("write") != "1":
        return None
    return replies.unwritten(ticket, visit.reader.texts("help.about", ticket=ticket.key))


def _mailto(reply: replies.Reply | None, address: str) -> str:
    """A link that opens the reader's own mail program with the message; "" where there is nobody to write to."""
    if reply is None or not is_address(address):
        return ""
    query = urlencode({"subject": reply.subject, "body": reply.text}, quote_via=quote)
    return f"mailto:{quote(address, safe='@')}?{query}"


def _seen(visit: Visit, found: list[Similar]) -> tuple[Similar, ...]:
    """Those the person may see: what another team did for a customer is that team's."""
    with visit.site.parts.ledger.read() as uow:
        mine = [one for one in found if visit.sees(uow.tickets.get(one.ticket))]
    return tuple(mine[:SHOWN])
