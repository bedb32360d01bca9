"""What deciding asks of the store: signals and decisions kept for every response, full traces for the fired ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from models.sentiment import SentimentScores
from triggers.decision import Decisions, DecisionTrace
from triggers.history import Kept
from triggers.outcome import Outcome
from triggers.signals import Signals, ThemeHit


@dataclass(frozen=True, slots=True)
class StoredDecision:
    """A decision as kept; `trace` is stored for fired responses and recomputed for the rest."""

    response: int
    outcome: Outcome
    fired: tuple[str, ...]
    policy_hash: str
    model_id: str
    trace: DecisionTrace | None


class DecisionStore(Protocol):
    """Signals and decisions, one row a response revision."""

    def add(
        self,
        responses: Sequence[int],
        signals: Signals,
        decisions: Decisions,
        traces: Mapping[int, DecisionTrace],
    ) -> None:
        """Keep signals and decisions in bulk; `traces` by position in the batch."""
        ...

    def get(self, response: int) -> StoredDecision:
        """The decision on a response revision. Raises NotFoundError."""
        ...

    def sentiment(self, responses: Sequence[int], question_ids: Sequence[str]) -> tuple[SentimentScores, ...]:
        """Stored sentiment of these responses, one score column a question, as the model gave it."""
        ...

    def themes(self, responses: Sequence[int]) -> list[tuple[ThemeHit, ...]]:
        """Stored theme hits of these responses."""
        ...

    def history(self, customers: Sequence[int], since: datetime, until: datetime) -> Sequence[Kept]:
        """Every response revision that these customers gave in [since, until], for `triggers.history`."""
        ...

    def keep_policy(self, policy_hash: str, content: str) -> None:
        """Keep the policy's canonical text once, so that any decision can be explained under the policy it had."""
        ...

    def policy(self, policy_hash: str) -> str:
        """The canonical text of a policy. Raises NotFoundError."""
        ...
