"""Help while working, over the API: what fixed it before, articles, messages ready to be sent."""

from datetime import datetime
from typing import Annotated

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict

from desk.api.callers import ticket_of
from desk.api.tickets import Key, Reader
from nanni import knowledge, replies
from nanni.similar import similar

ASKED = 50
Some = Annotated[int, Query(ge=1, le=20)]


class SimilarOut(BaseModel):
    """A ticket that was resolved for its customer, how near it is by meaning and by words, and what was done."""

    model_config = ConfigDict(from_attributes=True)

    ticket: str
    subject: str
    meaning: float
    words: float
    root_cause: str
    action_taken: str
    tags: list[str]
    resolved_at: datetime | None


class AdviceOut(BaseModel):
    """An article that helps, by its best passage."""

    model_config = ConfigDict(from_attributes=True)

    article: str
    title: str
    heading: str
    snippet: str
    meaning: float
    words: float


class ReplyOut(BaseModel):
    """A message with the ticket's fields filled in, to be read over and sent by a person."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    ticket: str
    subject: str
    text: str


def similar_tickets(caller: Reader, key: Key, limit: Some = 5) -> list[SimilarOut]:
    """Resolved tickets within the token's scope that resemble this one, the nearest first."""
    parts = caller.site.parts
    with parts.ledger.read() as uow:
        ticket_of(caller, uow, key)
    found = similar(parts, key, ASKED)
    with parts.ledger.read() as uow:
        mine = [one for one in found if caller.token.scope.sees(uow.tickets.get(one.ticket))]
    return [SimilarOut.model_validate(one) for one in mine[:limit]]


def advice(caller: Reader, key: Key, limit: Some = 5) -> list[AdviceOut]:
    """Articles nearest to what the ticket's customer said."""
    with caller.site.parts.ledger.read() as uow:
        ticket_of(caller, uow, key)
    return [AdviceOut.model_validate(one) for one in knowledge.advice(caller.site.parts, key, limit)]


def search_articles(
    caller: Reader, q: Annotated[str, Query(min_length=1, max_length=300)], limit: Some = 5
) -> list[AdviceOut]:
    """Articles of the knowledge base nearest to a question."""
    return [AdviceOut.model_validate(one) for one in knowledge.search(caller.site.parts, q, limit)]


def reply_names(caller: Reader) -> list[str]:
    """The names of the messages there are."""
    return replies.names(caller.site.parts)


def read_reply(caller: Reader, key: Key, name: Annotated[str, Path(max_length=100)]) -> ReplyOut:
    """A message for a ticket."""
    with caller.site.parts.ledger.read() as uow:
        ticket_of(caller, uow, key)
    return ReplyOut.model_validate(replies.reply(caller.site.parts, key, name))
