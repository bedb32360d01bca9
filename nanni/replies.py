"""Ready-made messages of the workspace, `replies/*.txt`, with a ticket's fields filled in; people send them."""

from dataclasses import dataclass
from pathlib import Path

from feedback.errors import NotFoundError
from nanni.customer_messages import customer_facts
from nanni.parts import Parts
from tickets.customer_message import SAMPLE, filled

FOLDER = "replies"


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
