from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback.errors import ConfigError
from feedback.scale import CSAT, NPS
from tests.triggers.builders import policy, survey
from tests.triggers.test_decide import conditions
from triggers.adapters.policy_file import load_policy, parse_policy_text, policy_schema, policy_text
from triggers.decide import compile_policy
from triggers.policy import AllOf, AnyOf, Condition, KeywordRule, NoneOf, Policy, Severity
from triggers.themes import Taxonomy, Theme

SURVEYS = {"store": survey("store", NPS), "web": survey("web", CSAT), "chat": survey("chat", None, ("said",))}
THEMES = Taxonomy([Theme("billing", "Billing", "bill*")])
GOOD = """\
lexicons:
  churn: ["cancel*", "leaving", "switch to", "competitor"]
rules:
  - id: safety
    severity: critical
    owner: cx-lead
    reason: Injuries and hazards are answered the same day.
    surveys: [store]
    when: {keywords: 'injur* OR burn* OR "caught fire"'}
  - id: detractor_with_complaint
    severity: high
    surveys: [store, web]
    when:
      all:
        - band: detractor
        - any:
            - sentiment: {is: negative, at_least: 0.6}
            - keywords: "@churn"
  - id: silent_detractor
    severity: medium
    surveys: [store, web]
    when: {all: [{sentiment: {is: negative, at_least: 0.85}}, {none: [{band: detractor}]}]}
  - id: low_score
    severity: medium
    surveys: [store, web]
    when: {score: {at_most: 3}}
  - id: gold_passive
    severity: low
    when: {all: [{attribute: {name: tier, in: [gold]}}, {band: {band: passive, missing: quiet}}]}
  - id: billing
    severity: low
    when: {theme: billing}
"""


def load(tmp_path: Path, text: str) -> Policy:
    file = tmp_path / "policy.yaml"
    file.write_text(text, "utf-8")
    return load_policy(file, SURVEYS, THEMES)


def test_the_agreed_form_loads(tmp_path: Path) -> None:
    loaded = load(tmp_path, GOOD)
    assert [rule.id for rule in loaded.rules][:2] == ["safety", "detractor_with_complaint"]
    assert loaded.rules[0].severity is Severity.CRITICAL
    assert loaded.rules[0].surveys == ("store",)
    assert isinstance(loaded.rules[1].when, AllOf)
    assert isinstance(loaded.rules[1].when.parts[1], AnyOf)
    assert loaded.rules[1].when.parts[1].parts[1] == KeywordRule("@churn")
    assert isinstance(loaded.rules[2].when, AllOf)
    assert isinstance(loaded.rules[2].when.parts[1], NoneOf)
    assert len(loaded.hash) == 12
    compile_policy(loaded)


def test_canonical_text_both_ways_keeps_policy_and_hash(tmp_path: Path) -> None:
    loaded = load(tmp_path, GOOD)
    assert parse_policy_text(policy_text(loaded)) == loaded


def test_the_hash_is_of_the_content_not_of_the_writing(tmp_path: Path) -> None:
    written = load(tmp_path, GOOD)
    other = load(
        tmp_path, "# the same\n" + GOOD.replace("{score: {at_most: 3}}", "\n      score:\n        at_most: 3.0")
    )
    changed = load(tmp_path, GOOD.replace("at_most: 3", "at_most: 2"))
    assert written.hash == other.hash != changed.hash


@settings(max_examples=100, deadline=None)
@given(st.lists(conditions, min_size=1, max_size=3))
def test_any_policy_survives_its_text(rules: list[Condition]) -> None:
    plain = policy(*rules, lexicons={"b": ["x"], "a": ["y z"]})
    back = parse_policy_text(policy_text(plain))
    assert back.rules == plain.rules
    assert back.lexicons == (("a", ("y z",)), ("b", ("x",)))
    assert policy_text(back) == policy_text(plain)


def rule(when: str, more: str = "") -> str:
    return f"rules:\n  - id: one\n    severity: low\n{more}    when: {when}\n"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (rule("{keywords: late}", "    colour: red\n"), 4, "unknown field"),
        (rule("{score: {at_most: 3, at_least: 1}}"), 4, "exactly one of at_most and at_least"),
        (rule("{theme: billing, band: passive}"), 4, "give exactly one of score, band"),
        (rule("{all: []}"), 4, "at least 1 item"),
        (rule("{sentiment: {is: negative, at_least: 1.5}}"), 4, "less than or equal to 1"),
        (rule("{score: {at_most: 7}}", "    surveys: [web]\n"), 5, "for every score of survey web, whose scale is 1"),
        (rule("{score: {at_least: 11}}", "    surveys: [store]\n"), 5, "holds for no score of survey store"),
        (rule("{band: detractor}"), 4, "survey chat has no score"),
        (rule("{theme: bill}"), 4, "no theme is named 'bill'. Allowed: billing"),
        (rule("{keywords: '@chrun'}"), 4, "no lexicon is named 'chrun'"),
        (rule("{keywords: late}", "    surveys: [shop]\n"), 4, "no survey is named 'shop'. Allowed: chat, store, web"),
        (rule("{keywords: {query: late, question: wy}}"), 4, "no comment question is named 'wy'. *Allowed: said, why"),
        (rule("{attribute: {name: teir, in: [gold]}}"), 4, "no attribute is named 'teir'.*tier"),
        (rule("{attribute: {name: status, in: [lvie]}}"), 4, "no status is named 'lvie'. Allowed: imported, live"),
        (rule("{keywords: 'late delivery'}"), 4, "expected AND, OR, NEAR/n or the end"),
        (rule("\n      any:\n        - keywords: fine\n        - keywords: a OR NOT b"), 7, "matches every comment"),
        ("lexicons:\n  a:\n    - fine\n    - b*c*\n" + rule("{keywords: '@a'}"), 4, "start or the end"),
        (rule("{keywords: late}") + rule("{keywords: rude}")[7:], 5, "the id 'one' is used twice"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str, line: int, message: str) -> None:
    with pytest.raises(ConfigError, match=r"(?s)" + message.replace("(", r"\(").replace(". *", ".*")) as refused:
        load(tmp_path, text)
    assert refused.value.where.endswith(f"policy.yaml:{line}"), refused.value
    assert refused.value.next_step


def test_a_rule_that_can_never_be_first_is_refused(tmp_path: Path) -> None:
    text = rule("{score: {at_most: 6}}", "    surveys: [store, web]\n").replace("6}", "3}")
    late = (
        "  - id: two\n    severity: high\n    surveys: [store]\n"
        "    when: {all: [{score: {at_most: 2}}, {keywords: late}]}\n"
    )
    with pytest.raises(ConfigError, match="rule two can never be the first to fire: rule one before it"):
        load(tmp_path, text + late)
    elsewhere = late.replace("surveys: [store]", "surveys: [store, chat]").replace("2}", "2, missing: quiet}")
    assert len(load(tmp_path, text + elsewhere).rules) == 2


def test_no_rules_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="rules"):
        load(tmp_path, "rules: []")


def test_a_text_that_is_no_policy_is_an_error() -> None:
    with pytest.raises(ConfigError, match="stored policy cannot be read"):
        parse_policy_text('{"rules": [{"id": "x"}]}')


def test_the_schema_names_every_condition() -> None:
    properties = policy_schema()["$defs"]["ConditionModel"]["properties"]
    assert set(properties) == {"score", "band", "keywords", "sentiment", "attribute", "theme", "all", "any", "none"}
