"""Which answers each export file holds: a month each, with what a team's real exports bring along.

A later export repeats the last days of the one before (unchanged rows: duplicates) and holds answers that their
customers changed meanwhile (same id, other content: revisions).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from nanni.demo.dice import Dice
from nanni.demo.plan import Answer, Year

MONTHS = tuple(f"{2025 + (i + 9) // 12}-{(i + 9) % 12 + 1:02d}" for i in range(12))
"""The exports' months, 2025-10 to 2026-09."""

OVERLAP = timedelta(days=1)
EDITED = 0.075


@dataclass(frozen=True, slots=True)
class Export:
    """One file to be written: its survey, its month, its answers in the order of the file."""

    survey: str
    month: str
    answers: tuple[Answer, ...]
    repeated: int
    edited: int


def make_exports(answers: Sequence[Answer], year: Year, dice: Dice) -> list[Export]:
    """The year's answers as export files, month by month within each survey."""
    exports = []
    for survey in dict.fromkeys(answer.survey for answer in answers):
        before: list[Answer] = []
        for month in MONTHS:
            new = sorted(
                (each for each in answers if each.survey == survey and month_of(each.at) == month),
                key=lambda each: (each.at, each.id),
            )
            exports.append(_export(survey, month, before, new, year, dice))
            before = new
    return exports


def month_of(at: datetime) -> str:
    """The month a moment lies in, such as 2026-01."""
    return f"{at:%Y-%m}"


def exported_at(month: str) -> datetime:
    """When a month's export was made: early on the first of the next month, in UTC."""
    year, number = int(month[:4]), int(month[5:])
    return datetime(year + number // 12, number % 12 + 1, 1, 6, tzinfo=UTC)


def _export(survey: str, month: str, before: Sequence[Answer], new: Sequence[Answer], year: Year, dice: Dice) -> Export:
    edge = _start(month) - OVERLAP
    changeable = (each for each in before if each.at < edge and each.comment and each.tone in ("bad", "mixed"))
    edited = [year.edited(each) for each in changeable if each.language == "en" and dice.chance(EDITED)]
    repeated = [each for each in before if each.at >= edge]
    return Export(survey, month, (*edited, *repeated, *new), len(repeated), len(edited))


def _start(month: str) -> datetime:
    return datetime(int(month[:4]), int(month[5:]), 1, tzinfo=UTC)
