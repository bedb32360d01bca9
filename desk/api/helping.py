"""Help while working, over the API: what fixed it before, articles, messages ready to be sent."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Path, Query
from pydantic import BaseModel, ConfigDict

from desk.api.callers import Caller, allowed, ticket_of
from desk.api.tickets import Key, Reader
from nanni import knowledge, replies
from nanni.similar import similar
from tickets.access import Permission
from tickets.knowledge import Gap

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


class ArticleOut(BaseModel):
    """An article of the knowledge base, without its text."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    title: str
    themes: list[str]
    root_causes: list[str]
    draft: bool


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
    parts = caller.parts
    with parts.ledger.read() as uow:
        ticket_of(caller, uow, key)
    found = similar(parts, key, ASKED)
    with parts.ledger.read() as uow:
        mine = [one for one in found if caller.token.scope.sees(uow.tickets.get(one.ticket))]
    return [SimilarOut.model_validate(one) for one in mine[:limit]]


def advice(caller: Reader, key: Key, limit: Some = 5) -> list[AdviceOut]:
    """Articles nearest to what the ticket's customer said."""
    with caller.parts.ledger.read() as uow:
        ticket_of(caller, uow, key)
    return [AdviceOut.model_validate(one) for one in knowledge.advice(caller.parts, key, limit)]


def search_articles(
    caller: Reader, q: Annotated[str, Query(min_length=1, max_length=300)], limit: Some = 5
) -> list[AdviceOut]:
    """Articles of the knowledge base nearest to a question."""
    return [AdviceOut.model_validate(one) for one in knowledge.search(caller.parts, q, limit)]


def list_articles(caller: Reader) -> list[ArticleOut]:
    """Every article and draft of the knowledge base."""
    return [ArticleOut.model_validate(one) for one in knowledge.articles(caller.parts)]


def gaps(caller: Annotated[Caller, Depends(allowed(Permission.READ_OUTER_LOOP))]) -> list[Gap]:
    """Root causes that came back in the last 90 days without an article; of the tickets those that the token sees."""
    found = knowledge.missing(caller.parts)
    with caller.parts.ledger.read() as uow:
        sees = caller.token.scope.sees
        return [replace(one, tickets=tuple(k for k in one.tickets if sees(uow.tickets.get(k)))) for one in found]


def write_drafts(caller: Annotated[Caller, Depends(allowed(Permission.WORK_OUTER_LOOP))]) -> list[str]:
    """Write a draft into kb/drafts/ for each gap; what is there is left alone. The answer are the new articles' ids."""
    folder = caller.parts.workspace.folder / knowledge.FOLDER
    return [path.relative_to(folder).with_suffix("").as_posix() for path in knowledge.write_drafts(caller.parts)]


def reply_names(caller: Reader) -> list[str]:
    """The names of the messages there are."""
    return replies.names(caller.parts)


def read_reply(caller: Reader, key: Key, name: Annotated[str, Path(max_length=100)]) -> ReplyOut:
    """A message for a ticket."""
    with caller.parts.ledger.read() as uow:
        ticket_of(caller, uow, key)
    return ReplyOut.model_validate(replies.reply(caller.parts, key, name))
