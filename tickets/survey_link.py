"""The link to a follow-up survey: which resolution it is about and until when, signed, so that no account is needed.

The token carries the ticket's key and the number of its resolving event; nothing personal.
"""

from dataclasses import dataclass
from datetime import datetime

from tickets.links import LinkError, read_signed, signed

PURPOSE = "survey"


class SurveyLinkError(LinkError):
    """A survey link that is not genuine, or has expired; nothing was recorded."""


@dataclass(frozen=True, slots=True)
class SurveyLink:
    """What a genuine token says: the ticket, and the number of the event that resolved it."""

    ticket: str
    resolution: int


def sign(link: SurveyLink, expires: datetime, key: bytes) -> str:
    """The token of a link, safe in a URL."""
    return signed(key, PURPOSE, {"ticket": link.ticket, "resolution": str(link.resolution)}, expires)


def verify(token: str, key: bytes, now: datetime) -> SurveyLink:
    """The link of a token. Raises SurveyLinkError for one that was not signed with this key, or has expired."""
    try:
        fields = read_signed(key, PURPOSE, token, now)
    except LinkError as error:
        # Its reader is a customer, who cannot sign in anywhere.
        told = "use the link of our mail as it stands there, or answer the mail"
        raise SurveyLinkError(error.what, next_step=told) from None
    return SurveyLink(fields["ticket"], int(fields["resolution"]))
