"""A head over an encoder's layers, and the fold that learns from nothing of its own."""

from collections.abc import Iterator

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the torch extra is not installed")
pytest.importorskip("transformers", reason="the torch extra is not installed")
layer_head = pytest.importorskip("models.training.layer_head")

from tokenizers import Tokenizer, models, pre_tokenizers  # noqa: E402
from transformers import BertConfig  # noqa: E402

from models.adapters.tokenizer import PairTokenizer  # noqa: E402
from models.sentiment import Sentiment  # noqa: E402
from models.training.encoder import FeedbackEncoder  # noqa: E402
from models.training.examples import Example, hard  # noqa: E402

pytestmark = pytest.mark.torch
RECIPE = layer_head.HeadRecipe(hidden=8, epochs=4, seeds=2, learning_rate=0.03)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Networks this small lose time to threads that wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def made(rows: int = 240) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 3, rows)
    return (np.eye(3)[labels] * 3 + rng.normal(size=(rows, 3))).astype(np.float32), labels


def test_a_head_learns_what_its_features_hold_and_answers_alike_twice() -> None:
    features, labels = made()
    head = layer_head.fit_head(features[:160], np.eye(3)[labels[:160]], RECIPE)
    logits = head.logits(features[160:])
    assert (logits.argmax(axis=1) == labels[160:]).mean() > 0.8
    assert np.array_equal(
        logits, layer_head.fit_head(features[:160], np.eye(3)[labels[:160]], RECIPE).logits(features[160:])
    )


def test_layer_means_do_not_depend_on_the_neighbours_of_a_comment() -> None:
    words = {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "why": 4, "late": 5, "kind": 6}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    config = BertConfig(vocab_size=7, hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=8)
    torch.manual_seed(0)
    model = FeedbackEncoder.empty(config)
    examples = [
        Example(text, "why", hard(Sentiment.NEUTRAL), 0.0, "g", "d") for text in ("late", "kind late kind kind")
    ]
    together = layer_head.layer_means(model, examples, PairTokenizer(tokenizer, length=16), layers=(1, 2))
    alone = layer_head.layer_means(model, examples[:1], PairTokenizer(tokenizer, length=16), layers=(1, 2))
    assert together.shape == (2, 16)
    np.testing.assert_allclose(together[:1], alone, atol=1e-5)


def test_the_labels_of_the_held_rows_change_nothing() -> None:
    crossvalidate = pytest.importorskip("models.training.crossvalidate")
    features, labels = made(400)
    held, inner = np.arange(400) % 5 == 0, np.arange(400) % 3
    found = [
        crossvalidate.judge_fold(features, given, inner, held, RECIPE)
        for given in (labels, np.where(held, (labels + 1) % 3, labels))
    ]
    assert np.array_equal(found[0][0], found[1][0]) and np.array_equal(found[0][1], found[1][1])
