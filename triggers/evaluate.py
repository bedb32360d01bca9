"""Conditions over columns of signals: one three-valued column each, computed once however many rules share it.

What counts as unknown (invariant 7): a score that is absent, and a comment that exists but could not be scored. Where
there is no comment at all, a keyword, theme or sentiment condition cannot be met, so it is quiet. An absent attribute
is not one of the wanted values, so quiet; `missing` on a rule turns either default around. Under a policy that sends
ambiguous comments to review, one that is negative enough but may be something else is unknown, too.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from feedback.scale import Band, Scale
from models.conformal import conformal_sets, is_ambiguous
from models.sentiment import CLASSES, Sentiment, SentimentScores, UnknownReason
from triggers.compiled import CompiledPolicy
from triggers.conditions import (
    Absent,
    AllOf,
    AnyOf,
    AttributeRule,
    BandRule,
    Comparison,
    Condition,
    FrustrationRule,
    KeywordRule,
    MissingPolicy,
    MissingRule,
    NoneOf,
    RepeatRule,
    ScoreRule,
    SentimentRule,
    ThemeRule,
    TrendRule,
)
from triggers.keywords.index import TextIndex
from triggers.keywords.match import NOTHING, Matches
from triggers.outcome import Outcome, Outcomes, all_of, any_of, none_of
from triggers.policy import Rule
from triggers.repeats import remembered
from triggers.signals import Signals, ThemeHit

_FIELDS = frozenset({"channel", "language", "status"})


class Evaluation:
    """One batch of signals under one policy."""

    def __init__(self, signals: Signals, policy: CompiledPolicy, index: TextIndex | None = None) -> None:
        self.signals = signals
        self.policy = policy
        self.index = index or TextIndex(signals.batch)
        self._outcomes: dict[Condition, Outcomes] = {}
        self._matches: dict[int, dict[int, Matches]] = {}

    def rule(self, rule: Rule) -> Outcomes:
        """The column of a rule; quiet where the rule is not for this survey or not in force."""
        if not self.applies(rule):
            return self._quiet()
        column, in_force = self.condition(rule.when), self.in_force(rule)
        return column if in_force is None else np.where(in_force, column, np.int8(Outcome.QUIET))

    def applies(self, rule: Rule) -> bool:
        """Whether the rule is for this batch's survey."""
        return not rule.surveys or self.signals.batch.survey.id in rule.surveys

    def in_force(self, rule: Rule) -> NDArray[np.bool_] | None:
        """Where the response was given while the rule is in force; None for a rule without dates."""
        if rule.starts is None and rule.ends is None:
            return None
        at = self.signals.batch.submitted_at
        after = at >= _moment(rule.starts) if rule.starts else np.ones(len(self), bool)
        return after & (at < _moment(rule.ends)) if rule.ends else after

    def condition(self, condition: Condition) -> Outcomes:
        """The column of a condition."""
        known = self._outcomes.get(condition)
        if known is None:
            known = self._outcomes[condition] = self._evaluate(condition)
        return known

    def matches(self, column: int, row: int) -> Matches:
        """Keyword matches of one comment."""
        return self._column_matches(column).get(row, NOTHING)

    def columns(self, question: str | None) -> list[int]:
        """Comment columns a condition looks at: all, or the one of the question."""
        return [k for k, name in enumerate(self.index.question_ids) if question is None or name == question]

    def attribute(self, name: str) -> Sequence[str | None]:
        """The column of a field or attribute; all None where the survey has none of that name."""
        batch = self.signals.batch
        if name in _FIELDS:
            column: Sequence[str | None] = getattr(batch, name)
            return column
        return batch.attributes.get(name) or [None] * len(batch)

    def _evaluate(self, condition: Condition) -> Outcomes:
        match condition:
            case ScoreRule():
                return self._score(condition)
            case BandRule():
                return self._band(condition)
            case KeywordRule():
                return self._keywords(condition)
            case SentimentRule():
                return self._sentiment(condition)
            case FrustrationRule():
                return self._frustration(condition)
            case MissingRule():
                return self._missing(condition)
            case AttributeRule():
                return self._attribute(condition)
            case ThemeRule(theme):
                return _fired(np.fromiter((names(hits, theme) for hits in self.signals.themes), bool, len(self)))
            case RepeatRule() | TrendRule():
                return remembered(condition, self.signals)
        return self._joined(condition)

    def _joined(self, condition: AllOf | AnyOf | NoneOf) -> Outcomes:
        parts = [self.condition(part) for part in condition.parts]
        if isinstance(condition, AllOf):
            return all_of(parts)
        return any_of(parts) if isinstance(condition, AnyOf) else none_of(parts)

    def __len__(self) -> int:
        return len(self.signals)

    def _quiet(self) -> Outcomes:
        return np.zeros(len(self), np.int8)

    def _score(self, rule: ScoreRule) -> Outcomes:
        score = self.signals.batch.score
        past = score <= rule.limit if rule.comparison is Comparison.AT_MOST else score >= rule.limit
        return _without(_fired(past), np.isnan(score), rule.missing)

    def _band(self, rule: BandRule) -> Outcomes:
        score, scale = self.signals.batch.score, self.signals.batch.survey.scale
        if scale is None:
            return _without(self._quiet(), np.ones(len(self), bool), rule.missing)
        return _without(_fired(_in_band(score, scale, rule.band)), np.isnan(score), rule.missing)

    def _keywords(self, rule: KeywordRule) -> Outcomes:
        query, column = self.policy.queries[rule.query], self._quiet()
        for k in self.columns(rule.question):
            rows = [row for row, matches in self._column_matches(k).items() if query in matches]
            column[rows] = Outcome.FIRED
        return column

    def _column_matches(self, k: int) -> dict[int, Matches]:
        if k not in self._matches:
            self._matches[k] = self.index.matches(self.policy.engine, k)
        return self._matches[k]

    def _sentiment(self, rule: SentimentRule) -> Outcomes:
        at = CLASSES.index(rule.sentiment)
        columns = []
        for k in self.columns(rule.question):
            column = _sounds(self.signals.sentiment[k], at, rule.at_least)
            column[self.doubtful(rule, k)] = Outcome.UNKNOWN
            columns.append(column)
        return any_of(columns) if columns else self._quiet()

    def doubtful(self, rule: SentimentRule, k: int) -> NDArray[np.bool_]:
        """Which comments (n,) of column k meet the rule's limit but may as well not be negative."""
        review, probabilities = self.policy.policy.review, self.signals.sentiment[k].probabilities
        if review is None or rule.sentiment is not Sentiment.NEGATIVE:
            return np.zeros(len(self), bool)
        sets = conformal_sets(probabilities, dict(zip(CLASSES, review, strict=True)))
        return is_ambiguous(sets) & (probabilities[:, 0] >= np.float32(rule.at_least))

    def ambiguous(self, rule: SentimentRule) -> NDArray[np.bool_]:
        """Rows on which the condition is unknown and a comment of theirs is doubtful."""
        doubtful = np.zeros(len(self), bool)
        for k in self.columns(rule.question):
            doubtful |= self.doubtful(rule, k)
        doubtful &= self.condition(rule) == Outcome.UNKNOWN
        return doubtful

    def _frustration(self, rule: FrustrationRule) -> Outcomes:
        columns = [_frustrated(self.signals.sentiment[k], rule.at_least) for k in self.columns(rule.question)]
        return any_of(columns) if columns else self._quiet()

    def _missing(self, rule: MissingRule) -> Outcomes:
        if rule.what is Absent.SCORE:
            return _fired(np.isnan(self.signals.batch.score))
        if rule.what is Absent.ATTRIBUTE:
            values = self.attribute(rule.name or "")
            return _fired(np.fromiter((value is None for value in values), bool, len(self)))
        said = np.zeros(len(self), bool)
        for k in self.columns(rule.name):
            texts = self.signals.batch.comments[k].texts
            said |= np.fromiter((bool(text) for text in texts), bool, len(self))
        return _fired(~said)

    def _attribute(self, rule: AttributeRule) -> Outcomes:
        wanted = {value.casefold() for value in rule.values}
        values = self.attribute(rule.name)
        chosen = {value: value.casefold() in wanted for value in set(values) if value is not None}
        column = _fired(
            np.fromiter((chosen.get(value, False) if value else False for value in values), bool, len(self))
        )
        return _without(column, np.fromiter((value is None for value in values), bool, len(self)), rule.missing)


def names(hits: Sequence[ThemeHit], theme: str) -> bool:
    """Whether any hit is the theme or one below it."""
    below = f"{theme}."
    return any(hit.theme == theme or hit.theme.startswith(below) for hit in hits)


def _fired(where: NDArray[np.bool_]) -> Outcomes:
    return where.astype(np.int8) * np.int8(Outcome.FIRED)


def _without(column: Outcomes, missing: NDArray[np.bool_], policy: MissingPolicy) -> Outcomes:
    column[missing] = Outcome.UNKNOWN if policy is MissingPolicy.UNKNOWN else Outcome.QUIET
    return column


def _in_band(score: NDArray[np.float64], scale: Scale, band: Band) -> NDArray[np.bool_]:
    sign = 1 if scale.higher_is_better else -1
    low, high = sign * score <= sign * scale.detractor, sign * score >= sign * scale.promoter
    if band is Band.DETRACTOR:
        return low
    return high if band is Band.PROMOTER else ~low & ~high & ~np.isnan(score)


def _sounds(scores: SentimentScores, at: int, limit: float) -> Outcomes:
    # Compared as float32 on purpose: a stored 0.7 must meet the limit 0.7.
    column = _fired(scores.probabilities[:, at] >= np.float32(limit))
    unknown = np.flatnonzero(np.isnan(scores.probabilities[:, at]))
    unscored = [row for row in unknown.tolist() if scores.unknown[row] is not UnknownReason.NO_COMMENT]
    column[unscored] = Outcome.UNKNOWN
    return column


def _frustrated(scores: SentimentScores, limit: float) -> Outcomes:
    if scores.frustration is None:
        column = np.full(len(scores), Outcome.UNKNOWN, np.int8)
    else:
        column = _fired(scores.frustration >= np.float32(limit))
        column[np.isnan(scores.frustration)] = Outcome.UNKNOWN
    uncommented = [row for row, why in enumerate(scores.unknown) if why is UnknownReason.NO_COMMENT]
    column[uncommented] = Outcome.QUIET
    return column


def _moment(time: datetime) -> np.datetime64:
    return np.datetime64(time.astimezone(UTC).replace(tzinfo=None), "us")
