"""Runs a workspace's rule tests: its policy or a candidate, its taxonomy, its routing; the model only when asked."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from feedback.errors import NanniError
from feedback.response import SurveyResponse
from models.sentiment import NoSentiment
from nanni.parts import Parts
from nanni.routable import require_routable
from nanni.scoring import score
from nanni.workspace import POLICY_FILE, Workspace
from tickets.routing import RoutingFacts
from triggers.adapters.policy_file import doubts, load_policy
from triggers.adapters.rule_test_file import load_rule_tests
from triggers.compiled import CompiledPolicy, compile_policy
from triggers.coverage import Coverage, coverage
from triggers.policy import Severity
from triggers.rule_tests import RuleTest, TestResult, run_rule_tests

TESTS_FILE = "policy_tests.yaml"


class RuleTestsFailed(NanniError):
    """Some rule test came out otherwise than its file says."""


def candidate(workspace: Workspace, path: Path | None) -> CompiledPolicy:
    """The policy of a file, checked against this workspace; the workspace's own without one. Raises ConfigError."""
    if path is None:
        return workspace.policy
    loaded = load_policy(path, workspace.surveys, workspace.taxonomy, workspace.limits)
    return compile_policy(require_routable(path, loaded, workspace.routing))


@dataclass(frozen=True, slots=True)
class Checked:
    """A policy that loads: what it may hardly mean, and what it decides for each survey."""

    policy: CompiledPolicy
    warnings: tuple[str, ...]
    surveys: tuple[Coverage, ...]


def checked(parts: Parts, path: Path | None, survey: str | None) -> Checked:
    """Look a policy file over (the live policy without one), for one survey or for all. Raises ConfigError."""
    workspace = parts.workspace
    compiled = candidate(workspace, path)
    chosen = [workspace.survey(survey)] if survey else list(workspace.surveys.values())
    found = tuple(coverage(compiled, definition, parts.clock()) for definition in chosen)
    warned = doubts(path or workspace.folder / POLICY_FILE, compiled.policy, workspace.surveys)
    return Checked(compiled, tuple(warned), found)


def load_tests(
    workspace: Workspace, policy: CompiledPolicy, now: datetime, path: Path | None = None
) -> tuple[RuleTest, ...]:
    """The workspace's tests, or those of a file, checked against surveys, policy and teams. Raises ConfigError."""
    teams = {team.id for team in workspace.routing.teams}
    return load_rule_tests(path or workspace.folder / TESTS_FILE, workspace.surveys, policy.policy, teams, now)


def run_tests(
    parts: Parts, policy: Path | None = None, tests: Path | None = None, only: str | None = None, model: bool = False
) -> list[TestResult]:
    """Run the tests of `policy_tests.yaml` (or of `tests`), those whose name contains `only`.

    Without `model` a comment whose sentiment no test states is unknown, so that tests pass on every machine alike.
    Raises ConfigError.
    """
    workspace = parts.workspace
    compiled = candidate(workspace, policy)
    every = load_tests(workspace, compiled, parts.clock(), tests)
    chosen = [test for test in every if only is None or only.casefold() in test.name.casefold()]
    scorer = parts.model if model else NoSentiment()

    def team_of(response: SurveyResponse, severity: Severity, theme: str | None, wanted: str | None) -> str:
        facts = RoutingFacts(
            severity, response.key.survey, theme, response.language, response.channel, response.attributes, wanted
        )
        # As on the day the response was given: whoever was away then is away.
        return workspace.routing.route(facts, {}, response.submitted_at).team

    return run_rule_tests(
        chosen, workspace.surveys, workspace.taxonomy, compiled, lambda batch: score(scorer, batch), team_of
    )
