"""Asks the warehouse what moves the score, why themes come up, and who comes back."""

from dataclasses import dataclass

import pandas as pd

from nanni.parts import Parts
from outerloop.adapters.duckdb_warehouse import open_reader
from outerloop.cause_reports import cause_lifts, theme_repeats
from outerloop.driver_reports import theme_drivers, theme_kinds


@dataclass(frozen=True, slots=True)
class Drives:
    """What moves the NPS: the frames of `theme_drivers` and `theme_kinds`, and the share of variance explained."""

    themes: pd.DataFrame
    kinds: pd.DataFrame
    explained: float


def drivers(parts: Parts, level: int, survey: str | None, seed: int, resamples: int) -> Drives:
    """What themes of one level move the NPS by. Raises StoreError without a warehouse."""
    with open_reader(parts.workspace.settings.warehouse) as warehouse:
        themes = theme_drivers(warehouse, seed, level, survey, resamples)
        kinds = theme_kinds(warehouse, seed, level, survey, resamples)
    return Drives(themes, kinds, float(themes.attrs["explained"]))


def causes(parts: Parts, level: int) -> pd.DataFrame:
    """Which root causes go with which themes. Raises StoreError without a warehouse."""
    with open_reader(parts.workspace.settings.warehouse) as warehouse:
        return cause_lifts(warehouse, level)


def repeats(parts: Parts, level: int, days: int) -> pd.DataFrame:
    """Who comes back with a theme after it was resolved. Raises StoreError without a warehouse."""
    with open_reader(parts.workspace.settings.warehouse) as warehouse:
        return theme_repeats(warehouse, level, days)
