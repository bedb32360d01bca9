"""What is wrong with a policy before it runs: names of things that do not exist, limits without effect, dead rules."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from feedback.response import ResponseStatus
from feedback.survey import SurveyDefinition
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
    ScoreRule,
    SentimentRule,
    ThemeRule,
)
from triggers.implies import implies
from triggers.keywords.match import KeywordEngine
from triggers.keywords.parser import lexicon_entry
from triggers.keywords.query import QueryError
from triggers.policy import HitPolicy, Policy, Rule

Path = tuple[str | int, ...]
"""Keys and positions that lead to a place in the policy's document."""

_FIELDS = ("channel", "language", "status")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, and the place in the policy's document that says it."""

    path: Path
    what: str
    allowed: str = ""
    next_step: str = ""


def problems(policy: Policy, surveys: Mapping[str, SurveyDefinition], themes: Collection[str]) -> list[Problem]:
    """Everything wrong with a policy, in the order of the file; empty when it may run."""
    found = list(_lexicons(policy))
    usable = {} if found else {name: words for name, words in policy.lexicons}
    for at, rule in enumerate(policy.rules):
        found += _rule(at, policy, surveys)
        chosen = [survey for name, survey in surveys.items() if not rule.surveys or name in rule.surveys]
        for path, leaf in leaves_at(rule.when, ("rules", at, "when")):
            found += _leaf(path, leaf, chosen, themes)
            if isinstance(leaf, KeywordRule) and not (policy.lexicons and not usable):
                found += _query(path, leaf, usable)
    return found


def _lexicons(policy: Policy) -> Iterator[Problem]:
    for name, words in policy.lexicons:
        if not words:
            yield Problem(("lexicons", name), f"lexicon {name} is empty", next_step="add a word, or delete it")
        for at, word in enumerate(words):
            try:
                lexicon_entry(word)
            except QueryError as error:
                yield Problem(("lexicons", name, at), error.what, next_step=error.next_step)


def _rule(at: int, policy: Policy, surveys: Mapping[str, SurveyDefinition]) -> Iterator[Problem]:
    rule, earlier = policy.rules[at], policy.rules[:at]
    if any(other.id == rule.id for other in earlier):
        yield Problem(("rules", at, "id"), f"the id {rule.id!r} is used twice", next_step="rename one of the two rules")
    for name in rule.surveys:
        if name not in surveys:
            yield Problem(
                ("rules", at, "surveys"),
                f"rule {rule.id}: no survey is named {name!r}",
                allowed=", ".join(sorted(surveys)),
                next_step="correct the name or add the survey",
            )
    if rule.starts and rule.ends and rule.starts >= rule.ends:
        what = f"rule {rule.id} is never in force: it ends before it starts"
        yield Problem(("rules", at, "until"), what, next_step="correct from or until")
    for other in earlier if policy.hit is HitPolicy.FIRST else ():
        if _wider(other, rule) and implies(rule.when, other.when):
            yield Problem(
                ("rules", at),
                f"rule {rule.id} can never decide: rule {other.id}, which stands before it, fires wherever it does",
                next_step=f"move it above {other.id}, narrow {other.id}, or delete it",
            )
            break


def _wider(other: Rule, rule: Rule) -> bool:
    surveys = not other.surveys or (bool(rule.surveys) and set(rule.surveys) <= set(other.surveys))
    before = other.starts is None or (rule.starts is not None and other.starts <= rule.starts)
    return surveys and before and (other.ends is None or (rule.ends is not None and rule.ends <= other.ends))


def leaves_at(condition: Condition, path: Path) -> Iterator[tuple[Path, Condition]]:
    """Every condition without parts, with its place in the document."""
    if isinstance(condition, AllOf | AnyOf | NoneOf):
        kind = "all" if isinstance(condition, AllOf) else "any" if isinstance(condition, AnyOf) else "none"
        for at, part in enumerate(condition.parts):
            yield from leaves_at(part, (*path, kind, at))
    else:
        yield path, condition


def _leaf(
    path: Path, leaf: Condition, surveys: Sequence[SurveyDefinition], themes: Collection[str]
) -> Iterator[Problem]:
    match leaf:
        case ScoreRule():
            yield from _scored((*path, "score"), leaf.missing, surveys)
            yield from _limits((*path, "score"), leaf, surveys)
        case BandRule():
            yield from _scored((*path, "band"), leaf.missing, surveys)
        case KeywordRule(question=str(question)):
            yield from _question((*path, "keywords"), question, surveys)
        case SentimentRule(question=str(question)):
            yield from _question((*path, "sentiment"), question, surveys)
        case FrustrationRule(question=str(question)):
            yield from _question((*path, "frustration"), question, surveys)
        case MissingRule():
            yield from _missing((*path, "missing"), leaf, surveys)
        case AttributeRule():
            yield from _attribute((*path, "attribute"), leaf, surveys)
        case ThemeRule(theme) if theme not in themes:
            yield Problem(
                (*path, "theme"),
                f"no theme is named {theme!r}",
                allowed=", ".join(sorted(themes)) or "none, the taxonomy is empty",
                next_step="correct the id or add the theme to themes.yaml",
            )


def _query(path: Path, leaf: KeywordRule, lexicons: Mapping[str, Sequence[str]]) -> Iterator[Problem]:
    try:
        KeywordEngine((leaf.query,), lexicons)
    except QueryError as error:
        yield Problem((*path, "keywords"), error.what, error.allowed, error.next_step)


def _scored(path: Path, missing: MissingPolicy, surveys: Sequence[SurveyDefinition]) -> Iterator[Problem]:
    for survey in surveys:
        if missing is MissingPolicy.UNKNOWN and (survey.scale is None or survey.mapping.score is None):
            yield Problem(
                path,
                f"survey {survey.id} has no score, so this would hold every one of its responses as unknown",
                next_step="name the rule's `surveys`, or say `missing: quiet` in this condition",
            )


def _limits(path: Path, rule: ScoreRule, surveys: Sequence[SurveyDefinition]) -> Iterator[Problem]:
    at_most = rule.comparison is Comparison.AT_MOST
    for survey in surveys:
        if not (scale := survey.scale):
            continue
        never = rule.limit < scale.minimum if at_most else rule.limit > scale.maximum
        always = rule.limit >= scale.maximum if at_most else rule.limit <= scale.minimum
        if never or always:
            yield Problem(
                (*path, rule.comparison.value),
                f"{rule.comparison.value} {rule.limit:g} holds for {'no' if never else 'every'} score of survey "
                f"{survey.id}, whose scale is {scale.minimum:g} to {scale.maximum:g}",
                allowed=f"at least {scale.minimum:g}, below {scale.maximum:g}"
                if at_most
                else f"above {scale.minimum:g}, at most {scale.maximum:g}",
                next_step="correct the limit, name the rule's `surveys`, or use `band`, which suits every scale",
            )


def _question(path: Path, question: str, surveys: Sequence[SurveyDefinition]) -> Iterator[Problem]:
    known = {each.id for survey in surveys for each in survey.mapping.comments}
    if question not in known:
        yield Problem(
            (*path, "question"),
            f"no comment question is named {question!r} in the rule's surveys",
            allowed=", ".join(sorted(known)),
            next_step="correct the id, or leave `question` out to look at every comment",
        )


def _missing(path: Path, rule: MissingRule, surveys: Sequence[SurveyDefinition]) -> Iterator[Problem]:
    if rule.what is Absent.ATTRIBUTE:
        yield from _attribute(path, AttributeRule(rule.name or "", ()), surveys)
    elif rule.name is not None:
        yield from _question(path, rule.name, surveys)
    for survey in surveys:
        asks = survey.mapping.score if rule.what is Absent.SCORE else survey.mapping.comments
        if rule.what is not Absent.ATTRIBUTE and not asks:
            yield Problem(
                path,
                f"survey {survey.id} asks for no {rule.what.value}, so this would hold for every one of its responses",
                next_step="name the rule's `surveys`",
            )


def _attribute(path: Path, rule: AttributeRule, surveys: Sequence[SurveyDefinition]) -> Iterator[Problem]:
    names = {name for survey in surveys for name, _ in (*survey.mapping.attributes, *survey.defaults)}
    if rule.name not in names and rule.name not in _FIELDS:
        yield Problem(
            (*path, "name"),
            f"no attribute is named {rule.name!r} in the rule's surveys",
            allowed=", ".join((*_FIELDS, *sorted(names))),
            next_step="correct the name, or map the attribute in the survey file",
        )
    statuses = {status.value for status in ResponseStatus}
    if rule.name == "status" and (unknown := set(map(str.casefold, rule.values)) - statuses):
        yield Problem(
            (*path, "in"),
            f"no status is named {min(unknown)!r}",
            allowed=", ".join(sorted(statuses)),
            next_step="correct the status",
        )
