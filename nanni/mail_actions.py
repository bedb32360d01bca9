"""What an owner can do from a mail with one click and one confirmation: signed, for one purpose, for a week, once."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ledger.identity import known_key
from ledger.store import SqlUnitOfWork
from nanni.parts import Parts
from tickets.links import LinkError, read_signed, signed
from tickets.ticket import Status, Ticket

PURPOSE = "act"
GOOD_FOR = timedelta(days=7)
LINK_KEY = "link_key"
"""The name of the store's key that signs links; whoever changes it ends every link that is out."""


@dataclass(frozen=True, slots=True)
class MailAction:
    """What a link stands for: a verb, done to a ticket, as this member."""

    ticket: str
    verb: str
    actor: str


def acknowledge_link(uow: SqlUnitOfWork, ticket: Ticket, desk_url: str, sent: datetime) -> str:
    """The address by which the owner of a new ticket acknowledges it.

    "" where there is nothing to do or no desk: the store has the key that signs links once a desk was started.
    """
    key = known_key(uow.connection, LINK_KEY)
    if not desk_url or key is None or ticket.status is not Status.NEW:
        return ""
    fields = {"ticket": ticket.key, "verb": "acknowledge", "actor": ticket.owner}
    token = signed(key, PURPOSE, fields, sent + GOOD_FOR)
    return f"{desk_url.rstrip('/')}/act/{token}"


def read_action(parts: Parts, key: bytes, token: str, now: datetime) -> MailAction:
    """What a token stands for. Raises LinkError when it is not ours, too old, or its owner has left."""
    action = MailAction(**read_signed(key, PURPOSE, token, now))
    if parts.workspace.routing.home(action.actor) is None:
        raise LinkError("this link belongs to somebody who has left", next_step="sign in at the desk")
    return action


def require_owner(ticket: Ticket, action: MailAction) -> None:
    """Raise LinkError unless the ticket is still theirs: the mail of a ticket handed on does nothing any more."""
    if ticket.owner != action.actor:
        raise LinkError("this ticket has been handed to somebody else", next_step="sign in at the desk to see it")
