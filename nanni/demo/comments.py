"""What a customer writes: sentences of the phrase grammar put together as people do, in their own style."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from nanni.demo.dice import Dice
from nanni.demo.grammar import KINDS, Grammar
from nanni.demo.styles import in_style

THEMES = (
    "delivery", "damaged", "staff", "returns", "billing", "website", "quality", "price", "stock", "wait",
)  # fmt: skip
_KEEPS_CAPITAL = ("I", "I'm", "I've", "I'd", "I'll", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_CONNECTIVES = (",", ":", " but", " say that", "But", "And", "Also", "On top of that")


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a comment is to be about; `tone` is good, mixed, bad, or silent (a high score and a farewell).

    `praises` and `complaints` are the themes that may be mentioned besides.
    """

    theme: str
    tone: str
    language: str
    store: str
    style: str
    praises: tuple[str, ...] = THEMES
    complaints: tuple[str, ...] = THEMES


class Commenter:
    """Writes comments in the languages whose grammars it is given."""

    def __init__(self, grammars: Mapping[str, Grammar]) -> None:
        self._grammars = grammars

    def write(self, prompt: Prompt, dice: Dice) -> str:
        """One comment for a prompt."""
        if prompt.language != "en":
            return _foreign(self._grammars[prompt.language], prompt, dice)
        speaker = _Speaker(self._grammars["en"], prompt, dice)
        tone = "bad" if prompt.tone == "silent" else prompt.tone
        text = _SHAPES[prompt.tone][dice.weighted(_WEIGHTS[prompt.tone])](speaker)
        return in_style(_tidy(text, dice), prompt.style, tone, dice)


class _Speaker:
    """One comment in the making: says lines of sections, never the same line twice."""

    def __init__(self, grammar: Grammar, prompt: Prompt, dice: Dice) -> None:
        self.grammar, self.prompt, self.dice = grammar, prompt, dice
        order = f"LM{dice.code('23456789', 6)}"
        self.facts = {"store": prompt.store, "order": order, "kind": dice.pick(KINDS)}
        self._said: set[str] = set()

    def say(self, section: str) -> str:
        lines = [line for line in self.grammar.lines(section, self.facts) if line not in self._said]
        if not lines:
            return ""
        line = self.dice.pick(lines)
        self._said.add(line)
        return self.grammar.fill(line, self.dice, self.facts)

    def maybe(self, section: str, probability: float) -> str:
        return self.say(section) if self.dice.chance(probability) else ""

    def theme(self, suffix: str) -> str:
        return self.say(f"{self.prompt.theme}.{suffix}")

    def other(self, suffix: str) -> str:
        pool = self.prompt.praises if suffix == "good" else self.prompt.complaints
        others = [theme for theme in pool if theme != self.prompt.theme] or [self.prompt.theme]
        return self.say(f"{self.dice.pick(others)}.{suffix}")


def _bad_plain(s: _Speaker) -> str:
    second = s.theme("bad") if s.dice.chance(0.3) else ""
    return _join(s.theme("bad"), second, s.maybe("effect.bad", 0.4), s.maybe("close.bad", 0.2))


def _bad_told(s: _Speaker) -> str:
    return _join(s.say("open.bad"), s.theme("bad"), s.maybe("effect.bad", 0.6), s.maybe("ask", 0.6))


def _bad_after_praise(s: _Speaker) -> str:
    return _join(s.other("good"), s.say("but"), s.theme("bad"), s.maybe("effect.bad", 0.25))


def _bad_sarcastic(s: _Speaker) -> str:
    return _join(s.say("sarcasm"), s.theme("bad") if s.dice.chance(0.5) else "", s.maybe("ask", 0.2))


def _bad_leaving(s: _Speaker) -> str:
    return _join(s.theme("bad"), s.maybe("effect.bad", 0.3), s.say("leaving"))


def _bad_safety(s: _Speaker) -> str:
    if s.prompt.theme not in ("quality", "damaged"):
        return _bad_plain(s)
    if s.facts["kind"] == "textile":
        s.facts["kind"] = "furniture"
    return _join(s.say("safety"), s.maybe("ask", 0.4))


def _bad_twice(s: _Speaker) -> str:
    return _join(
        s.theme("bad"), s.dice.pick(("And", "Also", "On top of that", "")), s.other("bad"), s.maybe("ask", 0.3)
    )


def _long(s: _Speaker) -> str:
    s.facts["kind"] = "furniture"
    story = s.grammar.lines(s.dice.pick(("long", "long.phone", "long.sofa")), s.facts)
    kept = [story[0], *(line for line in story[1:] if s.dice.chance(0.7))]
    half = len(kept) // 2
    told = [s.grammar.fill(line, s.dice, s.facts) for line in kept]
    return " ".join(told[:half]) + "\n\n" + " ".join(told[half:])


def _mixed_but(s: _Speaker) -> str:
    return _join(s.other("good"), s.say("but"), s.dice.pick((s.theme, s.theme, s.other))("meh"))


def _mixed_turn(s: _Speaker) -> str:
    return _join(s.theme("bad"), s.dice.pick(("But", "Still,", "Having said that,")), s.other("good"))


def _good_plain(s: _Speaker) -> str:
    return _join(s.theme("good"), s.maybe("close.good", 0.25))


def _good_told(s: _Speaker) -> str:
    return _join(
        s.say("open.good"), s.theme("good"), s.other("good") if s.dice.chance(0.4) else "", s.maybe("close.good", 0.4)
    )


def _general(suffix: str) -> Callable[[_Speaker], str]:
    return lambda s: s.say(f"general.{suffix}")


_SHAPES: dict[str, dict[str, Callable[[_Speaker], str]]] = {
    "bad": {
        "short": lambda s: s.theme("short_bad"), "general": _general("short_bad"), "plain": _bad_plain,
        "told": _bad_told, "praise": _bad_after_praise, "sarcastic": _bad_sarcastic, "leaving": _bad_leaving,
        "safety": _bad_safety, "twice": _bad_twice, "long": _long,
    },
    "mixed": {
        "meh": lambda s: _join(s.theme("meh")), "general": _general("short_meh"), "but": _mixed_but,
        "turn": _mixed_turn,
    },
    "good": {
        "short": lambda s: s.theme("short_good"), "general": _general("short_good"), "plain": _good_plain,
        "told": _good_told, "two": lambda s: _join(s.theme("short_good"), s.other("good")),
    },
    "silent": {"silent": lambda s: _join(s.say("silent"), s.maybe("effect.bad", 0.15))},
}  # fmt: skip
_WEIGHTS: dict[str, dict[str, float]] = {
    "bad": {
        "short": 12, "general": 4, "plain": 30, "told": 17, "praise": 9, "sarcastic": 6, "leaving": 8, "safety": 12,
        "twice": 9, "long": 3,
    },
    "mixed": {"meh": 40, "general": 18, "but": 28, "turn": 14},
    "good": {"short": 17, "general": 14, "plain": 34, "told": 25, "two": 10},
    "silent": {"silent": 1},
}  # fmt: skip


def _join(*parts: str) -> str:
    """Sentences put together; after a connective the next one goes on in lower case."""
    text = ""
    for part in (part for part in parts if part):
        if not text:
            text = part
        elif text.endswith(_CONNECTIVES):
            text = f"{text} {_lower_first(part)}"
        else:
            text = f"{text} {part}" if text[-1] in ".!?" else f"{text}. {part}"
    return text


def _lower_first(sentence: str) -> str:
    first = sentence.split(" ", 1)[0].strip(",.")
    proper = first in _KEEPS_CAPITAL or first[1:] != first[1:].lower()
    return sentence if proper else sentence[:1].lower() + sentence[1:]


def _tidy(text: str, dice: Dice) -> str:
    text = text[:1].upper() + text[1:]
    return text if text[-1:] in ".!?" or not dice.chance(0.6) or len(text) < 25 else text + "."


def _foreign(grammar: Grammar, prompt: Prompt, dice: Dice) -> str:
    tone = "bad" if prompt.tone == "silent" else prompt.tone
    if tone == "mixed":
        return grammar.say("meh", dice, {})
    sections = [f"{theme}.{tone}" for theme in (prompt.theme, "delivery", "quality", "wait")]
    section = next(name for name in sections if grammar.has(name))
    closing = "close" if tone == "bad" else "close.good"
    ending = grammar.say(closing, dice, {}) if dice.chance(0.45) else ""
    return " ".join(part for part in (grammar.say(section, dice, {}), ending) if part)
