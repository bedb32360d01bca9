"""Figures in words, always with their unit and, where there is one, their 95 % interval: `8.1 % [6.2, 10.4]`."""

import math
from collections.abc import Callable
from datetime import date

from outerloop.rates import Estimate

MINUS = "\N{MINUS SIGN}"
Shown = Callable[[float], str]


def number(value: float, digits: int = 0, signed: bool = False) -> str:
    """A plain number with a true minus sign; never a negative zero."""
    rounded = round(value, digits) + 0.0
    sign = MINUS if rounded < 0 else "+" if signed and rounded > 0 else ""
    return f"{sign}{abs(rounded):,.{digits}f}"


def percent(share: Estimate) -> str:
    """A proportion as a percentage with its limits."""
    return _with_limits(share, lambda value: number(100 * value, 1), " %")


def per_cent(score: Estimate) -> str:
    """A figure that is a percentage already."""
    return _with_limits(score, lambda value: number(value, 1), " %")


def percent_moved(change: Estimate, scale: float = 100) -> str:
    """A difference of proportions (or, with `scale` 1, of percentages) in percentage points."""
    return _with_limits(change, lambda value: number(scale * value, 1, signed=True), " pp")


def points(score: Estimate, signed: bool = False) -> str:
    """A score or a difference of scores, in points."""
    return _with_limits(score, lambda value: number(value, 1, signed), " points")


def change_of(ratio: float, low: float, high: float) -> str:
    """A ratio as a change in per cent: 0.6 is a drop of 40 %."""
    return _with_limits(Estimate(ratio, low, high), lambda value: number(100 * (value - 1), 0, signed=True), " %")


def day(when: date) -> str:
    """A day as people write it."""
    return f"{when.day} {when:%B %Y}"


def hours(value: float) -> str:
    """A waiting time; what is not reached yet is said so."""
    if math.isnan(value):
        return "not yet"
    return f"{number(value, 1)} h" if value < 48 else f"{number(value / 24, 1)} days"


def count(number_of: int, one: str, many: str) -> str:
    """A count with its noun."""
    return f"{number_of:,} {one if number_of == 1 else many}"


def _with_limits(estimate: Estimate, shown: Shown, unit: str) -> str:
    if math.isnan(estimate.value):
        return "–"
    return f"{shown(estimate.value)}{unit} [{shown(estimate.low)}, {shown(estimate.high)}]"
