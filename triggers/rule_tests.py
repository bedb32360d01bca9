"""Rule tests: a response in, what the policy must say of it out; run like code, without a store."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from feedback.batching import batch_of
from feedback.response import ResponseBatch, SurveyResponse
from feedback.survey import SurveyDefinition
from models.sentiment import SentimentScores
from triggers.compiled import CompiledPolicy
from triggers.decide import traces
from triggers.decision import DecisionTrace
from triggers.explain import sentence, why_not
from triggers.history import Earlier, History
from triggers.keywords.index import TextIndex
from triggers.outcome import Outcome
from triggers.policy import Severity
from triggers.signals import Signals
from triggers.themes import Taxonomy, main_theme

EVERY_QUESTION = "*"

Scorer = Callable[[ResponseBatch], tuple[SentimentScores, ...]]
"""How each comment column of a batch sounds."""

TeamOf = Callable[[SurveyResponse, Severity, str | None, str | None], str]
"""The team that routing gives a response of this severity and theme; the last is the team that the rule names."""


@dataclass(frozen=True, slots=True)
class StatedSentiment:
    """What a test says the model would: probabilities in the order of `CLASSES`, and frustration if told."""

    probabilities: tuple[float, ...]
    frustration: float | None = None


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a test wants; a field left at None is not looked at.

    `rule` decides the severity, `rules` are exactly those that fire, the one that decides first, `never` must not fire.
    """

    outcome: Outcome | None = None
    rule: str | None = None
    rules: tuple[str, ...] | None = None
    never: tuple[str, ...] = ()
    severity: Severity | None = None
    team: str | None = None


@dataclass(frozen=True, slots=True)
class RuleTest:
    """One response and what is expected of it; `place` is where the test is written.

    `earlier` is what the same customer told before, latest first.
    `sentiment` is by question, or under `EVERY_QUESTION`; a comment without it is left to the scorer.
    """

    name: str
    place: str
    response: SurveyResponse
    expected: Expectation
    sentiment: Mapping[str, StatedSentiment] = field(default_factory=dict)
    earlier: tuple[Earlier, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that came out otherwise."""

    what: str
    expected: str
    got: str


@dataclass(frozen=True, slots=True)
class TestResult:
    """What the policy said of a test's response. `told` says why; `hints` what would have fired the rules wanted."""

    test: RuleTest
    outcome: Outcome
    fired: tuple[str, ...]
    severity: Severity | None
    team: str | None
    differences: tuple[Difference, ...]
    told: str
    hints: tuple[str, ...] = ()

    __test__ = False  # not a test of pytest's

    @property
    def passed(self) -> bool:
        """Whether everything came out as expected."""
        return not self.differences


def run_rule_tests(
    tests: Sequence[RuleTest],
    surveys: Mapping[str, SurveyDefinition],
    taxonomy: Taxonomy,
    policy: CompiledPolicy,
    scorer: Scorer,
    team_of: TeamOf,
) -> list[TestResult]:
    """Decide every test's response under the policy; results in the order of the tests."""
    results: dict[int, TestResult] = {}
    for survey in dict.fromkeys(test.response.key.survey for test in tests):
        chosen = [at for at, test in enumerate(tests) if test.response.key.survey == survey]
        found = _survey([tests[at] for at in chosen], surveys[survey], taxonomy, policy, scorer, team_of)
        results.update(zip(chosen, found, strict=True))
    return [results[at] for at in range(len(tests))]


def _survey(
    tests: Sequence[RuleTest],
    survey: SurveyDefinition,
    taxonomy: Taxonomy,
    policy: CompiledPolicy,
    scorer: Scorer,
    team_of: TeamOf,
) -> Iterator[TestResult]:
    batch = batch_of(survey, [test.response for test in tests])
    index = TextIndex(batch)
    history = History({row: test.earlier for row, test in enumerate(tests) if test.earlier})
    signals = Signals(batch, _stated(tests, batch, scorer(batch)), taxonomy.hits(index), history)
    for row, trace in traces(signals, range(len(tests)), policy, index).items():
        test = tests[row]
        deciding = policy.policy.deciding(trace.fired)
        severity = deciding.severity if deciding else None
        fields = policy.policy.ticket_fields(trace.fired)
        theme = fields.theme or main_theme(signals.themes[row])
        team = team_of(test.response, severity, theme, fields.team) if severity else None
        differences = tuple(_differences(test.expected, trace, severity, team))
        told = sentence(trace, test.response)
        hints = tuple(_hints(test.expected, trace)) if differences else ()
        yield TestResult(test, trace.outcome, trace.fired, severity, team, differences, told, hints)


def _stated(
    tests: Sequence[RuleTest], batch: ResponseBatch, scored: tuple[SentimentScores, ...]
) -> tuple[SentimentScores, ...]:
    """The scorer's answers with the stated ones in their place; only a comment can have a sentiment."""
    columns = []
    for column, scores in zip(batch.comments, scored, strict=True):
        probabilities, unknown = scores.probabilities.copy(), list(scores.unknown)
        given = np.full(len(tests), np.nan, np.float32)
        frustration = given if scores.frustration is None else scores.frustration.copy()
        for row, test in enumerate(tests):
            stated = test.sentiment.get(column.question_id) or test.sentiment.get(EVERY_QUESTION)
            if stated and column.texts[row]:
                probabilities[row], unknown[row] = stated.probabilities, None
                frustration[row] = np.nan if stated.frustration is None else stated.frustration
        known = None if np.isnan(frustration).all() else frustration
        columns.append(
            replace(scores, probabilities=probabilities, unknown=tuple(unknown), frustration=known),
        )
    return tuple(columns)


def _differences(
    wanted: Expectation, trace: DecisionTrace, severity: Severity | None, team: str | None
) -> Iterator[Difference]:
    fired = ", ".join(trace.fired) or "none"
    if wanted.outcome is not None and wanted.outcome is not trace.outcome:
        got = trace.outcome.name.lower() + (f" ({fired})" if trace.fired else "")
        yield Difference("outcome", wanted.outcome.name.lower(), got)
    first = trace.fired[0] if trace.fired else None
    if wanted.rule is not None and wanted.rule != first:
        yield Difference("rule", wanted.rule, first or "none")
    if wanted.rules is not None and wanted.rules != trace.fired:
        yield Difference("rules", ", ".join(wanted.rules) or "none", fired)
    for rule in wanted.never:
        if rule in trace.fired:
            yield Difference("rules", f"not {rule}", fired)
    if wanted.severity is not None and wanted.severity is not severity:
        yield Difference("severity", wanted.severity.value, severity.value if severity else "none")
    if wanted.team is not None and wanted.team != team:
        yield Difference("team", wanted.team, team or "none")


def _hints(wanted: Expectation, trace: DecisionTrace) -> Iterator[str]:
    """For each rule that was wanted and did not fire, the smallest change that would have fired it."""
    missing = {wanted.rule, *(wanted.rules or ())} - set(trace.fired)
    for miss in why_not(trace):
        if miss.rule in missing:
            change = " and ".join(miss.change) or "nothing in this response would do"
            yield f"{miss.rule} is {miss.outcome.name.lower()}; it would take {change}"
