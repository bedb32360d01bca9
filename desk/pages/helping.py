"""Help while working: what fixed it before, what the knowledge base says, messages ready to be sent."""

from dataclasses import dataclass

from starlette.responses import Response

from desk.visit import Visit
from nanni import knowledge, replies
from nanni.similar import Similar, similar

ASKED, SHOWN = 20, 5


@dataclass(frozen=True, slots=True)
class Help:
    """Tickets that were solved, articles, the names of messages, and the one that was chosen."""

    solved: tuple[Similar, ...]
    articles: tuple[knowledge.Advice, ...]
    names: tuple[str, ...]
    reply: replies.Reply | None


def show(visit: Visit) -> Response:
    """The help for one ticket. It reads every solved ticket of the store, so it is a page of its own."""
    parts, key = visit.site.parts, visit.path("key")
    with parts.ledger.read() as uow:
        ticket = visit.ticket(uow, key)
    name = visit.query("reply")
    found = Help(
        solved=_seen(visit, similar(parts, key, ASKED)),
        articles=tuple(knowledge.advice(parts, key, SHOWN)),
        names=tuple(replies.names(parts)),
        reply=replies.reply(parts, key, name) if name else None,
    )
    return visit.page("help.html", ticket=ticket, help=found)


def _seen(visit: Visit, found: list[Similar]) -> tuple[Similar, ...]:
    """Those the person may see: what another team did for a customer is that team's."""
    with visit.site.parts.ledger.read() as uow:
        mine = [one for one in found if visit.person.scope.sees(uow.tickets.get(one.ticket))]
    return tuple(mine[:SHOWN])
