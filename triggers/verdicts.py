"""What was said of each response of a batch, once per distinct verdict: columns of codes beside a short list."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from triggers.decision import Decisions
from triggers.outcome import Outcome
from triggers.policy import Policy, Severity


class Verdict(NamedTuple):
    """One decision without its evidence: outcome, the rules that fired in policy order, and who decided how bad."""

    outcome: Outcome
    fired: tuple[str, ...] = ()
    rule: str | None = None
    severity: Severity | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Verdicts:
    """A batch's verdicts: row i's is `distinct[codes[i]]`."""

    distinct: tuple[Verdict, ...]
    codes: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, row: int) -> Verdict:
        return self.distinct[int(self.codes[row])]


def verdict(policy: Policy, outcome: Outcome, fired: Sequence[str]) -> Verdict:
    """The verdict of a policy that fired these rules; one it no longer has still counts, without a severity."""
    deciding = policy.deciding(fired)
    rule = deciding.id if deciding else fired[0] if fired else None
    return Verdict(outcome, tuple(fired), rule, deciding.severity if deciding else None)


def verdicts_of(decisions: Decisions, policy: Policy) -> Verdicts:
    """The verdicts of a batch of decisions under this policy."""
    columns = np.stack([column == Outcome.FIRED for column in decisions.by_rule]) if decisions.by_rule else None
    fired = np.packbits(columns, axis=0) if columns is not None else np.zeros((0, len(decisions)), np.uint8)
    keys = np.vstack([decisions.outcome.astype(np.uint8)[None, :], fired])
    first, codes = _distinct(keys)
    told = tuple(
        verdict(policy, Outcome(int(decisions.outcome[row])), decisions.fired_rules(row)) for row in first.tolist()
    )
    return Verdicts(told, codes)


def joined(told: Sequence[Verdict]) -> Verdicts:
    """The verdicts of rows given one by one."""
    known: dict[Verdict, int] = {}
    codes = np.fromiter((known.setdefault(one, len(known)) for one in told), np.intp, len(told))
    return Verdicts(tuple(known), codes)


def _distinct(keys: NDArray[np.uint8]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The first row of each distinct column of bytes, and each row's number among them."""
    rows = np.ascontiguousarray(keys.T)
    width = rows.shape[1]
    whole = rows.view(np.dtype((np.void, width))).ravel() if width > 1 else rows.ravel()
    _, first, codes = np.unique(whole, return_index=True, return_inverse=True)
    return first, codes.astype(np.intp).ravel()
