from pathlib import Path

import numpy as np
import pytest

from models.adapters.onnx_network import CPU
from models.adapters.onnx_phrases import MOST_TOGETHER, OnnxPhrases
from models.adapters.onnx_sentiment import DEFAULT_ARTIFACT
from models.adapters.phrase_tier import PHRASE_FILE
from models.adapters.tokenizer import PairTokenizer
from models.artifact import Calibration
from models.batching import NetworkFault

WORDS = ("late", "rude", "friendly", "lift", "queue", "staff", "again", "the", "was", "never", "good", "not")
WHY, BETTER = "Why did you give that score?", "What could we do better?"


def phrases(threads: int = 1, graph: Path = DEFAULT_ARTIFACT / PHRASE_FILE) -> OnnxPhrases:
    tokenizer = PairTokenizer.from_file(DEFAULT_ARTIFACT / "tokenizer.json")
    return OnnxPhrases(graph, tokenizer, Calibration(), threads, CPU)


@pytest.fixture(scope="module")
def network() -> OnnxPhrases:
    return phrases()


def comments(rng: np.random.Generator, rows: int) -> tuple[list[str], list[str]]:
    questions = [(WHY, BETTER, "")[i] for i in rng.integers(3, size=rows)]
    return questions, [" ".join(rng.choice(WORDS, size)) for size in rng.integers(1, 9, size=rows)]


@pytest.mark.parametrize("seed", range(4))
def test_what_a_comment_gets_does_not_depend_on_its_company(network: OnnxPhrases, seed: int) -> None:
    rng = np.random.default_rng(seed)
    questions, texts = comments(rng, 3 * MOST_TOGETHER)
    whole = phrases(threads=2).estimate(questions, texts)
    order = rng.permutation(len(texts))
    mixed = network.estimate([questions[i] for i in order], [texts[i] for i in order])
    np.testing.assert_array_equal(mixed.probabilities, whole.probabilities[order])
    for i in order[:12]:
        alone = network.estimate([questions[i]], [texts[i]])
        np.testing.assert_array_equal(alone.probabilities[0], whole.probabilities[i])
        assert alone.frustration is not None and whole.frustration is not None
        assert alone.frustration[0] == whole.frustration[i]


def test_it_hears_plain_praise_and_blame_and_reads_the_question(network: OnnxPhrases) -> None:
    heard = network.estimate([WHY, WHY, BETTER], ["The staff were rude", "Very friendly staff", "Nothing"])
    found = heard.probabilities
    assert found.argmax(axis=1).tolist() == [0, 2, 2]


def test_no_comments_are_no_answers_and_empty_ones_some(network: OnnxPhrases) -> None:
    assert network.estimate([], []).probabilities.shape == (0, 3)
    assert np.isfinite(network.estimate(["", WHY], ["\x00", "x" * 9000]).probabilities).all()


def test_a_failing_runtime_is_a_fault_of_the_network(network: OnnxPhrases) -> None:
    with pytest.raises(NetworkFault, match="ONNX Runtime failed"):
        network.raw([([10**7, 3, 40, 3], 2)])
