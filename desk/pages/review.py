"""The review queue: responses that fired beyond an owner's budget of the day, to be opened or left with a reason."""

import json

from starlette.responses import Response

from desk.visit import Visit
from feedback.errors import NotFoundError
from ledger.reviews import Review, SqlReviewStore
from ledger.schema.restraint import ReviewState
from nanni.reviewing import dismiss_review, open_review
from tickets.access import Scope

ITEMS = 200


def show(visit: Visit) -> Response:
    """What waits in the person's teams, the most severe first, each with what was said."""
    with visit.site.parts.ledger.read() as uow:
        found = SqlReviewStore(uow.connection).list(ReviewState.WAITING, limit=ITEMS)
        mine = [item for item in found if _seen(visit.scope, item)]
        said = {item.id: uow.responses.get(item.response).response for item in mine}
    return visit.page("review.html", items=mine, said=said)


def open_one(visit: Visit) -> Response:
    """Open the ticket that an item would have been."""
    done = open_review(visit.site.parts, _item(visit).id, visit.person.actor)
    return visit.go("/review", json.dumps({"key": "review.opened", "ticket": done.ticket or ""}))


def dismiss(visit: Visit) -> Response:
    """Leave it without a ticket."""
    done = dismiss_review(visit.site.parts, _item(visit).id, visit.person.actor, visit.field("reason"))
    return visit.go("/review", json.dumps({"key": "review.dismissed", "item": done.id}))


def _item(visit: Visit) -> Review:
    with visit.site.parts.ledger.read() as uow:
        item = SqlReviewStore(uow.connection).get(visit.path("item"))
    if not _seen(visit.scope, item):
        raise NotFoundError(f"no item {item.id!r} in the review queue", next_step="look at the queue")
    return item


def _seen(scope: Scope, item: Review) -> bool:
    return scope.teams is None or item.team in scope.teams or item.owner == scope.member
