import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from feedback.errors import ConfigError
from feedback.response import ResponseStatus
from feedback.scale import CSAT, NPS, Scale
from models.sentiment import Sentiment
from tests.triggers.builders import survey
from tests.triggers.test_decide import policies
from triggers.adapters.policy_file import doubts, load_policy, parse_policy_text, policy_schema, policy_text
from triggers.decide import compile_policy
from triggers.handling import ResponsePolicy, TicketFields
from triggers.policy import (
    Absent,
    AllOf,
    AnyOf,
    AttributeRule,
    Condition,
    FrustrationRule,
    HitPolicy,
    KeywordRule,
    MissingRule,
    NoneOf,
    Policy,
    RepeatRule,
    Rule,
    SentimentLimits,
    SentimentRule,
    Severity,
    TrendRule,
)
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
        (rule("{missing: answer}"), 4, "'score' or 'comment'"),
        (rule("{missing: {question: wy}}"), 4, "no comment question is named 'wy'"),
        (rule("{missing: {attribute: teir}}"), 4, "no attribute is named 'teir'"),
        (rule("{missing: score}"), 4, "survey chat asks for no score"),
        (rule("{frustration: {at_least: 0}}"), 4, "greater than 0"),
        (rule("{frustration: {at_least: 0.5, question: wy}}"), 4, "no comment question is named 'wy'"),
        (rule("{channel: []}"), 4, "at least 1 item"),
        (rule("{status: lvie}"), 4, "no status is named 'lvie'"),
        (rule("{keywords: late}", "    from: 2026-02-01\n    until: 2026-01-01\n"), 5, "never in force"),
        (rule("{trend: {worse_by: 3, within: 9d}}"), 4, "survey chat has no score, so no trend"),
        (rule("{trend: {worse_by: 11, within: 9d}}", "    surveys: [store]\n"), 5, "can be 11 worse than another"),
        (rule("{repeat: {within: 0d}}"), 4, "for example 30m"),
        (rule("{keywords: late}", "    ticket: {theme: bill}\n"), 4, "no theme is named 'bill'"),
        (rule("{keywords: late}", "    ticket: {priority: soon}\n"), 4, "'urgent', 'high', 'normal' or 'low'"),
        ("settle: [{wait: 1h, surveys: [shop]}]\n" + rule("{keywords: late}"), 1, "no survey is named 'shop'"),
        ("hit: last\n" + rule("{keywords: late}"), 1, "'first', 'all' or 'collect'"),
        ("responses: {late_after: soon}\n" + rule("{keywords: late}"), 1, "for example 30m, 36h or 30d"),
        ("responses: {live: open}\n" + rule("{keywords: late}"), 1, "unknown field"),
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


def test_a_rule_shadowed_only_for_a_time_or_under_another_hit_policy_may_stay(tmp_path: Path) -> None:
    wide = rule("{score: {at_most: 3}}", "    surveys: [store]\n")
    narrow = "  - id: two\n    severity: high\n    surveys: [store]\n    when: {score: {at_most: 2}}\n"
    with pytest.raises(ConfigError, match="can never be the first"):
        load(tmp_path, wide + narrow)
    with pytest.raises(ConfigError, match="can never be the first"):
        load(tmp_path, wide + narrow + "    from: 2026-01-01\n")
    assert len(load(tmp_path, wide + "    until: 2026-01-01\n" + narrow).rules) == 2
    assert len(load(tmp_path, "hit: all\n" + wide + narrow).rules) == 2


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


def test_doubts_name_the_line_and_a_low_score_rule_where_low_is_good(tmp_path: Path) -> None:
    family = survey("family", Scale("fft", 1, 5, detractor=4, promoter=2, higher_is_better=False))
    surveys = {**SURVEYS, "family": family}
    file = tmp_path / "policy.yaml"
    more = "    owner: cx\n    reason: r\n    surveys: [family]\n"
    cases = {
        "{score: {at_most: 1}}": ["low scores are good"],
        "{score: {at_most: 4}}": [],
        "{score: {at_least: 4}}": [],
        "{none: [{score: {at_most: 2}}]}": [],
        "{all: [{score: {at_most: 2}}, {keywords: late}]}": ["low scores are good"],
    }
    for when, wanted in cases.items():
        file.write_text(rule(when, more), "utf-8")
        told = doubts(file, load_policy(file, surveys, THEMES), surveys)
        assert len(told) == len(wanted) and all(part in one for part, one in zip(wanted, told, strict=True))
        assert all(f"{file}:7:" in one for one in told)
    file.write_text(rule("{keywords: late}"), "utf-8")
    told = doubts(file, load_policy(file, surveys, THEMES), surveys)
    assert [one.split(": ")[1].split(";")[0] for one in told] == ["rule one has no owner", "rule one has no reason"]


def test_the_schema_accepts_what_loads_and_refuses_what_does_not() -> None:
    check = Draft202012Validator(policy_schema())
    document = YAML(typ="safe").load(GOOD)
    assert list(check.iter_errors(document)) == []
    assert not check.is_valid({**document, "colour": "red"})
    assert not check.is_valid({"rules": [{"id": "x", "when": {"score": {"at_mots": 3}}, "severity": "low"}]})


LIMITS = SentimentLimits(0.21, (0.2, 0.3, 0.4))
CONTRACT = """\
ambiguous: review
rules:
  - id: sounds
    severity: high
    surveys: [store]
    when: {any: [{sentiment: {is: negative, at_least: contract}}, {band: detractor}]}
"""


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


@pytest.mark.parametrize("text", ["ambiguous: review\n" + GOOD, CONTRACT.removeprefix("ambiguous: review\n")])
def test_without_an_operating_point_the_file_says_how_to_get_one(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match="nanni model operating-point") as caught:
        load(tmp_path, text)
    assert caught.value.where == str(tmp_path / "policy.yaml")


def test_a_contract_about_praise_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="recall contract is about negative"):
        load(tmp_path, CONTRACT.replace("is: negative", "is: positive"))
