import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from feedback.errors import ConfigError, NotFoundError
from models.adapters.huggingface import HuggingFaceSentiment
from models.sentiment import ExplainingModel, ScoreInput, Sentiment, SentimentModel, UnknownReason

needs_torch = pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="the torch extra is not installed")
pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore")]
WORDS = "[PAD] [UNK] [CLS] [SEP] [MASK] good bad late driver service the was very never what".split()


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random one-layer BERT classifier with five star labels, saved as the Hub would hold it."""
    torch = pytest.importorskip("torch")
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    folder = tmp_path_factory.mktemp("tiny_bert")
    torch.manual_seed(4)
    stars = {i: f"{i + 1} star{'s' if i else ''}" for i in range(5)}
    config: Any = BertConfig(
        vocab_size=len(WORDS), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=32, initializer_range=0.5,
        num_labels=5, id2label=stars, label2id={name: i for i, name in stars.items()},
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(folder)
    (folder / "vocab.txt").write_text("\n".join(WORDS) + "\n")
    BertTokenizerFast(vocab=str(folder / "vocab.txt")).save_pretrained(folder)
    return folder


@needs_torch
def test_a_folder_is_loaded_and_its_stars_become_classes(tiny: Path) -> None:
    model: SentimentModel = HuggingFaceSentiment(str(tiny))
    batch = [
        ScoreInput("the driver was very late"),
        ScoreInput(""),
        ScoreInput("good service " * 40),
        ScoreInput("good"),
    ]
    scores = model.score(batch)
    assert scores.unknown == (None, UnknownReason.NO_COMMENT, None, None)
    np.testing.assert_allclose(scores.probabilities[[0, 2, 3]].sum(axis=1), 1, atol=1e-5)
    assert scores.frustration is None
    assert scores.model_id == HuggingFaceSentiment(str(tiny)).model_id


@needs_torch
def test_scores_are_those_of_the_model_itself(tiny: Path) -> None:
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    network = AutoModelForSequenceClassification.from_pretrained(tiny).eval()
    encoded = AutoTokenizer.from_pretrained(tiny)("bad service", return_tensors="pt")
    with torch.inference_mode():
        stars = network(**encoded).logits.softmax(-1)[0].numpy()
    expected = [stars[0] + stars[1], stars[2], stars[3] + stars[4]]
    scores = HuggingFaceSentiment(str(tiny)).score([ScoreInput("bad service"), ScoreInput("the driver was very late")])
    np.testing.assert_allclose(scores.probabilities[0], expected, atol=1e-5)


@needs_torch
def test_questions_reach_only_a_model_that_reads_them(tiny: Path) -> None:
    batch = [ScoreInput("bad", "what was good"), ScoreInput("bad", "what was bad")]
    deaf = HuggingFaceSentiment(str(tiny)).score(batch).probabilities
    np.testing.assert_allclose(deaf[0], deaf[1], atol=1e-6)
    reading = HuggingFaceSentiment(str(tiny), reads_questions=True).score(batch).probabilities
    assert np.abs(reading[0] - reading[1]).max() > 1e-5


@needs_torch
def test_the_words_that_moved_any_model_can_be_told(tiny: Path) -> None:
    model = HuggingFaceSentiment(str(tiny))
    assert isinstance(model, ExplainingModel)
    text = "the driver was bad"
    read, *unread = model.explain([ScoreInput(text), ScoreInput(""), ScoreInput("sehr gut", language="de")])
    assert unread == [(), ()]
    assert [text[word.start : word.end] for word in read] == text.split()
    whole, without = (float(model.score([ScoreInput(t)]).probabilities[0, 0]) for t in (text, "the driver was "))
    assert read[-1].weight == pytest.approx(whole - without, abs=1e-5)


@needs_torch
def test_a_multilingual_model_reads_every_language(tiny: Path) -> None:
    batch = [ScoreInput("sehr gut", language="de")]
    assert HuggingFaceSentiment(str(tiny)).score(batch).unknown == (UnknownReason.OTHER_LANGUAGE,)
    assert HuggingFaceSentiment(str(tiny), languages=["*"]).score(batch).unknown == (None,)
    assert HuggingFaceSentiment(str(tiny), languages=["en", "de"]).score(batch).unknown == (None,)


@needs_torch
def test_configured_labels_replace_names(tiny: Path) -> None:
    negative, neutral, positive = Sentiment
    turned = {"1 star": positive, "2 stars": positive, "3 stars": neutral, "4 stars": negative, "5 stars": negative}
    plain = HuggingFaceSentiment(str(tiny)).score([ScoreInput("bad")]).probabilities
    swapped = HuggingFaceSentiment(str(tiny), labels=turned).score([ScoreInput("bad")]).probabilities
    np.testing.assert_allclose(plain[0], swapped[0][::-1], atol=1e-6)


@needs_torch
def test_a_device_this_machine_lacks_is_named(tiny: Path) -> None:
    with pytest.raises(ConfigError, match=r"torch cannot use cuda:9"):
        HuggingFaceSentiment(str(tiny), device="cuda:9")


@needs_torch
def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"cannot be loaded.*config\.json, tokenizer and safetensors"):
        HuggingFaceSentiment(str(tmp_path))


def test_without_torch_the_command_that_installs_it_is_named() -> None:
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from feedback.errors import MissingExtraError\n"
        "from models.adapters.huggingface import HuggingFaceSentiment\n"
        "try: HuggingFaceSentiment('some/model')\n"
        "except MissingExtraError as error: print(error)\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "needs PyTorch, which is not installed" in result.stdout
    assert "pip install -e '.[torch]'" in result.stdout
