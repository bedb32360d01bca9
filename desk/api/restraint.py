"""What restraint held back, over the API: the review queue, responses no rule could decide, storms."""

from typing import Annotated, Literal

from fastapi import Depends, Path, Query
from starlette.responses import JSONResponse

from desk.api.callers import Caller, allowed
from desk.api.documents import Limit, Survey, document
from desk.api.given import Given, Words
from feedback.errors import NotFoundError
from ledger.reviews import Review, SqlReviewStore
from nanni.review_views import held_items, review_items
from nanni.reviewing import dismiss_review, open_review
from nanni.storm_views import list_document, storm_document, storm_seen, storms_seen, view_document
from nanni.storms import close
from tickets.access import Permission

Reviewer = Annotated[Caller, Depends(allowed(Permission.REVIEW))]
Watcher = Annotated[Caller, Depends(allowed(Permission.READ_DASHBOARD))]
Item = Annotated[str, Path(pattern=r"^V-[1-9][0-9]{0,17}$", description="An item's id, for example V-3.")]
Number = Annotated[int, Path(ge=1, le=10**12, description="The storm's number.")]


class Because(Given):
    """Why."""

    reason: Words


def items(
    caller: Reviewer,
    state: Literal["waiting", "opened", "dismissed", "all"] = "waiting",
    owner: Annotated[str | None, Query(max_length=100)] = None,
    limit: Limit = 50,
) -> JSONResponse:
    """The review queue of the token's teams, the most severe first, then the oldest."""
    return document(review_items(caller.parts, state, owner, limit, lambda one: _sees(caller, one)))


def open_item(caller: Reviewer, item: Item) -> Review:
    """Open the ticket that an item would have been, whatever the budget says."""
    _require(caller, item)
    return open_review(caller.parts, item, caller.actor)


def dismiss_item(caller: Reviewer, item: Item, body: Because) -> Review:
    """Leave an item without a ticket."""
    _require(caller, item)
    return dismiss_review(caller.parts, item, caller.actor, body.reason)


def held(caller: Reviewer, survey: Survey = None, ambiguous: bool = False, limit: Limit = 50) -> JSONResponse:
    """Responses held because a rule could not be answered, newest first; they belong to no team."""
    caller.for_everybody("a held response belongs")
    return document(held_items(caller.parts, survey, ambiguous, limit))


def storms(
    caller: Watcher, over: Annotated[bool, Query(description="Those that are over as well.")] = False, limit: Limit = 50
) -> JSONResponse:
    """Storms of which the token sees the problem or a ticket."""
    return document(list_document(storms_seen(caller.parts, caller.token.scope.sees, limit, over)))


def storm(caller: Watcher, number: Number) -> JSONResponse:
    """One storm: what raised it, its problem's ticket, the tickets that are seen, the notices kept back from them."""
    return document(view_document(*storm_seen(caller.parts, number, caller.token.scope.sees)))


def close_storm(caller: Reviewer, number: Number, body: Because) -> JSONResponse:
    """End a storm: a last digest goes out, and none of its kind begins for the length of the policy's window."""
    storm_seen(caller.parts, number, caller.token.scope.sees)
    return document(storm_document(close(caller.parts, number, caller.actor, body.reason)))


def _sees(caller: Caller, item: Review) -> bool:
    return caller.token.teams is None or item.team in caller.token.teams


def _require(caller: Caller, item: str) -> None:
    with caller.parts.ledger.read() as uow:
        if not _sees(caller, SqlReviewStore(uow.connection).get(item)):
            raise NotFoundError(f"no item {item!r} in the review queue", next_step="list those that you see")
