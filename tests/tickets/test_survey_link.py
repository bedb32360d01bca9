"""Signed links: only what this store signed, and only until it ends."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tickets.builders import NOW
from tickets.survey_link import SurveyLink, SurveyLinkError, sign, verify

KEY = b"k" * 32
LINK = SurveyLink("N-17", 9, NOW + timedelta(days=14))


def test_a_link_comes_back_until_it_expires() -> None:
    token = sign(LINK, KEY)
    assert verify(token, KEY, NOW) == verify(token, KEY, LINK.expires_at) == LINK
    with pytest.raises(SurveyLinkError, match="good until 25 March 2026"):
        verify(token, KEY, LINK.expires_at + timedelta(seconds=1))
    assert token.isascii() and "N-17" not in token and not set(token) & set("/+=?&")


@given(st.integers(0, 200), st.integers(1, 255))
def test_a_changed_link_is_refused(place: int, by: int) -> None:
    token = sign(LINK, KEY)
    place %= len(token)
    changed = token[:place] + chr((ord(token[place]) + by) % 128) + token[place + 1 :]
    if changed.rstrip("=") != token and _bytes_differ(changed, token):
        with pytest.raises(SurveyLinkError, match="not one of ours"):
            verify(changed, KEY, NOW)


def _bytes_differ(one: str, other: str) -> bool:
    """The last character of base64 holds spare bits that say nothing."""
    return one[:-1] != other[:-1]


@given(st.text(max_size=60))
def test_anything_else_is_refused(token: str) -> None:
    with pytest.raises(SurveyLinkError):
        verify(token, KEY, NOW)


def test_another_store_has_another_key() -> None:
    with pytest.raises(SurveyLinkError, match="not one of ours"):
        verify(sign(LINK, KEY), b"x" * 32, NOW)
