"""The phrase tier: a far smaller network that answers what it is sure of, for what asking the encoder would cost."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field, ValidationError

from models.adapters.artifact import ArtifactError
from models.adapters.onnx_phrases import OnnxPhrases
from models.adapters.tokenizer import PairTokenizer
from models.artifact import Calibration
from models.batching import CHARACTERS, Estimates, Network, NetworkFault
from models.doubt import sureness
from models.encoding import length_batches

PHRASE_FILE, PHRASE_SETTINGS = "phrases.onnx", "phrases.json"


class _SettingsFile(BaseModel):
    threshold: float = Field(gt=0)
    sentiment_temperature: float = Field(gt=0)
    frustration_temperature: float = Field(gt=0)


class NetworkTier:
    """Lets through what a network is sure of to `threshold` (`models.doubt`); what it cannot answer is left open."""

    def __init__(self, network: Network, threshold: float) -> None:
        self._network, self._threshold = network, threshold

    def attempt(self, questions: Sequence[str], texts: Sequence[str]) -> tuple[Estimates, NDArray[np.bool_]]:
        """Answers in the order asked, and which of them (n,) reach the threshold."""
        probabilities = np.zeros((len(texts), 3), np.float32)
        frustration = np.zeros(len(texts), np.float32)
        lengths = [len(question) + len(text) for question, text in zip(questions, texts, strict=True)]
        together = self._network.together
        for rows in length_batches(lengths, together * CHARACTERS, together):
            try:
                found = self._network.estimate([questions[row] for row in rows], [texts[row] for row in rows])
            except NetworkFault:
                continue
            probabilities[rows] = found.probabilities
            if found.frustration is not None:
                frustration[rows] = found.frustration
        return Estimates(probabilities, frustration), sureness(probabilities, questions, texts) >= self._threshold


def phrase_tier_of(folder: Path, tokenizer: PairTokenizer, threads: int, providers: Sequence[str]) -> NetworkTier:
    """The phrase tier of an artifact folder; raises ArtifactError for broken settings."""
    try:
        settings = _SettingsFile.model_validate_json((folder / PHRASE_SETTINGS).read_text("utf-8"))
    except (OSError, ValidationError) as error:
        raise ArtifactError("the phrase tier's settings are broken", where=str(folder / PHRASE_SETTINGS)) from error
    calibration = Calibration(settings.sentiment_temperature, settings.frustration_temperature)
    network = OnnxPhrases(folder / PHRASE_FILE, tokenizer, calibration, threads, providers)
    return NetworkTier(network, settings.threshold)
