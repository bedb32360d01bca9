"""The lives of the demo's tickets: what a person did with one, step by step, planned from a seed.

A life only says what happens and when; whoever plays it applies each step through the ticket actions and leaves out
those that lie after its own present.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from numpy.random import Generator

from nanni.demo.dice import Dice
from nanni.demo.grammar import Grammar
from tickets.calendar import Calendar, Clock, deadline
from tickets.lifecycle import Move
from tickets.ticket import Closure, Ticket
from triggers.policy import Severity


class Course(StrEnum):
    """How a ticket's life goes as a whole."""

    PROMPT = "prompt"
    SLOW = "slow"
    UNREACHABLE = "unreachable"
    QUICK_WORD = "quick_word"
    STUCK = "stuck"
    NEGLECTED = "neglected"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing done to a ticket at a moment (UTC). `how` is the way of a contact; `closure` is that of RESOLVE."""

    move: Move
    at: datetime
    text: str = ""
    how: str = ""
    closure: Closure | None = None


@dataclass(frozen=True, slots=True)
class Life:
    """A ticket's steps in order of time."""

    course: Course
    steps: tuple[Step, ...]


COURSES = {
    Course.PROMPT: 0.58, Course.SLOW: 0.17, Course.UNREACHABLE: 0.09, Course.QUICK_WORD: 0.10, Course.STUCK: 0.03,
    Course.NEGLECTED: 0.03,
}  # fmt: skip

ROOT_CAUSES: Mapping[str, Mapping[str, float]] = {
    "delivery": {"courier": 70, "system": 12, "staffing": 8, "policy": 4, "not_a_fault": 6},
    "damaged": {"packaging": 62, "courier": 24, "product": 14},
    "staff": {"training": 48, "staffing": 44, "not_a_fault": 8},
    "returns": {"policy": 42, "system": 34, "training": 14, "staffing": 10},
    "billing": {"system": 68, "training": 14, "policy": 12, "not_a_fault": 6},
    "website": {"system": 90, "not_a_fault": 10},
    "quality": {"product": 78, "packaging": 8, "policy": 6, "not_a_fault": 8},
    "price": {"policy": 66, "system": 22, "not_a_fault": 12},
    "stock": {"system": 62, "staffing": 16, "product": 12, "policy": 10},
    "support": {"staffing": 58, "training": 24, "system": 18},
}
"""Root causes by theme; a theme of a team's own falls back on the mixture of all."""

_ANY: Mapping[str, float] = {
    "courier": 18, "product": 16, "system": 20, "staffing": 14, "training": 12, "policy": 10, "packaging": 6,
    "not_a_fault": 4,
}  # fmt: skip
_HELPED = {Course.PROMPT: 0.91, Course.SLOW: 0.72, Course.QUICK_WORD: 0.94, Course.UNREACHABLE: 0.15}
_PACE = {Severity.CRITICAL: 0.3, Severity.HIGH: 0.8, Severity.MEDIUM: 1.0, Severity.LOW: 1.6}


def plan_life(ticket: Ticket, rng: Generator, calendar: Calendar, phrases: Grammar) -> Life:
    """What happens to a newly opened ticket. Waits are lognormal in working hours of `calendar`.

    `phrases` is `load_grammar("lives")`. The steps are moves that the lifecycle allows from NEW, in their order; most
    lives end in CLOSE, some are left open.
    """
    dice = Dice(rng)
    course = dice.weighted(COURSES)
    pen = _Pen(ticket, rng, dice, calendar, phrases)
    return Life(course, tuple(_TALES[course](pen)))


def plan_recovery(ticket: Ticket, since: datetime, rng: Generator, calendar: Calendar, phrases: Grammar) -> Life:
    """What happens to a ticket that was reopened: somebody rings, puts it right, and it ends a second time."""
    pen = _Pen(ticket, rng, Dice(rng), calendar, phrases, since)
    return Life(Course.QUICK_WORD, (pen.contact(1.0), *pen.ending(Course.QUICK_WORD, 4)))


def survey_answer(closure: Closure, rng: Generator, phrases: Grammar) -> tuple[int, str] | None:
    """Rating and comment of a customer who is asked how it ended; None for the many who do not answer."""
    dice = Dice(rng)
    if not dice.chance(0.4):
        return None
    rating = int(dice.weighted(_RATINGS[closure.resolved]))
    section = "answer.unhappy" if rating <= 2 else "answer.happy" if rating > 3 else "answer.so-so"
    return rating, phrases.say(section, dice, {}) if dice.chance(0.6) else ""


_RATINGS: Mapping[bool, Mapping[str, float]] = {
    True: {"5": 46, "4": 34, "3": 12, "2": 5, "1": 3},
    False: {"5": 4, "4": 10, "3": 26, "2": 30, "1": 30},
}


class _Pen:
    """Writes one life: keeps the moment reached so far."""

    def __init__(
        self,
        ticket: Ticket,
        rng: Generator,
        dice: Dice,
        calendar: Calendar,
        phrases: Grammar,
        since: datetime | None = None,
    ) -> None:
        self._ticket, self._rng, self.dice, self._calendar, self._phrases = ticket, rng, dice, calendar, phrases
        self._now = since or ticket.opened_at

    def step(self, move: Move, median_hours: float, section: str = "", how: str = "") -> Step:
        """A step some working hours after the one before."""
        hours = median_hours * _PACE[self._ticket.severity] * float(self._rng.lognormal(0.0, 0.75))
        self._now = deadline(self._now, timedelta(hours=max(hours, 0.02)), self._calendar, Clock.BUSINESS)
        return Step(move, self._now, self._phrases.say(section, self.dice, {}) if section else "", how)

    def contact(self, median_hours: float, section: str = "contact.reached") -> Step:
        """The customer is rung or written to."""
        return self.step(Move.CONTACT, median_hours, section, self.dice.weighted({"phone": 75, "mail": 25}))

    def ending(self, course: Course, median_hours: float) -> Iterator[Step]:
        """Resolved with cause and action, and closed some days later."""
        theme = (self._ticket.theme or "").split(".")[0]
        cause = self.dice.weighted(ROOT_CAUSES.get(theme, _ANY))
        helped = self.dice.chance(_HELPED[course])
        unreachable = course is Course.UNREACHABLE and not helped
        section = "unreachable" if unreachable else f"action.{cause}.{'yes' if helped else 'no'}"
        step = self.step(Move.RESOLVE, median_hours)
        action = self._phrases.say(section, self.dice, {})
        yield Step(Move.RESOLVE, step.at, action, closure=Closure(cause, action, helped))
        yield self.step(Move.CLOSE, 14, "closing")


def _prompt(pen: _Pen) -> Iterator[Step]:
    yield pen.step(Move.ACKNOWLEDGE, 1.2, "ack")
    yield pen.contact(1.5)
    if pen.dice.chance(0.4):
        yield pen.step(Move.NOTE, 1.0, "note")
    yield pen.step(Move.START, 0.5)
    yield from pen.ending(Course.PROMPT, 7)


def _slow(pen: _Pen) -> Iterator[Step]:
    yield pen.step(Move.ACKNOWLEDGE, 5, "ack")
    yield pen.step(Move.START, 3)
    yield pen.contact(3)
    yield pen.step(Move.HOLD, 2, "hold")
    yield pen.step(Move.NOTE, 9, "note")
    yield pen.step(Move.START, 8)
    yield from pen.ending(Course.SLOW, 10)


def _unreachable(pen: _Pen) -> Iterator[Step]:
    yield pen.step(Move.ACKNOWLEDGE, 1.5, "ack")
    yield pen.contact(1.5, "contact.missed")
    yield pen.contact(8, "contact.missed")
    yield pen.step(Move.WAIT, 0.2, "wait")
    yield from pen.ending(Course.UNREACHABLE, 24)


def _quick_word(pen: _Pen) -> Iterator[Step]:
    yield pen.contact(1.0)
    yield from pen.ending(Course.QUICK_WORD, 0.6)


def _stuck(pen: _Pen) -> Iterator[Step]:
    yield pen.step(Move.ACKNOWLEDGE, 4, "ack")
    yield pen.contact(4)
    yield pen.step(pen.dice.pick((Move.WAIT, Move.HOLD)), 3, "wait")


def _neglected(pen: _Pen) -> Iterator[Step]:
    if pen.dice.chance(0.5):
        yield pen.step(Move.ACKNOWLEDGE, 20, "ack")


_TALES = {
    Course.PROMPT: _prompt, Course.SLOW: _slow, Course.UNREACHABLE: _unreachable, Course.QUICK_WORD: _quick_word,
    Course.STUCK: _stuck, Course.NEGLECTED: _neglected,
}  # fmt: skip
