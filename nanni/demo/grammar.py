"""A small phrase grammar: sections of lines, with choices inside a line and slots that insert other sections.

A line may hold `[a|b|]` (one of the alternatives) and `{slot}`: a fact of the comment (its item, store, order, …) or
a choice of the section of that name. A slot that names a kind of item (`{furniture}`) restricts the line to comments
about that kind.
"""

import re
from collections.abc import Mapping
from importlib import resources

from nanni.demo.dice import Dice

KINDS = ("furniture", "textile", "fragile", "electric")
_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{(\w+)\}")


class Grammar:
    """The phrases of one language."""

    def __init__(self, sections: Mapping[str, tuple[str, ...]]) -> None:
        self._sections = sections

    def has(self, section: str) -> bool:
        """Whether there is anything to say under this name."""
        return section in self._sections

    def sections(self) -> tuple[str, ...]:
        """Everything there is something to say about."""
        return tuple(self._sections)

    def lines_of(self, section: str) -> tuple[str, ...]:
        """All lines of a section as written."""
        return self._sections[section]

    def lines(self, section: str, facts: Mapping[str, str]) -> list[str]:
        """The lines that suit a comment with these facts."""
        other = [kind for kind in KINDS if kind != facts.get("kind")]
        return [line for line in self._sections[section] if not any("{" + kind + "}" in line for kind in other)]

    def say(self, section: str, dice: Dice, facts: dict[str, str]) -> str:
        """One line of a section with its choices made; a fact first needed here is added to `facts`."""
        return self.fill(dice.pick(self.lines(section, facts)), dice, facts)

    def fill(self, line: str, dice: Dice, facts: dict[str, str]) -> str:
        """A line with its choices made and its slots filled."""
        chosen = _CHOICE.sub(lambda found: dice.pick(found[1].split("|")), line)
        filled = _SLOT.sub(lambda found: self._slot(found[1], dice, facts), chosen)
        return re.sub(r"\s+([.,!?])", r"\1", " ".join(filled.split()))

    def _slot(self, name: str, dice: Dice, facts: dict[str, str]) -> str:
        if name in KINDS:
            name = "item"
        if name == "item" and "item" not in facts and "kind" in facts:
            facts["item"] = dice.pick(self._sections[f"item.{facts['kind']}"])
        if name not in facts:
            said = self.fill(dice.pick(self._sections[name]), dice, facts)
            if name in ("days", "minutes", "weekday", "small"):
                return said
            facts[name] = said
        return facts[name]


def load_grammar(language: str) -> Grammar:
    """The phrases shipped for a language ("en", "de", "fr", "es", "ar")."""
    text = resources.files("nanni.demo").joinpath("phrases", f"{language}.txt").read_text("utf-8")
    return Grammar(parse_sections(text))


def parse_sections(text: str) -> dict[str, tuple[str, ...]]:
    """Lines by section: `# name` opens a section, `;` begins a remark, blank lines do not count."""
    sections: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.startswith("# "):
            current = sections.setdefault(line[2:].strip(), [])
        elif line.strip() and not line.startswith(";"):
            current.append(line.strip())
    return {name: tuple(lines) for name, lines in sections.items()}
