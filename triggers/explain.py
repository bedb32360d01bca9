"""A decision in words: why a ticket was opened, and for each rule that did not fire the least that would do it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from feedback.response import SurveyResponse
from triggers.decision import DecisionTrace, Evidence, RuleTrace
from triggers.outcome import Outcome
from triggers.trace_json import from_json, to_json

__all__ = ["Miss", "from_json", "sentence", "to_json", "why_lines", "why_not"]

_MOST_QUOTES = 3
_LONGEST_QUOTE = 60


@dataclass(frozen=True, slots=True)
class Miss:
    """A rule that did not fire: the conditions that stood in the way, and the smallest change that fires it."""

    rule: str
    outcome: Outcome
    failing: tuple[Evidence, ...]
    change: tuple[str, ...]


def sentence(trace: DecisionTrace, response: SurveyResponse) -> str:
    """One sentence for a manager, quoting the customer's own words from the response."""
    if trace.outcome is Outcome.QUIET:
        return "No ticket: no rule of the policy fired."
    if trace.outcome is Outcome.UNKNOWN:
        return _undecided(trace)
    first, *others = (next(rule for rule in trace.rules if rule.rule == name) for name in trace.fired)
    clauses = list(dict.fromkeys(_clause(leaf, response) for leaf in _support(first.evidence)))
    told = " and ".join(clauses) or "did nothing that the rule excludes"
    also = f" Also fired: {', '.join(rule.rule for rule in others)}." if others else ""
    return f"Opened because the customer {told} (rule {first.rule}).{also}"


def why_lines(trace: DecisionTrace, response: SurveyResponse | None = None) -> list[str]:
    """The whole trace, one line a condition, indented as the rules nest; quotes the text when given the response."""
    lines = [f"{trace.outcome.name} under policy {trace.policy_hash}, model {trace.model_id}"]
    for rule in trace.rules:
        lines.append(f"{rule.outcome.name:<7} {rule.rule}")
        lines += _tree(rule.evidence, response, "  ")
    return lines


def why_not(trace: DecisionTrace) -> tuple[Miss, ...]:
    """For each rule that did not fire, what stood in the way and the smallest change that would have fired it."""
    return tuple(_miss(rule) for rule in trace.rules if rule.outcome is not Outcome.FIRED)


def _miss(rule: RuleTrace) -> Miss:
    needs = _needs(rule.evidence, fired=True)
    return Miss(rule.rule, rule.outcome, tuple(leaf for leaf, _ in needs), tuple(_change(*need) for need in needs))


_Needs = tuple[tuple[Evidence, bool], ...]


def _needs(evidence: Evidence, *, fired: bool) -> _Needs:
    """The fewest leaves to turn, each with the answer it must give, so that the node fires (or is quiet)."""
    if evidence.outcome is (Outcome.FIRED if fired else Outcome.QUIET):
        return ()
    if evidence.kind not in ("all", "any", "none"):
        return ((evidence, fired),)
    wanted = not fired if evidence.kind == "none" else fired
    options = [_needs(part, fired=wanted) for part in evidence.parts]
    # A node that needs every part: all to fire, any to be quiet, none to fire.
    every = fired if evidence.kind in ("all", "none") else not fired
    return tuple(need for option in options for need in option) if every else min(options, key=_cost)


def _cost(needs: _Needs) -> tuple[int, float]:
    return len(needs), sum(abs(leaf.margin) if leaf.margin is not None else 1.0 for leaf, _ in needs)


def _change(leaf: Evidence, fired: bool) -> str:
    known = leaf.observed or leaf.reason
    if leaf.outcome is Outcome.UNKNOWN and leaf.observed and leaf.reason:
        known = f"{leaf.observed}; {leaf.reason}"
    was = f" (was: {known}{_distance(leaf)})" if known else ""
    subject = _SUBJECTS.get(leaf.kind, leaf.kind)
    return f"{subject} {leaf.limit}{was}" if fired else f"anything but {subject} {leaf.limit}{was}"


_SUBJECTS = {
    "score": "a score",
    "band": "a score that is",
    "keywords": "a comment that matches",
    "sentiment": "a comment that sounds",
    "frustration": "a comment that sounds",
    "missing": "a response with",
    "dates": "a response given",
    "attribute": "a response with",
    "theme": "a comment about",
    "repeat": "a customer with earlier responses,",
    "trend": "a score",
    "survey": "a response to survey",
}


def _distance(leaf: Evidence) -> str:
    return f", {abs(leaf.margin):.3g} away" if leaf.margin is not None and leaf.margin < 0 else ""


def _undecided(trace: DecisionTrace) -> str:
    open_rules = [rule for rule in trace.rules if rule.outcome is Outcome.UNKNOWN]
    reasons = dict.fromkeys(
        leaf.reason
        for rule in open_rules
        for leaf in _leaves(rule.evidence)
        if leaf.outcome is Outcome.UNKNOWN and leaf.reason
    )
    which = ", ".join(rule.rule for rule in open_rules)
    return f"Not decided: {'; '.join(reasons) or 'something is unknown'} (could change {which})."


def _support(evidence: Evidence) -> Iterator[Evidence]:
    """The leaves that made a fired node fire."""
    if evidence.kind in ("all", "any"):
        for part in evidence.parts:
            if part.outcome is Outcome.FIRED:
                yield from _support(part)
    elif evidence.kind != "none":
        yield evidence


def _leaves(evidence: Evidence) -> Iterator[Evidence]:
    if not evidence.parts:
        yield evidence
    for part in evidence.parts:
        yield from _leaves(part)


def _clause(leaf: Evidence, response: SurveyResponse) -> str:
    quotes = _quotes(leaf, response)
    match leaf.kind:
        case "score":
            return f"gave {leaf.observed} (limit {leaf.limit})"
        case "band":
            return f"gave {leaf.observed} ({leaf.limit.replace(' (', ': ').removesuffix(')')})"
        case "keywords":
            return f"wrote {' and '.join(quotes)}" if quotes else f"wrote what {leaf.limit} looks for"
        case "sentiment" | "frustration":
            most = f", most of all in {' and '.join(quotes)}" if _is_pointed(leaf, response) else ""
            return f"sounds {leaf.observed} (limit {leaf.limit}){most}"
        case "missing":
            return f"gave {leaf.limit}"
        case "repeat":
            return f"has given {leaf.observed} (limit {leaf.limit})"
        case "trend":
            return f"gave {leaf.observed}, {leaf.limit}"
        case "theme":
            return f"wrote about {leaf.observed}{f' ({quotes[0]})' if quotes else ''}"
    return f"has {leaf.observed}"


def _is_pointed(leaf: Evidence, response: SurveyResponse) -> bool:
    """Whether the spans are words that moved the model, and not the whole comment."""
    longest = {comment.question_id: len(comment.text) for comment in response.comments}
    return bool(leaf.spans) and all(span.end - span.start < longest.get(span.question_id, 0) for span in leaf.spans)


def _quotes(leaf: Evidence, response: SurveyResponse) -> list[str]:
    texts = {comment.question_id: comment.text for comment in response.comments}
    words = (" ".join(texts.get(span.question_id, "")[span.start : span.end].split()) for span in leaf.spans)
    return [f"“{_cut(word)}”" for word in dict.fromkeys(words) if word][:_MOST_QUOTES]


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_QUOTE else f"{text[: _LONGEST_QUOTE - 1]}…"


def _tree(evidence: Evidence, response: SurveyResponse | None, indent: str) -> list[str]:
    parts: Sequence[str] = [line for part in evidence.parts for line in _tree(part, response, indent + "  ")]
    return [f"{indent}{evidence.outcome.name:<7} {_told(evidence, response)}", *parts]


def _told(evidence: Evidence, response: SurveyResponse | None) -> str:
    if evidence.parts:
        return f"{evidence.kind} of"
    quotes = _quotes(evidence, response) if response and evidence.kind in ("keywords", "theme") else []
    seen = ", ".join(quotes) or evidence.observed or "nothing known"
    if response and evidence.kind == "sentiment" and _is_pointed(evidence, response):
        seen = f"{seen} ({', '.join(_quotes(evidence, response))})"
    margin = "" if evidence.margin is None else f" ({evidence.margin + 0.0:+.3g})"
    return f"{evidence.kind}: {seen} | {evidence.limit}{margin}{f' | {evidence.reason}' if evidence.reason else ''}"
