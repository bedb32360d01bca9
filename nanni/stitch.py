"""Puts the scores of consecutive chunks back together."""

from collections.abc import Sequence

import numpy as np

from models.sentiment import SentimentScores


def stitch(parts: Sequence[SentimentScores]) -> SentimentScores:
    """One column of scores from consecutive chunks of the same model. Raises ValueError for chunks of two models."""
    models = {part.model_id for part in parts}
    if len(models) != 1:
        raise ValueError(f"scores of different models cannot be joined: {sorted(models)}")
    frustration = [part.frustration for part in parts if part.frustration is not None]
    return SentimentScores(
        model_id=models.pop(),
        probabilities=np.concatenate([part.probabilities for part in parts]),
        unknown=tuple(reason for part in parts for reason in part.unknown),
        frustration=np.concatenate(frustration) if len(frustration) == len(parts) else None,
    )
