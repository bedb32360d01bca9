"""A ticket's life over the API: its story, its promises, its route, why and why not, its survey."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Query
from pydantic import Field
from starlette.responses import JSONResponse

from desk.api.callers import Caller, allowed, ticket_of
from desk.api.documents import Survey, document
from desk.api.given import Given, Maybe, Words
from desk.api.tickets import Key, Reader
from desk.days import instant
from feedback.errors import NotFoundError
from nanni import assignment, closing
from nanni.categories import file_tickets
from nanni.documents.tickets import sla_document, why_document
from nanni.explaining import Explanation, explain
from nanni.story import Tale, tale_of
from nanni.timing import sla_of
from tickets.access import Permission
from tickets.category import Proposal
from tickets.closing import CheckItem

Worker = Annotated[Caller, Depends(allowed(Permission.WORK_TICKETS))]
Explainer = Annotated[Caller, Depends(allowed(Permission.READ_POLICY))]
ResponseId = Annotated[str, Query(max_length=300, description="The response's id in its survey.")]


@dataclass(frozen=True, slots=True)
class SurveyAddress:
    """Where the customer answers the survey about the ticket's last resolution."""

    ticket: str
    address: str


class SurveyAnswer(Given):
    """The last part of the survey's address, 1 (not at all right) to 5, and what the customer wrote."""

    token: Words
    rating: Annotated[int, Field(ge=1, le=5)]
    comment: Maybe = ""


def story(caller: Reader, key: Key) -> Tale:
    """A ticket's whole life told day by day, with what was promised and how the customer felt."""
    _seen(caller, key)
    return tale_of(caller.parts, key, caller.actor)


def sla(caller: Reader, key: Key, as_of: Annotated[datetime | None, Query()] = None) -> JSONResponse:
    """Each promise of a ticket: time used on both clocks, due time, breach, pauses; now or as of an earlier moment."""
    _seen(caller, key)
    moment = instant(as_of, caller.parts.workspace.settings.zone, "as_of")
    return document(sla_document(sla_of(caller.parts, key, moment)))


def routing(caller: Reader, key: Key) -> assignment.Explained:
    """Why a ticket went to its owner, which routes passed it by, and who would get it now."""
    _seen(caller, key)
    return assignment.explain(caller.parts, key)


def why_not(caller: Reader, key: Key) -> JSONResponse:
    """For each response of a ticket, rule by rule, what kept it from firing and the least that would have done it."""
    _seen(caller, key)
    return document([why_document(one) for one in explain(caller.parts, key, None)])


def survey_address(caller: Worker, key: Key) -> SurveyAddress:
    """The address of the survey about the last resolution, for a customer who asks for it."""
    _seen(caller, key)
    return SurveyAddress(key, closing.address_of_survey(caller.parts, key))


def answer_survey(caller: Worker, body: SurveyAnswer) -> closing.Recorded:
    """Record a customer's answer to the follow-up survey, as its page does."""
    ticket = closing.survey_page(caller.parts, body.token).reference
    _seen(caller, ticket)
    return closing.record_answer(caller.parts, body.token, body.rating, body.comment)


def categorise(caller: Worker, key: Key) -> Proposal | None:
    """File a ticket under a category by machine, with confidence and evidence; null where nothing speaks for one."""
    _seen(caller, key)
    return file_tickets(caller.parts, [key], refile=True).get(key)


def root_causes(caller: Reader) -> list[str]:
    """The root causes that `resolve` chooses from."""
    return list(caller.parts.workspace.sla.root_causes)


def checklist(caller: Reader) -> list[CheckItem]:
    """What must be ticked before a ticket closes."""
    return list(caller.parts.workspace.closing.checklist)


def response_why(caller: Explainer, response: ResponseId, survey: Survey = None) -> JSONResponse:
    """Why a response did or did not become a ticket: its signals, every condition, and what would have fired it."""
    return document(why_document(_explained(caller, response, survey)))


def _explained(caller: Caller, response: str, survey: str | None) -> Explanation:
    """Of a response without a ticket only a token without teams learns: it belongs to none."""
    missing = NotFoundError(f"no response {response!r}", next_step="name one by its id, and its survey")
    try:
        (found,) = explain(caller.parts, response, survey)
    except NotFoundError:
        raise missing from None
    if found.stored.ticket is None:
        caller.for_everybody("a response without a ticket belongs")
        return found
    with caller.parts.ledger.read() as uow:
        if not caller.token.scope.sees(uow.tickets.get(found.stored.ticket)):
            raise missing
    return found


def _seen(caller: Caller, key: str) -> Any:
    with caller.parts.ledger.read() as uow:
        return ticket_of(caller, uow, key)
