"""One labelled comment as training sees it, and the two ways labels become targets."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import erf, isnan, nan, sqrt

from models.sentiment import Sentiment

NO_TARGET = (nan, nan, nan)
_HARD = {
    Sentiment.NEGATIVE: (1.0, 0.0, 0.0),
    Sentiment.NEUTRAL: (0.0, 1.0, 0.0),
    Sentiment.POSITIVE: (0.0, 0.0, 1.0),
}


@dataclass(frozen=True, slots=True)
class Example:
    """One comment with the question it answers and what people said of it.

    `target` holds the probability of each class in the order of `models.sentiment.CLASSES`, NaN where nobody labelled
    sentiment; `frustration` is 0..1, NaN where nobody labelled it. `group` is the person (or the text, where the data
    names nobody) whose rows must stay on one side of a split; `domain` names the data set or its part.
    """

    text: str
    question: str
    target: tuple[float, float, float]
    frustration: float
    group: str
    domain: str

    @property
    def label(self) -> Sentiment | None:
        """The class with most of the target, None where sentiment was not labelled."""
        if isnan(self.target[0]):
            return None
        return tuple(Sentiment)[max(range(3), key=self.target.__getitem__)]


def hard(label: Sentiment) -> tuple[float, float, float]:
    """The target of a comment with one certain label."""
    return _HARD[label]


def from_rating(rating: float, *, edge: float = 0.5, spread: float = 0.4) -> tuple[float, float, float]:
    """Soft target of a mean human rating on -4..+4.

    Below -`edge` is negative, above +`edge` positive; `spread` is the standard error of such a mean (20 raters with a
    standard deviation near 1.8), so a rating on the edge counts half for either side.
    """
    negative = _normal_cdf((-edge - rating) / spread)
    positive = _normal_cdf((rating - edge) / spread)
    return negative, 1.0 - negative - positive, positive


def weak_frustration(target: tuple[float, float, float]) -> float:
    """Zero for a comment that is surely positive, NaN for the rest: only emotion labels say who is frustrated."""
    return 0.0 if target[2] > 0.9 else nan


def by_domain(examples: Sequence[Example]) -> dict[str, list[Example]]:
    """The examples of each domain, in their order."""
    parts: dict[str, list[Example]] = {}
    for example in examples:
        parts.setdefault(example.domain, []).append(example)
    return parts


def _normal_cdf(z: float) -> float:
    return 0.5 * (1.0 + erf(z / sqrt(2.0)))
