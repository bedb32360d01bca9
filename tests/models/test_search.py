from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from models.search import WordIndex, nearest

TEXTS = ("The parcel was late", "Late parcels again", "I was charged twice", "")


def test_words_are_compared_by_what_they_share() -> None:
    scores = WordIndex(TEXTS).scores("my parcel came late")
    assert scores.shape == (4,)
    assert scores[0] > scores[1] > scores[2] == scores[3] == 0


def test_nothing_to_search_or_no_words_finds_nothing() -> None:
    assert WordIndex([]).scores("x").shape == (0,)
    assert not WordIndex(["", "!!"]).scores("parcel").any()
    assert not WordIndex(["a", "b"]).scores("parcel").any()


def test_both_ways_add_up_and_what_is_far_either_way_is_left_out() -> None:
    meaning = np.array([0.6, 0.1, 0.5, 0.0], np.float32)
    words = np.array([0.0, 0.3, 0.4, 0.2], np.float32)
    assert [one.place for one in nearest(meaning, words, 5)] == [2, 0, 1]
    assert [one.place for one in nearest(meaning, words, 1)] == [2]


@given(arrays(np.float32, 8, elements=st.floats(0, 1, width=32)))
def test_without_shared_words_meaning_decides(scores: NDArray[np.float32]) -> None:
    found = nearest(scores, np.zeros(8, np.float32), 8, least=0)
    assert sorted(one.place for one in found) == list(range(8))
    assert all(one.meaning >= other.meaning for one, other in pairwise(found))
