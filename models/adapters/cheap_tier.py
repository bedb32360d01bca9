"""The cheap tier's file, and the tier in front of an encoder."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.batching import Estimates, Network
from models.cheap_tier import PROBES, CheapWeights, Intent, answer, intent_of

CHEAP_FILE = "cheap.npz"
# A batch with more new questions than this has free text where questions should be; asking about each costs too much.
MAX_NEW_QUESTIONS = 200
_ARRAYS = ("hidden", "intent", "length", "output", "bias")


class CheapTier:
    """Answers what it is sure of; asks the encoder once per question what a bare noun after it means."""

    def __init__(self, weights: CheapWeights, threshold: float, encoder: Network) -> None:
        self._weights, self._threshold, self._encoder = weights, threshold, encoder
        self._intents: dict[str, Intent] = {"": Intent.NO_QUESTION}

    def attempt(self, questions: Sequence[str], texts: Sequence[str]) -> tuple[Estimates, NDArray[np.bool_]]:
        """Answers in the order asked, and which of them (n,) reach the threshold."""
        known = self._learn(sorted(set(questions) - self._intents.keys()))
        intents = np.array([self._intents.get(question, Intent.OPEN) for question in questions], np.int64)
        found = answer(self._weights, texts, intents)
        sure = found.probabilities.max(axis=1) >= self._threshold
        if not known:
            sure &= np.array([question in self._intents for question in questions])
        return Estimates(found.probabilities, found.frustration), sure

    def _learn(self, questions: Sequence[str]) -> bool:
        if len(questions) > MAX_NEW_QUESTIONS:
            return False
        for question in questions:
            self._intents[question] = intent_of(self._encoder.estimate([question] * len(PROBES), PROBES).probabilities)
        return True


def save_cheap_tier(weights: CheapWeights, threshold: float, path: Path) -> None:
    """Write the tier, the word table as int8 with one scale per column, the rest as float32."""
    scale = np.abs(weights.table).max(axis=0) / 127
    table = np.round(weights.table / scale).astype(np.int8)
    numbers = np.array([threshold, weights.sentiment_temperature, weights.frustration_temperature])
    arrays = {name: getattr(weights, name) for name in _ARRAYS}
    np.savez_compressed(path, table=table, scale=scale.astype(np.float32), numbers=numbers, **arrays)


def load_cheap_tier(path: Path) -> tuple[CheapWeights, float]:
    """What `save_cheap_tier` wrote: the weights and the threshold."""
    with np.load(path, allow_pickle=False) as saved:
        table = saved["table"].astype(np.float32) * saved["scale"]
        threshold, sentiment, frustration = (float(number) for number in saved["numbers"])
        arrays = {name: saved[name] for name in _ARRAYS}
    return CheapWeights(
        table, **arrays, sentiment_temperature=sentiment, frustration_temperature=frustration
    ), threshold


def cheap_tier_of(folder: Path, encoder: Network) -> CheapTier:
    """The tier of an artifact folder in front of its encoder."""
    return CheapTier(*load_cheap_tier(folder / CHEAP_FILE), encoder)
