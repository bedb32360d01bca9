"""A batch with everything that was decided on it: what the steps before hand to the one that commits."""

from collections.abc import Mapping
from dataclasses import dataclass

from triggers.decision import Decisions, DecisionTrace
from triggers.signals import Signals


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """A batch with what is known of it and what was decided; `traces` are the full accounts of the fired rows."""

    signals: Signals
    decisions: Decisions
    traces: Mapping[int, DecisionTrace]
