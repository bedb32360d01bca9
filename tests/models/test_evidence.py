from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.encoding import MAX_CHARACTERS
from models.evidence import MOST_TRIES, PROPOSALS, confirmed, top_words, word_weights, words_of
from models.sentiment import WordWeight


class Lexicon:
    """Negative probability rises with each bad word; counts the texts it was asked about."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += len(texts)
        return np.array([0.1 + 0.4 * ("rude" in t) + 0.2 * ("late" in t) for t in texts], np.float32)


def test_the_words_that_matter_are_found_at_their_place() -> None:
    text = "The driver was rude, and late."
    weights = word_weights(text, Lexicon())
    strong = top_words(weights)
    assert [text[w.start : w.end] for w in strong] == ["rude", "late"]
    assert [round(w.weight, 2) for w in strong] == [0.4, 0.2]
    assert [text[w.start : w.end] for w in weights] == ["The", "driver", "was", "rude", "and", "late"]


def test_in_a_long_comment_the_word_is_still_found() -> None:
    text = (
        "We came in the morning and had to queue for a while " * 3
        + "but the man at the desk was rude to my mother. Bye."
    )
    strong = top_words(word_weights(text, Lexicon()))
    assert [text[w.start : w.end] for w in strong] == ["rude"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("rude\u0301, cre\u0300me bru\u0302le\u0301e", ["rude\u0301", "cre\u0300me", "bru\u0302le\u0301e"]),
        ("\u0938\u0947\u0935\u093e \u0916\u0930\u093e\u092c", ["\u0938\u0947\u0935\u093e", "\u0916\u0930\u093e\u092c"]),
        ("\u05e9\u05b8\u05dc\u05d5\u05b9\u05dd rude", ["\u05e9\u05b8\u05dc\u05d5\u05b9\u05dd", "rude"]),
        ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", ["\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"]),
        ("rude \U0001f469\U0001f3fd\u200d\U0001f4bb late", ["rude", "\U0001f469\U0001f3fd\u200d\U0001f4bb", "late"]),
        ("so \u2764\ufe0f \u2639 1\ufe0f\u20e3", ["so", "\u2764\ufe0f", "\u2639", "1\ufe0f\u20e3"]),
        ("a \u202brude\u202c one", ["a", "rude", "one"]),
    ],
)
def test_a_word_ends_where_a_reader_sees_it_end(text: str, words: list[str]) -> None:
    assert [text[start:end] for start, end in words_of(text)] == words


def test_the_end_of_a_very_long_comment_is_looked_at_as_the_model_reads_it() -> None:
    text = "It was fine. " * 80_000 + "They were rude to me."
    weights = word_weights(text, Lexicon())
    assert [text[w.start : w.end] for w in top_words(weights)] == ["rude"]
    assert max(w.end - w.start for w in weights) < MAX_CHARACTERS, "no part crosses what the model is not shown"


@given(st.text(max_size=400))
def test_spans_lie_in_the_text_in_order_and_the_cost_is_bounded(text: str) -> None:
    lexicon = Lexicon()
    weights = word_weights(text, lexicon)
    assert lexicon.asked <= MOST_TRIES + 1
    ends = [0, *(w.end for w in weights)]
    assert all(end <= w.start < w.end <= len(text) for end, w in zip(ends, weights, strict=False))


def test_a_very_long_comment_costs_no_more() -> None:
    lexicon = Lexicon()
    assert word_weights("fine rude " * 100_000, lexicon)
    assert lexicon.asked <= MOST_TRIES + 1


@pytest.mark.parametrize("text", ["", "   ", "."])
def test_without_words_there_is_no_evidence(text: str) -> None:
    assert word_weights(text, Lexicon()) == ()


def test_words_with_apostrophes_and_emoji_are_one_span() -> None:
    text = "didn\u2019t work 😡 ?!"
    assert [text[a:b] for a, b in words_of(text)] == ["didn\u2019t", "work", "😡", "?!"]


def test_weak_and_calming_words_are_no_evidence() -> None:
    weights = (WordWeight(0, 1, 0.01), WordWeight(2, 3, -0.5), WordWeight(4, 5, 0.3))
    assert top_words(weights) == (weights[2],)


def test_the_model_that_answered_weighs_only_what_was_proposed() -> None:
    text, model = "The driver was rude, and late, and so was his brother.", Lexicon()
    proposed = [
        WordWeight(start, end, weight) for (start, end), weight in zip(words_of(text), range(-1, 9), strict=False)
    ]
    weights = confirmed(text, proposed, model)
    assert model.asked == 1 + PROPOSALS
    assert [(text[w.start : w.end], round(w.weight, 2)) for w in weights if w.weight > 0.01] == [("late", 0.2)]
    assert confirmed(text, [WordWeight(0, 3, -0.2)], model) == ()
