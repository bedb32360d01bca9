"""A batch with everything that was decided on it: what the steps before hand to the one that commits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from triggers.canary import Canary, Otherwise, Volume
from triggers.decision import Decisions, DecisionTrace
from triggers.signals import Signals


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """A batch with what is known of it and what was decided; `traces` are the full accounts of the fired rows."""

    signals: Signals
    decisions: Decisions
    traces: Mapping[int, DecisionTrace]
    rival: "Rival | None" = None


@dataclass(frozen=True, slots=True, eq=False)
class Rival:
    """What a candidate policy says of the same batch; it decides the rows where `decides` holds."""

    canary: Canary
    judged: Judged
    decides: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Shadow:
    """A candidate beside the live policy on one batch, as the store keeps it; `decided` rows took its word."""

    canary: int
    volume: Volume
    decided: int
    differences: Sequence[Otherwise]
