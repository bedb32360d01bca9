import json
from pathlib import Path

import pytest

from feedback.errors import ConfigError
from nanni.cli.app import Common
from nanni.cli.rules import check
from tests.workspaces import POLICY, make_workspace


def test_gaps_are_told_in_words_and_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = make_workspace(tmp_path / "w")
    check(common=Common(made))
    told = capsys.readouterr().out
    assert "nps: which rule decides" in told
    assert "gap: detractors 5 to 6, comment negative: no rule fires" in told
    assert "only through words, themes or attributes: safety, leaving" in told
    check(common=Common(made, json=True))
    (survey,) = json.loads(capsys.readouterr().out)["surveys"]
    assert survey["needs_words_or_attributes"] == ["safety", "leaving"]
    assert [gap["scores"] for gap in survey["gaps"]] == [[5, 6]] * 5


def test_a_candidate_with_a_mistake_is_refused_with_its_line(tmp_path: Path) -> None:
    made = make_workspace(tmp_path / "w")
    bad = tmp_path / "bad.yaml"
    bad.write_text(POLICY.replace("at_most: 4", "at_most: 40"))
    with pytest.raises(ConfigError, match="holds for every score") as refused:
        check(policy=bad, common=Common(made))
    assert refused.value.where.endswith("bad.yaml:6")


def test_what_the_policy_hardly_means_is_a_warning(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = make_workspace(tmp_path / "w")
    file = tmp_path / "candidate.yaml"
    file.write_text(POLICY.replace("owner: cx, reason: A bad score., ", ""))
    check(policy=file, common=Common(made, json=True))
    warned = json.loads(capsys.readouterr().out)["warnings"]
    assert [line.split(": ")[1].split(";")[0] for line in warned] == [
        "rule detractor has no owner and no reason"
    ]  # fmt: skip
    check(policy=file, common=Common(made))
    assert "warning: " in capsys.readouterr().out


def test_a_rule_that_sends_tickets_to_no_team_is_refused(tmp_path: Path) -> None:
    made = make_workspace(tmp_path / "w")
    file = tmp_path / "candidate.yaml"
    file.write_text(POLICY + "  - {id: x, severity: low, when: {keywords: y}, ticket: {team: nobody}}\n")
    with pytest.raises(ConfigError, match="rule x cannot be routed: no team is named 'nobody'") as refused:
        check(policy=file, common=Common(made))
    assert refused.value.allowed == "care"
