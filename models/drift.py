"""Whether comments, or how sure the model is of them, moved away from what it was calibrated on.

The population stability index over fixed bins (Siddiqi 2006) tells size; a chi-squared statistic against the reference
shares tells whether the sample is large enough to say so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from operator import add

import numpy as np
from numpy.typing import NDArray

from models.sentiment import SentimentScores, UnknownReason

CONFIDENCE_EDGES = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
UNSURE_BINS = CONFIDENCE_EDGES.index(0.7) + 1
NEGATIVE_EDGES = (0.02, 0.05, 0.1, 0.3, 0.5, 0.7, 0.9)
# The usual reading of the index: below the first is noise, above the second is another population.
WATCH_INDEX, ALARM_INDEX = 0.1, 0.25
SIGNIFICANCE = 0.001
MIN_ROWS = 100


class DriftState(StrEnum):
    """What to make of one comparison."""

    TOO_FEW = "too few comments to say"
    STEADY = "steady"
    WATCH = "moved a little"
    DIFFERENT = "another kind of comments"
    UNSURE = "another kind of comments, of which the model is less sure"
    ALARM = "another population"


class Beside(StrEnum):
    """What comments are compared with."""

    LABELLED = "beside your labelled comments"
    HISTORY = "beside the survey's own first comments"
    MODEL = "beside the comments that the model was set on"


@dataclass(frozen=True, slots=True)
class Profile:
    """Shares of comments per bin of confidence and of negative probability, and the share that could not be scored."""

    confidence: tuple[float, ...]
    negative: tuple[float, ...]
    unknown: float
    rows: int


@dataclass(frozen=True, slots=True)
class Drift:
    """How far a survey's comments are from a reference profile: index and p value of each measure.

    `unsure_gain` is how much larger the share of comments is of which the model is unsure (below 0.7).
    """

    state: DriftState
    confidence_index: float
    confidence_p: float
    negative_index: float
    negative_p: float
    rows: int
    unsure_gain: float = 0.0
    beside: Beside = Beside.MODEL


@dataclass(frozen=True, slots=True)
class Tally:
    """Comments counted per bin of confidence and of negative probability, and those that could not be scored.

    What is kept of a batch: tallies add up, and hold no word of anybody.
    """

    confidence: tuple[int, ...] = (0,) * (len(CONFIDENCE_EDGES) + 1)
    negative: tuple[int, ...] = (0,) * (len(NEGATIVE_EDGES) + 1)
    unknown: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            tuple(map(add, self.confidence, other.confidence)),
            tuple(map(add, self.negative, other.negative)),
            self.unknown + other.unknown,
        )

    @property
    def rows(self) -> int:
        """Comments that were scored."""
        return sum(self.confidence)

    def profile(self) -> Profile:
        """The same as shares."""
        scored, every = max(self.rows, 1), max(self.rows + self.unknown, 1)
        return Profile(
            tuple(count / scored for count in self.confidence),
            tuple(count / scored for count in self.negative),
            self.unknown / every,
            self.rows,
        )


def tally(probabilities: NDArray[np.float32], unknown: int = 0) -> Tally:
    """Count scored comments (n, 3); rows of NaN are no comments unless `unknown` says how many were."""
    scored = probabilities[np.isfinite(probabilities[:, 0])]
    return Tally(
        _counts(scored.max(axis=1, initial=0.0), CONFIDENCE_EDGES), _counts(scored[:, 0], NEGATIVE_EDGES), unknown
    )


def tally_columns(columns: Sequence[SentimentScores]) -> Tally:
    """Count the comments of all questions together; a question without a comment counts nowhere."""
    counted = Tally()
    for scores in columns:
        unread = sum(reason not in (None, UnknownReason.NO_COMMENT) for reason in scores.unknown)
        counted += tally(scores.probabilities, unread)
    return counted


def profile(probabilities: NDArray[np.float32]) -> Profile:
    """The profile of comments (n, 3), NaN where one could not be scored."""
    return tally(probabilities, int(np.isnan(probabilities[:, 0]).sum())).profile()


def compare(reference: Profile, current: Profile) -> Drift:
    """Judge a survey's comments of one period against the reference."""
    confidence = stability_index(reference.confidence, current.confidence)
    negative = stability_index(reference.negative, current.negative)
    p_values = [
        chi_squared_p(expected, found, current.rows)
        for expected, found in ((reference.confidence, current.confidence), (reference.negative, current.negative))
    ]
    sure = [index for index, p in zip((confidence, negative), p_values, strict=True) if p < SIGNIFICANCE]
    return Drift(
        _state(max(sure, default=0.0), current.rows), confidence, p_values[0], negative, p_values[1], current.rows,
        sum(current.confidence[:UNSURE_BINS]) - sum(reference.confidence[:UNSURE_BINS]),
    )  # fmt: skip


def _state(index: float, rows: int) -> DriftState:
    if rows < MIN_ROWS:
        return DriftState.TOO_FEW
    if index >= ALARM_INDEX:
        return DriftState.ALARM
    return DriftState.WATCH if index >= WATCH_INDEX else DriftState.STEADY


def stability_index(expected: Sequence[float], found: Sequence[float]) -> float:
    """Sum of (found - expected) * ln(found / expected) over bins, empty bins counted as a ten-thousandth."""
    p, q = np.maximum(expected, 1e-4), np.maximum(found, 1e-4)
    return float(((q - p) * np.log(q / p)).sum())


def chi_squared_p(expected: Sequence[float], found: Sequence[float], rows: int) -> float:
    """Chance of shares at least this far from the expected ones in `rows` comments drawn from the reference."""
    p, q = np.maximum(expected, 1e-4), np.asarray(found)
    p = p / p.sum()
    from scipy.special import gammaincc  # a tenth of a second that most commands do not need

    statistic = rows * float(((q - p) ** 2 / p).sum())
    return float(gammaincc((len(p) - 1) / 2, statistic / 2))


def _counts(values: NDArray[np.float32], edges: Sequence[float]) -> tuple[int, ...]:
    counts = np.bincount(np.searchsorted(edges, values, side="right"), minlength=len(edges) + 1)
    return tuple(int(count) for count in counts)
