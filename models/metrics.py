"""How good three-class probabilities are: pure functions of what people said and what a model said.

Shapes: `labels` (n,) are column numbers of `CLASSES`; `probabilities` (n, 3); `predicted` (n,) column numbers.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from models.sentiment import CLASSES, Sentiment

Labels = NDArray[np.int64]
Probabilities = NDArray[np.float32] | NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ClassScore:
    """Precision, recall and F1 of one class (0..1) and how many rows truly have it."""

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """All scores of one model on one labelled set; `confusion[i, j]` counts rows of class i called class j.

    `ece` and `brier` are None for a method that gives no probabilities.
    """

    rows: int
    accuracy: float
    macro_f1: float
    macro_recall: float
    classes: dict[Sentiment, ClassScore]
    confusion: NDArray[np.int64]
    ece: float | None
    brier: float | None
    negative_auc: float


def confusion_matrix(labels: Labels, predicted: Labels) -> NDArray[np.int64]:
    """Counts (3, 3), true class by called class."""
    size = len(CLASSES)
    return np.bincount(labels * size + predicted, minlength=size * size).reshape(size, size)


def class_scores(confusion: NDArray[np.int64]) -> dict[Sentiment, ClassScore]:
    """Scores of each class; a class nobody has or nobody calls scores 0."""
    scores = {}
    for column, name in enumerate(CLASSES):
        hit, called, there = (
            int(n) for n in (confusion[column, column], confusion[:, column].sum(), confusion[column].sum())
        )
        f1 = 2 * hit / (called + there) if called + there else 0.0
        scores[name] = ClassScore(hit / called if called else 0.0, hit / there if there else 0.0, f1, there)
    return scores


def macro_f1(labels: Labels, predicted: Labels) -> float:
    """Mean F1 of the classes that occur in `labels`."""
    present = [score for score in class_scores(confusion_matrix(labels, predicted)).values() if score.support]
    return float(np.mean([score.f1 for score in present]))


def evaluate(labels: Labels, probabilities: Probabilities) -> Report:
    """Every score of one set. Raises ValueError for no rows."""
    report = evaluate_calls(labels, probabilities.argmax(axis=1), probabilities[:, 0])
    ece, brier = expected_calibration_error(labels, probabilities), brier_score(labels, probabilities)
    return replace(report, ece=ece, brier=brier)


def evaluate_calls(labels: Labels, predicted: Labels, negative: Probabilities) -> Report:
    """The scores of a method that calls classes and ranks by `negative` (n,), without probabilities."""
    if len(labels) == 0:
        raise ValueError("there is no labelled row to evaluate")
    confusion = confusion_matrix(labels, predicted)
    scores = class_scores(confusion)
    present = [score for score in scores.values() if score.support]
    return Report(
        rows=len(labels),
        accuracy=float((labels == predicted).mean()),
        macro_f1=float(np.mean([score.f1 for score in present])),
        macro_recall=float(np.mean([score.recall for score in present])),
        classes=scores,
        confusion=confusion,
        ece=None,
        brier=None,
        negative_auc=area_under_curve(labels == 0, negative),
    )


def expected_calibration_error(labels: Labels, probabilities: Probabilities, bins: int = 15) -> float:
    """Mean gap of confidence and accuracy over equal-width confidence bins (Naeini et al. 2015), top class only."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    bin_of = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    gap = np.bincount(bin_of, confidence - right, minlength=bins)
    return float(np.abs(gap).sum() / len(labels))


def calibration_noise(probabilities: Probabilities, rng: np.random.Generator, draws: int = 300) -> tuple[float, float]:
    """Where `expected_calibration_error` lies (95 %) for labels drawn from these very probabilities.

    The measure is above 0 for exactly true probabilities, the more so the fewer the rows; a value inside this interval
    is no sign of bad calibration.
    """
    steps = np.cumsum(np.asarray(probabilities, np.float64), axis=1)[:, :-1]
    values = [
        expected_calibration_error((rng.random((len(probabilities), 1)) > steps).sum(axis=1), probabilities)
        for _ in range(draws)
    ]
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def brier_score(labels: Labels, probabilities: Probabilities) -> float:
    """Mean squared distance of the probability vector to the truth: 0 is perfect, 2 is surely wrong everywhere."""
    truth = np.eye(probabilities.shape[1])[labels]
    return float(((probabilities - truth) ** 2).sum(axis=1).mean())


def area_under_curve(positive: NDArray[np.bool_], score: Probabilities) -> float:
    """Chance that a random positive row outranks a random other one, ties half (Mann-Whitney); NaN without both."""
    hits = int(positive.sum())
    others = len(positive) - hits
    if not hits or not others:
        return float("nan")
    _, group, counts = np.unique(score, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[group]
    return float((ranks[positive].sum() - hits * (hits + 1) / 2) / (hits * others))


def wilson(hits: int, trials: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's interval of a share; (0, 1) for no trials."""
    if trials == 0:
        return 0.0, 1.0
    share, spread = hits / trials, z * z / trials
    centre = (share + spread / 2) / (1 + spread)
    half = z * sqrt(share * (1 - share) / trials + spread / (4 * trials)) / (1 + spread)
    return max(0.0, centre - half), min(1.0, centre + half)


def bootstrap_macro_f1(
    labels: Labels, predicted: Labels, groups: NDArray[np.int64], rng: np.random.Generator, draws: int = 500
) -> tuple[float, float]:
    """95 % interval of macro F1, drawing whole groups (respondents) with replacement."""
    values = [_macro_f1_of(table) for (table,) in _drawn(labels, (predicted,), groups, rng, draws)]
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def bootstrap_gain(
    labels: Labels,
    predicted: Labels,
    other: Labels,
    groups: NDArray[np.int64],
    rng: np.random.Generator,
    draws: int = 1000,
) -> tuple[float, float]:
    """95 % interval of macro F1 less that of the `other` calls, the same groups drawn for both."""
    pairs = _drawn(labels, (predicted, other), groups, rng, draws)
    low, high = np.percentile([_macro_f1_of(one) - _macro_f1_of(two) for one, two in pairs], [2.5, 97.5])
    return float(low), float(high)


def _drawn(
    labels: Labels, calls: Sequence[Labels], groups: NDArray[np.int64], rng: np.random.Generator, draws: int
) -> Iterator[tuple[NDArray[np.int64], ...]]:
    """For each draw of groups the confusion (3, 3) of each method's calls."""
    size = len(CLASSES)
    _, group = np.unique(groups, return_inverse=True)
    counts = np.zeros((len(calls), group.max() + 1, size * size))
    for k, predicted in enumerate(calls):
        np.add.at(counts[k], (group, labels * size + predicted), 1)
    people = counts.shape[1]
    for _ in range(draws):
        times = np.bincount(rng.integers(people, size=people), minlength=people)
        yield tuple((times @ one).reshape(size, size).astype(np.int64) for one in counts)


def _macro_f1_of(confusion: NDArray[np.int64]) -> float:
    return float(np.mean([score.f1 for score in class_scores(confusion).values() if score.support]))
