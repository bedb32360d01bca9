"""The trigger policy as the engine sees it: parsed once from `policy.yaml`, immutable, named by its content hash."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from feedback.scale import Band
from models.sentiment import Sentiment


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


Condition = ScoreRule | BandRule | KeywordRule | SentimentRule | AttributeRule | ThemeRule | AllOf | AnyOf | NoneOf


@dataclass(frozen=True, slots=True)
class Rule:
    """One trigger rule: when it fires, how severe that is, who owns the rule and why it exists."""

    id: str
    when: Condition
    severity: Severity
    surveys: tuple[str, ...] = ()
    reason: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """Rules in order; the first that fires names the ticket's severity. `hash` is of the canonical content."""

    rules: tuple[Rule, ...]
    hash: str
    lexicons: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def deciding(self, fired: Sequence[str]) -> Rule | None:
        """The rule that names the severity when these rules fired; None when none did, or none is of this policy."""
        return next((rule for rule in self.rules if rule.id in fired), None)
