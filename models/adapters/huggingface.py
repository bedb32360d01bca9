"""Any Hugging Face sequence-classification model, by name or folder (extra `torch`)."""

import hashlib
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from feedback.errors import ConfigError, MissingExtraError, NotFoundError
from models.adapters.langid import detect
from models.batching import PADDED_TOGETHER, Estimates, NetworkFault, score
from models.calibration import softmax
from models.encoding import MAX_CHARACTERS
from models.evidence import word_weights
from models.labels import class_matrix
from models.language import is_readable
from models.sentiment import ScoreInput, Sentiment, SentimentScores, WordWeight

EVERY_LANGUAGE = "*"


class HuggingFaceSentiment:
    """A fine-tuned classifier behind the sentiment port.

    `model` is a name on the Hub or a folder; `revision` pins a name. `labels` maps the classifier's labels to classes
    where their names do not say it. `reads_questions` passes (question, comment) pairs, for a model that was trained
    on them. `device` is torch's ("cpu", "cuda", "cuda:1", "mps"). `languages` are primary BCP 47 subtags, or "*" for
    every language. Probabilities are divided by `temperature` before softmax.

    Raises MissingExtraError without torch, NotFoundError when the model cannot be loaded, ConfigError for labels or a
    device that cannot be used.
    """

    def __init__(
        self,
        model: str,
        *,
        revision: str | None = None,
        labels: Mapping[str, Sentiment] | None = None,
        device: str = "cpu",
        languages: Sequence[str] = ("en",),
        reads_questions: bool = False,
        temperature: float = 1.0,
    ) -> None:
        _need_torch()
        self._languages = frozenset(languages)
        self._network = _TorchNetwork(model, revision, labels, device, reads_questions, temperature)
        self.model_id = f"{model.rstrip('/').rsplit('/', 1)[-1]}@{self._network.digest}"

    def score(self, batch: Sequence[ScoreInput]) -> SentimentScores:
        """Score a batch; comments that cannot be scored are unknown with a reason."""
        return score(batch, self._network, self._is_readable, self.model_id)

    def explain(self, items: Sequence[ScoreInput]) -> list[tuple[WordWeight, ...]]:
        """Which words of each comment raised its negative probability, in text order; empty where unknown."""
        return [self._explain(item) if item.text.strip() and self._is_readable(item) else () for item in items]

    def _explain(self, item: ScoreInput) -> tuple[WordWeight, ...]:
        def negative_of(texts: Sequence[str]) -> NDArray[np.float32]:
            return self._network.estimate([item.question] * len(texts), texts).probabilities[:, 0]

        try:
            return word_weights(item.text, negative_of)
        except NetworkFault:
            return ()

    def _is_readable(self, item: ScoreInput) -> bool:
        return EVERY_LANGUAGE in self._languages or is_readable(item.text, item.language, self._languages, detect)


class _TorchNetwork:
    has_frustration, together = False, PADDED_TOGETHER

    def __init__(
        self,
        name: str,
        revision: str | None,
        labels: Mapping[str, Sentiment] | None,
        device: str,
        reads_questions: bool,
        temperature: float,
    ) -> None:
        self._tokenizer, self._model = _load(name, revision)
        names = self._model.config.id2label
        self._classes = class_matrix([names[i] for i in range(len(names))], labels)
        self._reads_questions, self._temperature, self._device = reads_questions, temperature, device
        self.digest = _digest(self._model)
        self._move(device)

    def _move(self, device: str) -> None:
        try:
            self._model.to(device).eval()
        except (RuntimeError, AssertionError) as error:
            raise ConfigError(f"torch cannot use {device}: {error}", where="sentiment.device", allowed="cpu") from error

    def estimate(self, questions: Sequence[str], texts: Sequence[str]) -> Estimates:
        """Class probabilities in the order asked; raises NetworkFault when torch fails."""
        import torch

        cut = [text[:MAX_CHARACTERS] for text in texts]
        columns = (list(questions), cut) if self._reads_questions else (cut,)
        try:
            encoded = self._tokenizer(
                *columns, padding=True, truncation=True, max_length=self._limit, return_tensors="pt"
            )
            with torch.inference_mode():
                logits = self._model(**encoded.to(self._device)).logits
        except (RuntimeError, IndexError, ValueError) as error:
            raise NetworkFault(f"the model failed: {error}") from error
        return Estimates(softmax(logits.float().cpu().numpy(), self._temperature) @ self._classes, None)

    @property
    def _limit(self) -> int:
        positions = int(getattr(self._model.config, "max_position_embeddings", 512))
        # RoBERTa numbers positions from the padding mark on, so two of its positions hold no token.
        return min(int(self._tokenizer.model_max_length), positions - 2, 512)


def _need_torch() -> None:
    if find_spec("torch") is None:
        raise MissingExtraError(
            "a Hugging Face model needs PyTorch, which is not installed",
            where="sentiment.model",
            next_step="pip install -e '.[torch]', or set sentiment.model: default",
        )


def _load(name: str, revision: str | None) -> tuple[Any, Any]:
    from transformers import AutoModelForSequenceClassification, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()
    logging.set_verbosity_error()
    try:
        tokenizer = AutoTokenizer.from_pretrained(name, revision=revision)
        return tokenizer, AutoModelForSequenceClassification.from_pretrained(name, revision=revision)
    except (OSError, ValueError, KeyError) as error:
        raise NotFoundError(
            f"the model {name} cannot be loaded: {str(error).splitlines()[0]}",
            where="sentiment.model",
            next_step="name a folder with config.json, tokenizer and safetensors, or a model this machine can reach",
        ) from error


def _digest(model: Any) -> str:
    total = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        total.update(name.encode())
        total.update(np.ascontiguousarray(tensor.float().cpu().numpy()).tobytes())
    return total.hexdigest()[:12]
