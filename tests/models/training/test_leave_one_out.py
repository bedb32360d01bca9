from collections.abc import Sequence, Set

import numpy as np
import pytest

pytest.importorskip("torch", reason="the torch extra is not installed")
pytest.importorskip("transformers", reason="the torch extra is not installed")
pytest.importorskip("vaderSentiment")
leave_one_out = pytest.importorskip("models.training.leave_one_out")

from models.sentiment import Sentiment  # noqa: E402
from models.training.examples import Example, hard  # noqa: E402
from models.training.leave_one_out import Floats  # noqa: E402

pytestmark = pytest.mark.torch


class Spelling:
    """Knows "bad" and nothing else; remembers what it was asked."""

    def __init__(self) -> None:
        self.left_out: Set[str] = frozenset()
        self.judged: Sequence[Example] = ()

    def logits(self, left_out: Set[str], judged: Sequence[Example]) -> Floats:
        self.left_out, self.judged = left_out, judged
        return np.array([(2.0, 0.0, 0.0) if "bad" in e.text else (0.0, 0.0, 2.0) for e in judged], np.float32)


def example(text: str, label: Sentiment, domain: str) -> Example:
    return Example(text, "", hard(label), 0.0, text, domain)


def test_a_domain_is_judged_with_all_its_kin_and_by_itself() -> None:
    examples = [
        *(example(f"bad lamp {i}", Sentiment.NEGATIVE, "amazon_reviews") for i in range(4)),
        *(example(f"great lamp {i}", Sentiment.POSITIVE, "uci_amazon") for i in range(4)),
        *(example(f"bad film {i}", Sentiment.POSITIVE, "movie_reviews") for i in range(4)),
    ]
    learner = Spelling()
    found = leave_one_out.judge_left_out("amazon_reviews", examples, learner)
    assert learner.left_out == leave_one_out.DOMAINS["amazon_reviews"] == {"amazon_reviews", "uci_amazon"}
    assert {e.domain for e in learner.judged} == learner.left_out and found["rows"] == 8
    assert found["encoder"]["macro_recall"] == found["encoder"]["negative_auc"] == 1.0
    assert found["vader"]["macro_recall"] == 1.0
