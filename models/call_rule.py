"""From probabilities to calls, when a missed negative costs more than a false one and neutral comments are rare.

The most probable class is the call that is right most often. It is not the one with the best macro F1, which weighs a
rare class like a frequent one, and it promises no recall. This rule calls negative what the recall contract's operating
point does, and weighs neutral against positive for the rest.
"""

from dataclasses import dataclass

import numpy as np

from models.metrics import Labels, Probabilities, macro_f1
from models.operating_point import pick_operating_point

_WEIGHTS = tuple(np.exp(np.arange(0.0, 1.55, 0.1)).tolist())


@dataclass(frozen=True, slots=True)
class CallRule:
    """Negative from `negative_from` on, else neutral where its probability times `neutral_weight` beats positive."""

    negative_from: float
    neutral_weight: float

    def calls(self, probabilities: Probabilities) -> Labels:
        """Column numbers (n,) of the classes called."""
        neutral = probabilities[:, 1] * self.neutral_weight > probabilities[:, 2]
        negative = np.asarray(probabilities[:, 0], np.float64) >= self.negative_from
        return np.where(negative, 0, np.where(neutral, 1, 2)).astype(np.int64)


def fit_call_rule(labels: Labels, probabilities: Probabilities, miss_at_most: float) -> CallRule:
    """The rule that keeps the recall contract with 95 % confidence and then has the best macro F1 on these rows.

    Raises ConfigError where the rows cannot promise the contract.
    """
    threshold = pick_operating_point(labels, probabilities, miss_at_most).threshold
    rules = [CallRule(threshold, weight) for weight in _WEIGHTS]
    return max(rules, key=lambda rule: macro_f1(labels, rule.calls(probabilities)))
