"""Conditions on what a customer told us before: repeat contact, and the trend of their own scores."""

from collections.abc import Sequence
from datetime import timedelta

import numpy as np

from feedback.scale import Scale
from triggers.conditions import MissingPolicy, RepeatRule, TrendRule
from triggers.decision import Evidence
from triggers.history import Earlier
from triggers.outcome import Outcome, Outcomes
from triggers.signals import Signals

NO_TREND = "no earlier score of this customer to compare with"


Remembered = RepeatRule | TrendRule


def remembered(rule: Remembered, signals: Signals) -> Outcomes:
    """The column of a condition on the customer's earlier responses."""
    return repeated(rule, signals) if isinstance(rule, RepeatRule) else trending(rule, signals)


def told_memory(rule: Remembered, signals: Signals, row: int, outcome: Outcome) -> Evidence:
    """The evidence of such a condition on one row."""
    if isinstance(rule, RepeatRule):
        return told_repeat(rule, signals, row, outcome)
    return told_trend(rule, signals, row, outcome)


def repeated(rule: RepeatRule, signals: Signals) -> Outcomes:
    """The column of a repeat condition."""
    column = np.zeros(len(signals), np.int8)
    for row in signals.history.rows:
        if count_repeats(rule, signals, row) >= rule.times:
            column[row] = Outcome.FIRED
    return column


def count_repeats(rule: RepeatRule, signals: Signals, row: int) -> int:
    """The customer's earlier responses that this condition counts."""
    earlier = _within(signals, row, rule.within)
    if not rule.same_theme:
        return len(earlier)
    mine = {hit.theme for hit in signals.themes[row]}
    return sum(not mine.isdisjoint(one.themes) for one in earlier)


def trending(rule: TrendRule, signals: Signals) -> Outcomes:
    """The column of a trend condition."""
    column = np.zeros(len(signals), np.int8)
    for row in signals.history.rows:
        own = own_scores(rule, signals, row)
        if not own:
            continue
        drop = worse_by(rule, signals.batch.survey.scale, own, float(signals.batch.score[row]))
        if drop is None:
            column[row] = Outcome.UNKNOWN if rule.missing is MissingPolicy.UNKNOWN else Outcome.QUIET
        elif drop >= rule.worse_by:
            column[row] = Outcome.FIRED
    return column


def own_scores(rule: TrendRule, signals: Signals, row: int) -> list[float]:
    """The customer's own last scores on this survey, latest first."""
    survey = signals.batch.survey.id
    scores = [one.score for one in _within(signals, row, rule.within) if one.survey == survey]
    return [score for score in scores if score is not None][: rule.last]


def worse_by(rule: TrendRule, scale: Scale | None, own: Sequence[float], score: float) -> float | None:
    """How much worse the score is than the mean of their own; None without a score or a direction."""
    if scale is None or score != score:
        return None
    # The mean as a rounded sum, so that the same scores give the same margin in any order of addition.
    drop = round(sum(own) / len(own) - score, 9)
    return drop if scale.higher_is_better else -drop


def told_repeat(rule: RepeatRule, signals: Signals, row: int, outcome: Outcome) -> Evidence:
    """The evidence of a repeat condition on one row."""
    count = count_repeats(rule, signals, row)
    about = f"earlier response{'' if count == 1 else 's'}{' about the same' if rule.same_theme else ''}"
    limit = f"at least {rule.times} in {_days(rule.within)}"
    reason = "" if signals.batch.respondents[row].identity() or count else "nobody knows who answered"
    return Evidence("repeat", outcome, f"{count} {about}", limit, float(count - rule.times), reason)


def told_trend(rule: TrendRule, signals: Signals, row: int, outcome: Outcome) -> Evidence:
    """The evidence of a trend condition on one row."""
    count = "their last score" if rule.last == 1 else f"the mean of their last {rule.last}"
    limit = f"at least {rule.worse_by:g} worse than {count} in {_days(rule.within)}"
    own, score = own_scores(rule, signals, row), float(signals.batch.score[row])
    drop = worse_by(rule, signals.batch.survey.scale, own, score) if own else None
    if drop is None:
        return Evidence("trend", outcome, limit=limit, reason="no score was given" if own else NO_TREND)
    before = f"{sum(own) / len(own):g}"
    return Evidence("trend", outcome, f"{score:g} after {before}", limit, round(drop - rule.worse_by, 6))


def _within(signals: Signals, row: int, within: timedelta) -> tuple[Earlier, ...]:
    at = int(signals.batch.submitted_at[row].astype("datetime64[us]").astype(np.int64))
    low = at - within // timedelta(microseconds=1)
    return tuple(one for one in signals.history.rows.get(row, ()) if one.at >= low)


def _days(length: timedelta) -> str:
    hours = length // timedelta(hours=1)
    return f"{hours} hours" if hours % 24 else f"{hours // 24} days"
