"""Scores as exports write them: numbers as text, or answer labels with declared values."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from feedback.rows import Reason
from feedback.scale import Scale
from feedback.times import shown

_NUMBER = re.compile(r"[+-]?\d{1,9}(?:\.\d{1,9})?")


@dataclass(frozen=True, slots=True, eq=False)
class ScoreColumn:
    """Parsed scores: `values` float64 (NaN: absent or at fault); `faults` gives reason and sentence by position."""

    values: NDArray[np.float64]
    faults: dict[int, tuple[Reason, str]]


def parse_scores(
    cells: Sequence[str], scale: Scale | None, labels: Sequence[tuple[str, float]] = (), column: str = "score"
) -> ScoreColumn:
    """Scores of cleaned cells ("" absent). A label's value may be NaN: an answer such as "don't know" that is none.

    Labels are compared without regard to case and come before numbers, so that a code can be declared to be no answer.
    """
    known = {label.strip().casefold(): value for label, value in labels}
    parsed = {cell: _score(cell, scale, known) for cell in set(cells)}
    values = np.array([parsed[cell][0] for cell in cells], dtype=np.float64)
    at_fault = {cell: why for cell, (_, why) in parsed.items() if why is not None}
    if not at_fault:
        return ScoreColumn(values, {})
    faults = {
        i: (at_fault[cell][0], f"{column} {at_fault[cell][1]}") for i, cell in enumerate(cells) if cell in at_fault
    }
    return ScoreColumn(values, faults)


def _score(cell: str, scale: Scale | None, labels: dict[str, float]) -> tuple[float, tuple[Reason, str] | None]:
    if not cell:
        return np.nan, None
    value = labels.get(cell.casefold())
    if value is None:
        if not _NUMBER.fullmatch(cell) or not cell.isascii():
            return np.nan, (Reason.BAD_SCORE, f"{shown(cell)} is not a number; {_hint(labels)}")
        value = float(cell)
    if scale is not None and not np.isnan(value) and not scale.contains(value):
        limits = f"{scale.minimum:g} to {scale.maximum:g}"
        return np.nan, (Reason.SCORE_OFF_SCALE, f"{shown(cell)} is not on the {scale.kind} scale, {limits}")
    return value, None


def _hint(labels: dict[str, float]) -> str:
    if labels:
        return f"score_labels knows {', '.join(sorted(labels))}"
    return "if it is an answer's text, give its value under score_labels"
