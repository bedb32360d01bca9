from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from models.adapters.artifact import ArtifactError
from models.adapters.small_tier import BATCH_ROWS, NetworkTier, TierChain, small_tier_of
from models.adapters.tokenizer import PairTokenizer
from models.batching import Estimates
from tests.models.fakes import RuleNetwork


class Picky:
    """Sure only of texts with its word; remembers what it was asked."""

    def __init__(self, word: str, column: int) -> None:
        self.word, self.column, self.asked = word, column, list[str]()

    def attempt(self, questions: Sequence[str], texts: Sequence[str]) -> tuple[Estimates, NDArray[np.bool_]]:
        self.asked += texts
        rows = np.tile(np.eye(3, dtype=np.float32)[self.column], (len(texts), 1))
        return Estimates(rows, np.full(len(texts), 0.25, np.float32)), np.array([self.word in text for text in texts])


def test_each_tier_sees_what_those_before_it_left_open() -> None:
    first, second = Picky("bad", 0), Picky("good", 2)
    found, sure = TierChain([first, second]).attempt([""] * 4, ["good", "bad", "hm", "bad good"])
    assert sure.tolist() == [True, True, False, True]
    assert found.probabilities.argmax(axis=1)[[0, 1, 3]].tolist() == [2, 0, 0]
    assert second.asked == ["good", "hm"]


def test_no_tier_is_sure_of_nothing() -> None:
    _, sure = TierChain([]).attempt(["", ""], ["a", "b"])
    assert sure.tolist() == [False, False]


def test_later_tiers_rest_when_nothing_is_left() -> None:
    second = Picky("", 1)
    TierChain([Picky("", 0), second]).attempt([""], ["anything"])
    assert second.asked == []


def test_a_network_tier_answers_in_order_and_leaves_the_unsure_and_the_failed_open() -> None:
    texts = [f"bad {i} " + "x" * (i % 90) for i in range(3 * BATCH_ROWS)] + ["crash" + "y" * 5000, "fine"]
    found, sure = NetworkTier(RuleNetwork(), 0.75).attempt([""] * len(texts), texts)
    assert sure[: 3 * BATCH_ROWS].mean() > 0.6 and not sure[-2]
    assert (found.probabilities[: 3 * BATCH_ROWS][sure[: 3 * BATCH_ROWS], 0] == np.float32(0.8)).all()
    assert not NetworkTier(RuleNetwork(), 0.9).attempt(["", ""], ["bad", "fine"])[1].any()


def test_broken_settings_are_refused(tmp_path: Path) -> None:
    from models.adapters.onnx_sentiment import DEFAULT_ARTIFACT

    tokenizer = PairTokenizer.from_file(DEFAULT_ARTIFACT / "tokenizer.json")
    (tmp_path / "small.json").write_text('{"threshold": -1}')
    with pytest.raises(ArtifactError, match=r"small\.json"):
        small_tier_of(tmp_path, tokenizer, 1, ["CPUExecutionProvider"])
