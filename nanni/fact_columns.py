"""Stored responses to columns of facts: what many rows share is read once."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sqlalchemy import Row

from feedback.scale import Scale
from ledger.bulk import from_json
from ledger.identity import customer_name
from ledger.scores import CELL
from models.sentiment import CLASSES
from outerloop.fact_tables import RESPONSES
from outerloop.facts import QuestionScore
from triggers.outcome import Outcome

_LABELS = tuple(sentiment.value for sentiment in CLASSES)
_OUTCOMES = {outcome.value: outcome.name.lower() for outcome in Outcome}
Scored = tuple[tuple[QuestionScore, ...], str | None, float | None, float | None, float | None]
_UNKNOWN: Scored = ((), None, None, None, None)


def responses_table(
    rows: Sequence[Row[Any]], read_anew: Mapping[int, tuple[str, ...]], named: Mapping[int, tuple[str, ...]]
) -> Any:
    """One page of stored responses (columns as `nanni.fact_queries` selects them) as a table of `RESPONSES`.

    By number: `read_anew` are the taxonomy's themes of those that were read by other queries than today's, `named` the
    discovered themes of those that name one.
    """
    found: dict[str, Sequence[Any]] = dict(zip(rows[0]._fields, zip(*rows, strict=True), strict=True))
    scales = [scale_of(text) if text else None for text in found["scale"]]
    scored = _scored(found["packed"], found["questions"])
    columns: dict[str, Sequence[Any]] = {
        "response": found["id"],
        "survey": found["survey_id"],
        "run": found["run_id"],
        "ticket": found["root"],
        "scale_kind": [scale and scale.kind for scale in scales],
        "scale_minimum": [scale and scale.minimum for scale in scales],
        "scale_maximum": [scale and scale.maximum for scale in scales],
        "band": [_band(scale, score) for scale, score in zip(scales, found["score"], strict=True)],
        "customer": [customer_name(number) for number in found["customer"]],
        "attributes": [_attributes(text) if text else () for text in found["attributes"]],
        "themes": [
            (read_anew[row] if row in read_anew else _themes(text) if text else ()) + named.get(row, ())
            for row, text in zip(found["id"], found["themes"], strict=True)
        ],
        "outcome": [_OUTCOMES.get(outcome) for outcome in found["outcome"]],
        "rules": [_rules(text) if text else () for text in found["fired"]],
        **dict(zip(("scores", "sentiment", "negative", "neutral", "positive"), zip(*scored, strict=True), strict=True)),
    }
    found.update(columns)
    return pa.Table.from_arrays([pa.array(found[field.name], field.type) for field in RESPONSES], schema=RESPONSES)


@lru_cache(maxsize=1_000)
def scale_of(text: str) -> Scale:
    """A scale as stored."""
    return Scale(**from_json(text))


@lru_cache(maxsize=10_000)
def _banded(scale: Scale, score: float) -> str:
    return scale.band(score).value


def _band(scale: Scale | None, score: float | None) -> str | None:
    return None if scale is None or score is None else _banded(scale, score)


@lru_cache(maxsize=50_000)
def _attributes(text: str) -> tuple[tuple[str, str], ...]:
    return tuple(from_json(text).items())


@lru_cache(maxsize=50_000)
def _themes(text: str) -> tuple[str, ...]:
    return tuple(hit[0] for hit in from_json(text))


@lru_cache(maxsize=1_000)
def _rules(text: str) -> tuple[str, ...]:
    return tuple(from_json(text))


@lru_cache(maxsize=1_000)
def _questions(text: str | None) -> tuple[str, ...]:
    return tuple(pair[0] for pair in from_json(text)) if text else ()


def _scored(packed: Sequence[bytes | None], questions: Sequence[str | None]) -> list[Scored]:
    """Each response's scores by question, and label and probabilities of its most negative comment."""
    cells = np.frombuffer(b"".join(one for one in packed if one), dtype=CELL)["probabilities"]
    probabilities: list[list[float]] = cells.astype(np.float64).tolist()
    labels: list[int] = _best(cells).tolist()
    found, start = [], 0
    for one, asked in zip(packed, questions, strict=True):
        size = len(one) // CELL.itemsize if one else 0
        # An erased person's questions are gone, so their comments are numbered; what they sounded like stays counted.
        names = _questions(asked) or tuple(str(number) for number in range(1, size + 1))
        places = [at for at in range(start, start + size) if labels[at] >= 0]
        scores = tuple(QuestionScore(names[at - start], _LABELS[labels[at]], *probabilities[at]) for at in places)
        found.append(_with_worst(scores))
        start += size
    return found


def _best(cells: NDArray[np.float32]) -> NDArray[np.int64]:
    """The likeliest class of each comment, -1 where the model gave no probability."""
    if not len(cells):
        return np.zeros(0, np.int64)
    unknown = np.isnan(cells[:, 0])
    best: NDArray[np.int64] = np.where(unknown, -1, np.where(unknown[:, None], 0, cells).argmax(axis=1))
    return best


def _with_worst(scores: tuple[QuestionScore, ...]) -> Scored:
    if not scores:
        return _UNKNOWN
    worst = max(scores, key=lambda score: score.negative)
    return (scores, worst.sentiment, worst.negative, worst.neutral, worst.positive)
