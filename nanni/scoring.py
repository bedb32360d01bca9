"""How the comments of a batch sound: what has a comment goes to the model in one call."""

from collections.abc import Callable, Sequence

import numpy as np

from feedback.response import ResponseBatch
from models.sentiment import CLASSES, ScoreInput, SentimentModel, SentimentScores, UnknownReason

Scorer = Callable[[ResponseBatch], tuple[SentimentScores, ...]]
"""How each comment column of a batch sounds."""


def score(model: SentimentModel, batch: ResponseBatch) -> tuple[SentimentScores, ...]:
    """How each comment column sounds, in one call of the model; rows without a comment do not reach it."""
    where = [(k, i) for k, column in enumerate(batch.comments) for i, text in enumerate(column.texts) if text]
    scored = model.score(
        [ScoreInput(batch.comments[k].texts[i], batch.comments[k].questions[i], batch.language[i]) for k, i in where]
    )
    return spread(scored, where, len(batch.comments), len(batch))


def spread(
    scored: SentimentScores, where: Sequence[tuple[int, int]], columns: int, rows: int
) -> tuple[SentimentScores, ...]:
    """Scores of the comments found at `where` (column, row) as one score column a question."""
    found = []
    for k in range(columns):
        picked = [n for n, (column, _) in enumerate(where) if column == k]
        at = [where[n][1] for n in picked]
        probabilities = np.full((rows, len(CLASSES)), np.nan, np.float32)
        probabilities[at] = scored.probabilities[picked]
        reasons: list[UnknownReason | None] = [UnknownReason.NO_COMMENT] * rows
        for n, i in zip(picked, at, strict=True):
            reasons[i] = scored.unknown[n]
        frustration = None
        if scored.frustration is not None:
            frustration = np.full(rows, np.nan, np.float32)
            frustration[at] = scored.frustration[picked]
        found.append(SentimentScores(scored.model_id, probabilities, tuple(reasons), frustration))
    return tuple(found)
