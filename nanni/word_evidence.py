"""The words that moved the sentiment model, put into the evidence of the responses that fired because of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from feedback.response import ResponseBatch
from models.evidence import top_words
from models.sentiment import ExplainingModel, ScoreInput, Sentiment
from nanni.parts import Parts
from triggers.decision import DecisionTrace, Evidence, TextSpan
from triggers.outcome import Outcome

_Place = tuple[int, str]
_Words = Mapping[_Place, tuple[TextSpan, ...]]
"""Spans by row and question."""


def with_words(parts: Parts, batch: ResponseBatch, traces: Mapping[int, DecisionTrace]) -> Mapping[int, DecisionTrace]:
    """The traces of fired rows, their negative comments pointed at word by word, strongest first.

    Where no word by itself moves the model, or the model cannot say, the evidence stays the comment as a whole. The
    model is asked, and loaded, only when a comment's sound made a rule fire.
    """
    places = [(row, name) for row, told in traces.items() for name in dict.fromkeys(_negative(told))]
    if not places or not isinstance(model := parts.model, ExplainingModel):
        return traces
    columns = {column.question_id: column for column in batch.comments}
    asked = [
        ScoreInput(columns[name].texts[row], columns[name].questions[row], batch.language[row]) for row, name in places
    ]
    found = model.explain(asked)
    words = {
        place: tuple(TextSpan(place[1], word.start, word.end) for word in top_words(weights))
        for place, weights in zip(places, found, strict=True)
    }
    pointed = {row for row, _ in places}
    return {row: _pointed(told, row, words) if row in pointed else told for row, told in traces.items()}


def _negative(told: DecisionTrace) -> Iterator[str]:
    """The questions whose answers sounded negative enough to fire a condition of a rule that fired."""
    for rule in told.rules:
        if rule.outcome is Outcome.FIRED:
            yield from (leaf.spans[0].question_id for leaf in _leaves((rule.evidence,)) if _is_sound(leaf))


def _leaves(parts: Sequence[Evidence]) -> Iterator[Evidence]:
    for part in parts:
        yield from _leaves(part.parts) if part.parts else (part,)


def _is_sound(leaf: Evidence) -> bool:
    fired = leaf.kind == "sentiment" and leaf.outcome is Outcome.FIRED
    return fired and leaf.observed.startswith(Sentiment.NEGATIVE) and bool(leaf.spans)


def _pointed(told: DecisionTrace, row: int, words: _Words) -> DecisionTrace:
    rules = tuple(
        replace(rule, evidence=_replaced(rule.evidence, row, words)) if rule.outcome is Outcome.FIRED else rule
        for rule in told.rules
    )
    return replace(told, rules=rules)


def _replaced(evidence: Evidence, row: int, words: _Words) -> Evidence:
    if evidence.parts:
        return replace(evidence, parts=tuple(_replaced(part, row, words) for part in evidence.parts))
    if not _is_sound(evidence):
        return evidence
    return replace(evidence, spans=words.get((row, evidence.spans[0].question_id)) or evidence.spans)
