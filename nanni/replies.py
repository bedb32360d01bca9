"""Ready-made messages of the workspace, `replies/*.txt`, with a ticket's fields filled in; people send them."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from feedback.errors import NotFoundError
from nanni.customer_messages import customer_facts
from nanni.parts import Parts
from tickets.actions import Acted
from tickets.closing import CustomerMessage, write
from tickets.consent import Consent
from tickets.customer_message import SAMPLE, filled
from tickets.lifecycle import LifecycleError
from tickets.message import is_address
from tickets.ports import UnitOfWork
from tickets.ticket import Ticket

FOLDER = "replies"


class Barred(StrEnum):
    """Why a customer cannot be written to from here."""

    NOT_NAMED = "not_named"
    NO_ADDRESS = "no_address"
    REFUSED = "refused"


_TOLD = {
    Barred.NOT_NAMED: "messages that people write are not sent from here",
    Barred.NO_ADDRESS: "the customer has left no mail address that can be used, or it was erased",
    Barred.REFUSED: "the customer does not want to be contacted",
}
_NEXT = {
    Barred.NOT_NAMED: "name `reply` under `messages` in closing.yaml, or send it from your own mail and record it",
    Barred.NO_ADDRESS: "contact them another way",
    Barred.REFUSED: "nothing; should they say otherwise, record it with `nanni tickets consent`",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """A message to a customer, ready to be read over and sent."""

    name: str
    ticket: str
    subject: str
    text: str


def names(parts: Parts) -> list[str]:
    """The messages there are. Raises ConfigError for one that cannot be used."""
    paths = sorted((parts.workspace.folder / FOLDER).glob("*.txt"))
    for path in paths:
        filled(path.read_text("utf-8"), SAMPLE, str(path))
    return [path.stem for path in paths]


def reply(parts: Parts, key: str, name: str) -> Reply:
    """One message for one ticket. Raises NotFoundError for either, ConfigError for a template that cannot be used."""
    path = _path(parts, name)
    with parts.ledger.read() as uow:
        ticket = uow.tickets.get(key)
        facts = customer_facts(uow, parts, ticket)
    subject, text = filled(path.read_text("utf-8"), facts, str(path))
    return Reply(name, ticket.key, subject, text)


def unwritten(ticket: Ticket, subject: str) -> Reply:
    """A message that somebody writes themselves."""
    return Reply("", ticket.key, subject, "")


def barred(uow: UnitOfWork, parts: Parts, ticket: Ticket) -> Barred | None:
    """Why nobody can write to a ticket's customer from here; None when somebody can."""
    said = uow.tickets.consent(ticket.customer_id)
    if said is not None and said.consent is Consent.REFUSED:
        return Barred.REFUSED
    if CustomerMessage.REPLY not in parts.workspace.closing.messages:
        return Barred.NOT_NAMED
    if ticket.customer_id is None or not is_address(uow.tickets.customer_address(ticket.customer_id)):
        return Barred.NO_ADDRESS
    return None


def writing(parts: Parts, key: str, actor: str, subject: str, text: str) -> Callable[[Ticket], Acted]:
    """The action that writes to a ticket's customer; the mail goes out through the outbox.

    Raises NotFoundError, or LifecycleError when they cannot be written to.
    """
    with parts.ledger.read() as uow:
        reason = barred(uow, parts, uow.tickets.get(key))
    if reason is not None:
        raise LifecycleError(_TOLD[reason], where=f"ticket {key}", next_step=_NEXT[reason])
    return lambda ticket: write(ticket, actor, parts.clock(), subject, text)


def _path(parts: Parts, name: str) -> Path:
    folder = parts.workspace.folder / FOLDER
    known = {path.stem: path for path in folder.glob("*.txt")}
    if name not in known:
        raise NotFoundError(
            f"no message {name!r}",
            where=str(folder),
            allowed=", ".join(sorted(known)) or "none yet",
            next_step=f"use one of these, or write {name}.txt: a subject, an empty line, the text",
        )
    return known[name]
