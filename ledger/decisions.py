"""Signals and decisions, one row a response revision, with the full trace of the fired ones."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import repeat
from typing import Any

from sqlalchemy import Connection, and_, select, update

from feedback.errors import NotFoundError
from ledger import scores as packing
from ledger.bulk import from_json, insert_rows, storable, within
from ledger.history import kept_of
from ledger.identity import intern
from ledger.packed import PackedDecisions, pack_decisions
from ledger.schema import decisions as decision_rows
from ledger.schema import models, policies, question_sets, scores
from ledger.schema import responses as response_rows
from ledger.traces import read_themes, read_trace
from models.sentiment import SentimentScores
from triggers.decision import Decisions, DecisionTrace
from triggers.history import Kept
from triggers.outcome import Outcome
from triggers.ports import StoredDecision
from triggers.signals import Signals, ThemeHit

_NAMES = ("response", "outcome", "policy", "model", "fired", "unscored", "themes", "trace")


class SqlDecisionStore:
    """`triggers.ports.DecisionStore` in SQL."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(
        self,
        responses: Sequence[int],
        signals: Signals,
        decisions: Decisions,
        traces: Mapping[int, DecisionTrace],
    ) -> None:
        """Keep signals and decisions in bulk; `traces` by position in the batch."""
        if responses:
            self.insert(responses, pack_decisions(signals, decisions, traces))

    def insert(self, responses: Sequence[int], packed: PackedDecisions) -> None:
        """`add` of packed rows."""
        size = len(responses)
        under = packed.hashes or [packed.policy_hash] * size
        known = {name: intern(self._connection, policies, {"hash": name}) for name in dict.fromkeys(under)}
        model = intern(self._connection, models, {"model_id": packed.model_id})
        columns = (
            responses, packed.outcome, [known[name] for name in under], repeat(model, size), packed.fired,
            packed.unscored, packed.themes, packed.traces,
        )  # fmt: skip
        insert_rows(self._connection, decision_rows, _NAMES, zip(*columns, strict=True))
        rows = [(responses[i], model, cells) for i, cells in zip(packed.scored, packed.cells, strict=True)]
        insert_rows(self._connection, scores, ("response", "model", "packed"), rows)

    def get(self, response: int) -> StoredDecision:
        """The decision on a response revision. Raises NotFoundError."""
        row = self._connection.execute(
            select(decision_rows, policies.c.hash, models.c.model_id)
            .join_from(decision_rows, policies)
            .join(models)
            .where(decision_rows.c.response == response)
        ).one_or_none()
        if row is None:
            raise NotFoundError(f"no decision on response {response}", next_step="it was held back or never decided")
        outcome, fired = Outcome(row.outcome), tuple(from_json(row.fired)) if row.fired else ()
        trace = read_trace(row.trace, outcome, fired, row.hash, row.model_id) if row.trace else None
        return StoredDecision(response, outcome, fired, row.hash, row.model_id, trace)

    def sentiment(self, responses: Sequence[int], question_ids: Sequence[str]) -> tuple[SentimentScores, ...]:
        """Stored sentiment of these responses, one score column a question, as the model gave it."""
        found = {row.response: row for row in self._connection.execute(self._scored(responses))}
        contents = {row.content for row in found.values()}
        ids = {content: tuple(pair[0] for pair in from_json(content or "[]")) for content in contents}
        stored = [
            (ids[row.content], row.unscored, row.packed) if (row := found.get(response)) is not None else ((), "", None)
            for response in responses
        ]
        model = packing.single_model({response: row.model_id for response, row in found.items()})
        return tuple(packing.unpack(model, question, stored) for question in question_ids)

    def _scored(self, responses: Sequence[int]) -> Any:
        joined = (
            select(
                decision_rows.c.response, decision_rows.c.unscored, models.c.model_id, question_sets.c.content,
                scores.c.packed,
            )
            .join_from(decision_rows, models)
            .join(response_rows, response_rows.c.id == decision_rows.c.response)
            .outerjoin(question_sets)
            .outerjoin(scores, and_(scores.c.response == decision_rows.c.response, scores.c.model == models.c.id))
        )  # fmt: skip
        return joined.where(within(self._connection, decision_rows.c.response, responses))

    def themes(self, responses: Sequence[int]) -> list[tuple[ThemeHit, ...]]:
        """Stored theme hits of these responses."""
        named = decision_rows.c.themes.is_not(None)
        chosen = select(decision_rows.c.response, decision_rows.c.themes).where(named)
        rows = self._connection.execute(chosen.where(within(self._connection, decision_rows.c.response, responses)))
        hits = {row.response: read_themes(row.themes) for row in rows}
        return [hits.get(response, ()) for response in responses]

    def history(self, customers: Sequence[int], since: datetime, until: datetime) -> Sequence[Kept]:
        """Every response revision that these customers gave in [since, until], for `triggers.history`."""
        return kept_of(self._connection, customers, since, until)

    def keep_policy(self, policy_hash: str, content: str) -> None:
        """Keep the policy's canonical text once, so that any decision can be explained under the policy it had."""
        intern(self._connection, policies, {"hash": policy_hash})
        same = (policies.c.hash == policy_hash, policies.c.content.is_(None))
        self._connection.execute(update(policies).where(*same).values(content=storable(content)))

    def policy(self, policy_hash: str) -> str:
        """The canonical text of a policy. Raises NotFoundError."""
        wanted = select(policies.c.content).where(policies.c.hash == policy_hash)
        content = self._connection.execute(wanted).scalar_one_or_none()
        if content is None:
            raise NotFoundError(f"no text of policy {policy_hash!r} in the store")
        return str(content)
