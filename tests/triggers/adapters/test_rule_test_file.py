from datetime import UTC, datetime
from pathlib import Path

import pytest

from feedback.errors import ConfigError
from feedback.response import ResponseStatus
from feedback.scale import CSAT
from models.sentiment import Sentiment
from tests.triggers.builders import policy, survey
from triggers.adapters.rule_test_file import load_rule_tests, rule_tests_schema
from triggers.conditions import KeywordRule, SentimentRule
from triggers.outcome import Outcome
from triggers.rule_tests import EVERY_QUESTION, RuleTest

SURVEYS = {"store": survey("store", questions=("why", "more")), "web": survey("web", CSAT, ())}
POLICY = policy(KeywordRule("late"), SentimentRule(Sentiment.NEGATIVE, 0.6))
NOW = datetime(2026, 5, 1, tzinfo=UTC)
GOOD = """\
tests:
  - name: late
    survey: store
    response: {score: 3, comment: Late again., attributes: {tier: 1}, sentiment: {negative: 0.8}}
    expect: {rule: rule0, severity: high, team: care}
  - name: quiet one
    survey: store
    response: {comments: {more: Fine}, status: test, submitted_at: 2026-01-02, sentiment: {more: {positive: 1}}}
    expect: quiet
"""


def load(tmp_path: Path, text: str) -> tuple[RuleTest, ...]:
    file = tmp_path / "policy_tests.yaml"
    file.write_text(text, "utf-8")
    return load_rule_tests(file, SURVEYS, POLICY, {"care"}, NOW)


def test_a_file_becomes_tests(tmp_path: Path) -> None:
    late, quiet = load(tmp_path, GOOD)
    assert late.place.endswith("policy_tests.yaml:2")
    assert [(c.question_id, c.text) for c in late.response.comments] == [("why", "Late again.")]
    assert late.response.attributes == (("tier", "1"),)
    assert late.response.submitted_at == NOW
    assert late.expected.outcome is Outcome.FIRED
    assert late.sentiment[EVERY_QUESTION].probabilities[0] == 0.8
    assert quiet.expected.outcome is Outcome.QUIET
    assert quiet.response.status is ResponseStatus.TEST
    assert quiet.response.submitted_at == datetime(2026, 1, 2, tzinfo=UTC)
    assert quiet.sentiment["more"].probabilities == (0, 0, 1)


def test_the_file_says_when_its_responses_came(tmp_path: Path) -> None:
    late, quiet = load(tmp_path, "at: 2026-02-03T04:05:00+01:00\n" + GOOD)
    assert late.response.submitted_at == datetime(2026, 2, 3, 3, 5, tzinfo=UTC)
    assert quiet.response.submitted_at == datetime(2026, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("score: 3", "score: 11", 4, "11 is not on the scale of survey store. Allowed: 0 to 10"),
        ("tier: 1", "teir: 1", 4, "no attribute is named 'teir'. Allowed: region, tier"),
        ("comments: {more", "comments: {mroe", 8, "no comment question is named 'mroe'. Allowed: more, why"),
        ("rule: rule0", "rule: rule9", 5, "no rule is named 'rule9'. Allowed: rule0, rule1"),
        ("team: care", "team: stores", 5, "no team is named 'stores'. Allowed: care"),
        ("severity: high", "severity: hgih", 5, "expect.severity"),
        ("name: quiet one", "name: late", 6, "the name 'late' is used twice"),
        ("survey: store\n    response: {comments", "survey: shop\n    response: {comments", 7, "no survey is named"),
        ("negative: 0.8}", "negative: 0.8, positive: 0.8}", 4, "add up to 1.6"),
        ("expect: quiet", "expect: {outcome: quiet, rule: rule0}", 9, "a response that is quiet has no rule"),
        ("expect: quiet", "expect: {}", 9, "say what is expected"),
        ("expect: quiet", "expect: silent", 9, "'fired', 'quiet' or 'unknown'"),
        ("status: test", "comment: x", 8, "not both"),
        ("score: 3", "skore: 3", 4, "unknown field"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, old: str, new: str, line: int, message: str) -> None:
    assert old in GOOD
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, GOOD.replace(old, new))
    assert message in str(refused.value)
    assert refused.value.where.endswith(f"policy_tests.yaml:{line}"), refused.value
    assert refused.value.next_step


def test_a_survey_without_comment_questions_cannot_have_one(tmp_path: Path) -> None:
    text = "tests:\n  - {name: a, survey: web, response: {comment: hi}, expect: quiet}\n"
    with pytest.raises(ConfigError, match="survey web asks for no comment"):
        load(tmp_path, text)


def test_no_file_and_no_tests(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        load_rule_tests(tmp_path / "policy_tests.yaml", SURVEYS, POLICY, {"care"}, NOW)
    with pytest.raises(ConfigError, match="tests"):
        load(tmp_path, "tests: []")


def test_schema() -> None:
    assert "RuleTestModel" in rule_tests_schema()["$defs"]
