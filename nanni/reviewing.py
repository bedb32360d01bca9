"""The review queue worked by hand: an item is opened as the ticket it would have been, or dismissed with a reason."""

from feedback.disposition import Disposition
from ledger.relanding import reland
from ledger.reviews import Review, SqlReviewStore
from ledger.schema.restraint import ReviewState
from nanni.late_landing import land_late
from nanni.parts import Parts
from tickets.lifecycle import LifecycleError


def open_review(parts: Parts, review: str, by: str) -> Review:
    """Open the ticket, or join the customer's live one, whatever budget and cool-down say.

    Raises NotFoundError, StaleWriteError when somebody was faster, LifecycleError when its response opens none.
    """
    with parts.ledger.begin() as uow:
        uow.tickets.assigning()
        store = SqlReviewStore(uow.connection)
        item = store.get(review)
        stored = uow.responses.get(item.response)
        (landed,) = land_late(uow, parts, [stored], f"opened from review {review} by {by}: ", by_hand=True)
        if landed.ticket is None:
            raise LifecycleError(
                f"its response opens no ticket: {landed.reason}",
                where=review,
                next_step="`nanni review dismiss` it with that reason",
            )
        store.close(review, ReviewState.OPENED, parts.clock(), by, ticket=landed.ticket)
        return store.get(review)


def dismiss_review(parts: Parts, review: str, by: str, reason: str) -> Review:
    """Leave it without a ticket; the reason stays with the item.

    Raises NotFoundError, StaleWriteError when somebody was faster, LifecycleError without a reason.
    """
    if not reason.strip():
        raise LifecycleError("dismissing needs a reason", where=review, next_step="say it in a few words")
    with parts.ledger.begin() as uow:
        store = SqlReviewStore(uow.connection)
        store.close(review, ReviewState.DISMISSED, parts.clock(), by, reason.strip())
        item = store.get(review)
        told = f"{item.reason}; dismissed in review {review} by {by}"
        reland(uow.connection, item.response, Disposition.SUPPRESSED, Disposition.SUPPRESSED, told, None)
        return item
