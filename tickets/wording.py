"""The wording of messages: scores, reasons, contact data and comments in the form a manager reads them."""

from dataclasses import dataclass

from markupsafe import Markup, escape

from feedback.response import Comment, SurveyResponse
from feedback.scale import Scale
from triggers.decision import DecisionTrace, Evidence
from triggers.outcome import Outcome

VERBATIM_LIMIT = 1200
"""Characters of one comment that a mail shows; the desk shows all."""

_LIMIT_SHOWN = 80
_MARKED_KINDS = ("keywords", "theme", "sentiment")


@dataclass(frozen=True, slots=True)
class FiredRule:
    """One rule that fired, in words: its id, the policy's sentence, and a line for each condition that held."""

    id: str
    reason: str
    evidence: tuple[str, ...]


def fired_rules(trace: DecisionTrace, reasons: tuple[tuple[str, str], ...]) -> tuple[FiredRule, ...]:
    """The rules that fired, with the conditions that made them, in policy order."""
    known = dict(reasons)
    return tuple(
        FiredRule(rule.rule, known.get(rule.rule, ""), tuple(_lines(rule.evidence)))
        for rule in trace.rules
        if rule.outcome is Outcome.FIRED
    )


def _lines(evidence: Evidence) -> list[str]:
    if evidence.parts:
        return [line for part in evidence.parts if part.outcome is Outcome.FIRED for line in _lines(part)]
    limit = evidence.limit if len(evidence.limit) <= _LIMIT_SHOWN else f"{evidence.limit[:_LIMIT_SHOWN]}…"
    return [f"{evidence.kind}: {evidence.observed or 'yes'}{f', the rule asks for {limit}' if limit else ''}"]


def score_words(score: float | None, scale: Scale | None) -> str:
    """A score with its range and kind, for example "2 on 0–10 (NPS)"."""
    if score is None:
        return "no score"
    return f"{score:g} on {scale.minimum:g}–{scale.maximum:g} ({scale.kind.upper()})" if scale else f"{score:g}"


def contact(response: SurveyResponse) -> list[tuple[str, str]]:
    """What is known of the customer, as label and value; personal data."""
    person = response.respondent
    pairs = (("Name", person.name), ("Mail", person.email), ("Phone", person.phone), ("Customer", person.id))
    return [(name, value) for name, value in pairs if value]


@dataclass(frozen=True, slots=True)
class Shown:
    """A comment as shown: the question, the text cut to length, its HTML, and how many characters were left out."""

    question: str
    text: str
    html: Markup
    left_out: int


def shown(comment: Comment, trace: DecisionTrace | None, limit: int | None = VERBATIM_LIMIT) -> Shown:
    """A comment cut to length (whole without `limit`), with the words that made a rule fire marked in its HTML."""
    text = comment.text[:limit]
    spans = sorted(span for rule in trace.rules for span in _spans(rule.evidence, comment)) if trace else []
    return Shown(comment.question, text, _marked(text, spans), len(comment.text) - len(text))


def _spans(evidence: Evidence, comment: Comment) -> list[tuple[int, int]]:
    """Where this comment has the words that fired, or moved the model; a comment as a whole is nothing to mark."""
    if evidence.outcome is not Outcome.FIRED:
        return []
    own = evidence.spans if evidence.kind in _MARKED_KINDS else ()
    mine = [(span.start, span.end) for span in own if span.question_id == comment.question_id]
    if evidence.kind == "sentiment":
        mine = [span for span in mine if span != (0, len(comment.text))]
    return mine + [span for part in evidence.parts for span in _spans(part, comment)]


def _marked(text: str, spans: list[tuple[int, int]]) -> Markup:
    pieces, at = Markup(), 0
    for start, end in spans:
        if at <= start < end <= len(text):
            pieces += escape(text[at:start]) + Markup("<mark>{}</mark>").format(text[start:end])
            at = end
    return pieces + escape(text[at:])
