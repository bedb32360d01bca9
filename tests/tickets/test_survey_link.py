"""Survey links: only what this store signed, for this purpose, and only until it ends."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tickets.builders import NOW
from tickets.links import signed
from tickets.survey_link import SurveyLink, SurveyLinkError, sign, verify

KEY = b"k" * 32
LINK = SurveyLink("N-17", 9)
END = NOW + timedelta(days=14)


def test_a_link_comes_back_until_it_expires() -> None:
    token = sign(LINK, END, KEY)
    assert verify(token, KEY, NOW) == verify(token, KEY, END) == LINK
    with pytest.raises(SurveyLinkError, match=r"too old\. Next: use the link of our mail"):
        verify(token, KEY, END + timedelta(seconds=1))


def test_a_link_for_something_else_is_no_survey() -> None:
    token = signed(KEY, "act", {"ticket": "N-17", "resolution": "9"}, END)
    with pytest.raises(SurveyLinkError, match="for something else"):
        verify(token, KEY, NOW)


@given(st.text(max_size=60))
def test_anything_else_is_refused(token: str) -> None:
    with pytest.raises(SurveyLinkError, match="not valid"):
        verify(token, KEY, NOW)


def test_another_store_has_another_key() -> None:
    with pytest.raises(SurveyLinkError, match="not valid"):
        verify(sign(LINK, END, KEY), b"x" * 32, NOW)
