"""A candidate policy over history: its decisions beside those that were made, counted exactly, with examples.

Memory does not grow with the number of responses: kept are a count for each pair of distinct verdicts and a few
examples of each kind of difference, chosen by the hash of their content, so that the choice is even and repeatable.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from heapq import heappush, heappushpop
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from triggers.compiled import CompiledPolicy
from triggers.decide import decide, traces
from triggers.explain import sentence, why_not
from triggers.keywords.index import TextIndex
from triggers.outcome import Outcome
from triggers.policy import Severity
from triggers.signals import Signals
from triggers.verdicts import Verdict, Verdicts, verdicts_of


class Change(StrEnum):
    """How a decision differs from the one that was made."""

    GAINED = "gained"
    LOST = "lost"
    CHANGED = "changed"
    HELD = "held"
    RELEASED = "released"


def change(before: Verdict, after: Verdict) -> Change | None:
    """The kind of difference, None where there is none.

    GAINED and LOST are about firing at all, CHANGED about rules or severity; HELD: now unknown, RELEASED: no longer.
    """
    if before == after:
        return None
    fired_before, fires = before.outcome is Outcome.FIRED, after.outcome is Outcome.FIRED
    if fired_before != fires:
        return Change.GAINED if fires else Change.LOST
    if fires:
        return Change.CHANGED
    return Change.HELD if after.outcome is Outcome.UNKNOWN else Change.RELEASED


@dataclass(frozen=True, slots=True)
class RuleCount:
    """Responses a rule fired on: then, now, and those on which only now or only then."""

    live: int
    candidate: int
    gained: int
    lost: int


@dataclass(frozen=True, slots=True)
class Example:
    """One response that is decided otherwise; `told` says why, quoting the customer as the ticket would."""

    change: Change
    rule: str
    survey: str
    response_id: str
    score: float | None
    before: Verdict
    after: Verdict
    told: str
    order: str


@dataclass(frozen=True, slots=True)
class BacktestReport:
    """What the candidate would have done, response by response, against what was decided."""

    responses: int
    changes: Mapping[Change, int]
    outcomes: Mapping[Outcome, tuple[int, int]]
    rules: Mapping[str, RuleCount]
    severities: Mapping[Severity, tuple[int, int]]
    examples: tuple[Example, ...]

    @property
    def differences(self) -> int:
        """Responses decided otherwise in any way."""
        return sum(self.changes.values())


@dataclass(frozen=True, slots=True)
class Score:
    """What a part of a backtest came to: how often each pair of verdicts was met, and examples of the differences."""

    pairs: Mapping[tuple[Verdict, Verdict], int]
    examples: Sequence[Example]


class Backtest:
    """Replays batch after batch under one candidate and keeps the score."""

    def __init__(self, policy: CompiledPolicy, examples: int = 3) -> None:
        self._policy = policy
        self._examples = examples
        self._pairs: Counter[tuple[Verdict, Verdict]] = Counter()
        self._kept: dict[tuple[Change, str], list[_Ranked]] = {}

    def add(self, signals: Signals, made: Verdicts) -> Verdicts:
        """Decide a batch from its stored signals and compare with the decisions made; returns the new ones."""
        index = TextIndex(signals.batch)
        after = verdicts_of(decide(signals, self._policy, index), self._policy.policy)
        pairs, codes = _crossed(made, after)
        for (before, now), count in zip(pairs, np.bincount(codes, minlength=len(pairs)).tolist(), strict=True):
            self._pairs[before, now] += count
        self._take_examples(signals, pairs, codes)
        return after

    def score(self) -> Score:
        """The score so far, as another process can add it to its own."""
        return Score(dict(self._pairs), [ranked.example for heap in self._kept.values() for ranked in heap])

    def take(self, part: Score) -> None:
        """Add the score of another part of the same backtest."""
        self._pairs.update(part.pairs)
        for example in part.examples:
            self._keep(self._kept.setdefault((example.change, example.rule), []), example)

    def _keep(self, heap: list["_Ranked"], example: Example) -> None:
        if len(heap) < self._examples:
            heappush(heap, _Ranked(example))
        else:
            heappushpop(heap, _Ranked(example))

    def report(self) -> BacktestReport:
        """The score so far."""
        changes: Counter[Change] = Counter()
        for (before, after), count in self._pairs.items():
            if kind := change(before, after):
                changes[kind] += count
        kept = sorted(
            (ranked.example for heap in self._kept.values() for ranked in heap),
            key=lambda one: (list(Change).index(one.change), one.rule, one.order),
        )
        return BacktestReport(
            responses=sum(self._pairs.values()),
            changes={kind: changes[kind] for kind in Change},
            outcomes={kind: self._both("outcome", kind) for kind in Outcome},
            rules={rule: self._rule(rule) for rule in self._rule_ids()},
            severities={kind: self._both("severity", kind) for kind in Severity},
            examples=tuple(kept),
        )

    def _both(self, field: str, value: Outcome | Severity) -> tuple[int, int]:
        then = sum(count for (before, _), count in self._pairs.items() if getattr(before, field) is value)
        return then, sum(count for (_, after), count in self._pairs.items() if getattr(after, field) is value)

    def _rule(self, rule: str) -> RuleCount:
        counted: Counter[tuple[bool, bool]] = Counter()
        for (before, after), count in self._pairs.items():
            counted[rule in before.fired, rule in after.fired] += count
        gained, lost, both = counted[False, True], counted[True, False], counted[True, True]
        return RuleCount(lost + both, gained + both, gained, lost)

    def _rule_ids(self) -> list[str]:
        """The candidate's rules in order, then those that fired then and are no more."""
        gone = sorted({rule for before, _ in self._pairs for rule in before.fired})
        return list(dict.fromkeys([*(rule.id for rule in self._policy.policy.rules), *gone]))

    def _take_examples(
        self, signals: Signals, pairs: Sequence[tuple[Verdict, Verdict]], codes: NDArray[np.intp]
    ) -> None:
        hashes = signals.batch.content_hash
        for code, (before, after) in enumerate(pairs):
            kind = change(before, after)
            if kind is None:
                continue
            key = (kind, _told_by(kind, before, after))
            heap = self._kept.setdefault(key, [])
            rows = sorted(np.flatnonzero(codes == code).tolist(), key=hashes.__getitem__)[: self._examples]
            chosen = [row for row in rows if len(heap) < self._examples or hashes[row] < heap[0].example.order]
            for example in self._explained(signals, chosen, key, before, after):
                self._keep(heap, example)

    def _explained(
        self, signals: Signals, rows: Sequence[int], key: tuple[Change, str], before: Verdict, after: Verdict
    ) -> list[Example]:
        if not rows:
            return []
        found = []
        told = traces(signals.take(rows), range(len(rows)), self._policy)
        for position, row in enumerate(rows):
            response = signals.batch.response(row)
            why = sentence(told[position], response)
            misses = [miss for miss in why_not(told[position]) if miss.rule == before.rule]
            if key[0] is Change.LOST:
                needs = " and ".join(misses[0].change) if misses else "a rule that this policy does not have"
                why = f"It would take {needs}."
            found.append(
                Example(
                    *key, response.key.survey, response.key.response_id, response.score, before, after, why,
                    signals.batch.content_hash[row],
                )
            )  # fmt: skip
        return found


class _Ranked:
    """An example in a heap whose top is the one to give up first."""

    __slots__ = ("example",)

    def __init__(self, example: Example) -> None:
        self.example = example

    def __lt__(self, other: "_Ranked") -> bool:
        return attrgetter("order", "response_id")(self.example) > attrgetter("order", "response_id")(other.example)


def _told_by(kind: Change, before: Verdict, after: Verdict) -> str:
    """The rule a difference is filed under."""
    if kind is Change.LOST:
        return before.rule or ""
    return after.rule or ""


def _crossed(made: Verdicts, after: Verdicts) -> tuple[list[tuple[Verdict, Verdict]], NDArray[np.intp]]:
    """The distinct pairs of verdicts in a batch, and each row's pair."""
    width = max(1, len(after.distinct))
    crossed, codes = np.unique(made.codes * width + after.codes, return_inverse=True)
    pairs = [(made.distinct[code // width], after.distinct[code % width]) for code in crossed.tolist()]
    return pairs, codes.astype(np.intp).ravel()
