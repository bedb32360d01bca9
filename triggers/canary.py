"""A candidate policy beside the live one: for whom it decides, what it says elsewhere, and when it must stop."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from feedback.response import ResponseBatch
from triggers.compiled import CompiledPolicy
from triggers.decision import Decisions
from triggers.outcome import Outcome


@dataclass(frozen=True, slots=True, eq=False)
class Canary:
    """A candidate that runs; it decides for `share` of the customers and is only asked for the others."""

    id: int
    policy: CompiledPolicy
    share: float


@dataclass(frozen=True, slots=True)
class Bounds:
    """How often the candidate may fire for each time the live policy does, once `after` responses were seen."""

    least: float
    most: float
    after: int


class Volume(NamedTuple):
    """Responses that both policies were asked about, and on how many of them each fired."""

    responses: int
    live_fired: int
    candidate_fired: int


class Otherwise(NamedTuple):
    """One response on which the two differ, by its position; `used`: whether the candidate's word was taken."""

    row: int
    live: Outcome
    live_fired: tuple[str, ...]
    candidate: Outcome
    candidate_fired: tuple[str, ...]
    used: bool


def decides_for(canary: Canary, batch: ResponseBatch) -> NDArray[np.bool_]:
    """Which rows the candidate decides: by a hash of the customer, so that each is always on the same side.

    A response of nobody known counts as a customer of its own.
    """
    salt = canary.policy.policy.hash
    people = (
        person.identity() or f"\x1f{batch.survey.id}\x1f{batch.response_id[row]}"
        for row, person in enumerate(batch.respondents)
    )
    return np.fromiter((_place(salt, who) < canary.share for who in people), bool, len(batch))


def _place(salt: str, who: str) -> float:
    digest = sha256(f"{salt}\x1f{who}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def compared(
    live: Decisions, candidate: Decisions, used: NDArray[np.bool_], rows: Sequence[int]
) -> tuple[Volume, list[Otherwise]]:
    """How often each fired on these rows, and where the two differ."""
    chosen = list(rows)
    fired = [decisions.outcome[chosen] == Outcome.FIRED for decisions in (live, candidate)]
    volume = Volume(len(chosen), int(fired[0].sum()), int(fired[1].sum()))
    differences = []
    for row in chosen:
        one, other = Outcome(int(live.outcome[row])), Outcome(int(candidate.outcome[row]))
        if one is not Outcome.FIRED and one is other:
            continue
        told = live.fired_rules(row), candidate.fired_rules(row)
        if one is not other or told[0] != told[1]:
            differences.append(Otherwise(row, one, told[0], other, told[1], bool(used[row])))
    return volume, differences


def overstepped(bounds: Bounds, volume: Volume) -> str:
    """Why the candidate must stop; empty while it stays within its bounds, or too little was seen to tell."""
    if volume.responses < bounds.after:
        return ""
    told = (
        f"it fired on {volume.candidate_fired} of {volume.responses} responses, the live policy on {volume.live_fired}"
    )
    if volume.candidate_fired > bounds.most * max(1, volume.live_fired):
        return f"{told}: more than {bounds.most:g} times as often"
    if volume.candidate_fired < bounds.least * volume.live_fired:
        return f"{told}: less than {bounds.least:g} times as often"
    return ""
