"""Bounds on shares from a sample, and thresholds that keep one with a stated confidence."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def clopper_pearson_upper(errors: int, trials: int, confidence: float = 0.95) -> float:
    """The exact one-sided upper bound of an error share (Clopper and Pearson 1934); 1 for no trials."""
    if errors >= trials:
        return 1.0
    from scipy.special import betaincinv  # a tenth of a second that most commands do not need

    return float(betaincinv(errors + 1, trials - errors, confidence))


def clopper_pearson_lower(hits: int, trials: int, confidence: float = 0.95) -> float:
    """The exact one-sided lower bound of a share; 0 for no hits."""
    if hits <= 0:
        return 0.0
    from scipy.special import betaincinv

    return float(betaincinv(hits, trials - hits + 1, 1.0 - confidence))


def sure_threshold(
    confidence: NDArray[np.float64],
    wrong: NDArray[np.bool_],
    most: float,
    *,
    level: float = 0.95,
    steps: Sequence[float] | None = None,
) -> float | None:
    """The lowest threshold at which rows with `confidence` at or above it are wrong in at most a share of `most`.

    Thresholds are tried from the strictest on and the first whose upper bound exceeds `most` ends the search (fixed
    sequence testing), so that the bound holds at `level` for the one returned although many were tried. None when
    none keeps it.
    """
    chosen = None
    for threshold in steps if steps is not None else np.linspace(0.995, 0.4, 120):
        accepted = confidence >= threshold
        if not accepted.any():
            continue
        if clopper_pearson_upper(int(wrong[accepted].sum()), int(accepted.sum()), level) > most:
            # Too few rows to prove anything is no failure of the threshold yet.
            if clopper_pearson_upper(0, int(accepted.sum()), level) > most:
                continue
            break
        chosen = float(threshold)
    return chosen
