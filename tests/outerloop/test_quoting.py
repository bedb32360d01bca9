import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outerloop.quoting import LONGEST, quotable


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Write to me at ada.b@example.org, please", "Write to me at [mail address] please"),
        ("Ring +44 (0)20 7946 0018 after six", "Ring [number] after six"),
        ("Order 4471-22-9, two weeks late", "Order [number], two weeks late"),
        ("See https://example.org/x?y=1 for the picture", "See [link] for the picture"),
        ("It took 2 weeks and 30 calls in 2026", "It took 2 weeks and 30 calls in 2026"),
        ("I, Ada, am cross. ada is cross.", "I, [name], am cross. [name] is cross."),
        ("two\nlines\tand  spaces", "two lines and spaces"),
    ],
)
def test_who_it_is_is_masked_and_the_rest_stays(said: str, shown: str) -> None:
    assert quotable(said, ("Ada Byron",)) == shown


def test_a_name_is_masked_as_a_word_and_not_inside_one() -> None:
    assert quotable("Anna likes bananas", ("Anna Ban",)) == "[name] likes bananas"


def test_a_long_comment_is_cut_at_a_word() -> None:
    shown = quotable("word " * 200)
    assert len(shown) <= LONGEST and shown.endswith("word…")


@given(st.text(max_size=600))
def test_no_quotation_is_too_long_or_holds_a_long_number(said: str) -> None:
    shown = quotable(said)
    assert len(shown) <= LONGEST
    assert not re.search(r"[0-9]{5}", shown)
