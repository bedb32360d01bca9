"""Three years of weeks for the seasonal baseline: with dates permuted, and with a season in every theme."""

from typing import Any

import numpy as np

from benchmarks.alarms_planting import Called, planted, rate, scored
from outerloop.alarm_reports import SEASONS
from outerloop.alarms import AlarmRule
from outerloop.rates import Floats
from outerloop.reports import Grain

SURVEYS, THEMES, WEEKS = 3, 20, 160
YEAR = SEASONS[Grain.WEEK]


def run(rule: AlarmRule, years: int, seed: int) -> dict[str, Any]:
    """False alarms where nothing changes, where only the season does, and power on top of a season."""
    draw = np.random.default_rng(seed)
    permuted, seasons, plain = Called(rule, YEAR), Called(rule, YEAR), Called(rule)
    family = np.tile(np.arange(THEMES), SURVEYS + 1)
    for _ in range(years):
        asked = _responses(draw)
        said = draw.binomial(asked[:, None].astype(np.int64), _rates(draw)).astype(np.float64)
        dealt = np.stack([[_dealt(draw, asked[i], said[i, j].sum()) for j in range(THEMES)] for i in range(SURVEYS)])
        permuted.note(*_rows(dealt, asked), family, planted(draw, asked))
        mentions, exposure = _rows(said, asked)
        seasons.note(mentions, exposure, family, planted(draw, asked, _swell(draw)))
        recent = slice(-rule.baseline - 1, None)
        plain.note(mentions[:, recent], exposure[:, recent], family, planted(draw, asked[:, recent]))
    told = scored(seasons, years)
    found = {
        **scored(permuted, years), **rate("season_false_rate", seasons.false, years),
        **rate("season_false_rate_plain", plain.false, years), "power_in_season": told["power"],
    }  # fmt: skip
    return {**found, "mixed_fdr": max(found["mixed_fdr"], told["mixed_fdr"]),
            "mixed_fdr_segment": max(found["mixed_fdr_segment"], told["mixed_fdr_segment"])}  # fmt: skip


def _responses(draw: np.random.Generator) -> Floats:
    """Responses by survey and week, with a busy time of the year."""
    weeks = np.arange(WEEKS)
    busy = 1 + 0.4 * np.sin(2 * np.pi * (weeks / YEAR.length + draw.random()))
    return draw.poisson(np.array([[100.0], [150.0], [250.0]]) * busy).astype(np.float64)


def _rates(draw: np.random.Generator) -> Floats:
    """Shares of themes (surveys x themes x weeks): half with waves, half that swell threefold for some weeks a year."""
    share = np.exp(draw.uniform(np.log(0.008), np.log(0.12), (SURVEYS, THEMES, 1)))
    season = np.stack([_swell(draw) if theme % 2 else _waves(draw) for theme in range(THEMES)])
    return np.minimum(share * season, 1.0)


def _swell(draw: np.random.Generator) -> Floats:
    """Threefold at its height, which lies within five weeks of the last week: now is on its way up, there, or down."""
    ago = np.arange(WEEKS - 1, -1, -1) + draw.uniform(-5, 5)
    away = (ago + YEAR.length / 2) % YEAR.length - YEAR.length / 2
    found: Floats = 1 + 2 * np.exp(-(away**2) / (2 * 2.5**2))
    return found


def _waves(draw: np.random.Generator) -> Floats:
    found: Floats = 1 + 0.5 * np.sin(2 * np.pi * (np.arange(WEEKS) / YEAR.length + draw.random()))
    return found


def _dealt(draw: np.random.Generator, asked: Floats, mentions: float) -> Floats:
    """The mentions dealt out anew among all responses."""
    dealt = draw.multivariate_hypergeometric(asked.astype(np.int64), int(mentions), method="marginals")
    return dealt.astype(np.float64)


def _rows(said: Floats, asked: Floats) -> tuple[Floats, Floats]:
    """Rows of all responses, then of each survey, themes inside."""
    mentions = np.concatenate([said.sum(0, keepdims=True), said]).astype(np.float64)
    exposure = np.concatenate([asked.sum(0, keepdims=True), asked])[:, None]
    return mentions.reshape(-1, WEEKS), np.broadcast_to(exposure, mentions.shape).reshape(-1, WEEKS)
