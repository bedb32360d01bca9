import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.encoding import MAX_CHARACTERS, PairLayout, clean, cut_middle, length_batches, pad_pairs

LAYOUT = PairLayout(cls_id=2, sep_id=3, pad_id=0, length=16, question_length=4)


def test_a_pair_is_question_then_comment_between_marks() -> None:
    assert LAYOUT.join([10, 11], [20, 21, 22]) == ([2, 10, 11, 3, 20, 21, 22, 3], 4)


def test_a_comment_without_a_question_keeps_the_shape() -> None:
    assert LAYOUT.join([], [20]) == ([2, 3, 20, 3], 2)


@given(st.lists(st.integers(5, 99), max_size=40), st.lists(st.integers(5, 99), min_size=1, max_size=300))
def test_a_pair_never_exceeds_its_length_and_keeps_both_ends(question: list[int], comment: list[int]) -> None:
    ids, start = LAYOUT.join(question, comment)
    assert len(ids) <= LAYOUT.length
    assert ids[start] == comment[0] and ids[-2] == comment[-1]
    assert ids[start - 1] == ids[-1] == LAYOUT.sep_id


def test_the_middle_is_cut_and_a_quarter_of_the_room_is_kept_for_the_end() -> None:
    assert cut_middle(range(100), 8) == [0, 1, 2, 3, 4, 5, 98, 99]
    assert cut_middle([1, 2], 8) == [1, 2]


def test_padding_marks_the_comment_as_second_segment() -> None:
    batch = pad_pairs([([2, 9, 3, 7, 3], 3), ([2, 3, 7, 3], 2)], pad_id=0)
    np.testing.assert_array_equal(batch.ids, [[2, 9, 3, 7, 3], [2, 3, 7, 3, 0]])
    np.testing.assert_array_equal(batch.mask, [[1, 1, 1, 1, 1], [1, 1, 1, 1, 0]])
    np.testing.assert_array_equal(batch.segments, [[0, 0, 0, 1, 1], [0, 0, 1, 1, 0]])


@given(st.lists(st.integers(1, 500), max_size=200), st.integers(1, 2000))
def test_batches_cover_every_row_once_within_budget(lengths: list[int], budget: int) -> None:
    batches = list(length_batches(lengths, budget, largest=16))
    assert sorted(row for batch in batches for row in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) == 1 or len(batch) * max(lengths[row] for row in batch) <= budget
        assert len(batch) <= 16


def test_a_megabyte_is_cut_before_it_is_tokenised() -> None:
    text = "start " + "x" * 1_000_000 + " end"
    assert len(clean(text)) <= MAX_CHARACTERS + 1
    assert clean(text).startswith("start") and clean(text).endswith(" end")


def test_emoji_are_spelt_and_other_scripts_are_left_alone() -> None:
    assert clean("late again 😡") == "late again  pouting face "
    assert clean("café – 5 €") == "café – 5 €"
    assert clean("מצוין") == "מצוין"
