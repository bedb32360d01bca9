from collections import Counter

import numpy as np
import pytest

from models.sentiment import Sentiment
from models.training.examples import Example, hard
from models.training.variations import nearest_words, variations

LONG = "The nurse was kind, the doctor was late. We waited two hours but nobody told us why."


def example(text: str, question: str = "Why?") -> Example:
    return Example(text, question, hard(Sentiment.NEGATIVE), 1.0, "person 1", "nhs")


def test_a_variation_keeps_question_group_and_domain_and_says_something() -> None:
    rng = np.random.default_rng(0)
    made = variations([example(LONG), example("Late")] * 100, {}, rng)
    assert len(made) == 200
    assert {(e.question, e.group, e.domain) for e in made} == {("Why?", "person 1", "nhs")}
    assert all(e.text.strip() for e in made)
    assert len(Counter(e.text for e in made)) > 60


def test_words_are_changed_for_their_neighbours_only() -> None:
    rng = np.random.default_rng(1)
    words = {w.strip(".,!").lower() for e in variations([example(LONG)] * 200, {"late": ("delayed",)}, rng)
             for w in e.text.split()}  # fmt: skip
    known = {w.strip(".,").lower() for w in LONG.split()} | {"and", "but", "however"}
    assert words - known == {"delayed"}


def test_the_same_seed_makes_the_same_variations() -> None:
    texts = [[e.text for e in variations([example(LONG)] * 20, {}, np.random.default_rng(7))] for _ in range(2)]
    assert texts[0] == texts[1]


@pytest.mark.parametrize("most", [1, 2])
def test_the_nearest_words_point_the_same_way_and_leave_the_word_itself_out(most: int) -> None:
    vectors = np.array([[1, 0], [2, 0.1], [0, 1], [0.1, 3], [-1, 0]], np.float32)
    near = nearest_words(["late", "delayed", "kind", "nice", "early"], vectors, most=most)
    assert "delayed" in near["late"] and "kind" in near["nice"]
    assert all(word not in others and len(others) == most for word, others in near.items())
