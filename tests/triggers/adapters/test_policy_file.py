"""What policy.yaml may say, and what is kept of it."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from feedback.response import ResponseStatus
from models.sentiment import Sentiment
from tests.triggers.adapters.policy_texts import CONTRACT, GOOD, LIMITS, SURVEYS, THEMES, load, rule
from tests.triggers.test_decide import policies
from triggers.adapters.policy_file import load_policy, parse_policy_text, policy_schema, policy_text
from triggers.conditions import (
    Absent,
    AllOf,
    AnyOf,
    AttributeRule,
    Condition,
    FrustrationRule,
    KeywordRule,
    MissingRule,
    NoneOf,
    RepeatRule,
    SentimentRule,
    TrendRule,
)
from triggers.decide import compile_policy
from triggers.handling import ResponsePolicy, TicketFields
from triggers.policy import HitPolicy, Policy, Rule, SentimentLimits, Severity


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
@given(policies(), st.sets(st.sampled_from(ResponseStatus)), st.integers(0, 90))
def test_any_policy_survives_its_text(rules: Policy, statuses: set[ResponseStatus], days: int) -> None:
    chosen = tuple(each for each in ResponseStatus if each in {*statuses, ResponseStatus.LIVE})
    plain = replace(
        rules,
        lexicons=(("b", ("x",)), ("a", ("y z",))),
        responses=ResponsePolicy(chosen, timedelta(days=days) if days else None, days % 2 == 0),
    )
    back = parse_policy_text(policy_text(plain))
    assert back.rules == plain.rules
    assert (back.hit, back.responses) == (plain.hit, plain.responses)
    assert back.lexicons == (("a", ("y z",)), ("b", ("x",)))
    assert policy_text(back) == policy_text(plain)


def test_the_schema_names_every_condition() -> None:
    properties = policy_schema()["$defs"]["ConditionModel"]["properties"]
    leaves = {"score", "band", "keywords", "sentiment", "frustration", "missing", "attribute", "theme"}
    assert set(properties) == leaves | {"channel", "language", "status", "repeat", "trend", "all", "any", "none"}


@pytest.mark.parametrize(
    ("when", "condition"),
    [
        ("{frustration: {at_least: 0.6}}", FrustrationRule(0.6)),
        ("{missing: comment}", MissingRule(Absent.COMMENT)),
        ("{missing: {question: why}}", MissingRule(Absent.COMMENT, "why")),
        ("{missing: {attribute: tier}}", MissingRule(Absent.ATTRIBUTE, "tier")),
        ("{channel: sms}", AttributeRule("channel", ("sms",))),
        ("{language: [de, fr]}", AttributeRule("language", ("de", "fr"))),
        ("{status: imported}", AttributeRule("status", ("imported",))),
        ("{repeat: {within: 30d}}", RepeatRule(timedelta(days=30))),
        ("{repeat: {within: 90m, times: 2, theme: any}}", RepeatRule(timedelta(minutes=90), 2, False)),
        ("{trend: {worse_by: 3, within: 1d, last: 2}}", TrendRule(3.0, timedelta(days=1), 2)),
    ],
)
def test_the_shorter_conditions(tmp_path: Path, when: str, condition: Condition) -> None:
    loaded = load(tmp_path, rule(when, "    surveys: [store]\n"))
    assert loaded.rules[0].when == condition
    assert parse_policy_text(policy_text(loaded)) == loaded


def test_dates_hit_policy_and_what_may_open_tickets(tmp_path: Path) -> None:
    text = "hit: all\nresponses: {imported: suppress, test: open, late_after: 36h}\n"
    loaded = load(
        tmp_path,
        text + rule("{keywords: late}", "    from: 2026-01-02\n    until: 2026-02-01T10:00+01:00\n    cool_down: 2d\n"),
    )
    assert loaded.hit is HitPolicy.ALL
    assert loaded.responses == ResponsePolicy((ResponseStatus.LIVE, ResponseStatus.TEST), timedelta(hours=36))
    assert loaded.rules[0].starts == datetime(2026, 1, 2, tzinfo=UTC)
    assert loaded.rules[0].cool_down == timedelta(days=2)
    assert loaded.rules[0].ends == datetime(2026, 2, 1, 9, tzinfo=UTC)
    assert parse_policy_text(policy_text(loaded)) == loaded


def test_a_policy_that_says_nothing_new_keeps_its_hash(tmp_path: Path) -> None:
    """Decisions stored before there were dates and hit policies must still be those of the live policy."""
    same = load(tmp_path, "hit: first\nresponses: {imported: open}\n" + GOOD)
    assert policy_text(same) == policy_text(load(tmp_path, GOOD))
    assert not {"hit", "responses", "from", "until"} & set(re.findall(r'"([a-z]+)":', policy_text(same)))


def test_collect_settle_and_ticket_fields_are_read_and_kept(tmp_path: Path) -> None:
    text = "hit: collect\nsettle: [{wait: 30m, surveys: [store]}]\n"
    loaded = load(
        tmp_path, text + rule("{keywords: late}", "    ticket: {priority: urgent, team: x, theme: billing}\n")
    )
    assert loaded.hit is HitPolicy.COLLECT
    assert (loaded.settle_wait("store"), loaded.settle_wait("web")) == (timedelta(minutes=30), None)
    assert loaded.rules[0].ticket == TicketFields("urgent", "x", "billing")
    assert parse_policy_text(policy_text(loaded)) == loaded


def test_collect_takes_fields_from_every_rule_that_fired_and_the_others_from_the_deciding_one() -> None:
    first = Rule("a", MissingRule(Absent.SCORE), Severity.LOW, ticket=TicketFields(priority="low", team="x"))
    second = Rule("b", MissingRule(Absent.COMMENT), Severity.HIGH, ticket=TicketFields(priority="high", theme="t"))
    for hit, wanted in (
        (HitPolicy.ALL, TicketFields("high", None, "t")),
        (HitPolicy.COLLECT, TicketFields("high", "x", "t")),
    ):
        assert Policy((first, second), "h", hit=hit).ticket_fields(("b", "a")) == wanted
    assert Policy((first, second), "h").ticket_fields(()) == TicketFields()


def test_the_schema_accepts_what_loads_and_refuses_what_does_not() -> None:
    check = Draft202012Validator(policy_schema())
    document = YAML(typ="safe").load(GOOD)
    assert list(check.iter_errors(document)) == []
    assert not check.is_valid({**document, "colour": "red"})
    assert not check.is_valid({"rules": [{"id": "x", "when": {"score": {"at_mots": 3}}, "severity": "low"}]})


def test_the_contract_and_the_review_stand_in_the_policy_as_numbers(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(CONTRACT, "utf-8")
    loaded = load_policy(file, SURVEYS, THEMES, LIMITS)
    assert isinstance(loaded.rules[0].when, AnyOf)
    assert loaded.rules[0].when.parts[0] == SentimentRule(Sentiment.NEGATIVE, 0.21)
    assert loaded.review == LIMITS.conformal
    # What the ledger keeps needs no operating point to be read again, and another point is another policy.
    assert parse_policy_text(policy_text(loaded)) == loaded
    other = load_policy(file, SURVEYS, THEMES, SentimentLimits(0.22, LIMITS.conformal))
    assert other.hash != loaded.hash
