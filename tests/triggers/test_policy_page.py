"""docs/policy.md keeps its word: its policy loads, its conditions read, its queries match, its tests pass."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from feedback.response import ResponseBatch
from models.sentiment import SentimentScores, UnknownReason
from tests.triggers.builders import scores_of, survey
from triggers.adapters.condition_model import ConditionModel
from triggers.adapters.policy_file import load_policy, parse_policy_text, policy_text
from triggers.adapters.rule_test_file import load_rule_tests
from triggers.compiled import compile_policy
from triggers.keywords.match import KeywordEngine
from triggers.policy import Policy, SentimentLimits
from triggers.rule_tests import run_rule_tests
from triggers.themes import Taxonomy, Theme

PAGE = (Path(__file__).parents[2] / "docs" / "policy.md").read_text("utf-8")
SURVEYS = {"store": survey("store"), "web": survey("web")}
TAXONOMY = Taxonomy([Theme("delivery", "Delivery", "courier* OR parcel*")])
LIMITS = SentimentLimits(0.3, (0.2, 0.2, 0.2))


def block(name: str) -> str:
    blocks: list[str] = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    return next(text for text in blocks if text.startswith(f"# {name}"))


def rows(head: str) -> list[list[str]]:
    """The rows of every table whose first column is called so."""
    tables = re.findall(rf"^\| {head} \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for table in tables for line in table.splitlines()]


@pytest.fixture
def policy(tmp_path: Path) -> Policy:
    (tmp_path / "policy.yaml").write_text(block("policy.yaml"), "utf-8")
    return load_policy(tmp_path / "policy.yaml", SURVEYS, TAXONOMY)


def test_the_policy_loads(policy: Policy) -> None:
    assert [rule.id for rule in policy.rules] == ["safety", "complaint", "again", "spring_launch"]


@pytest.mark.parametrize("written", [row[0].strip("`") for row in rows("Written")])
def test_each_condition_reads(written: str) -> None:
    assert ConditionModel.model_validate(YAML(typ="safe").load(written)).condition(LIMITS) is not None


def test_every_kind_of_condition_is_on_the_page() -> None:
    text = " ".join(cell for row in rows("Written") for cell in row) + " all any none"
    assert [name for name in ConditionModel.model_fields if not re.search(rf"\b{name}\b", text)] == []


@pytest.mark.parametrize(("query", "yes", "no"), rows("Query"))
def test_each_query_matches_what_the_page_says(policy: Policy, query: str, yes: str, no: str) -> None:
    engine = KeywordEngine([query.strip("`")], dict(policy.lexicons))
    assert engine.match_text(yes)
    assert not engine.match_text(no)


def unread(batch: ResponseBatch) -> tuple[SentimentScores, ...]:
    reasons = [[UnknownReason.MODEL_OFF if t else UnknownReason.NO_COMMENT for t in c.texts] for c in batch.comments]
    return tuple(map(scores_of, reasons))


def test_the_tests_pass(policy: Policy, tmp_path: Path) -> None:
    file = tmp_path / "policy_tests.yaml"
    file.write_text(block("policy_tests.yaml"), "utf-8")
    tests = load_rule_tests(file, SURVEYS, policy, {"care"}, datetime(2026, 1, 1, tzinfo=UTC))
    results = run_rule_tests(tests, SURVEYS, TAXONOMY, compile_policy(policy), unread, lambda *_: "care")
    assert len(results) == 5
    assert [result.differences for result in results if not result.passed] == []


def test_the_commands_exist() -> None:
    from nanni.cli import rules

    named = set(re.findall(r"nanni rules ([a-z]+)", PAGE))
    assert named == {"check", "test", "backtest", "schema", "canary"}
    assert all(rules.rules[name] for name in named)


def test_storms_and_budgets_load(tmp_path: Path) -> None:
    for name in ("storm", "budget"):
        file = tmp_path / f"{name}.yaml"
        file.write_text(block(name).replace("[theme, store]", "[theme, tier]") + block("policy.yaml"), "utf-8")
        loaded = load_policy(file, SURVEYS, TAXONOMY)
        assert getattr(loaded, name)
        assert parse_policy_text(policy_text(loaded)) == loaded


@pytest.mark.parametrize("group", ["review", "storms"])
def test_the_commands_of_the_page_exist(group: str) -> None:
    from nanni.cli.commands import app

    named = re.findall(rf"nanni {group} ([a-z]+)", PAGE)
    assert named and all(app[group][name] for name in named)
