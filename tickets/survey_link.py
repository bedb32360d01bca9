"""The link to a follow-up survey: which resolution it is about and until when, signed, so that no account is needed.

The token carries the ticket's key, the number of its resolving event and an end; nothing personal.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from feedback.errors import NanniError

_SIGNATURE = 16
"""Bytes of the HMAC that a token carries: nobody guesses 128 bits."""


class SurveyLinkError(NanniError):
    """A survey link that is not genuine, or has expired; nothing was recorded."""

    exit_code = 11


@dataclass(frozen=True, slots=True)
class SurveyLink:
    """What a genuine token says: the ticket, the number of the event that resolved it, and when it expires."""

    ticket: str
    resolution: int
    expires_at: datetime


def sign(link: SurveyLink, key: bytes) -> str:
    """The token of a link, safe in a URL."""
    told = f"{link.ticket}.{link.resolution}.{int(link.expires_at.timestamp())}".encode()
    return urlsafe_b64encode(_signature(told, key) + told).decode().rstrip("=")


def verify(token: str, key: bytes, now: datetime) -> SurveyLink:
    """The link of a token. Raises SurveyLinkError for one that was not signed with this key, or has expired."""
    try:
        raw = urlsafe_b64decode(token.encode() + b"=" * (-len(token) % 4))
    except (Base64Error, ValueError):
        raw = b""
    signature, told = raw[:_SIGNATURE], raw[_SIGNATURE:]
    if not told or not hmac.compare_digest(signature, _signature(told, key)):
        raise SurveyLinkError(
            "this link is not one of ours", next_step="use the link of the mail exactly as it stands there"
        )
    ticket, resolution, expires = told.decode().rsplit(".", 2)
    link = SurveyLink(ticket, int(resolution), datetime.fromtimestamp(int(expires), UTC))
    if now > link.expires_at:
        raise SurveyLinkError(
            f"this link was good until {link.expires_at:%d %B %Y}", next_step="answer the mail instead, or contact us"
        )
    return link


def _signature(told: bytes, key: bytes) -> bytes:
    return hmac.new(key, b"survey\x1f" + told, sha256).digest()[:_SIGNATURE]
