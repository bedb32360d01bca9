"""The port of every sentiment model: a batch of comments in, calibrated probabilities or a reason out."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray


class Sentiment(StrEnum):
    """The three classes, in the order of the probability columns."""

    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"


CLASSES = tuple(Sentiment)


class UnknownReason(StrEnum):
    """Why a comment has no sentiment; unknown is never neutral (invariant 7)."""

    NO_COMMENT = "no comment"
    OTHER_LANGUAGE = "language the model was not trained on"
    MODEL_FAULT = "the model failed on this comment"
    MODEL_OFF = "no sentiment model is configured"


@dataclass(frozen=True, slots=True)
class ScoreInput:
    """One comment with the question it answers; `language` is a BCP 47 tag, None when not known."""

    text: str
    question: str = ""
    language: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class SentimentScores:
    """Answers in the order asked. `probabilities` is (n, 3) float32 in the order of `CLASSES`, NaN where unknown.

    `unknown[i]` is None exactly where row i has probabilities that sum to 1. `frustration` (n,) is None for a model
    that does not estimate it.
    """

    model_id: str
    probabilities: NDArray[np.float32]
    unknown: tuple[UnknownReason | None, ...]
    frustration: NDArray[np.float32] | None = None

    def __len__(self) -> int:
        return len(self.unknown)

    def take(self, rows: Sequence[int] | NDArray[np.intp]) -> "SentimentScores":
        """The scores at these positions, in this order."""
        index = np.asarray(rows, dtype=np.intp)
        return SentimentScores(
            model_id=self.model_id,
            probabilities=self.probabilities[index],
            unknown=tuple(self.unknown[i] for i in index.tolist()),
            frustration=None if self.frustration is None else self.frustration[index],
        )

    def label(self, i: int) -> Sentiment | None:
        """The likeliest class of row i, None where unknown."""
        return None if self.unknown[i] else CLASSES[int(self.probabilities[i].argmax())]


@dataclass(frozen=True, slots=True)
class WordWeight:
    """How much the characters [start, end) moved the negative probability; positive pushes towards negative."""

    start: int
    end: int
    weight: float


class SentimentModel(Protocol):
    """What scoring needs of a model. `model_id` names the weights, for example `nanni-sentiment-1@3f2a9c`."""

    @property
    def model_id(self) -> str:
        """Name and content hash of the weights and calibration in use."""
        ...

    def score(self, batch: Sequence[ScoreInput]) -> SentimentScores:
        """Score a batch; never raises for the content of a comment, which is unknown with a reason instead."""
        ...


@runtime_checkable
class ExplainingModel(SentimentModel, Protocol):
    """A sentiment model that can say which words moved it."""

    def explain(self, items: Sequence[ScoreInput]) -> list[tuple[WordWeight, ...]]:
        """Which words of each comment raised its negative probability, in text order; empty where unknown."""
        ...


class NoSentiment:
    """The model that knows nothing: every comment is unknown because no model is configured."""

    model_id = "none"

    def score(self, batch: Sequence[ScoreInput]) -> SentimentScores:
        """All unknown, with the reason that no model is configured (or that there is no comment)."""
        reasons = tuple(UnknownReason.MODEL_OFF if item.text.strip() else UnknownReason.NO_COMMENT for item in batch)
        return SentimentScores(self.model_id, np.full((len(batch), len(CLASSES)), np.nan, np.float32), reasons)
