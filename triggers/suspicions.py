"""What a policy may say, but hardly means: told by `nanni check` and `nanni rules check`, which go on all the same."""

from collections.abc import Iterator, Mapping, Sequence

from feedback.scale import Scale
from feedback.survey import SurveyDefinition
from triggers.conditions import AllOf, AnyOf, AttributeRule, Comparison, Condition, KeywordRule, ScoreRule
from triggers.handling_checks import chosen
from triggers.implies import never
from triggers.keywords.parser import parse
from triggers.keywords.query import lexicons_of
from triggers.policy import Policy, Rule
from triggers.policy_checks import Path, Problem, leaves_at

_ASKS = {"owner": "who answers for it", "reason": "why it is there"}


def suspicions(policy: Policy, surveys: Mapping[str, SurveyDefinition]) -> Iterator[Problem]:
    """Everything suspicious in a policy that loads, in the order of the file."""
    yield from _unused(policy)
    for at, rule in enumerate(policy.rules):
        yield from _unsigned(at, rule)
        if never(rule.when):
            what = f"rule {rule.id} can never fire: what it asks for excludes each other"
            yield Problem(("rules", at, "when"), what, next_step="say `any` where one of them is enough")
        for path, leaf in _wanted(rule.when, ("rules", at, "when")):
            if isinstance(leaf, ScoreRule):
                yield from _good_end((*path, "score"), leaf, chosen(rule, surveys))
            if isinstance(leaf, AttributeRule) and leaf.name == "channel":
                yield from _no_channel(path, rule, chosen(rule, surveys))


def _unused(policy: Policy) -> Iterator[Problem]:
    leaves = [leaf for rule in policy.rules for _, leaf in leaves_at(rule.when, ())]
    used = {name for leaf in leaves if isinstance(leaf, KeywordRule) for name in lexicons_of(parse(leaf.query))}
    for name, _ in policy.lexicons:
        if name not in used:
            what = f"no rule asks for lexicon {name}"
            yield Problem(("lexicons", name), what, next_step=f"write @{name} in a query, or delete it")


def _unsigned(at: int, rule: Rule) -> Iterator[Problem]:
    absent = [field for field in _ASKS if not getattr(rule, field)]
    if absent:
        what = f"rule {rule.id} has no {' and no '.join(absent)}"
        yield Problem(("rules", at), what, next_step=f"say {' and '.join(_ASKS[field] for field in absent)}")


def _no_channel(path: Path, rule: Rule, surveys: Sequence[SurveyDefinition]) -> Iterator[Problem]:
    if not any(survey.mapping.channel or survey.channel for survey in surveys):
        what = f"no survey of rule {rule.id} says its channel, so this never holds"
        yield Problem(path, what, next_step="map `channel`, or name the survey's in its file")


def _wanted(condition: Condition, path: Path) -> Iterator[tuple[Path, Condition]]:
    """The leaves that must hold for the condition to, with their place; what `none` excludes is not among them."""
    if isinstance(condition, AllOf | AnyOf):
        kind = "all" if isinstance(condition, AllOf) else "any"
        for at, part in enumerate(condition.parts):
            yield from _wanted(part, (*path, kind, at))
    else:
        yield path, condition


def _good_end(path: Path, rule: ScoreRule, surveys: Sequence[SurveyDefinition]) -> Iterator[Problem]:
    for survey in surveys:
        if survey.scale and not survey.scale.higher_is_better and _spares_detractors(rule, survey.scale):
            yield Problem(
                (*path, rule.comparison.value),
                f"on survey {survey.id} low scores are good: at most {rule.limit:g} fires for none of its detractors "
                f"({survey.scale.detractor:g} and above)",
                next_step="write `band: detractor`, which suits every scale, or `at_least`",
            )


def _spares_detractors(rule: ScoreRule, scale: Scale) -> bool:
    return rule.comparison is Comparison.AT_MOST and rule.limit < scale.detractor
