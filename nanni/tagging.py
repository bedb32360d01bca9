"""Tags of a team's list on tickets."""

from collections.abc import Sequence

from nanni.parts import Parts
from tickets import collaboration
from tickets.actions import Acted
from tickets.events import TicketEvent
from tickets.ticket import Ticket


def tagged(parts: Parts, ticket: Ticket, events: Sequence[TicketEvent], name: str, actor: str) -> Acted:
    """Put a tag on; of how a ticket was resolved the new one takes the place of the old.

    Raises ConfigError for a tag that is on no list, LifecycleError for one that the ticket has.
    """
    teamwork, now = parts.workspace.teamwork, parts.clock()
    wanted, acted = teamwork.tag(name), Acted(ticket, ())
    for rival in teamwork.rivals(wanted):
        if rival in collaboration.tags(events):
            gone = collaboration.untag(acted.ticket, actor, now, rival, events)
            acted = Acted(gone.ticket, (*acted.events, *gone.events))
    put = collaboration.tag(acted.ticket, actor, now, wanted, events)
    return Acted(put.ticket, (*acted.events, *put.events))
