"""What is wrong in what a policy says beyond its plain conditions."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from feedback.survey import SurveyDefinition
from triggers.conditions import RepeatRule, TrendRule
from triggers.policy import Policy, Rule
from triggers.policy_checks import Path, Problem, leaves_at


def handling_problems(
    policy: Policy, surveys: Mapping[str, SurveyDefinition], themes: Collection[str]
) -> Iterator[Problem]:
    """What keeps a policy from running: conditions on the past that cannot hold, themes and surveys that are not."""
    for at, window in enumerate(policy.settle):
        for name in window.surveys:
            if name not in surveys:
                yield _unknown(("settle", at, "surveys"), "survey", name, surveys)
    yield from _storm(policy, surveys, themes)
    for at, rule in enumerate(policy.rules):
        if rule.ticket.theme is not None and rule.ticket.theme not in themes:
            yield _unknown(("rules", at, "ticket", "theme"), "theme", rule.ticket.theme, themes)
        its_surveys = chosen(rule, surveys)
        for path, leaf in leaves_at(rule.when, ("rules", at, "when")):
            if isinstance(leaf, RepeatRule) and leaf.same_theme and not themes:
                yield Problem(
                    (*path, "repeat"),
                    "without themes no two responses are about the same",
                    next_step="say `theme: any`, or fill themes.yaml",
                )
            if isinstance(leaf, TrendRule):
                yield from _trend((*path, "trend"), leaf, its_surveys)


def _storm(policy: Policy, surveys: Mapping[str, SurveyDefinition], themes: Collection[str]) -> Iterator[Problem]:
    names = {name for survey in surveys.values() for name, _ in (*survey.mapping.attributes, *survey.defaults)}
    for at, kind in enumerate(policy.storm.by if policy.storm else ()):
        if kind == "theme" and not themes:
            what = "there are no themes to look for a storm in"
            yield Problem(("storm", "by", at), what, next_step="fill themes.yaml")
        elif kind not in ("theme", "survey", *names):
            yield _unknown(("storm", "by", at), "attribute", kind, ("theme", "survey", *names))


def chosen(rule: Rule, surveys: Mapping[str, SurveyDefinition]) -> list[SurveyDefinition]:
    """The surveys that a rule looks at."""
    return [survey for name, survey in surveys.items() if not rule.surveys or name in rule.surveys]


def _unknown(path: Path, kind: str, name: str, known: Collection[str]) -> Problem:
    allowed = ", ".join(sorted(known)) or "none yet"
    return Problem(path, f"no {kind} is named {name!r}", allowed=allowed, next_step="correct the name")


def _trend(path: Path, rule: TrendRule, surveys: Sequence[SurveyDefinition]) -> Iterator[Problem]:
    for survey in surveys:
        scale = survey.scale
        if scale is None or survey.mapping.score is None:
            what = f"survey {survey.id} has no score, so no trend"
            yield Problem(path, what, next_step="name the rule's `surveys`")
        elif rule.worse_by > (reach := scale.maximum - scale.minimum):
            yield Problem(
                (*path, "worse_by"),
                f"no score of survey {survey.id} can be {rule.worse_by:g} worse than another: its scale is "
                f"{scale.minimum:g} to {scale.maximum:g}",
                allowed=f"above 0, at most {reach:g}",
                next_step="correct the limit or name the rule's `surveys`",
            )
