"""Why a condition answered as it did on one row: observed value, limit, margin, places in the text.

Outcomes are read from the same columns that decided, so a trace cannot disagree with its decision. No words of the
customer are copied here, only their positions: erasing the comment leaves nothing behind.
"""

from feedback.scale import Band, Scale
from models.sentiment import CLASSES, UnknownReason
from triggers.decision import Evidence, TextSpan
from triggers.evaluate import Evaluation, names
from triggers.outcome import Outcome
from triggers.policy import (
    AllOf,
    AnyOf,
    AttributeRule,
    BandRule,
    Comparison,
    Condition,
    KeywordRule,
    Rule,
    ScoreRule,
    SentimentRule,
    ThemeRule,
)

MOST_SPANS = 20
_OUTCOMES = tuple(Outcome)


def rule_evidence(evaluation: Evaluation, rule: Rule, row: int) -> Evidence:
    """The evidence of a rule's condition, or that the rule is not for this survey."""
    if evaluation.applies(rule):
        return evidence(evaluation, rule.when, row)
    survey = evaluation.signals.batch.survey.id
    return Evidence("survey", Outcome.QUIET, survey, ", ".join(rule.surveys), reason="the rule is for other surveys")


def evidence(evaluation: Evaluation, condition: Condition, row: int) -> Evidence:
    """The evidence of a condition on one row of the batch."""
    outcome = _OUTCOMES[evaluation.condition(condition)[row]]
    match condition:
        case ScoreRule():
            return _score(evaluation, condition, row, outcome)
        case BandRule():
            return _band(evaluation, condition, row, outcome)
        case KeywordRule():
            return _keywords(evaluation, condition, row, outcome)
        case SentimentRule():
            return _sentiment(evaluation, condition, row, outcome)
        case AttributeRule(name, values):
            value = evaluation.attribute(name)[row]
            observed, reason = ("", f"no {name} is known") if value is None else (f"{name} {value}", "")
            return Evidence("attribute", outcome, observed, f"{name} {' or '.join(values)}", reason=reason)
        case ThemeRule():
            return _theme(evaluation, condition, row, outcome)
    kind = "all" if isinstance(condition, AllOf) else "any" if isinstance(condition, AnyOf) else "none"
    return Evidence(kind, outcome, parts=tuple(evidence(evaluation, part, row) for part in condition.parts))


def _shown(score: float, scale: Scale | None) -> str:
    return f"{score:g} of {scale.maximum:g}" if scale and scale.higher_is_better else f"{score:g}"


def _score(evaluation: Evaluation, rule: ScoreRule, row: int, outcome: Outcome) -> Evidence:
    batch = evaluation.signals.batch
    score, at_most = float(batch.score[row]), rule.comparison is Comparison.AT_MOST
    limit = f"at {'most' if at_most else 'least'} {rule.limit:g}"
    if score != score:
        return Evidence("score", outcome, limit=limit, reason="no score was given")
    margin = rule.limit - score if at_most else score - rule.limit
    return Evidence("score", outcome, _shown(score, batch.survey.scale), limit, margin)


def _band(evaluation: Evaluation, rule: BandRule, row: int, outcome: Outcome) -> Evidence:
    batch = evaluation.signals.batch
    score, scale = float(batch.score[row]), batch.survey.scale
    if scale is None:
        return Evidence("band", outcome, limit=rule.band.value, reason="the survey has no scale")
    limit = f"{rule.band.value} ({_band_range(rule.band, scale)})"
    if score != score:
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


def _keywords(evaluation: Evaluation, rule: KeywordRule, row: int, outcome: Outcome) -> Evidence:
    query, spans, denied, commented = evaluation.policy.queries[rule.query], [], 0, False
    for k in evaluation.columns(rule.question):
        question, tokens = evaluation.index.question_ids[k], evaluation.index.column(k)[row]
        spans += [TextSpan(question, *span) for span in evaluation.matches(k, row).get(query, ())]
        if tokens is not None and outcome is not Outcome.FIRED:
            commented = True
            denied += len(evaluation.policy.engine.denied(query, tokens))
    if outcome is Outcome.FIRED:
        observed = f"{len(spans)} {'place' if len(spans) == 1 else 'places'}"
        return Evidence("keywords", outcome, observed, rule.query, spans=tuple(spans[:MOST_SPANS]))
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
        elif why is not UnknownReason.NO_COMMENT:
            reasons.append(f"{question}: {why.value}")
    reason = "; ".join(reasons)
    if not scored:
        return Evidence("sentiment", outcome, limit=limit, reason=reason or "no comment was written")
    best, k, question = max(scored, key=lambda one: one[0])
    margin = round(best - rule.at_least, 6)
    spans = (TextSpan(question, 0, len(evaluation.signals.batch.comments[k].texts[row])),)
    return Evidence("sentiment", outcome, f"{rule.sentiment.value} {best:.2f}", limit, margin, reason, spans)


def _theme(evaluation: Evaluation, rule: ThemeRule, row: int, outcome: Outcome) -> Evidence:
    hits = [hit for hit in evaluation.signals.themes[row] if names((hit,), rule.theme)]
    spans = tuple(TextSpan(hit.question_id, hit.start, hit.end) for hit in hits)[:MOST_SPANS]
    observed = ", ".join(dict.fromkeys(hit.theme for hit in hits))
    return Evidence("theme", outcome, observed, rule.theme, spans=spans)
