"""The conditions of a trigger rule, as `policy.yaml` can say them: leaves about one signal each, joined at will."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from feedback.scale import Band
from models.sentiment import Sentiment


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
