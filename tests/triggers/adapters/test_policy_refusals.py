"""What policy.yaml may not say, or hardly means, is told with its line."""

from pathlib import Path

import pytest

from feedback.errors import ConfigError
from feedback.scale import Scale
from tests.triggers.adapters.policy_texts import CONTRACT, GOOD, SURVEYS, THEMES, load, rule
from tests.triggers.builders import survey
from triggers.adapters.policy_file import doubts, load_policy, parse_policy_text

SIGNED = "rules:\n  - id: one\n    severity: low\n    owner: cx\n    reason: r\n    surveys: [store]\n    "


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
        (rule("{missing: answer}"), 4, "one.when.missing: not one of those allowed. *Allowed: 'score' or"),
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
        ("responses: {live: open}\n" + rule("{keywords: late}"), 1, "unknown field. *Allowed: imported, partial"),
        ("hitt: first\n" + rule("{keywords: late}"), 1, "did you mean `hit`"),
        (rule("{skore: {at_most: 3}}"), 4, "rules.one.when.skore: unknown field. *did you mean `score`"),
        (rule("{keywords: late}", "    from: 2026-13-01\n"), 4, "no such date: month must be in 1..12"),
        (rule("{attribute: {name: tier, in: [111]}}"), 4, 'put it in quotes: "111"'),
        (rule("{sentiment: {is: negative, at_least: 1.5}}"), 4, "sentiment.at_least: must be less than or equal to 1"),
        (rule("{keywords: 'late or slow'}"), 4, "operators are written in capitals: OR"),
        (rule("{keywords: 'late NEAR slow'}"), 4, "NEAR/3"),
        ("lexicons: {a: []}\n" + rule("{keywords: '@a'}"), 1, "lexicon a is empty"),
        ("lexicons:\n  a:\n    - fine\n    - b*c*\n" + rule("{keywords: '@a'}"), 4, "start or the end"),
        (rule("{keywords: late}") + rule("{keywords: rude}")[7:], 5, "the id 'one' is used twice"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str, line: int, message: str) -> None:
    with pytest.raises(
        ConfigError, match=r"(?s)" + message.replace("(", r"\(").replace(")", r"\)").replace(". *", ".*")
    ) as refused:
        load(tmp_path, text)
    assert refused.value.where.endswith(f"policy.yaml:{line}"), refused.value
    assert refused.value.next_step


def test_a_rule_that_can_never_be_first_is_refused(tmp_path: Path) -> None:
    text = rule("{score: {at_most: 6}}", "    surveys: [store, web]\n").replace("6}", "3}")
    late = (
        "  - id: two\n    severity: high\n    surveys: [store]\n"
        "    when: {all: [{score: {at_most: 2}}, {keywords: late}]}\n"
    )
    with pytest.raises(ConfigError, match="rule two can never decide: rule one, which stands before it"):
        load(tmp_path, text + late)
    elsewhere = late.replace("surveys: [store]", "surveys: [store, chat]").replace("2}", "2, missing: quiet}")
    assert len(load(tmp_path, text + elsewhere).rules) == 2


def test_no_rules_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="rules"):
        load(tmp_path, "rules: []")


def test_a_text_that_is_no_policy_is_an_error() -> None:
    with pytest.raises(ConfigError, match="stored policy cannot be read"):
        parse_policy_text('{"rules": [{"id": "x"}]}')


def test_a_rule_shadowed_only_for_a_time_or_under_another_hit_policy_may_stay(tmp_path: Path) -> None:
    wide = rule("{score: {at_most: 3}}", "    surveys: [store]\n")
    narrow = "  - id: two\n    severity: high\n    surveys: [store]\n    when: {score: {at_most: 2}}\n"
    with pytest.raises(ConfigError, match="rule two can never decide"):
        load(tmp_path, wide + narrow)
    with pytest.raises(ConfigError, match="rule two can never decide"):
        load(tmp_path, wide + narrow + "    from: 2026-01-01\n")
    assert len(load(tmp_path, wide + "    until: 2026-01-01\n" + narrow).rules) == 2
    assert len(load(tmp_path, "hit: all\n" + wide + narrow).rules) == 2


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


@pytest.mark.parametrize("text", ["ambiguous: review\n" + GOOD, CONTRACT.removeprefix("ambiguous: review\n")])
def test_without_an_operating_point_the_file_says_how_to_get_one(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match="nanni model operating-point") as caught:
        load(tmp_path, text)
    assert caught.value.where == str(tmp_path / "policy.yaml")


def test_a_contract_about_praise_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="recall contract is about negative"):
        load(tmp_path, CONTRACT.replace("is: negative", "is: positive"))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (rule("{keywords: late}"), "rule one has no owner and no reason; say who answers for it and why it is there"),
        (rule("{keywords: late}", "    owner: cx\n"), "rule one has no reason; say why it is there"),
        (
            "lexicons: {a: [x], b: [y]}\n" + SIGNED + "when: {keywords: 'c AND (NOT @a OR d)'}\n",
            "no rule asks for lexicon b",
        ),
        (SIGNED + "when: {all: [{keywords: x}, {all: [{band: passive}, {band: promoter}]}]}\n", "can never fire"),
        (SIGNED + "when: {all: [{score: {at_most: 2}}, {score: {at_least: 3}}]}\n", "can never fire"),
        (SIGNED + "when: {all: [{score: {at_most: 2}}, {none: [{score: {at_most: 3}}]}]}\n", "can never fire"),
        (SIGNED + "when: {all: [{score: {at_most: 3}}, {score: {at_least: 3}}]}\n", ""),
        (SIGNED + "when: {any: [{band: passive}, {band: promoter}]}\n", ""),
        (SIGNED + "when: {channel: sms}\n", "no survey of rule one says its channel"),
    ],
)
def test_what_is_hardly_meant_is_doubted(tmp_path: Path, text: str, wanted: str) -> None:
    loaded = load(tmp_path, text)
    told = doubts(tmp_path / "policy.yaml", loaded, SURVEYS)
    assert len(told) == bool(wanted), told
    assert all(wanted in one for one in told)
