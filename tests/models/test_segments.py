from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from models.segments import digest, segments


def test_a_comment_is_cut_after_its_sentences() -> None:
    text = "The sofa sagged after a week. Nobody rang me back!  The lamp is lovely though"
    assert [part.text for part in segments(text)] == [
        "The sofa sagged after a week.", "Nobody rang me back!", "The lamp is lovely though",
    ]  # fmt: skip


def test_a_short_sentence_belongs_to_its_neighbour() -> None:
    assert [part.text for part in segments("Thanks! The lamp came whole. Great. ")] == [
        "Thanks! The lamp came whole. Great."
    ]
    assert segments(" ... ") == [] and segments("") == []


@given(st.text(alphabet=st.sampled_from("ab .!?\n;é"), max_size=60))
def test_parts_are_pieces_of_the_comment_in_order_and_lose_no_word(text: str) -> None:
    found = segments(text)
    assert all(text[part.start : part.end] == part.text for part in found)
    assert all(one.end <= other.start for one, other in pairwise(found))
    kept = sum(letter.isalnum() for part in found for letter in part.text)
    assert kept == sum(letter.isalnum() for letter in text)


def test_letter_case_and_spacing_are_no_other_text() -> None:
    assert digest("The  Lamp\ncame") == digest("the lamp came") != digest("the lamp cam")
