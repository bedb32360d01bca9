"""Why a condition answered as it did on one row: observed value, limit, margin, places in the text.

Outcomes are read from the same columns that decided, so a trace cannot disagree with its decision. No words of the
customer are copied here, only their positions: erasing the comment leaves nothing behind.
"""

from collections.abc import Callable, Sequence
from functools import cache, partial

import numpy as np

from feedback.scale import Band, Scale
from models.sentiment import CLASSES, UnknownReason
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
    MissingRule,
    RepeatRule,
    ScoreRule,
    SentimentRule,
    ThemeRule,
    TrendRule,
)
from triggers.decision import Evidence, TextSpan
from triggers.evaluate import Evaluation, names
from triggers.outcome import Outcome
from triggers.policy import Rule
from triggers.repeats import told_memory

Teller = Callable[[int], Evidence]
"""The evidence of one condition on the row at a position of the batch."""

MOST_SPANS = 20
_OUTCOMES = tuple(Outcome)


def teller(evaluation: Evaluation, rule: Rule) -> Teller:
    """What tells the evidence of a rule's condition row by row, or that the rule is not for this survey.

    What many rows share is worked out once: rows with the same score share one piece of evidence on it.
    """
    if evaluation.applies(rule):
        return _dated(evaluation, rule, _teller(evaluation, rule.when))
    survey = evaluation.signals.batch.survey.id
    told = Evidence("survey", Outcome.QUIET, survey, ", ".join(rule.surveys), reason="the rule is for other surveys")
    return lambda row: told


def _dated(evaluation: Evaluation, rule: Rule, tell: Teller) -> Teller:
    """Where the rule is not in force, that and nothing else is its evidence."""
    in_force = evaluation.in_force(rule)
    if in_force is None:
        return tell
    ends = [
        f"from {rule.starts:%Y-%m-%d %H:%M}" if rule.starts else "",
        f"before {rule.ends:%Y-%m-%d %H:%M}" if rule.ends else "",
    ]
    limit, given = " and ".join(filter(None, ends)), evaluation.signals.batch.submitted_at

    def told(row: int) -> Evidence:
        if in_force[row]:
            return tell(row)
        observed = str(given[row].astype("datetime64[m]")).replace("T", " ")
        return Evidence("dates", Outcome.QUIET, observed, limit, reason="the rule is not in force at that time")

    return told


def _teller(evaluation: Evaluation, condition: Condition) -> Teller:
    outcomes = [_OUTCOMES[code] for code in evaluation.condition(condition).tolist()]
    match condition:
        case ScoreRule():
            return _scored(evaluation, partial(_score, condition), outcomes)
        case BandRule():
            return _scored(evaluation, partial(_band, condition), outcomes)
        case KeywordRule():
            return _worded(evaluation, condition, outcomes)
        case SentimentRule():
            return lambda row: _sentiment(evaluation, condition, row, outcomes[row])
        case FrustrationRule():
            return lambda row: _frustration(evaluation, condition, row, outcomes[row])
        case MissingRule():
            return lambda row: _missing(condition, outcomes[row])
        case AttributeRule(name):
            values, attribute = evaluation.attribute(name), cache(partial(_attribute, condition))
            return lambda row: attribute(values[row], outcomes[row])
        case ThemeRule():
            return lambda row: _theme(evaluation, condition, row, outcomes[row])
        case RepeatRule() | TrendRule():
            return lambda row: told_memory(condition, evaluation.signals, row, outcomes[row])
    kind = "all" if isinstance(condition, AllOf) else "any" if isinstance(condition, AnyOf) else "none"
    parts = [_teller(evaluation, part) for part in condition.parts]
    return lambda row: Evidence(kind, outcomes[row], parts=tuple([part(row) for part in parts]))


def _scored(
    evaluation: Evaluation, tell: Callable[[Scale | None, float | None, Outcome], Evidence], outcomes: Sequence[Outcome]
) -> Teller:
    batch = evaluation.signals.batch
    known = cache(partial(tell, batch.survey.scale))
    scores = [None if score != score else score for score in batch.score.tolist()]
    return lambda row: known(scores[row], outcomes[row])


def _attribute(rule: AttributeRule, value: str | None, outcome: Outcome) -> Evidence:
    observed, reason = ("", f"no {rule.name} is known") if value is None else (f"{rule.name} {value}", "")
    return Evidence("attribute", outcome, observed, f"{rule.name} {' or '.join(rule.values)}", reason=reason)


def _shown(score: float, scale: Scale | None) -> str:
    return f"{score:g} of {scale.maximum:g}" if scale and scale.higher_is_better else f"{score:g}"


def _score(rule: ScoreRule, scale: Scale | None, score: float | None, outcome: Outcome) -> Evidence:
    at_most = rule.comparison is Comparison.AT_MOST
    limit = f"at {'most' if at_most else 'least'} {rule.limit:g}"
    if score is None:
        return Evidence("score", outcome, limit=limit, reason="no score was given")
    margin = rule.limit - score if at_most else score - rule.limit
    return Evidence("score", outcome, _shown(score, scale), limit, margin)


def _band(rule: BandRule, scale: Scale | None, score: float | None, outcome: Outcome) -> Evidence:
    if scale is None:
        return Evidence("band", outcome, limit=rule.band.value, reason="the survey has no scale")
    limit = f"{rule.band.value} ({_band_range(rule.band, scale)})"
    if score is None:
        return Evidence("band", outcome, limit=limit, reason="no score was given")
    return Evidence("band", outcome, _shown(score, scale), limit, _band_margin(score, rule.band, scale))


def _band_range(band: Band, scale: Scale) -> str:
    better, worse = ("at least", "at most") if scale.higher_is_better else ("at most", "at least")
    if band is Band.DETRACTOR:
        return f"{worse} {scale.detractor:g}"
    if band is Band.PROMOTER:
        return f"{better} {scale.promoter:g}"
    low, high = sorted((scale.detractor, scale.promoter))
    return f"between {low:g} and {high:g}"


def _band_margin(score: float, band: Band, scale: Scale) -> float:
    sign = 1 if scale.higher_is_better else -1
    below, above = sign * (scale.detractor - score), sign * (score - scale.promoter)
    if band is Band.PASSIVE:
        return min(-below, -above)
    return below if band is Band.DETRACTOR else above


def _worded(evaluation: Evaluation, rule: KeywordRule, outcomes: Sequence[Outcome]) -> Teller:
    query, columns = evaluation.policy.queries[rule.query], evaluation.columns(rule.question)
    unmatched = cache(partial(_unmatched, rule))

    def told(row: int) -> Evidence:
        if outcomes[row] is not Outcome.FIRED:
            texts = [tokens for k in columns if (tokens := evaluation.index.column(k)[row]) is not None]
            denied = sum(len(evaluation.policy.engine.denied(query, tokens)) for tokens in texts)
            return unmatched(bool(texts), denied, outcomes[row])
        spans = [
            TextSpan(evaluation.index.question_ids[k], *span)
            for k in columns
            for span in evaluation.matches(k, row).get(query, ())
        ]
        observed = f"{len(spans)} {'place' if len(spans) == 1 else 'places'}"
        return Evidence("keywords", Outcome.FIRED, observed, rule.query, spans=tuple(spans[:MOST_SPANS]))

    return told


def _unmatched(rule: KeywordRule, commented: bool, denied: int, outcome: Outcome) -> Evidence:
    reason = "" if commented else "no comment was written"
    if denied:
        reason = f"{denied} {'place' if denied == 1 else 'places'} denied by the words before (add ! to count those)"
    return Evidence("keywords", outcome, "no match" if commented else "", rule.query, reason=reason)


def _sentiment(evaluation: Evaluation, rule: SentimentRule, row: int, outcome: Outcome) -> Evidence:
    at, limit = CLASSES.index(rule.sentiment), f"{rule.sentiment.value} at least {rule.at_least:.2f}"
    scored, reasons = [], []
    for k in evaluation.columns(rule.question):
        scores, question = evaluation.signals.sentiment[k], evaluation.index.question_ids[k]
        why = scores.unknown[row]
        if why is None:
            scored.append((float(scores.probabilities[row, at]), k, question))
            if outcome is Outcome.UNKNOWN and evaluation.doubtful(rule, k)[row]:
                reasons.append(f"{question}: ambiguous, it may be {_may_be(evaluation, k, row)}")
        elif why is not UnknownReason.NO_COMMENT:
            reasons.append(f"{question}: {why.value}")
    reason = "; ".join(reasons)
    if not scored:
        return Evidence("sentiment", outcome, limit=limit, reason=reason or "no comment was written")
    best, k, question = max(scored, key=lambda one: one[0])
    margin = round(best - rule.at_least, 6)
    spans = (TextSpan(question, 0, len(evaluation.signals.batch.comments[k].texts[row])),)
    return Evidence("sentiment", outcome, f"{rule.sentiment.value} {best:.2f}", limit, margin, reason, spans)


def _may_be(evaluation: Evaluation, k: int, row: int) -> str:
    """The classes that the comment may have, the likeliest first."""
    chances = evaluation.signals.sentiment[k].probabilities[row]
    limits = evaluation.policy.policy.review or (0.0, 0.0, 0.0)
    possible = [at for at in np.argsort(-chances) if chances[at] >= limits[at]]
    return " or ".join(CLASSES[at].value for at in possible)


def _frustration(evaluation: Evaluation, rule: FrustrationRule, row: int, outcome: Outcome) -> Evidence:
    limit = f"frustrated at least {rule.at_least:.2f}"
    scored, reasons = [], []
    for k in evaluation.columns(rule.question):
        scores, question = evaluation.signals.sentiment[k], evaluation.index.question_ids[k]
        why = scores.unknown[row]
        if why is UnknownReason.NO_COMMENT:
            continue
        if scores.frustration is None or scores.frustration[row] != scores.frustration[row]:
            reasons.append(f"{question}: {why.value if why else 'the model does not estimate frustration'}")
        else:
            scored.append((float(scores.frustration[row]), k, question))
    reason = "; ".join(reasons)
    if not scored:
        return Evidence("frustration", outcome, limit=limit, reason=reason or "no comment was written")
    best, k, question = max(scored, key=lambda one: one[0])
    spans = (TextSpan(question, 0, len(evaluation.signals.batch.comments[k].texts[row])),)
    margin = round(best - rule.at_least, 6)
    return Evidence("frustration", outcome, f"frustrated {best:.2f}", limit, margin, reason, spans)


def _missing(rule: MissingRule, outcome: Outcome) -> Evidence:
    what = {
        Absent.SCORE: "score",
        Absent.COMMENT: f"answer to {rule.name}" if rule.name else "comment",
        Absent.ATTRIBUTE: rule.name or "",
    }[rule.what]
    return Evidence("missing", outcome, f"{'no' if outcome is Outcome.FIRED else 'a'} {what}", f"no {what}")


def _theme(evaluation: Evaluation, rule: ThemeRule, row: int, outcome: Outcome) -> Evidence:
    hits = [hit for hit in evaluation.signals.themes[row] if names((hit,), rule.theme)]
    spans = tuple(TextSpan(hit.question_id, hit.start, hit.end) for hit in hits)[:MOST_SPANS]
    observed = ", ".join(dict.fromkeys(hit.theme for hit in hits))
    return Evidence("theme", outcome, observed, rule.theme, spans=spans)
