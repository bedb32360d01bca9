"""Reads `policy_tests.yaml` and checks it against the surveys, the policy and the teams it speaks of."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from feedback.adapters.yaml_file import load_yaml
from feedback.adapters.yaml_places import Places
from feedback.errors import ConfigError
from feedback.survey import SurveyDefinition
from triggers.adapters.rule_test_model import RuleTestModel, RuleTestsModel, as_utc
from triggers.policy import Policy
from triggers.policy_checks import Problem
from triggers.rule_tests import EVERY_QUESTION, RuleTest


def load_rule_tests(
    path: Path, surveys: Mapping[str, SurveyDefinition], policy: Policy, teams: Collection[str], now: datetime
) -> tuple[RuleTest, ...]:
    """The tests of a file; `now` is the time of responses that state none and have none from the file's `at`.

    Raises ConfigError with file and line of the first thing that is wrong.
    """
    model = load_yaml(path, RuleTestsModel)
    places = Places(path)
    found = list(_problems(model, surveys, {rule.id for rule in policy.rules}, teams))
    if found:
        first, more = found[0], len(found) - 1
        raise ConfigError(
            first.what,
            where=places.of(first.path),
            allowed=first.allowed,
            next_step=first.next_step + (f" ({more} more after it)" if more else ""),
        )
    at = as_utc(model.at) if model.at else now
    return tuple(_test(test, number, surveys, places, at) for number, test in enumerate(model.tests))


def rule_tests_schema() -> dict[str, Any]:
    """JSON Schema of `policy_tests.yaml`, for editors."""
    return RuleTestsModel.model_json_schema()


def _test(
    model: RuleTestModel, number: int, surveys: Mapping[str, SurveyDefinition], places: Places, at: datetime
) -> RuleTest:
    return RuleTest(
        name=model.name,
        place=places.of(("tests", number)),
        response=model.response.response(surveys[model.survey], model.name, at),
        expected=model.expect.expectation(),
        sentiment={question: sounds.stated() for question, sounds in model.response.sentiment.items()},
        earlier=model.response.told_before(surveys[model.survey], at),
    )


def _problems(
    model: RuleTestsModel, surveys: Mapping[str, SurveyDefinition], rules: Collection[str], teams: Collection[str]
) -> Iterator[Problem]:
    names: set[str] = set()
    for number, test in enumerate(model.tests):
        here = ("tests", number)
        if test.name in names:
            yield Problem((*here, "name"), f"the name {test.name!r} is used twice", next_step="rename one of the two")
        names.add(test.name)
        if test.survey in surveys:
            yield from _said(test, here, surveys[test.survey])
        else:
            yield _unknown((*here, "survey"), "survey", test.survey, surveys)
        wanted = test.expect
        for field, named in (("rule", (wanted.rule,)), ("rules", wanted.rules or ()), ("never", wanted.never)):
            for rule in named:
                if rule is not None and rule not in rules:
                    yield _unknown((*here, "expect", field), "rule", rule, rules)
        if wanted.team is not None and wanted.team not in teams:
            yield _unknown((*here, "expect", "team"), "team", wanted.team, teams)


def _said(test: RuleTestModel, here: tuple[str | int, ...], survey: SurveyDefinition) -> Iterator[Problem]:
    response, place = test.response, (*here, "response")
    questions = [question.id for question in survey.mapping.comments]
    if response.comment is not None and not questions:
        yield Problem((*place, "comment"), f"survey {survey.id} asks for no comment", next_step="leave the comment out")
    for field, named in (("comments", response.comments), ("sentiment", response.sentiment)):
        for question in named:
            if question not in (*questions, EVERY_QUESTION):
                yield _unknown((*place, field, question), "comment question", question, questions)
    attributes = [name for name, _ in (*survey.mapping.attributes, *survey.defaults)]
    for name in response.attributes:
        if name not in attributes:
            yield _unknown((*place, "attributes", name), "attribute", name, attributes)
    scale = survey.scale
    if response.score is not None and scale is not None and not scale.contains(response.score):
        yield Problem(
            (*place, "score"),
            f"{response.score:g} is not on the scale of survey {survey.id}",
            allowed=f"{scale.minimum:g} to {scale.maximum:g}",
            next_step="correct the score",
        )


def _unknown(path: tuple[str | int, ...], kind: str, name: str, known: Collection[str]) -> Problem:
    allowed = ", ".join(sorted(known)) or "none yet"
    return Problem(path, f"no {kind} is named {name!r}", allowed=allowed, next_step="correct the name")
