"""Where the next page begins, as text for an address."""

import base64
import binascii
import json
from datetime import UTC, datetime

from desk.errors import BadFormError
from ledger.bulk import storable
from tickets.inbox import Cursor

LONGEST = 300


def cursor_text(cursor: Cursor) -> str:
    """A cursor as text."""
    told = json.dumps([cursor.at.isoformat(), cursor.key]).encode()
    return base64.urlsafe_b64encode(told).rstrip(b"=").decode()


def read_cursor(text: str) -> Cursor:
    """The cursor that a text stands for. Raises BadFormError for anything else."""
    try:
        if len(text) > LONGEST:
            raise ValueError
        at, key = json.loads(base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)))
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None or not isinstance(key, str):
            raise ValueError
        return Cursor(moment.astimezone(UTC), storable(key))
    except (ValueError, TypeError, OverflowError, binascii.Error):
        raise BadFormError("this is no place in a list", next_step="start from the first page") from None


def place_text(place: str | int) -> str:
    """The id of a list's last item as text for an address."""
    return base64.urlsafe_b64encode(str(place).encode()).rstrip(b"=").decode()


def read_place(text: str) -> str:
    """The id that a text stands for. Raises BadFormError for anything else."""
    try:
        if len(text) > LONGEST:
            raise ValueError
        return storable(base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)).decode())
    except (ValueError, binascii.Error):
        raise BadFormError("this is no place in a list", next_step="start from the first page") from None


def read_number(text: str) -> int:
    """The number of a list's last item that a text stands for. Raises BadFormError for anything else."""
    place = read_place(text)
    if not (place.isascii() and place.isdecimal() and len(place) < 19):
        raise BadFormError("this is no place in a list", next_step="start from the first page")
    return int(place)
