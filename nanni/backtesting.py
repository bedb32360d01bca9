"""Replays the ledger's stored signals under a policy before it goes live, and says what would have been different."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from ledger.store import SqlUnitOfWork
from nanni.backtest_cost import Kept, RecallCost, RecallPrice, expected_late, promises_kept
from nanni.backtest_load import Load, Terms
from nanni.backtest_replay import Part, Piece, Side, replayed
from nanni.backtest_rows import mattering, usual_handling
from nanni.firings import Firings
from nanni.load_run import simulate
from nanni.parts import Parts
from nanni.rule_testing import candidate
from nanni.workers import in_order
from triggers.adapters.policy_file import policy_text
from triggers.backtest import Backtest, BacktestReport
from triggers.compiled import CompiledPolicy
from triggers.policy import Policy, Severity
from triggers.storm_replay import storms_of

PIECE = 50_000
"""Responses that one process replays at a time."""
DEFAULT_HANDLING = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Mattered:
    """Tickets of one kind that mattered, and how many the candidate would not have had."""

    tickets: int
    lost: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BacktestResult:
    """A backtest of a workspace: decisions compared, and the load that either policy puts on people.

    `other_policy` counts decisions made under another policy than the live one, `faults` those made under the very
    policy that is replayed which come out otherwise (none, or something is broken), `erased` responses that cannot be
    replayed because their words are gone. `kept` is how promises were kept so far, by severity, and `late` how many
    tickets of the live policy and the candidate would be late at that rate; `recall` the recall contract's price.
    """

    policy: str
    live_policy: str
    report: BacktestReport
    live: Load
    candidate: Load
    mattered: Mapping[str, Mattered]
    tickets_lost: int
    handling: timedelta
    other_policy: int
    faults: int
    erased: int
    first: datetime | None
    last: datetime | None
    kept: Mapping[Severity, Kept] = field(default_factory=dict)
    late: tuple[float, float] = (0.0, 0.0)
    recall: RecallPrice | None = None


def run_backtest(
    parts: Parts,
    policy: Path | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    survey: str | None = None,
    handling: timedelta | None = None,
    progress: Callable[[int], None] = lambda responses: None,
    piece: int = PIECE,
) -> BacktestResult:
    """Replay responses submitted in [since, until) under a policy file, or the live policy without one.

    `handling` is how long a ticket stays live in the comparison of load (default: the ledger's median). `progress` is
    told the responses of each piece, of about `piece` responses, which the workspace's `workers` share among them.

    Raises ConfigError for a policy that does not load or an unknown survey.
    """
    compiled = candidate(parts.workspace, policy)
    surveys = [parts.workspace.survey(survey).id] if survey else list(parts.workspace.surveys)
    with parts.ledger.read() as uow:
        pieces = [one for name in surveys for one in _pieces(uow, name, since, until, piece)]
        total = _Sum(parts, compiled)
        full = len(pieces) - len(surveys)  # a short history is replayed before a process has started
        working = min(parts.workspace.settings.file.workers, os.cpu_count() or 1, full)
        work = partial(replayed, None if policy is None else policy_text(compiled.policy))
        for _, part in in_order(parts, work, iter(pieces), max(1, working), patience=0):
            total.take(part)
            progress(part.responses)
        return total.result(uow, handling or usual_handling(uow) or DEFAULT_HANDLING)


def _pieces(uow: SqlUnitOfWork, survey: str, since: datetime | None, until: datetime | None, size: int) -> list[Piece]:
    """The survey's time in pieces of about `size` responses each."""
    cuts = uow.responses.cuts(survey, since, until, size)
    return list(zip([survey] * (len(cuts) + 1), [since, *cuts], [*cuts, until], strict=True))


class _Sum:
    """What the pieces come to together."""

    def __init__(self, parts: Parts, compiled: CompiledPolicy) -> None:
        self.parts, self.compiled = parts, compiled
        self.backtest = Backtest(compiled)
        self.recall = RecallCost(parts.workspace.contract)
        self.sides = (Side(Firings(), {}), Side(Firings(), {}))
        self.still: dict[str, bool] = {}
        self.other_policy = self.faults = self.erased = 0
        self.first: datetime | None = None
        self.last: datetime | None = None

    def take(self, part: Part) -> None:
        """Add what was replayed."""
        self.backtest.take(part.score)
        for mine, theirs in zip(self.sides, part.sides, strict=True):
            mine.take(theirs)
        for ticket, still in part.still.items():
            self.still[ticket] = self.still.get(ticket, False) or still
        self.other_policy += part.other_policy
        self.faults += part.faults
        self.erased += part.erased
        self.first = min(filter(None, (self.first, part.first)), default=None)
        self.last = max(filter(None, (self.last, part.last)), default=None)
        self.recall.take(part.comments)

    def result(self, uow: SqlUnitOfWork, handling: timedelta) -> BacktestResult:
        """The whole, with what the ledger knows of tickets."""
        kept, live_policy = promises_kept(uow, self.parts.clock()), self.parts.workspace.policy.policy
        policies = (live_policy, self.compiled.policy)
        # Both in one order, or their loads would differ by the order alone.
        ranked = any(policy.budget is not None for policy in policies)
        live, new = (
            self._load(side, policy, handling, ranked) for side, policy in zip(self.sides, policies, strict=True)
        )
        lost = {ticket for ticket, still in self.still.items() if not still}
        mattered = {
            name: Mattered(len(keys & self.still.keys()), tuple(sorted(keys & lost, key=_number)))
            for name, keys in mattering(uow).items()
        }
        return BacktestResult(
            policy=self.compiled.policy.hash,
            live_policy=live_policy.hash,
            report=self.backtest.report(),
            live=live,
            candidate=new,
            mattered=mattered,
            tickets_lost=len(lost),
            handling=handling,
            other_policy=self.other_policy,
            faults=self.faults,
            erased=self.erased,
            first=self.first,
            last=self.last,
            kept=kept,
            late=(expected_late(live, kept), expected_late(new, kept)),
            recall=self.recall.price(),
        )

    def _load(self, side: Side, policy: Policy, handling: timedelta, ranked: bool) -> Load:
        workspace = self.parts.workspace
        days = (self.last.date() - self.first.date()).days + 1 if self.first and self.last else 0
        storms = tuple(storms_of(policy.storm, side.hours())) if policy.storm else ()
        terms = Terms(
            workspace.routing, handling, workspace.settings.zone, workspace.opening_rules.reopen, policy.budget,
            policy.storm, storms, ranked,
        )  # fmt: skip
        return simulate(side.firings, terms, days)


def _number(key: str) -> tuple[int, str]:
    return len(key), key
