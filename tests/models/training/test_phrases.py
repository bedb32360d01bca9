from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from models.artifact import Calibration
from models.sentiment import Sentiment
from models.training.examples import Example, hard

if TYPE_CHECKING:
    from models.training.teaching import Taught

pytest.importorskip("torch", reason="the torch extra is not installed")
pytest.importorskip("onnx", reason="models/training/requirements.txt is not installed")
pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore")]


def lesson(rng: np.random.Generator, number: int) -> Example:
    """Negative exactly where "not" stands before "good": no bag of words can tell."""
    words = list(rng.choice(["lift", "room", "bad", "not", "good", "queue"], 5))
    words[1:3] = ["not", "good"] if number % 2 else ["good", "not"]
    label = Sentiment.NEGATIVE if number % 2 else Sentiment.POSITIVE
    joined = " ".join(words)
    told = hard(Sentiment.NEGATIVE) if "not good" in joined else hard(label)
    return Example(joined, "Why?", told, told[0], f"person {number}", "nhs")


def taught(rows: Sequence[Example]) -> "Taught":
    """What an encoder that is always right would have made of them."""
    from models.training.teaching import Taught

    targets = np.array([row.target for row in rows], np.float32)
    return Taught(targets, targets[:, 0].copy(), targets @ np.array([[1, 2], [0, 1], [3, 1]], np.float32))


@pytest.mark.slow
def test_it_learns_a_phrase_and_its_graph_answers_as_it_does(tmp_path: Path) -> None:
    import torch

    from models.adapters.onnx_network import CPU
    from models.adapters.onnx_phrases import OnnxPhrases
    from models.adapters.onnx_sentiment import DEFAULT_ARTIFACT
    from models.adapters.tokenizer import PairTokenizer
    from models.training.distil import write_phrases
    from models.training.phrases import PhraseNetwork, PhraseRecipe, fit_phrases, phrase_logits

    rng = np.random.default_rng(0)
    rows = [lesson(rng, number) for number in range(900)]
    tokenizer = PairTokenizer.from_file(DEFAULT_ARTIFACT / "tokenizer.json")
    torch.manual_seed(0)
    recipe = PhraseRecipe(width=16, epochs=6, batch=64, learning_rate=1e-2, dropout=0.0)
    network = PhraseNetwork(torch.randn(27_975, 16) * 0.3, recipe)
    fit_phrases(network, rows[:700], taught(rows[:700]), tokenizer, recipe, seed=0, report=lambda told: None)
    padded, _ = phrase_logits(network, rows[700:], tokenizer)
    truth = np.array([example.target for example in rows[700:]])
    assert (padded.argmax(axis=1) == truth.argmax(axis=1)).mean() > 0.95
    write_phrases(network, tmp_path / "phrases.onnx")
    graph = OnnxPhrases(tmp_path / "phrases.onnx", tokenizer, Calibration(), 1, CPU)
    plain, _ = graph.raw(tokenizer.pairs([e.question for e in rows[700:]], [e.text for e in rows[700:]]))
    np.testing.assert_allclose(plain, padded, atol=0.3)  # the word table has 8 bits in the graph
