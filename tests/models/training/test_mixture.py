from collections import Counter
from math import nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.sentiment import Sentiment
from models.training.augment import ASKS_GOOD, ASKS_IMPROVE, ASKS_OPEN, ASKS_WHY, short_answers, vary_questions
from models.training.datasets import IMPROVE
from models.training.examples import Example, hard
from models.training.mixture import draw_epoch, fold_of, split


def example(group: str, question: str = IMPROVE, domain: str = "nhs") -> Example:
    return Example("quicker please", question, hard(Sentiment.NEGATIVE), nan, group, domain)


@given(st.lists(st.text(max_size=6), max_size=60), st.integers(2, 10))
def test_a_person_is_on_one_side_of_a_split_and_nobody_is_lost(groups: list[str], folds: int) -> None:
    examples = [example(group) for group in groups]
    outside, inside = split(examples, 0, folds)
    assert len(outside) + len(inside) == len(examples)
    assert not {e.group for e in outside} & {e.group for e in inside}


def test_folds_are_about_equal() -> None:
    sizes = Counter(fold_of(f"nhs:{i}", 5) for i in range(5000))
    assert len(sizes) == 5 and min(sizes.values()) > 850


def test_short_answers_take_their_label_from_the_question() -> None:
    labels = {(e.question, e.text): e.label for e in short_answers()}
    assert labels[ASKS_IMPROVE[0], "Nothing"] is Sentiment.POSITIVE
    assert labels[ASKS_GOOD[0], "Nothing"] is Sentiment.NEGATIVE
    assert labels[ASKS_OPEN[0], "Nothing"] is Sentiment.NEUTRAL
    assert labels[ASKS_IMPROVE[0], "the price"] is Sentiment.NEGATIVE
    assert labels[ASKS_GOOD[0], "the price"] is Sentiment.POSITIVE


def test_questions_are_kept_reworded_within_their_family_or_dropped() -> None:
    varied = vary_questions([example("g")] * 2000, np.random.default_rng(1))
    share = {q: n / 2000 for q, n in Counter(e.question for e in varied).items()}
    assert set(share) <= {IMPROVE, "", *ASKS_IMPROVE}
    assert share[""] == pytest.approx(0.2, abs=0.03)
    assert share[IMPROVE] == pytest.approx(0.45 + 0.35 / len(ASKS_IMPROVE), abs=0.04)
    assert {(e.text, e.target) for e in varied} == {("quicker please", hard(Sentiment.NEGATIVE))}


def test_a_comment_without_a_question_gets_only_questions_that_fix_nothing() -> None:
    varied = vary_questions([example("g", "")] * 500, np.random.default_rng(1))
    assert {e.question for e in varied} <= {"", *ASKS_OPEN, *ASKS_WHY}


def test_an_epoch_holds_each_domain_up_to_its_quota_without_repeats() -> None:
    examples = [example(f"a{i}", domain="a") for i in range(50)] + [example(f"b{i}", domain="b") for i in range(5)]
    epoch = draw_epoch(examples, {"a": 20, "b": 20}, np.random.default_rng(2))
    assert Counter(e.domain for e in epoch) == {"a": 20, "b": 5}
    assert len({e.group for e in epoch}) == 25


def test_the_same_seed_draws_the_same_epoch() -> None:
    examples = short_answers()
    one, two = (draw_epoch(examples, {"short_answers": 90}, np.random.default_rng(3)) for _ in range(2))
    assert one == two
    labels = Counter(e.label for e in one)
    assert min(labels.values()) >= 12
