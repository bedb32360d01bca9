"""What is known of a batch of responses before anyone decides: columns in, nothing derived twice."""

from collections.abc import Sequence
from dataclasses import dataclass

from feedback.response import ResponseBatch
from models.sentiment import SentimentScores


@dataclass(frozen=True, slots=True)
class ThemeHit:
    """A taxonomy theme found in a comment, with the characters [start, end) that named it."""

    theme: str
    question_id: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False)
class Signals:
    """One row a response: the response itself, how each comment column sounds, and the themes it names.

    `sentiment[k]` scores `batch.comments[k]`; `themes[i]` are the hits in response i.
    """

    batch: ResponseBatch
    sentiment: tuple[SentimentScores, ...]
    themes: Sequence[tuple[ThemeHit, ...]]

    def __len__(self) -> int:
        return len(self.batch)
