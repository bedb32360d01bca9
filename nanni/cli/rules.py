"""`nanni rules`: a policy tested like code."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from cyclopts import App
from rich.console import Console
from rich.text import Text

from nanni.cli import canary
from nanni.cli.app import COMMON, Common, opened
from nanni.cli.output import ERRORS, show

if TYPE_CHECKING:
    from triggers.rule_tests import TestResult

rules = App(name="rules", help="The trigger policy as code: test it, and replay history under it, before it goes live.")


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
    from nanni.documents.rules import tests_document
    from nanni.rule_testing import RuleTestsFailed
    from nanni.rule_testing import run_tests as run

    with opened(common) as parts:
        results = run(parts, policy, tests, only, model)
    failed = sum(not result.passed for result in results)
    show(tests_document(results), lambda screen: _draw(screen, results, failed), common.json)
    if failed:
        raise RuleTestsFailed(
            f"{failed} of {len(results)} rule tests failed",
            next_step="mend the policy, or the test where the policy is right",
        )


@rules.command
def check(*, policy: Path | None = None, survey: str | None = None, common: Common = COMMON) -> None:
    """Load a policy, and show for each survey which rule decides each score, where there are gaps, what overlaps.

    Parameters
    ----------
    policy
        Check this policy file instead of policy.yaml.
    survey
        Only this survey.
    """
    from nanni.cli import coverage as shown
    from nanni.documents.rules import check_document
    from nanni.rule_testing import checked

    with opened(common) as parts:
        found = checked(parts, policy, survey)
    show(
        check_document(found),
        lambda screen: shown.draw(screen, found.policy.policy, found.surveys, found.warnings),
        common.json,
    )


rules.command(canary.canary)


@rules.command
def schema(*, common: Common = COMMON) -> None:
    """Print the JSON Schema of policy.yaml, for editors that complete and check while one types."""
    import json

    from nanni.cli.output import SCREEN
    from triggers.adapters.policy_file import policy_schema

    SCREEN.print(json.dumps(policy_schema(), indent=2), soft_wrap=True, markup=False)


@rules.command
def backtest(
    *,
    policy: Path | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    survey: str | None = None,
    handling_days: float | None = None,
    plot: Path | None = None,
    common: Common = COMMON,
) -> None:
    """Replay stored responses under a policy and say what would have been different from what was decided.

    Parameters
    ----------
    policy
        The candidate's file (default: the live policy, which must differ nowhere).
    since
        Only responses submitted at or after this time (ISO 8601).
    until
        Only responses submitted before this time.
    survey
        Only this survey's.
    handling_days
        How long a ticket stays live when the load is compared (default: the median of resolved tickets, else 3).
    plot
        Draw the load by team into this file (html, png or svg; needs the notebooks extra).
    """
    from nanni.backtest_plot import require_plot, save_plot
    from nanni.backtesting import run_backtest
    from nanni.cli import backtest as shown
    from nanni.documents.rules import backtest_document

    if plot:
        require_plot(plot)
    handling = timedelta(days=handling_days) if handling_days else None
    with opened(common) as parts, ERRORS.status("Replaying ...") as status:
        done = 0

        def progress(responses: int) -> None:
            nonlocal done
            done += responses
            status.update(f"Replaying ... {done:,} responses")

        result = run_backtest(parts, policy, _aware(since), _aware(until), survey, handling, progress)
    if plot:
        save_plot(result, plot)
    show(backtest_document(result), lambda screen: shown.draw(screen, result), common.json)


def _aware(moment: datetime | None) -> datetime | None:
    """A time without a zone is taken as UTC."""
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment


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
