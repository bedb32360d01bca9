"""A network tier: a smaller network that answers what it is sure of, and tiers one after another."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field, ValidationError

from models.adapters.artifact import ArtifactError
from models.adapters.onnx_network import OnnxNetwork
from models.adapters.tokenizer import PairTokenizer
from models.artifact import Calibration
from models.batching import Estimates, FirstTier, Network, NetworkFault
from models.encoding import length_batches

SMALL_FILE, SMALL_SETTINGS = "small.onnx", "small.json"
BATCH_CHARACTERS, BATCH_ROWS = 8_000, 96


class _SettingsFile(BaseModel):
    threshold: float = Field(gt=0)
    sentiment_temperature: float = Field(gt=0)
    frustration_temperature: float = Field(gt=0)


class NetworkTier:
    """Lets through what a network gives at least `threshold`; a batch that it cannot answer is left open."""

    def __init__(self, network: Network, threshold: float) -> None:
        self._network, self._threshold = network, threshold

    def attempt(self, questions: Sequence[str], texts: Sequence[str]) -> tuple[Estimates, NDArray[np.bool_]]:
        """Answers in the order asked, and which of them (n,) reach the threshold."""
        probabilities = np.zeros((len(texts), 3), np.float32)
        frustration = np.zeros(len(texts), np.float32)
        lengths = [len(question) + len(text) for question, text in zip(questions, texts, strict=True)]
        for rows in length_batches(lengths, BATCH_CHARACTERS, BATCH_ROWS):
            try:
                found = self._network.estimate([questions[row] for row in rows], [texts[row] for row in rows])
            except NetworkFault:
                continue
            probabilities[rows] = found.probabilities
            if found.frustration is not None:
                frustration[rows] = found.frustration
        return Estimates(probabilities, frustration), probabilities.max(axis=1, initial=0.0) >= self._threshold


class TierChain:
    """Tiers in order: each sees what those before it left open."""

    def __init__(self, tiers: Sequence[FirstTier]) -> None:
        self.tiers = tuple(tiers)

    def attempt(self, questions: Sequence[str], texts: Sequence[str]) -> tuple[Estimates, NDArray[np.bool_]]:
        """Answers in the order asked, and which of them (n,) some tier was sure of."""
        probabilities = np.zeros((len(texts), 3), np.float32)
        frustration = np.zeros(len(texts), np.float32)
        sure = np.zeros(len(texts), bool)
        for tier in self.tiers:
            left = [int(row) for row in np.flatnonzero(~sure)]
            if not left:
                break
            found, accepted = tier.attempt([questions[row] for row in left], [texts[row] for row in left])
            probabilities[left], sure[left] = found.probabilities, accepted
            if found.frustration is not None:
                frustration[left] = found.frustration
        return Estimates(probabilities, frustration), sure


def small_tier_of(folder: Path, tokenizer: PairTokenizer, threads: int, providers: Sequence[str]) -> NetworkTier:
    """The middle tier of an artifact folder; raises ArtifactError for broken settings."""
    try:
        settings = _SettingsFile.model_validate_json((folder / SMALL_SETTINGS).read_text("utf-8"))
    except (OSError, ValidationError) as error:
        raise ArtifactError("the middle tier's settings are broken", where=str(folder / SMALL_SETTINGS)) from error
    calibration = Calibration(settings.sentiment_temperature, settings.frustration_temperature)
    network = OnnxNetwork(folder / SMALL_FILE, tokenizer, calibration, threads, providers)
    return NetworkTier(network, settings.threshold)
