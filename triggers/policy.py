"""The trigger policy as the engine sees it: parsed once from `policy.yaml`, immutable, named by its content hash."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from feedback.scale import Band
from models.sentiment import Sentiment
from triggers.handling import NO_FIELDS, BudgetPolicy, ResponsePolicy, SettleWindow, StormPolicy, TicketFields


class Severity(StrEnum):
    """How bad it is for the customer, worst first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Comparison(StrEnum):
    """How an observed number stands to a limit."""

    AT_MOST = "at_most"
    AT_LEAST = "at_least"


class MissingPolicy(StrEnum):
    """What a condition says when there is nothing to look at."""

    UNKNOWN = "unknown"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True)
class ScoreRule:
    """Fires when the raw score compares so to `limit`; `missing` says what holds without a score."""

    comparison: Comparison
    limit: float
    missing: MissingPolicy = MissingPolicy.UNKNOWN


@dataclass(frozen=True, slots=True)
class BandRule:
    """Fires when the score lies in the band, whatever the survey's scale and direction; `missing` as for a score."""

    band: Band
    missing: MissingPolicy = MissingPolicy.UNKNOWN


@dataclass(frozen=True, slots=True)
class KeywordRule:
    """Fires when the keyword query matches a comment (of `question` only, when named); quiet without a comment."""

    query: str
    question: str | None = None


@dataclass(frozen=True, slots=True)
class SentimentRule:
    """Fires when the probability of `sentiment` in any comment is at least `at_least`.

    Quiet without a comment; unknown with a comment that has no probability (other language, model off or failed).
    """

    sentiment: Sentiment
    at_least: float
    question: str | None = None


@dataclass(frozen=True, slots=True)
class FrustrationRule:
    """Fires when any comment sounds frustrated (angry, annoyed, let down) with at least this probability.

    Quiet without a comment; unknown with a comment that has no estimate, as where the model gives none.
    """

    at_least: float
    question: str | None = None


class Absent(StrEnum):
    """What can be missing from a response."""

    SCORE = "score"
    COMMENT = "comment"
    ATTRIBUTE = "attribute"


@dataclass(frozen=True, slots=True)
class MissingRule:
    """Fires when there is no score, no comment (no answer to the question `name`), or no value of attribute `name`.

    Never unknown: whether something was said is always known.
    """

    what: Absent
    name: str | None = None


@dataclass(frozen=True, slots=True)
class AttributeRule:
    """Fires when a field (`channel`, `language`, `status` or an attribute's name) is one of `values`, case aside.

    An absent value is not one of them, so quiet, unless `missing` says otherwise.
    """

    name: str
    values: tuple[str, ...]
    missing: MissingPolicy = MissingPolicy.QUIET


@dataclass(frozen=True, slots=True)
class ThemeRule:
    """Fires when a comment names the theme or one below it (whose id starts with the theme's and a dot)."""

    theme: str


@dataclass(frozen=True, slots=True)
class RepeatRule:
    """Fires when the same customer gave at least `times` other responses in the time `within` before this one.

    Counted are those that name a theme this response names too, or with `same_theme` False all. Quiet for a customer
    nobody can recognise.
    """

    within: timedelta
    times: int = 1
    same_theme: bool = True


@dataclass(frozen=True, slots=True)
class TrendRule:
    """Fires when the score is at least `worse_by` worse than the customer's own before it, on the same survey.

    Their own is the mean of their `last` scores in the time `within` before this response; quiet when there is none.
    Worse follows the survey's direction. `missing` says what holds without a score now.
    """

    worse_by: float
    within: timedelta
    last: int = 1
    missing: MissingPolicy = MissingPolicy.UNKNOWN


@dataclass(frozen=True, slots=True)
class AllOf:
    """Fires when every part does."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Fires when at least one part does."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class NoneOf:
    """Fires when no part does."""

    parts: tuple["Condition", ...]


Condition = (
    ScoreRule
    | BandRule
    | KeywordRule
    | SentimentRule
    | FrustrationRule
    | MissingRule
    | AttributeRule
    | ThemeRule
    | RepeatRule
    | TrendRule
    | AllOf
    | AnyOf
    | NoneOf
)


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
