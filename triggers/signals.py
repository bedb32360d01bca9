"""What is known of a batch of responses before anyone decides: columns in, nothing derived twice."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from feedback.pickling import Portable
from feedback.response import ResponseBatch
from models.sentiment import SentimentScores
from triggers.history import History


@dataclass(frozen=True, slots=True)
class ThemeHit(Portable):
    """A taxonomy theme found in a comment, with the characters [start, end) that named it."""

    theme: str
    question_id: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False)
class Signals:
    """One row a response: the response itself, how each comment column sounds, and the themes it names.

    `sentiment[k]` scores `batch.comments[k]`; `themes[i]` are the hits in response i.
    `history` is what the customers told us before; it is empty where no rule asks.
    """

    batch: ResponseBatch
    sentiment: tuple[SentimentScores, ...]
    themes: Sequence[tuple[ThemeHit, ...]]
    history: History = field(default_factory=History)

    def __len__(self) -> int:
        return len(self.batch)

    def take(self, rows: Sequence[int] | NDArray[np.intp]) -> "Signals":
        """The signals of the rows at these positions, in this order."""
        index = np.asarray(rows, dtype=np.intp)
        return Signals(
            batch=self.batch.take(index),
            sentiment=tuple(scores.take(index) for scores in self.sentiment),
            themes=[self.themes[i] for i in index.tolist()],
            history=self.history.take(index.tolist()),
        )
