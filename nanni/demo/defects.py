"""Rows as real exports have them: bad dates, off-scale scores, lost ids, mangled quoting, previews, formula cells."""

from collections.abc import Callable
from dataclasses import replace

from nanni.demo.dice import Dice
from nanni.demo.formats import Format
from nanni.demo.plan import Answer

SPOILT_CELLS = {
    "missing_id": ("id", ("",)),
    "bad_time": ("time", ("31/02/2026 25:61", "yesterday", "2026-13-07 10:00:00")),
    "missing_time": ("time", ("",)),
    "score_off_scale": ("score", ("11", "-1", "42")),
    "bad_score": ("score", ("seven", "n/k", "5 stars")),
}
"""By defect: the cell it is in and what stands there; each such row belongs in quarantine."""

FORMULAS = (
    '=HYPERLINK("http://example.org/voucher","Click for your refund")',
    "=1+1",
    "+44 number on file, please ring",
    "@manager please read this one",
    "-",
)
"""Comments that a spreadsheet would run; each such row is a good response."""


def spoil(row: tuple[str, ...], defect: str, form: Format, dice: Dice) -> tuple[str, ...]:
    """The row with one cell wrong."""
    place, values = SPOILT_CELLS[defect]
    cells = list(row)
    cells[form.places[place]] = dice.pick(values)
    return tuple(cells)


def mangled(line: str) -> str:
    """A whole CSV line wrapped in one pair of quotes, as a spreadsheet leaves it."""
    body = line.rstrip("\r\n")
    return '"' + body.replace('"', '""') + '"' + line[len(body) :]


def cut_off(line: str) -> str:
    """The first part of a line, as when a download breaks."""
    return line[: len(line) * 3 // 5].rstrip("\r\n")


def odd_but_good(answer: Answer, number: int) -> Answer:
    """A good response whose comment a careless reader would stumble over."""
    return replace(answer, comment=FORMULAS[number % len(FORMULAS)], improve="")


def previews(make: Callable[[], Answer], count: int) -> list[Answer]:
    """Survey previews and test sends: rows of a real export that are nobody's opinion."""
    return [replace(make(), status=str(1 + i % 2), comment="test test, please ignore") for i in range(count)]
