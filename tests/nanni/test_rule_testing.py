import json
import shutil
from pathlib import Path

import pytest

from feedback.errors import ConfigError
from nanni.cli.app import Common
from nanni.cli.rules import run_tests as command
from nanni.cli.workspace import check, init
from nanni.rule_testing import RuleTestsFailed, run_tests
from nanni.wiring import wire
from tests.workspaces import make_workspace

DATA = Path(__file__).resolve().parents[2] / "data"
TESTS = """\
tests:
  - {name: burn, survey: nps, response: {score: 9, comment: It burned me.}, expect: {rule: safety, team: care}}
  - {name: late, survey: nps, response: {score: 9, comment: The courier was late.}, expect: quiet}
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    made = make_workspace(tmp_path / "w")
    (made / "policy_tests.yaml").write_text(TESTS)
    return made


@pytest.mark.parametrize("name", ["template", "demo"])
def test_the_tests_of_a_bundled_workspace_pass(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    shutil.copytree(DATA / name, folder, ignore=shutil.ignore_patterns("inbox", "state"))
    parts = wire(folder)
    results = run_tests(parts)
    parts.close()
    assert [result.test.name for result in results if not result.passed] == []
    fired = {rule for result in results for rule in result.fired}
    assert fired == {rule.id for rule in parts.workspace.policy.policy.rules}, "every rule has a test in which it fires"


def test_a_new_workspace_comes_with_tests_that_pass(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    init(tmp_path / "new")
    command(common=Common(tmp_path / "new", json=True))
    printed = capsys.readouterr().out
    document = json.loads(printed[printed.index("{\n") :])
    assert document["failed"] == 0
    assert document["passed"] == len(document["tests"]) > 5


def test_a_failure_is_a_diff_and_exit_code_1(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = workspace / "policy_tests.yaml"
    file.write_text(TESTS.replace("expect: quiet", "expect: {rule: detractor, severity: medium}"))
    with pytest.raises(RuleTestsFailed, match="1 of 2 rule tests failed") as failed:
        command(common=Common(workspace))
    assert failed.value.exit_code == 1
    told = capsys.readouterr().out
    assert "ok    burn" in told
    assert "FAIL  late" in told
    assert "policy_tests.yaml:3" in told
    assert "severity - medium   + none" in told
    assert "detractor is quiet; it would take a score at most 4" in told


def test_a_candidate_is_tested_with_the_same_tests(workspace: Path, tmp_path: Path) -> None:
    candidate = tmp_path / "candidate.yaml"
    candidate.write_text((workspace / "policy.yaml").read_text().replace('"burn* OR injur*"', "courier"))
    parts = wire(workspace)
    assert all(result.passed for result in run_tests(parts))
    assert [result.passed for result in run_tests(parts, policy=candidate)] == [False, False]
    assert [result.test.name for result in run_tests(parts, only="BUR")] == ["burn"]
    parts.close()


def test_without_a_file_the_next_step_is_told(workspace: Path) -> None:
    (workspace / "policy_tests.yaml").unlink()
    parts = wire(workspace)
    with pytest.raises(ConfigError, match=r"no such file"):
        run_tests(parts)
    parts.close()


def test_nanni_check_reads_the_tests_too(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check(common=Common(workspace, json=True))
    rows = {name: count for name, count, _ in json.loads(capsys.readouterr().out)["checked"]}
    assert rows["rule tests"] == 2
    (workspace / "policy_tests.yaml").write_text(TESTS.replace("rule: safety", "rule: safty"))
    with pytest.raises(ConfigError, match="no rule is named 'safty'"):
        check(common=Common(workspace))
