import numpy as np
import pytest

from nanni.demo.comments import THEMES, Commenter, Prompt
from nanni.demo.dice import Dice
from nanni.demo.generate import LANGUAGES
from nanni.demo.grammar import KINDS, Grammar, load_grammar, parse_sections
from nanni.demo.styles import STYLES, in_style


def dice(seed: int = 1) -> Dice:
    return Dice(np.random.default_rng(seed))


def test_sections_choices_and_slots() -> None:
    grammar = Grammar(parse_sections("; remark\n# colour\nred\n\n# line\n[A|A] {colour} [|very] thing for {store}\n"))
    said = {grammar.say("line", dice(seed), {"store": "Ludgrove"}) for seed in range(20)}
    assert said == {"A red thing for Ludgrove", "A red very thing for Ludgrove"}


def test_a_line_about_furniture_is_not_said_of_a_teapot() -> None:
    grammar = Grammar({"line": ("one {furniture}", "one {fragile}"), "item.fragile": ("teapot",)})
    assert {grammar.say("line", dice(seed), {"kind": "fragile"}) for seed in range(20)} == {"one teapot"}


def test_an_item_stays_the_same_within_a_comment() -> None:
    grammar = load_grammar("en")
    facts = {"kind": "furniture"}
    said = [grammar.fill("{item}", dice(seed), facts) for seed in range(10)]
    assert len(set(said)) == 1


@pytest.mark.parametrize("language", [*LANGUAGES, "lives"])
def test_every_line_can_be_said(language: str) -> None:
    grammar = load_grammar(language)
    for section in grammar.sections():
        for line in grammar.lines_of(section):
            kind = next((kind for kind in KINDS if "{" + kind + "}" in line), "furniture")
            facts = {"kind": kind, "store": "Ludgrove", "order": "LM1"}
            said = grammar.fill(line, dice(), facts)
            assert said
            assert not set("[]{}|") & set(said), said


@pytest.mark.parametrize("tone", ["good", "mixed", "bad", "silent"])
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_there_is_something_to_say_about_every_theme(theme: str, tone: str, language: str) -> None:
    commenter = Commenter({code: load_grammar(code) for code in ("en", language)})
    rolled = dice()
    for _ in range(20):
        text = commenter.write(Prompt(theme, tone, language, "Ludgrove", "careful"), rolled)
        assert text.strip()
        assert "  " not in text


@pytest.mark.parametrize("style", STYLES)
def test_a_style_keeps_most_of_the_words(style: str) -> None:
    text = "I have received nothing. They said it was definitely on the van, and I waited in all day."
    styled = in_style(text, style, "bad", dice()).lower()
    kept = sum(word in styled for word in text.lower().replace(".", "").split())
    assert kept >= 14
