"""Decisions and their evidence: what was observed against which limit, by how much, and where in the text."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from feedback.pickling import Portable
from triggers.outcome import Outcome, Outcomes

UNANSWERED = "a rule could not be answered"
AMBIGUOUS = "an ambiguous comment: a person reads it before a ticket is opened"


@dataclass(frozen=True, slots=True)
class TextSpan(Portable):
    """Characters [start, end) of a comment, by question."""

    question_id: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Evidence(Portable):
    """One condition's answer, or one all/any/none node with its `parts`.

    `observed` and `limit` are printable; `margin` is the signed distance to the limit in the condition's own unit
    (positive: past the limit; None where it has none). `reason` explains an UNKNOWN.
    """

    kind: str
    outcome: Outcome
    observed: str = ""
    limit: str = ""
    margin: float | None = None
    reason: str = ""
    spans: tuple[TextSpan, ...] = ()
    parts: tuple["Evidence", ...] = ()


@dataclass(frozen=True, slots=True)
class RuleTrace(Portable):
    """What one rule said of one response."""

    rule: str
    outcome: Outcome
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class DecisionTrace(Portable):
    """The full account of one decision: every rule, near misses included, under a named policy and model."""

    outcome: Outcome
    fired: tuple[str, ...]
    rules: tuple[RuleTrace, ...]
    policy_hash: str
    model_id: str


@dataclass(frozen=True, slots=True, eq=False)
class Decisions:
    """Decisions of a batch. `by_rule[r]` is the outcome column of the r-th rule of the policy.

    `winner[i]` is the index of the fired rule that decides (see `HitPolicy`), -1 where none fired. `ambiguous[i]` says
    that a rule is unknown because of a comment that may be negative or not; None under a policy that opens on those.
    """

    policy_hash: str
    model_id: str
    rule_ids: tuple[str, ...]
    outcome: Outcomes
    by_rule: Sequence[Outcomes]
    winner: Sequence[int]
    ambiguous: NDArray[np.bool_] | None = None

    def __len__(self) -> int:
        return len(self.outcome)

    def fired(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        """`fired_rules` of each row on which any rule fired, with its position."""
        rows = np.flatnonzero(self.outcome == Outcome.FIRED)
        columns = [
            (rule, (column[rows] == Outcome.FIRED).tolist())
            for rule, column in zip(self.rule_ids, self.by_rule, strict=True)
        ]
        for at, row in enumerate(rows.tolist()):
            first = self.rule_ids[self.winner[row]]
            yield row, (first, *[rule for rule, said in columns if said[at] and rule != first])

    def fired_rules(self, i: int) -> tuple[str, ...]:
        """Ids of the rules that fired on row i: the one that decides, then the others in policy order."""
        winner = self.winner[i]
        if winner < 0:
            return ()
        others = (at for at, column in enumerate(self.by_rule) if column[i] == Outcome.FIRED and at != winner)
        return tuple(self.rule_ids[at] for at in (winner, *others))
