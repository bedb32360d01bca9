"""One piece of the past replayed under a candidate: what it decides beside what was decided, and who would be told."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

import numpy as np

from feedback.response import ResponseStatus
from ledger.replay import PastRows, erased_rows, past_rows
from ledger.store import SqlUnitOfWork
from nanni.backtest_cost import RecallCost
from nanni.backtest_rows import PastPolicies, later_revisions
from nanni.firings import Firing, Firings, response_number
from nanni.parts import Parts
from nanni.remembering import recalled
from nanni.workspace import Workspace
from tickets.routing import RoutingFacts
from triggers.adapters.policy_file import parse_policy_text
from triggers.backtest import Backtest, Score
from triggers.compiled import CompiledPolicy, compile_policy, leaves
from triggers.conditions import FrustrationRule, SentimentRule
from triggers.outcome import Outcome
from triggers.policy import Policy
from triggers.signals import Signals
from triggers.storms import Arrived, Group, Seen, groups_of, tally
from triggers.themes import main_theme
from triggers.verdicts import Verdicts

BATCH = 10_000

Piece = tuple[str, datetime | None, datetime | None]
"""A survey and a span of submission times [since, until)."""


@dataclass(frozen=True, slots=True)
class Side:
    """What one of the two policies came to: who fired, and for the storm watch what came by group and hour."""

    firings: Firings
    arrived: dict[tuple[Group, int], Seen]

    def take(self, other: "Side") -> None:
        """Add another piece's."""
        self.firings.extend(other.firings)
        for key, seen in other.arrived.items():
            here = self.arrived.get(key, Seen())
            self.arrived[key] = Seen(here.responses + seen.responses, here.fired + seen.fired)

    def hours(self) -> Iterator[Arrived]:
        """What came."""
        return (Arrived(group, hour, seen) for (group, hour), seen in self.arrived.items())


@dataclass(frozen=True, slots=True)
class Part:
    """What the replay of one piece came to, as it crosses from another process.

    `sides` are the live policy's and the candidate's, `still` says of each ticket whether the candidate fires on any of
    its responses.
    """

    responses: int
    score: Score
    sides: tuple[Side, Side]
    still: Mapping[str, bool]
    other_policy: int
    faults: int
    erased: int
    first: datetime | None
    last: datetime | None
    comments: tuple[int, int]


def replayed(text: str | None, parts: Parts, piece: Piece) -> Part:
    """Replay one piece under the policy of this canonical text, or the live one."""
    compiled = parts.workspace.policy if text is None else _compiled(text)
    survey, since, until = piece
    with parts.ledger.read() as uow:
        replay = _Replay(uow, parts.workspace, compiled, survey)
        scored = replay.recall.asked or _listens(compiled)
        for rows in past_rows(uow.connection, parts.workspace.surveys, survey, since, until, BATCH, scored):
            replay.add(rows)
        return replay.part(erased_rows(uow.connection, survey, since, until))


@lru_cache(maxsize=1)
def _compiled(text: str) -> CompiledPolicy:
    return compile_policy(parse_policy_text(text))


def _listens(compiled: CompiledPolicy) -> bool:
    """Whether some rule asks how a comment sounds."""
    rules = compiled.policy.rules
    return any(isinstance(leaf, SentimentRule | FrustrationRule) for rule in rules for leaf in leaves(rule.when))


class _Replay:
    """One piece under way. Kept are the firings and the tickets met, whatever the number of quiet responses."""

    def __init__(self, uow: SqlUnitOfWork, workspace: Workspace, compiled: CompiledPolicy, survey: str) -> None:
        self.uow, self.workspace, self.compiled = uow, workspace, compiled
        self.past = PastPolicies(uow)
        self.backtest = Backtest(compiled)
        self.recall = RecallCost(workspace.contract)
        policies = (workspace.policy.policy, compiled.policy)
        waits = any(policy.settle_wait(survey) is not None for policy in policies)
        later = later_revisions(uow, survey) if waits else {}
        routed_by = {name for route in workspace.routing.routes for name, _ in route.attributes}
        routed_by |= {name for name, _ in workspace.routing.hierarchy.levels} if workspace.routing.hierarchy else set()
        routed_by |= {route.account_attribute for route in workspace.routing.routes}
        self.sides = tuple(_Policy(policy, survey, later, frozenset(routed_by)) for policy in policies)
        self.still: dict[str, bool] = {}
        self.responses = self.other_policy = self.faults = 0
        self.span: list[np.datetime64] = []

    def add(self, rows: PastRows) -> None:
        """Replay one page."""
        self.recall.add(rows.sentiment)
        history = recalled(self.uow.decisions, self.compiled, rows.batch, rows.ids, rows.customers, rows.themes)
        signals = Signals(rows.batch, rows.sentiment, rows.themes, history)
        made = self.past.verdicts(rows)
        after = self.backtest.add(signals, made)
        self.responses += len(rows)
        live = self.workspace.policy.policy.hash
        self.other_policy += sum(one != live for one in rows.policy)
        self.faults += self._faults(rows, made, after)
        self.span += [rows.batch.submitted_at.min(), rows.batch.submitted_at.max()]
        firing = _firing(made, after)
        for row in firing:
            ticket = rows.tickets[row]
            if ticket is not None and made[row].outcome is Outcome.FIRED:
                self.still[ticket] = self.still.get(ticket, False) or after[row].outcome is Outcome.FIRED
        for side, verdicts in zip(self.sides, (made, after), strict=True):
            side.add(signals, rows, verdicts, firing)

    def _faults(self, rows: PastRows, made: Verdicts, after: Verdicts) -> int:
        """Rows that were decided under the very policy that is replayed, and come out otherwise: never, by intent."""
        mine = self.compiled.policy.hash
        if mine not in set(rows.policy):
            return 0
        equal = np.array([[one == other for other in after.distinct] for one in made.distinct])
        differing = np.flatnonzero(~equal[made.codes, after.codes]).tolist()
        return sum(rows.policy[row] == mine for row in differing)

    def part(self, erased: int) -> Part:
        """What was replayed, to be added to another's."""
        first, last = (_utc(min(self.span)), _utc(max(self.span))) if self.span else (None, None)
        live, new = (side.side for side in self.sides)
        return Part(
            self.responses, self.backtest.score(), (live, new), self.still, self.other_policy, self.faults, erased,
            first, last, self.recall.counts,
        )  # fmt: skip


class _Policy:
    """One of the two policies: which of the responses that fire under it may open tickets, and when."""

    def __init__(
        self, policy: Policy, survey: str, later: Mapping[str, Sequence[datetime]], routed_by: frozenset[str]
    ) -> None:
        self.policy, self.survey, self.later, self.routed_by = policy, survey, later, routed_by
        self.side = Side(Firings(), {})
        self.wait = policy.settle_wait(survey)
        self.cool_downs = {rule.id: rule.cool_down for rule in policy.rules}
        self._facts: dict[RoutingFacts, RoutingFacts] = {}

    def add(self, signals: Signals, rows: PastRows, verdicts: Verdicts, firing: Sequence[int]) -> None:
        """Keep what fires of a page."""
        if self.policy.storm is not None:
            self._count(signals, rows, verdicts)
        for row in firing:
            if verdicts[row].outcome is not Outcome.FIRED:
                continue
            self._keep(signals, rows, row, verdicts)

    def _count(self, signals: Signals, rows: PastRows, verdicts: Verdicts) -> None:
        assert self.policy.storm is not None
        outcome = np.array([int(one.outcome) for one in verdicts.distinct])[verdicts.codes].tolist()
        first = [row for row, revision in enumerate(rows.revisions) if revision == 1]
        for group, hour, seen in tally(self.policy.storm, signals, outcome, first):
            here = self.side.arrived.get((group, hour), Seen())
            self.side.arrived[group, hour] = Seen(here.responses + seen.responses, here.fired + seen.fired)

    def _acted(self, rows: PastRows, row: int) -> tuple[datetime, str]:
        """When a response that fires is acted on, and why it opens no ticket ("": it may)."""
        at, came, responses = _utc(rows.batch.submitted_at[row]), rows.ran_at[row], self.policy.responses
        status = rows.batch.status[row]
        if status not in responses.statuses:
            return at, f"{status} response"
        if responses.late_after is not None and came - at > responses.late_after:
            return at, "given too long ago"
        if rows.revisions[row] > 1 and not responses.edited:
            return at, "an edit"
        if self.wait is None or status is ResponseStatus.TEST or _said(rows, row) or at + self.wait <= came:
            return at, ""
        due = at + self.wait
        followed = any(came < other <= due for other in self.later.get(rows.batch.response_id[row], ()))
        return due, "a later revision came while it waited" if followed else ""

    def _keep(self, signals: Signals, rows: PastRows, row: int, verdicts: Verdicts) -> None:
        _, fired, rule, severity = verdicts[row]
        if severity is None:  # a rule that neither policy has: what it would open cannot be said
            return
        at, refused = self._acted(rows, row)
        batch, fields = rows.batch, self.policy.ticket_fields(fired)
        theme = fields.theme or main_theme(signals.themes[row])
        held = tuple((name, value) for name, column in batch.attributes.items() if (value := column[row]) is not None)
        facts = RoutingFacts(
            severity, self.survey, theme, batch.language[row], batch.channel[row],
            tuple(pair for pair in held if pair[0] in self.routed_by), fields.team,
        )  # fmt: skip
        storm = self.policy.storm
        groups = () if storm is None else tuple(groups_of(storm, theme, self.survey, dict(held)))
        response = response_number(self.survey, batch.response_id[row])
        known, cool_down = rows.customers[row], self.cool_downs.get(rule or "")
        who = response if known is None else known
        self.side.firings.add(Firing(at, who, facts, cool_down, response, groups, refused, rows.ran_at[row]))


def _said(rows: PastRows, row: int) -> bool:
    return any(column.texts[row] for column in rows.batch.comments)


def _firing(made: Verdicts, after: Verdicts) -> list[int]:
    """Rows that fire under either."""
    fired = [np.array([one.outcome is Outcome.FIRED for one in side.distinct])[side.codes] for side in (made, after)]
    found: list[int] = np.flatnonzero(fired[0] | fired[1]).tolist()
    return found


def _utc(moment: np.datetime64) -> datetime:
    value: datetime = moment.astype("datetime64[us]").item()
    return value.replace(tzinfo=UTC)
