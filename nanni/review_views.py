"""The review queue and the responses that are held, as documents."""

from collections.abc import Callable
from typing import Any

from ledger.held import held_responses
from ledger.reviews import Review, SqlReviewStore
from ledger.schema.restraint import ReviewState
from nanni.documents.plain import plain
from nanni.parts import Parts
from triggers.decision import AMBIGUOUS


def review_items(
    parts: Parts, state: str, owner: str | None, limit: int, sees: Callable[[Review], bool] = lambda _: True
) -> list[dict[str, Any]]:
    """Items of a state (or "all"), the most severe first, then the oldest, each with where its response is."""
    with parts.ledger.read() as uow:
        wanted = None if state == "all" else ReviewState(state)
        items = [one for one in SqlReviewStore(uow.connection).list(wanted, owner, limit) if sees(one)]
        named = {one.response: uow.responses.get(one.response).response.key for one in items}
    return [
        {**plain(one), "survey": key.survey, "response_id": key.response_id}
        for one in items
        for key in (named[one.response],)
    ]


def held_items(parts: Parts, survey: str | None, ambiguous: bool, limit: int) -> list[dict[str, Any]]:
    """Responses held because a rule could not be answered, newest first."""
    with parts.ledger.read() as uow:
        found = held_responses(uow.connection, survey, AMBIGUOUS if ambiguous else None, limit)
        stored = [uow.responses.get(number) for number in found]
    return [
        {
            "survey": one.response.key.survey,
            "response_id": one.response.key.response_id,
            "submitted_at": one.response.submitted_at,
            "score": one.response.score,
            "comments": [comment.text for comment in one.response.comments if comment.text],
            "reason": one.disposition_reason,
        }
        for one in stored
    ]
