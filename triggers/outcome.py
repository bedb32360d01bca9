"""Three-valued outcomes and how all/any/none combine them: an unknown counts only where it could change the answer."""

from collections.abc import Sequence
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray


class Outcome(IntEnum):
    """Strong Kleene truth values, ordered so that `all` is a minimum and `any` a maximum."""

    QUIET = 0
    UNKNOWN = 1
    FIRED = 2


Outcomes = NDArray[np.int8]
"""A column of `Outcome` values."""


def all_of(parts: Sequence[Outcomes]) -> Outcomes:
    """FIRED where every part fired, QUIET where any is quiet, else UNKNOWN."""
    combined: Outcomes = np.min(np.stack(parts), axis=0)
    return combined


def any_of(parts: Sequence[Outcomes]) -> Outcomes:
    """FIRED where any part fired, QUIET where all are quiet, else UNKNOWN."""
    combined: Outcomes = np.max(np.stack(parts), axis=0)
    return combined


def none_of(parts: Sequence[Outcomes]) -> Outcomes:
    """The negation of `any_of`: unknown stays unknown."""
    return np.subtract(np.int8(Outcome.FIRED), any_of(parts))
