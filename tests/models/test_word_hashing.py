import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.word_hashing import MAX_BYTES, hash_comments


def features(text: str) -> list[int]:
    return [int(number) for number in hash_comments([text], 16).features]


@given(st.lists(st.text(max_size=60), min_size=1, max_size=12))
def test_a_comment_has_the_same_features_alone_and_among_others(texts: list[str]) -> None:
    hashed = hash_comments(texts, 16)
    assert hashed.counts.min() >= 1 and hashed.counts.sum() == len(hashed.features)
    for i, text in enumerate(texts):
        start = hashed.starts[i]
        assert hashed.features[start : start + hashed.counts[i]].tolist() == features(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Very LATE", "very   late"),
        ("late, very", "late very"),
        ("didn’t", "didn't"),
        ("bad.\n", "bad"),
        ("a\0b", "a b"),
    ],
)
def test_case_spaces_and_most_marks_make_no_difference(one: str, other: str) -> None:
    assert features(one) == features(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("not good", "good not"), ("late", "late!"), ("late", "latte"), ("ab", "ba"), ("very very", "very")],
)
def test_order_letters_and_exclamations_do(one: str, other: str) -> None:
    assert features(one) != features(other)


def test_words_pairs_and_the_opening_mark_are_counted() -> None:
    assert hash_comments(["", "late", "very late", "very late!"], 16).counts.tolist() == [1, 3, 5, 7]


def test_numbers_stay_below_the_size_and_spread() -> None:
    words = [f"word{i}" for i in range(2000)]
    found = hash_comments(words, 12)
    assert found.features.min() >= 0 and found.features.max() < 4096
    singles = found.features[found.starts + 1]
    assert len(np.unique(singles)) > 0.8 * 4096 * (1 - np.exp(-2000 / 4096))


def test_a_megabyte_costs_no_more_than_its_beginning() -> None:
    assert hash_comments(["x " * 500_000], 16).counts[0] <= MAX_BYTES + 2


def test_broken_surrogates_are_read() -> None:
    assert hash_comments(["\ud83d bad"], 16).counts[0] >= 3
