"""Which of a classifier's own labels mean negative, neutral and positive."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from feedback.errors import ConfigError
from models.sentiment import CLASSES, Sentiment

_NAMES = {
    Sentiment.NEGATIVE: ("negative", "neg", "very negative", "1 star", "2 stars"),
    Sentiment.NEUTRAL: ("neutral", "neu", "3 stars"),
    Sentiment.POSITIVE: ("positive", "pos", "very positive", "4 stars", "5 stars"),
}
_MEANING = {name: sentiment for sentiment, names in _NAMES.items() for name in names}


def class_matrix(labels: Sequence[str], configured: Mapping[str, Sentiment] | None = None) -> NDArray[np.float32]:
    """Matrix (labels, 3) that adds label probabilities up into class probabilities.

    Labels are matched by name without case, after `configured` (label to class). Raises ConfigError that names every
    label without a meaning, and when no label is negative: such a model cannot find an unhappy customer.
    """
    meanings = _MEANING | {name.lower(): sentiment for name, sentiment in (configured or {}).items()}
    folded = [label.lower().replace("_", " ").strip() for label in labels]
    meaning = [meanings.get(label.lower(), meanings.get(name)) for label, name in zip(labels, folded, strict=True)]
    if unknown := [label for label, found in zip(labels, meaning, strict=True) if found is None]:
        raise ConfigError(
            f"the model's labels {', '.join(unknown)} say nothing about sentiment",
            where="sentiment.labels",
            allowed=", ".join(CLASSES),
            next_step="map each label, for example LABEL_0: negative",
        )
    matrix = np.zeros((len(labels), len(CLASSES)), np.float32)
    for row, sentiment in enumerate(meaning):
        if sentiment is not None:
            matrix[row, CLASSES.index(sentiment)] = 1.0
    if not matrix[:, 0].any():
        raise ConfigError("no label of the model means negative", where="sentiment.labels")
    return matrix
