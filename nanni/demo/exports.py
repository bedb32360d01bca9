"""Which answers each export file holds: a quarter each, with what a team's real exports bring along.

A later export repeats the last days of the one before (unchanged rows: duplicates) and holds answers that their
customers changed meanwhile (same id, other content: revisions).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from nanni.demo.dice import Dice
from nanni.demo.plan import Answer, Year

QUARTERS = ("2025-q4", "2026-q1", "2026-q2", "2026-q3")
OVERLAP = timedelta(days=3)
EDITED = 0.075


@dataclass(frozen=True, slots=True)
class Export:
    """One file to be written: its survey, its quarter, its answers in the order of the file."""

    survey: str
    quarter: str
    answers: tuple[Answer, ...]
    repeated: int
    edited: int


def make_exports(answers: Sequence[Answer], year: Year, dice: Dice) -> list[Export]:
    """The year's answers as export files, quarter by quarter within each survey."""
    exports = []
    for survey in dict.fromkeys(answer.survey for answer in answers):
        before: list[Answer] = []
        for quarter in QUARTERS:
            new = sorted(
                (each for each in answers if each.survey == survey and quarter_of(each.at) == quarter),
                key=lambda each: (each.at, each.id),
            )
            exports.append(_export(survey, quarter, before, new, year, dice))
            before = new
    return exports


def quarter_of(at: datetime) -> str:
    """The quarter a moment lies in, such as 2026-q1."""
    return f"{at.year}-q{(at.month + 2) // 3}"


def _export(
    survey: str, quarter: str, before: Sequence[Answer], new: Sequence[Answer], year: Year, dice: Dice
) -> Export:
    edge = _start(quarter) - OVERLAP
    changeable = (each for each in before if each.at < edge and each.comment and each.tone in ("bad", "mixed"))
    edited = [year.edited(each) for each in changeable if each.language == "en" and dice.chance(EDITED)]
    repeated = [each for each in before if each.at >= edge]
    return Export(survey, quarter, (*edited, *repeated, *new), len(repeated), len(edited))


def _start(quarter: str) -> datetime:
    return datetime(int(quarter[:4]), int(quarter[-1]) * 3 - 2, 1, tzinfo=UTC)
