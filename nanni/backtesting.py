"""Replays the ledger's stored signals under a policy before it goes live, and says what would have been different."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from pathlib import Path

import numpy as np

from feedback.response import ResponseBatch
from ledger.store import SqlUnitOfWork
from nanni.backtest_cost import Kept, RecallCost, RecallPrice, expected_late, promises_kept
from nanni.backtest_load import Firing, Load, simulate
from nanni.backtest_rows import Past, PastDecisions, mattering, usual_handling
from nanni.parts import Parts
from nanni.remembering import recalled
from nanni.rule_testing import candidate
from nanni.workers import in_order
from nanni.workspace import Workspace
from tickets.routing import RoutingFacts
from triggers.adapters.policy_file import parse_policy_text, policy_text
from triggers.backtest import Backtest, BacktestReport, Score
from triggers.compiled import CompiledPolicy, compile_policy
from triggers.outcome import Outcome
from triggers.policy import Severity
from triggers.signals import Signals, ThemeHit
from triggers.themes import main_theme
from triggers.verdicts import Verdicts, joined

BATCH = 10_000
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

    `other_policy` counts decisions made under another policy than the live one, `erased` responses that cannot be
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
    workspace = parts.workspace
    compiled = candidate(workspace, policy)
    surveys = [workspace.survey(survey).id] if survey else list(workspace.surveys)
    with parts.ledger.read() as uow:
        pieces = [one for name in surveys for one in _pieces(uow, name, since, until, piece)]
        replay = _Replay(uow, workspace, compiled)
        # This process only adds up what the others find, so it does not count as one that works.
        full = len(pieces) - len(surveys)  # a short history is replayed before a process has started
        working = min(workspace.settings.file.workers, os.cpu_count() or 1, full)
        work = partial(replayed, None if policy is None else policy_text(compiled.policy))
        for _, part in in_order(parts, work, iter(pieces), 1 if working < 2 else working + 1):
            replay.take(part)
            progress(part.responses)
        length = handling or usual_handling(uow) or DEFAULT_HANDLING
        return replay.result(length, mattering(uow), promises_kept(uow, parts.clock()))


Piece = tuple[str, datetime | None, datetime | None]
"""A survey and a span of submission times [since, until)."""


@dataclass(frozen=True, slots=True)
class Part:
    """What the replay of one piece came to, as it crosses from another process."""

    responses: int
    score: Score
    firings: tuple[list[Firing], list[Firing]]
    still: Mapping[str, bool]
    other_policy: int
    erased: int
    first: datetime | None
    last: datetime | None
    comments: tuple[int, int]


def _pieces(uow: SqlUnitOfWork, survey: str, since: datetime | None, until: datetime | None, size: int) -> list[Piece]:
    """The survey's time in pieces of about `size` responses each."""
    cuts = uow.responses.cuts(survey, since, until, size)
    return list(zip([survey] * (len(cuts) + 1), [since, *cuts], [*cuts, until], strict=True))


def replayed(text: str | None, parts: Parts, piece: Piece) -> Part:
    """Replay one piece under the policy of this canonical text, or the live one."""
    compiled = parts.workspace.policy if text is None else _compiled(text)
    survey, since, until = piece
    with parts.ledger.read() as uow:
        replay = _Replay(uow, parts.workspace, compiled)
        count = 0
        for ids, batch in uow.responses.stream(survey, since, until, BATCH):
            replay.add(ids, batch)
            count += len(ids)
        return replay.part(count)


@lru_cache(maxsize=1)
def _compiled(text: str) -> CompiledPolicy:
    return compile_policy(parse_policy_text(text))


class _Replay:
    """One backtest under way. Kept are the firings and the tickets met, whatever the number of quiet responses."""

    def __init__(self, uow: SqlUnitOfWork, workspace: Workspace, compiled: CompiledPolicy) -> None:
        self.uow, self.workspace, self.compiled = uow, workspace, compiled
        self.past = PastDecisions(uow)
        self.backtest = Backtest(compiled)
        self.recall = RecallCost(workspace.contract)
        self.firings: tuple[list[Firing], list[Firing]] = ([], [])
        self.still: dict[str, bool] = {}
        self.other_policy = self.erased = 0
        self.first: datetime | None = None
        self.last: datetime | None = None
        self.routed_by = {name for route in workspace.routing.routes for name, _ in route.attributes}
        self._facts: dict[RoutingFacts, RoutingFacts] = {}
        policies = (workspace.policy.policy, compiled.policy)
        self._policies = policies
        self._cool_downs = [{rule.id: rule.cool_down for rule in policy.rules} for policy in policies]

    def add(self, ids: Sequence[int], batch: ResponseBatch) -> None:
        past = self.past.of(ids)
        kept = [row for row, one in enumerate(past) if not one.erased]
        self.erased += len(past) - len(kept)
        if len(kept) < len(past):
            ids, batch, past = [ids[row] for row in kept], batch.take(kept), [past[row] for row in kept]
        if not past:
            return
        questions = [column.question_id for column in batch.comments]
        themes = self.uow.decisions.themes(ids)
        customers = [one.customer for one in past]
        history = recalled(self.uow.decisions, self.compiled, batch, ids, customers, themes)
        sentiment = self.uow.decisions.sentiment(ids, questions)
        self.recall.add(sentiment)
        signals = Signals(batch, sentiment, themes, history)
        made = joined([one.verdict for one in past])
        after = self.backtest.add(signals, made)
        self.other_policy += sum(one.policy != self.workspace.policy.policy.hash for one in past)
        self._span(batch)
        self._remember(batch, past, themes, made, after)

    def part(self, responses: int) -> Part:
        """What was replayed, to be added to another's."""
        return Part(
            responses, self.backtest.score(), self.firings, self.still, self.other_policy, self.erased, self.first,
            self.last, self.recall.counts,
        )  # fmt: skip

    def take(self, part: Part) -> None:
        """Add what another process replayed."""
        self.backtest.take(part.score)
        for mine, theirs in zip(self.firings, part.firings, strict=True):
            mine.extend(theirs)
        for ticket, still in part.still.items():
            self.still[ticket] = self.still.get(ticket, False) or still
        self.other_policy += part.other_policy
        self.erased += part.erased
        self.first = min(filter(None, (self.first, part.first)), default=None)
        self.last = max(filter(None, (self.last, part.last)), default=None)
        self.recall.take(part.comments)

    def _span(self, batch: ResponseBatch) -> None:
        low, high = _utc(batch.submitted_at.min()), _utc(batch.submitted_at.max())
        self.first = min(self.first or low, low)
        self.last = max(self.last or high, high)

    def _remember(
        self,
        batch: ResponseBatch,
        past: Sequence[Past],
        themes: Sequence[tuple[ThemeHit, ...]],
        made: Verdicts,
        after: Verdicts,
    ) -> None:
        for row in _firing(made, after):
            one, fires = past[row], after[row].outcome is Outcome.FIRED
            if one.ticket is not None and one.verdict.outcome is Outcome.FIRED:
                self.still[one.ticket] = self.still.get(one.ticket, False) or fires
            if batch.status[row] not in self.workspace.opening_rules.statuses:
                continue
            who = f"c{one.customer}" if one.customer is not None else f"r{batch.survey.id}/{batch.response_id[row]}"
            at = _utc(batch.submitted_at[row])
            sides = zip(self.firings, (made, after), self._cool_downs, self._policies, strict=True)
            for side, verdicts, waits, policy in sides:
                _, fired, rule, severity = verdicts[row]
                if severity is not None:
                    fields = policy.ticket_fields(fired)
                    facts = self._facts_of(batch, row, severity, fields.theme or main_theme(themes[row]), fields.team)
                    side.append(Firing(at, who, facts, waits.get(rule or "")))

    def _facts_of(
        self, batch: ResponseBatch, row: int, severity: Severity, theme: str | None, team: str | None
    ) -> RoutingFacts:
        """What routing looks at, without the attributes it does not; equal facts are one object."""
        attributes = tuple(
            (name, value)
            for name, column in batch.attributes.items()
            if name in self.routed_by and (value := column[row]) is not None
        )
        facts = RoutingFacts(
            severity, batch.survey.id, theme, batch.language[row], batch.channel[row], attributes, team
        )
        return self._facts.setdefault(facts, facts)

    def result(
        self, handling: timedelta, matter: Mapping[str, frozenset[str]], kept: Mapping[Severity, Kept]
    ) -> BacktestResult:
        days = (self.last.date() - self.first.date()).days + 1 if self.first and self.last else 0
        live, new = (simulate(side, self.workspace.routing, handling, days) for side in self.firings)
        lost = {ticket for ticket, still in self.still.items() if not still}
        mattered = {
            name: Mattered(len(keys & self.still.keys()), tuple(sorted(keys & lost, key=_number)))
            for name, keys in matter.items()
        }
        return BacktestResult(
            policy=self.compiled.policy.hash,
            live_policy=self.workspace.policy.policy.hash,
            report=self.backtest.report(),
            live=live,
            candidate=new,
            mattered=mattered,
            tickets_lost=len(lost),
            handling=handling,
            other_policy=self.other_policy,
            erased=self.erased,
            first=self.first,
            last=self.last,
            kept=kept,
            late=(expected_late(live, kept), expected_late(new, kept)),
            recall=self.recall.price(),
        )


def _firing(made: Verdicts, after: Verdicts) -> Iterator[int]:
    """Rows that fire under either."""
    fired = [[one.outcome is Outcome.FIRED for one in verdicts.distinct] for verdicts in (made, after)]
    for row, (then, now) in enumerate(zip(made.codes.tolist(), after.codes.tolist(), strict=True)):
        if fired[0][then] or fired[1][now]:
            yield row


def _number(key: str) -> tuple[int, str]:
    return len(key), key


def _utc(moment: np.datetime64) -> datetime:
    value: datetime = moment.astype("datetime64[us]").item()
    return value.replace(tzinfo=UTC)
