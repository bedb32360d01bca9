"""The recall contract: the threshold at which few enough negative comments are missed, and what it costs in tickets."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np

from feedback.errors import ConfigError
from models.bounds import clopper_pearson_lower
from models.metrics import Labels, Probabilities


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """Call a comment negative from `threshold` on.

    `recall` is measured, `recall_lower` its lower bound with confidence `level`. `tickets_share` is the share of all
    comments called negative, `precision` the share of those that are; `rows` labelled comments were used, `negatives`
    of them negative.
    """

    threshold: float
    recall: float
    recall_lower: float
    level: float
    precision: float
    tickets_share: float
    rows: int
    negatives: int


def pick_operating_point(
    labels: Labels, probabilities: Probabilities, miss_at_most: float, *, level: float = 0.95
) -> OperatingPoint:
    """The highest threshold on the negative probability that misses at most `miss_at_most` of the negative comments.

    The threshold is the probability of the k-th lowest negative comment; k follows from the number of negative comments
    alone, so the bound holds with confidence `level` (one-sided tolerance limit, Wilks 1941) for comments like the
    labelled ones. Raises ConfigError when they are too few to promise it, with the number that would do.
    """
    if not 0 < miss_at_most < 1:
        raise ConfigError(f"miss_at_most is {miss_at_most}", allowed="a share between 0 and 1, for example 0.05")
    scores = np.sort(np.asarray(probabilities[labels == 0, 0], np.float64))
    missed = _most_misses(len(scores), miss_at_most, level)
    if missed is None:
        needed = ceil(np.log(1 - level) / np.log(1 - miss_at_most))
        raise ConfigError(
            f"{len(scores)} negative comments cannot show that at most {100 * miss_at_most:g}% are missed",
            where="sentiment.miss_at_most",
            next_step=f"label at least {needed} negative comments or allow more misses",
        )
    return operating_point(labels, probabilities, float(scores[missed]), level=level)


def operating_point(
    labels: Labels, probabilities: Probabilities, threshold: float, *, level: float = 0.95
) -> OperatingPoint:
    """What a threshold gives and costs on labelled rows."""
    called = np.asarray(probabilities[:, 0], np.float64) >= threshold
    negatives, hits = int((labels == 0).sum()), int((called & (labels == 0)).sum())
    return OperatingPoint(
        threshold=threshold,
        recall=hits / negatives if negatives else 0.0,
        recall_lower=clopper_pearson_lower(hits, negatives, level),
        level=level,
        precision=hits / int(called.sum()) if called.any() else 0.0,
        tickets_share=float(called.mean()),
        rows=len(labels),
        negatives=negatives,
    )


def _most_misses(negatives: int, share: float, level: float) -> int | None:
    """How many of the lowest-scored negatives may fall below the threshold, None when even none is too many."""
    allowed = None
    for missed in range(negatives):
        if clopper_pearson_lower(negatives - missed, negatives, level) < 1 - share:
            break
        allowed = missed
    return allowed


def price_list(
    labels: Labels, probabilities: Probabilities, misses: Sequence[float], *, level: float = 0.95
) -> list[tuple[float, OperatingPoint]]:
    """What each of these shares of missed negatives would cost, those left out that the rows cannot promise.

    `tickets_share` times the comments of a month is the tickets of that month, for comments like the labelled ones.
    """
    priced = []
    for miss_at_most in misses:
        try:
            priced.append((miss_at_most, pick_operating_point(labels, probabilities, miss_at_most, level=level)))
        except ConfigError:
            continue
    return priced


def called_share(negative: Probabilities, threshold: float) -> float:
    """The share of comments (n,) at or above a threshold on their negative probability; 0 for none, NaN is not called.

    The price of an operating point on a team's own history, which needs no labels.
    """
    return float((np.asarray(negative, np.float32) >= np.float32(threshold)).mean()) if len(negative) else 0.0
