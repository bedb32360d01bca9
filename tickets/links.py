"""Signed links: one purpose, one expiry, nothing in them that can be changed. Pure; the key is an argument."""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime

from feedback.errors import NanniError

LONGEST = 2_000


class LinkError(NanniError):
    """A link that is not ours, was changed, is for another purpose, or is too old."""

    exit_code = 6


def signed(key: bytes, purpose: str, fields: Mapping[str, str], expires: datetime) -> str:
    """A token that says `fields` for one purpose until it expires; fit for a URL."""
    told = json.dumps({"p": purpose, "x": int(expires.timestamp()), **{f"f.{k}": v for k, v in fields.items()}},
                      separators=(",", ":"), sort_keys=True).encode()  # fmt: skip
    return f"{_text(told)}.{_text(_mark(key, told))}"


def read_signed(key: bytes, purpose: str, token: str, now: datetime) -> dict[str, str]:
    """The fields of a token. Raises LinkError unless it is whole, for this purpose, and not too old."""
    told, _, mark = token.partition(".")
    try:
        if len(token) > LONGEST:
            raise ValueError
        content = _bytes(told)
        if not hmac.compare_digest(_mark(key, content), _bytes(mark)):
            raise ValueError
        found = json.loads(content)
    except (ValueError, binascii.Error):
        raise LinkError("this link is not valid", next_step="open the latest mail, or sign in at the desk") from None
    if found["p"] != purpose:
        raise LinkError("this link is for something else", next_step="sign in at the desk")
    if found["x"] < now.timestamp():
        raise LinkError("this link is too old", next_step="sign in at the desk to do it there")
    return {name[2:]: value for name, value in found.items() if name.startswith("f.")}


def _mark(key: bytes, told: bytes) -> bytes:
    return hmac.new(key, told, hashlib.sha256).digest()


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _bytes(value: str) -> bytes:
    return base64.urlsafe_b64decode(value.encode("ascii", "strict") + b"=" * (-len(value) % 4))
