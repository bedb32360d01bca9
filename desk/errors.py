"""What the desk itself refuses; each has the HTTP status it is answered with."""

from typing import ClassVar

from feedback.errors import NanniError, NotFoundError, StaleWriteError, StoreError
from outerloop.adapters.swap import RefreshRunningError
from outerloop.warehouse import NoWarehouseError
from tickets.lifecycle import LifecycleError
from tickets.links import LinkError
from tickets.survey_link import SurveyLinkError


class DeskError(NanniError):
    """A request that is refused."""

    status: ClassVar[int] = 400


class SignInError(DeskError):
    """Nobody is signed in, or the session is over."""

    status = 401


class ProviderError(DeskError):
    """The identity provider cannot be asked, or is not the one that was configured."""

    status = 503


class ForbiddenError(DeskError):
    """The person may not do this."""

    status = 403


class ForgedError(DeskError):
    """A form that does not come from one of our own pages."""

    status = 403


class BadFormError(DeskError):
    """A form or query that cannot be read."""

    status = 422


class TooLargeError(DeskError):
    """A request with more in it than is taken."""

    status = 413


class TooManyError(DeskError):
    """Too many requests or attempts; `retry_after` in seconds."""

    status = 429

    def __init__(self, what: str, retry_after: int, *, where: str = "", next_step: str = "") -> None:
        super().__init__(what, where=where, next_step=next_step)
        self.retry_after = retry_after


def status_of(error: NanniError) -> int:
    """The HTTP status of one of our errors."""
    if isinstance(error, DeskError):
        return error.status
    kinds: tuple[tuple[type[NanniError], int], ...] = (
        (NotFoundError, 404),
        (LinkError, 410),
        (SurveyLinkError, 410),
        (StaleWriteError, 409),
        (NoWarehouseError, 409),
        (RefreshRunningError, 409),
        (LifecycleError, 422),
        (StoreError, 500),
    )
    return next((status for kind, status in kinds if isinstance(error, kind)), 503 if error.retryable else 400)
