"""Cutting a comment into words once, with the characters of the original text that each came from."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from triggers.keywords.normalise import APOSTROPHES, IGNORABLE

# Written without spaces between words: each character is a token, so that a quoted or bare word becomes a phrase.
_UNSPACED = "\u0e01-\u0e30\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
# Combining marks that Python does not count as word characters though they are part of the word.
_MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963"
    "\u0981-\u0983\u09bc-\u09cd\u0a01-\u0a03\u0a3c-\u0a51\u0a81-\u0a83\u0abc-\u0acd\u0b01-\u0b03\u0b3c-\u0b57"
    "\u0b82\u0bbe-\u0bcd\u0c00-\u0c04\u0c3e-\u0c56\u0c81-\u0c83\u0cbc-\u0cd6\u0d00-\u0d03\u0d3b-\u0d4d\u0e31"
    "\u0e34-\u0e3a\u0e47-\u0e4e\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
)
_EMOJI = "[\u2600-\u27bf\u2b50\u2b55\U0001f000-\U0001faff]"


_INNER = f"{_MARKS}{IGNORABLE}{APOSTROPHES}"
_LETTER = f"[^\\W{_UNSPACED}]"
# Three patterns for one definition of a word: the narrower ones are faster where they suffice.
_ASCII = re.compile("[A-Za-z0-9][A-Za-z0-9'`]*")
_SPACED = re.compile(f"\\w[\\w{_INNER}]*|{_EMOJI}")
_ANY = re.compile(f"{_LETTER}(?:{_LETTER}|[{_INNER}])*|[{_UNSPACED}]|{_EMOJI}")
_HAS_UNSPACED = re.compile(f"[{_UNSPACED}]")


def _prepared(text: str) -> tuple[re.Pattern[str], str]:
    """The pattern that suffices for the text, and the text with underscores blanked (they separate words)."""
    if "_" in text:
        text = text.replace("_", " ")
    if text.isascii():
        return _ASCII, text
    return (_ANY if _HAS_UNSPACED.search(text) else _SPACED), text


@dataclass(slots=True, eq=False)
class Tokens:
    """The words of one text as written, in order; character offsets are worked out only when asked for."""

    text: str
    words: list[str]
    _starts: list[int] = field(default_factory=list, repr=False)

    def span(self, word: int) -> tuple[int, int]:
        """Characters [start, end) of the word at this position."""
        starts = self._starts
        if word >= len(starts):
            self._find(word)
        return starts[word], starts[word] + len(self.words[word].rstrip(APOSTROPHES))

    def _find(self, last: int) -> None:
        """Where the words up to the last one begin: no word can begin in what lies between two words."""
        known = len(self._starts)
        at = self._starts[-1] + len(self.words[known - 1]) if known else 0
        for word in self.words[known : last + 1]:
            at = self.text.find(word, at)
            self._starts.append(at)
            at += len(word)

    def between(self, left: int, right: int) -> str:
        """The text after the end of one word and before the start of a later one."""
        return self.text[self.span(left)[1] : self.span(right)[0]]


def tokenise(text: str) -> Tokens:
    """Cut one text into words."""
    pattern, prepared = _prepared(text)
    return Tokens(text, pattern.findall(prepared))


def tokenise_all(texts: Iterable[str]) -> list[Tokens | None]:
    """Cut many texts, equal ones once (the same object comes back); None for a text that is empty."""
    known: dict[str, Tokens] = {}
    column: list[Tokens | None] = []
    for text in texts:
        if not text:
            column.append(None)
            continue
        tokens = known.get(text)
        if tokens is None:
            tokens = known[text] = tokenise(text)
        column.append(tokens)
    return column
