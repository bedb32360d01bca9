"""What every network-backed model does around its network: reasons for unknowns, duplicates, batches, faults."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from feedback.errors import NanniError
from models.encoding import MAX_CHARACTERS, length_batches
from models.sentiment import CLASSES, ScoreInput, SentimentScores, UnknownReason

PADDED_TOGETHER = 32
"""Comments for a network that pads them to the longest: about where padding and calls cost the same on two cores."""
CHARACTERS = 190
"""Of questions and comments up to which so many go together; of longer ones fewer do."""
_FIXED_COST = 40
_QUESTION_CHARACTERS = 100


class NetworkFault(NanniError):
    """The network could not answer a batch; the batch is halved until the comment at fault stands alone."""


@dataclass(frozen=True, slots=True, eq=False)
class Estimates:
    """Calibrated probabilities (n, 3) in the order of `CLASSES` and frustration (n,), None where not estimated."""

    probabilities: NDArray[np.float32]
    frustration: NDArray[np.float32] | None


class Network(Protocol):
    """A network that answers one small batch of (question, comment) pairs."""

    @property
    def has_frustration(self) -> bool:
        """Whether `estimate` fills `Estimates.frustration`."""
        ...

    @property
    def together(self) -> int:
        """How many comments it is best asked about at once; fewer where they are long."""
        ...

    def estimate(self, questions: Sequence[str], texts: Sequence[str]) -> Estimates:
        """Answers in the order asked; raises NetworkFault when the batch cannot be answered."""
        ...


class FirstTier(Protocol):
    """A far cheaper model that answers what it is sure of and leaves the rest."""

    def attempt(self, questions: Sequence[str], texts: Sequence[str]) -> tuple[Estimates, NDArray[np.bool_]]:
        """Answers in the order asked, and which of them (n,) are sure enough to stand."""
        ...


Readable = Callable[[ScoreInput], bool]


def score(
    batch: Sequence[ScoreInput],
    network: Network,
    readable: Readable,
    model_id: str,
    first_tier: FirstTier | None = None,
) -> SentimentScores:
    """Score a batch: each different (question, comment) once, unknown with a reason where it cannot be.

    What the first tier is not sure of goes to the network.
    """
    reasons: list[UnknownReason | None] = [_reason(item, readable) for item in batch]
    first: dict[tuple[str, str], int] = {}
    source = [first.setdefault((item.question, item.text), row) if reasons[row] is None else row
              for row, item in enumerate(batch)]  # fmt: skip
    probabilities = np.full((len(batch), len(CLASSES)), np.nan, np.float32)
    frustration = np.full(len(batch), np.nan, np.float32)
    unique = [row for row in first.values() if reasons[row] is None]
    hard = unique
    if first_tier is not None and unique:
        easy, hard, sure = _attempt(batch, unique, first_tier)
        _fill(probabilities, frustration, easy, sure)
    for rows, estimates in _answers(batch, hard, network):
        if estimates is None:
            reasons[rows[0]] = UnknownReason.MODEL_FAULT
            continue
        _fill(probabilities, frustration, rows, estimates)
    return SentimentScores(
        model_id,
        probabilities[source],
        tuple(reasons[row] for row in source),
        frustration[source] if network.has_frustration else None,
    )


def _attempt(batch: Sequence[ScoreInput], rows: list[int], tier: FirstTier) -> tuple[list[int], list[int], Estimates]:
    estimates, sure = tier.attempt([batch[row].question for row in rows], [batch[row].text for row in rows])
    kept = np.flatnonzero(sure)
    frustration = None if estimates.frustration is None else estimates.frustration[kept]
    order = np.array(rows, np.int64)
    return order[kept].tolist(), order[~sure].tolist(), Estimates(estimates.probabilities[kept], frustration)


def _fill(
    probabilities: NDArray[np.float32], frustration: NDArray[np.float32], rows: list[int], estimates: Estimates
) -> None:
    probabilities[rows] = estimates.probabilities
    if estimates.frustration is not None:
        frustration[rows] = estimates.frustration


def _reason(item: ScoreInput, readable: Readable) -> UnknownReason | None:
    if not any(character.isprintable() and not character.isspace() for character in item.text):
        return UnknownReason.NO_COMMENT
    return None if readable(item) else UnknownReason.OTHER_LANGUAGE


def _answers(
    batch: Sequence[ScoreInput], rows: Sequence[int], network: Network
) -> Iterable[tuple[list[int], Estimates | None]]:
    lengths = [_length(batch[row]) for row in rows]
    budget = network.together * CHARACTERS
    waiting = [[rows[i] for i in picked] for picked in length_batches(lengths, budget, network.together)]
    while waiting:
        part = waiting.pop()
        try:
            estimates = network.estimate([batch[row].question for row in part], [batch[row].text for row in part])
        except NetworkFault:
            estimates = None
        if estimates is not None and np.isfinite(estimates.probabilities).all():
            yield part, estimates
        elif len(part) == 1:
            yield part, None
        else:
            waiting += [part[: len(part) // 2], part[len(part) // 2 :]]


def _length(item: ScoreInput) -> int:
    return _FIXED_COST + min(len(item.question), _QUESTION_CHARACTERS) + min(len(item.text), MAX_CHARACTERS)
