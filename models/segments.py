"""The parts of a comment that may each have a theme of their own: its sentences, with their places."""

import re
from hashlib import sha256
from itertools import pairwise
from typing import NamedTuple

_ENDS = re.compile(r"[.!?…。؟]+[\"'’”)\]]*(?=\s|$)|\n+|;(?=\s)")
_LEAST = 3
"""Words a part needs to stand by itself; a shorter one ("Thanks!") belongs to the part before it."""


class Segment(NamedTuple):
    """A part of a comment: `comment[start:end]` is its text."""

    start: int
    end: int
    text: str


def segments(comment: str) -> list[Segment]:
    """A comment cut after its sentences, without blank ends; [] for a comment without a letter or figure."""
    bounds = [0, *(match.end() for match in _ENDS.finditer(comment)), len(comment)]
    found: list[Segment] = []
    for start, end in pairwise(bounds):
        text = comment[start:end]
        if not any(letter.isalnum() for letter in text):
            continue
        here = start + len(text) - len(text.lstrip())
        part = Segment(here, here + len(text.strip()), text.strip())
        if found and min(_words(found[-1].text), _words(part.text)) < _LEAST:
            part = Segment(found[-1].start, part.end, comment[found.pop().start : part.end])
        found.append(part)
    return found


def digest(text: str) -> str:
    """What a text is known by: 24 hexadecimal digits of its SHA-256, letter case and spacing aside."""
    return sha256(" ".join(text.casefold().split()).encode()).hexdigest()[:24]


def _words(text: str) -> int:
    return len(text.split())
