"""The trigger policy as the engine sees it: parsed once from `policy.yaml`, immutable, named by its content hash."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from triggers.conditions import Condition
from triggers.handling import NO_FIELDS, BudgetPolicy, ResponsePolicy, SettleWindow, StormPolicy, TicketFields


class Severity(StrEnum):
    """How bad it is for the customer, worst first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Rule:
    """One trigger rule: when it fires, how severe that is, who owns the rule and why it exists.

    It is in force for responses submitted in [starts, ends), both in UTC; None: always. A customer who was given a
    ticket less than `cool_down` ago, and has none open, gets no new one by this rule; the response is suppressed.
    `ticket` are fields the rule sets itself.
    """

    id: str
    when: Condition
    severity: Severity
    surveys: tuple[str, ...] = ()
    reason: str = ""
    owner: str = ""
    starts: datetime | None = None
    ends: datetime | None = None
    cool_down: timedelta | None = None
    ticket: TicketFields = NO_FIELDS


@dataclass(frozen=True, slots=True)
class SentimentLimits:
    """What a team's labelled comments say of the model it uses (see `models.operating_point`, `models.conformal`).

    `contract`: the negative probability from which few enough negative comments are missed. `conformal`: for each
    class, in the order of `models.sentiment.CLASSES`, the probability from which a comment may be of it.
    """

    contract: float
    conformal: tuple[float, float, float]


class HitPolicy(StrEnum):
    """Which of several rules that fire on one response decides: the first in order, or of all the most severe.

    COLLECT decides as ALL does, and takes the ticket's fields from every rule that fires, the deciding one first.
    """

    FIRST = "first"
    ALL = "all"
    COLLECT = "collect"


@dataclass(frozen=True, slots=True)
class Policy:
    """Rules in order; of those that fire, `hit` says which names the severity. `hash` is of the canonical content.

    With `review`, a limit for each class as in `SentimentLimits.conformal`, a comment that is negative enough for a
    rule but may as well be something else leaves the rule unknown: a person reads it.
    """

    rules: tuple[Rule, ...]
    hash: str
    lexicons: tuple[tuple[str, tuple[str, ...]], ...] = ()
    hit: HitPolicy = HitPolicy.FIRST
    responses: ResponsePolicy = field(default_factory=ResponsePolicy)
    settle: tuple[SettleWindow, ...] = ()
    review: tuple[float, float, float] | None = None
    storm: StormPolicy | None = None
    budget: BudgetPolicy | None = None

    def deciding(self, fired: Sequence[str]) -> Rule | None:
        """The rule that names the severity when these fired (it stands first); None when it is not of this policy."""
        return next((rule for rule in self.rules if rule.id == fired[0]), None) if fired else None

    def ticket_fields(self, fired: Sequence[str]) -> TicketFields:
        """What the rules that fired (the deciding one first) write into the ticket."""
        known = {rule.id: rule.ticket for rule in self.rules}
        gathered = NO_FIELDS
        for name in fired if self.hit is HitPolicy.COLLECT else fired[:1]:
            gathered = gathered.or_else(known.get(name, NO_FIELDS))
        return gathered

    def settle_wait(self, survey: str) -> timedelta | None:
        """How long a response of this survey waits for its comment; None: not at all."""
        return next((window.wait for window in self.settle if window.covers(survey)), None)

    def precedence(self) -> list[int]:
        """Positions of the rules, the one that decides before the others first."""
        order = list(range(len(self.rules)))
        if self.hit is not HitPolicy.FIRST:
            worst = list(Severity)
            order.sort(key=lambda at: worst.index(self.rules[at].severity))
        return order
