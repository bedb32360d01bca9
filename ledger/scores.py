"""Sentiment as stored: exactly the numbers the model gave, a few bytes a comment.

`decisions.unscored` holds one reason letter a question ("." for a question the model did score). `scores.packed` exists
only for responses with at least one probability: for each question, in the order of the batch, one `CELL`.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from models.sentiment import CLASSES, SentimentScores, UnknownReason

CELL = np.dtype([("probabilities", "<f4", (len(CLASSES),)), ("frustration", "<f4")])
SCORED = "."
_LETTER: dict[UnknownReason | None, str] = {
    None: SCORED,
    UnknownReason.NO_COMMENT: "n",
    UnknownReason.OTHER_LANGUAGE: "l",
    UnknownReason.MODEL_FAULT: "f",
    UnknownReason.MODEL_OFF: "o",
}
_REASON = {letter: reason for reason, letter in _LETTER.items()}


def letters(columns: Sequence[SentimentScores], size: int) -> list[str]:
    """For each of `size` rows one letter a question: why it has no probabilities, or `SCORED`."""
    if not columns:
        return [""] * size
    return [
        "".join(row) for row in zip(*([_LETTER[reason] for reason in each.unknown] for each in columns), strict=True)
    ]


def pack(columns: Sequence[SentimentScores], rows: Sequence[int]) -> list[bytes]:
    """The cells of these rows, all questions side by side."""
    cells = np.full((len(rows), len(columns)), np.nan, dtype=CELL)
    for k, column in enumerate(columns):
        cells["probabilities"][:, k] = column.probabilities[list(rows)]
        if column.frustration is not None:
            cells["frustration"][:, k] = column.frustration[list(rows)]
    return [row.tobytes() for row in cells]


def unpack(
    model_id: str,
    question_id: str,
    stored: Sequence[tuple[Sequence[str], str, bytes | None]],
) -> SentimentScores:
    """One question's score column from rows of (their question ids, letters, packed cells).

    A response that was never asked the question has no comment on it.
    """
    place = {ids: ids.index(question_id) if question_id in ids else -1 for ids in {tuple(row[0]) for row in stored}}
    at = [place[tuple(ids)] for ids, _, _ in stored]
    reasons = [
        _REASON[code[k]] if k >= 0 else UnknownReason.NO_COMMENT for k, (_, code, _) in zip(at, stored, strict=True)
    ]
    cells = np.full(len(stored), np.nan, dtype=CELL)
    rows = [i for i, k in enumerate(at) if k >= 0 and stored[i][2] is not None]
    size = CELL.itemsize
    # All in one: a NumPy call a row took more time than deciding it.
    cut = b"".join([(stored[i][2] or b"")[at[i] * size : (at[i] + 1) * size] for i in rows])
    cells[rows] = np.frombuffer(cut, dtype=CELL)
    frustration: NDArray[np.float32] = cells["frustration"].copy()
    probabilities: NDArray[np.float32] = cells["probabilities"].copy()
    known = None if np.isnan(frustration).all() else frustration
    return SentimentScores(model_id, probabilities, tuple(reasons), known)


def single_model(models: Mapping[int, str]) -> str:
    """The model of a batch; several names joined when the batch spans a change of model."""
    return "+".join(sorted(set(models.values()))) or "none"
