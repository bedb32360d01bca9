"""`nanni rules`: a policy tested like code."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cyclopts import App
from rich.console import Console
from rich.text import Text

from nanni.cli.app import COMMON, Common, opened
from nanni.cli.output import show

if TYPE_CHECKING:
    from triggers.rule_tests import TestResult

rules = App(name="rules", help="The trigger policy as code: test it before it goes live.")


@rules.command(name="test")
def run_tests(
    *,
    policy: Path | None = None,
    tests: Path | None = None,
    only: str | None = None,
    model: bool = False,
    common: Common = COMMON,
) -> None:
    """Run the workspace's policy_tests.yaml; exits with 1 when a test fails.

    Parameters
    ----------
    policy
        Test this policy file instead of policy.yaml.
    tests
        Take the tests from this file instead of policy_tests.yaml.
    only
        Only tests whose name contains this.
    model
        Ask the sentiment model about comments whose sentiment a test does not state (otherwise it is unknown).
    """
    from nanni.rule_testing import RuleTestsFailed
    from nanni.rule_testing import run_tests as run

    with opened(common) as parts:
        results = run(parts, policy, tests, only, model)
    failed = sum(not result.passed for result in results)
    data = {"passed": len(results) - failed, "failed": failed, "tests": [_result(result) for result in results]}
    show(data, lambda screen: _draw(screen, results, failed), common.json)
    if failed:
        raise RuleTestsFailed(
            f"{failed} of {len(results)} rule tests failed",
            next_step="mend the policy, or the test where the policy is right",
        )


def _result(result: "TestResult") -> dict[str, Any]:
    return {
        "name": result.test.name,
        "place": result.test.place,
        "passed": result.passed,
        "outcome": result.outcome.name.lower(),
        "fired": result.fired,
        "severity": result.severity,
        "team": result.team,
        "differences": result.differences,
        "why": result.told,
        "hints": result.hints,
    }


def _draw(screen: Console, results: "list[TestResult]", failed: int) -> None:
    for result in results:
        if result.passed:
            told = result.fired[0] if result.fired else result.outcome.name.lower()
            screen.print(Text.assemble(("ok    ", "green"), result.test.name, (f"  {told}", "dim")))
        else:
            _draw_failure(screen, result)
    screen.print(f"{len(results) - failed} passed, {failed} failed")


def _draw_failure(screen: Console, result: "TestResult") -> None:
    screen.print(Text.assemble(("FAIL  ", "bold red"), (result.test.name, "bold")))
    screen.print(Text(f"      {result.test.place}", style="dim"), soft_wrap=True)
    for one in result.differences:
        screen.print(
            Text.assemble(f"      {one.what:<9}", (f"- {one.expected}", "green"), "   ", (f"+ {one.got}", "red"))
        )
    screen.print(Text(f"      {result.told}"))
    for hint in result.hints:
        screen.print(Text(f"      {hint}"))
