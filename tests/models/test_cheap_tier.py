from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from models.adapters.cheap_tier import MAX_NEW_QUESTIONS, CheapTier, load_cheap_tier, save_cheap_tier
from models.batching import Estimates, score
from models.cheap_tier import PROBES, CheapWeights, Intent, answer, forward, intent_of, pool
from models.sentiment import ScoreInput, Sentiment
from models.word_hashing import hash_comments
from tests.models.fakes import RuleNetwork

BITS = 12


@pytest.fixture
def weights() -> CheapWeights:
    """Knows "bad" and "great"; a bare answer means what the question asked for."""
    table = np.zeros((2**BITS, 2), np.float32)
    for word, column in (("bad", 0), ("great", 1)):
        table[hash_comments([word], BITS).features[1], column] = 6.0
    intent = np.zeros((4, 4), np.float32)
    intent[Intent.BLAME, 2] = intent[Intent.PRAISE, 3] = 1.0
    hidden = np.array([[1, 0, 0, 0], [0, 1, 0, 0]], np.float32)
    output = np.array([[2, -1, -2, 1], [-2, -1, 2, -1], [1, 0, -1, 0], [-1, 0, 1, 0]], np.float32)
    return CheapWeights(table, hidden, intent, np.zeros(4, np.float32), output, np.zeros(4, np.float32), 1.0, 1.0)


class QuestionNetwork(RuleNetwork):
    """Says that a bare noun is blame after a question with "better", praise after "good", neutral else."""

    def estimate(self, questions: Sequence[str], texts: Sequence[str]) -> Estimates:
        found = super().estimate(questions, texts)
        for row, question in enumerate(questions):
            if texts[row] in PROBES:
                column = 0 if "better" in question else 2 if "good" in question else 1
                found.probabilities[row] = np.eye(3, dtype=np.float32)[column]
        return found


def test_words_decide_and_the_question_decides_without_them(weights: CheapWeights) -> None:
    texts = ["bad", "great", "the lift", "the lift"]
    intents = np.array([Intent.OPEN, Intent.OPEN, Intent.BLAME, Intent.PRAISE])
    found = answer(weights, texts, intents)
    assert found.probabilities.argmax(axis=1).tolist() == [0, 2, 0, 2]
    np.testing.assert_allclose(found.probabilities.sum(axis=1), 1, atol=1e-6)
    assert found.frustration[0] > 0.9 > found.frustration[1]


def test_pooling_in_slices_is_pooling_at_once(weights: CheapWeights) -> None:
    texts = [f"bad great word{i} " * (i % 7) for i in range(20_000)]
    pooled, lengths = pool(weights, texts)
    for row in (0, 1, 9_999, 12_345, 19_999):
        alone, length = pool(weights, [texts[row]])
        np.testing.assert_allclose(pooled[row], alone[0], rtol=1e-5)
        assert lengths[row] == length[0]
    assert forward(weights, pooled, lengths, np.zeros(len(texts), np.int64)).shape == (20_000, 4)


def test_a_comment_scores_exactly_the_same_in_every_batch() -> None:
    rng = np.random.default_rng(0)
    table, hidden, intent, length, output, bias = (
        rng.normal(0, 1, size).astype(np.float32) for size in ((2**BITS, 32), (32, 96), (4, 96), (96,), (96, 4), (4,))
    )
    weights = CheapWeights(table, hidden, intent, length, output, bias, 1.1, 0.9)
    texts = [" ".join(rng.choice(["late", "kind", "box", "rude", "fine"], 1 + i % 9)) for i in range(300)]
    intents = np.arange(300) % 4
    together = answer(weights, texts, intents)
    for step in (1, 7):
        parts = [answer(weights, texts[i : i + step], intents[i : i + step]) for i in range(0, 300, step)]
        np.testing.assert_array_equal(np.concatenate([part.probabilities for part in parts]), together.probabilities)
        np.testing.assert_array_equal(np.concatenate([part.frustration for part in parts]), together.frustration)


def test_the_tier_learns_each_question_once(weights: CheapWeights) -> None:
    network = QuestionNetwork()
    tier = CheapTier(weights, 0.5, network)
    questions = ["What could be better?", "What was good?", "", "What could be better?"]
    found, sure = tier.attempt(questions, ["the lift"] * 4)
    assert found.probabilities.argmax(axis=1)[[0, 1, 3]].tolist() == [0, 2, 0]
    assert sure.tolist() == [True, True, False, True]
    tier.attempt(questions, ["the lift"] * 4)
    assert len(network.calls) == 2 and [text for _, text in network.calls[0]] == list(PROBES)


def test_free_text_in_place_of_questions_is_left_to_the_encoder(weights: CheapWeights) -> None:
    network = QuestionNetwork()
    count = MAX_NEW_QUESTIONS + 1
    _, sure = CheapTier(weights, 0.5, network).attempt([f"why {i}" for i in range(count)] + [""], ["bad"] * (count + 1))
    assert sure.tolist() == [False] * count + [True] and network.calls == []


def test_in_front_of_an_encoder_only_the_unsure_reach_it(weights: CheapWeights) -> None:
    network = QuestionNetwork()
    batch = [ScoreInput(text) for text in ("bad", "hm", "great", "", "bad", "crash")]
    scores = score(batch, network, lambda item: True, "m", CheapTier(weights, 0.9, network))
    assert sorted(set(network.seen)) == ["crash", "hm"]
    assert [scores.label(i) for i in range(3)] == [Sentiment.NEGATIVE, Sentiment.POSITIVE, Sentiment.POSITIVE]
    assert scores.unknown[3] is not None and scores.unknown[5] is not None
    np.testing.assert_array_equal(scores.probabilities[4], scores.probabilities[0])


def test_a_saved_tier_answers_as_before(weights: CheapWeights, tmp_path: Path) -> None:
    save_cheap_tier(weights, 0.83, tmp_path / "cheap.npz")
    loaded, threshold = load_cheap_tier(tmp_path / "cheap.npz")
    assert threshold == 0.83
    texts, intents = ["bad thing", "great thing"], np.array([3, 3])
    np.testing.assert_allclose(
        answer(loaded, texts, intents).probabilities, answer(weights, texts, intents).probabilities, atol=0.01
    )


@pytest.mark.parametrize(("column", "intent"), [(0, Intent.BLAME), (1, Intent.OPEN), (2, Intent.PRAISE)])
def test_a_question_means_what_bare_nouns_mean_after_it(column: int, intent: Intent) -> None:
    rows = np.full((4, 3), 0.1, np.float32)
    rows[:, column] = 0.8
    assert intent_of(rows) is intent
