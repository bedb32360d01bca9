"""Can the alarms be believed? Dates are permuted, rises are planted: `python -m benchmarks.alarms`.

The year is generated, or `--warehouse FILE` names a warehouse (the demo's, say). Permuting the dates of responses
within each survey removes every real change and keeps everything else: whatever then fires is false. A planted theme
adds a row that rises in the last week alone.

Keys of the JSON line: `permutations`, `rows` (theme x segment pairs), `q` as stated, `false_rate` (share of permuted
years with any alarm, which is the false-discovery rate where nothing is true) with its 95 % limits, `mixed_fdr` (mean
share of false alarms with three planted themes that double from 20 mentions a week), `power` (by rise and by mentions a
week before: the share of planted themes that fired), `seconds`. Exit 1 when the lower limit of `false_rate`, or
`mixed_fdr`, is above `q`. There is no peer: none of the tools read states a rate of its alarms.
"""

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outerloop.adapters.duckdb_warehouse import open_reader
from outerloop.alarms import AlarmRule, compare
from outerloop.rates import Floats, wilson

Ints = NDArray[np.int64]
COUNTS, RISES = (5, 10, 20, 30, 50), (1.5, 2.0)


@dataclass(frozen=True, slots=True)
class Year:
    """Responses by week (-1: not asked about) and survey, and pairs of a response and a theme it names."""

    week: Ints
    survey: Ints
    mention: Ints
    theme: Ints

    @property
    def surveys(self) -> int:
        """How many surveys there are."""
        return int(self.survey.max()) + 1

    def permuted(self, draw: np.random.Generator) -> Ints:
        """The weeks, dealt out anew among the responses of each survey."""
        weeks = self.week.copy()
        for survey in range(self.surveys):
            here = np.flatnonzero(self.survey == survey)
            weeks[here] = draw.permutation(weeks[here])
        return weeks

    def counts(self, weeks: Ints, periods: int) -> tuple[Floats, Floats]:
        """Mentions and exposure: first the rows of all responses, then those of each survey, themes inside."""
        themes = int(self.theme.max()) + 1
        seen, said = weeks >= 0, weeks[self.mention] >= 0
        asked = np.bincount(self.survey[seen] * periods + weeks[seen], minlength=self.surveys * periods)
        cell = (self.survey[self.mention] * themes + self.theme) * periods + weeks[self.mention]
        named = np.bincount(cell[said], minlength=self.surveys * themes * periods)
        by_survey = named.reshape(self.surveys, themes, periods)
        exposure = asked.reshape(self.surveys, 1, periods)
        mentions = np.concatenate([by_survey.sum(0, keepdims=True), by_survey])
        exposures = np.concatenate([exposure.sum(0, keepdims=True), exposure])
        shape = (-1, periods)
        return (
            mentions.reshape(shape).astype(np.float64),
            np.broadcast_to(exposures, mentions.shape).reshape(shape).astype(np.float64),
        )


def main() -> None:
    """Permute, plant, and print the figures."""
    parser = argparse.ArgumentParser(description="Alarms: false discoveries and power.")
    parser.add_argument("--quick", action="store_true", help="100 permutations instead of 1,000")
    parser.add_argument("--warehouse", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    rule = AlarmRule()
    year = read(asked.warehouse, rule.baseline + 1) if asked.warehouse else generated(asked.seed, rule.baseline + 1)
    figures = run(year, rule, 100 if asked.quick else 1000, asked.seed)
    low, high = figures["false_rate_limits"]
    print(f"{figures['permutations']} permuted years, {figures['rows']} theme x segment pairs, q = {rule.q}")
    print(f"years with a false alarm: {figures['false_rate']:.3f} [{low:.3f}, {high:.3f}]")
    print(f"false share of alarms beside three true ones: {figures['mixed_fdr']:.3f}")
    for rise, powers in figures["power"].items():
        told = ", ".join(f"n={n}: {power:.2f}" for n, power in powers.items())
        print(f"power at {rise}: {told}")
    print(json.dumps(figures))
    sys.exit(1 if low > rule.q or figures["mixed_fdr"] > rule.q else 0)


def run(year: Year, rule: AlarmRule, permutations: int, seed: int) -> dict[str, Any]:
    """Realised false discoveries and power over permuted years."""
    draw, start = np.random.default_rng(seed), perf_counter()
    fired, mixed, rows = 0, 0.0, 0
    # A theme cannot be named by more responses than there are.
    room = year.counts(year.week, rule.baseline + 1)[1][0].mean() * 0.9
    hits = {(rise, n): 0 for rise in RISES for n in COUNTS if n * rise < room}
    for _ in range(permutations):
        mentions, exposure = year.counts(year.permuted(draw), rule.baseline + 1)
        rows = len(mentions)
        fired += bool(compare(mentions, exposure, rule).alarm.any())
        alarm = _with_planted(draw, mentions, exposure, rule, [(20, 2.0)] * 3)
        mixed += alarm[:-3].sum() / max(alarm.sum(), 1)
        for rise, n in hits:
            hits[rise, n] += bool(_with_planted(draw, mentions, exposure, rule, [(n, rise)])[-1])
    low, high = wilson(fired, permutations)
    return {
        "permutations": permutations, "rows": rows, "q": rule.q, "false_rate": round(fired / permutations, 4),
        "false_rate_limits": [round(float(low), 4), round(float(high), 4)], "mixed_fdr": round(mixed / permutations, 4),
        "power": {
            f"+{rise - 1:.0%}": {n: round(hits[rise, n] / permutations, 3) for n in COUNTS if (rise, n) in hits}
            for rise in RISES
        },
        "seconds": round(perf_counter() - start, 1),
    }  # fmt: skip


def _with_planted(
    draw: np.random.Generator, mentions: Floats, exposure: Floats, rule: AlarmRule, planted: list[tuple[int, float]]
) -> NDArray[np.bool_]:
    """Alarms with more themes over all responses, each with so many mentions a week that rise so much at the end."""
    asked = exposure[0]
    rises = np.ones((len(planted), asked.size))
    rises[:, -1] = [rise for _, rise in planted]
    rates = np.minimum(rises * np.array([[n] for n, _ in planted]) / asked.mean(), 1.0)
    said = draw.binomial(asked.astype(np.int64), rates)
    all_said, all_asked = np.vstack([mentions, said]), np.vstack([exposure, np.tile(asked, (len(planted), 1))])
    return compare(all_said, all_asked, rule).alarm


def generated(seed: int, periods: int, responses: int = 22_000, surveys: int = 4, themes: int = 30) -> Year:
    """A year with a season in every theme's share and bursts in some; its last `periods` weeks are asked about."""
    draw = np.random.default_rng(seed)
    week, survey = draw.integers(0, 52, responses), draw.integers(0, surveys, responses)
    share = np.exp(draw.uniform(np.log(0.004), np.log(0.15), themes))
    season = 1 + 0.5 * np.sin(2 * np.pi * (np.arange(52)[:, None] / 52 + draw.random(themes)))
    bursts = np.where(draw.random((52, themes)) < 0.04, 3.0, 1.0)
    named = draw.random((responses, themes)) < (share * season * bursts)[week]
    mention, theme = np.nonzero(named)
    return Year(np.maximum(week - (52 - periods), -1), survey, mention, theme)


def read(path: Path, periods: int) -> Year:
    """The year in a warehouse; its last `periods` whole weeks are asked about."""
    with open_reader(path) as warehouse:
        said = warehouse.frame(
            """SELECT response, dense_rank() OVER (ORDER BY survey) - 1 AS survey,
                      CASE WHEN partial THEN NULL ELSE period END AS period
               FROM response JOIN period_day ON day = submitted_on AND grain = 'week' ORDER BY response"""
        )
        named = warehouse.frame("SELECT response, theme FROM response_theme JOIN response USING (response)")
    weeks = sorted(said.period.dropna().unique())[-periods:]
    number = {week: place for place, week in enumerate(weeks)}
    place = {response: row for row, response in enumerate(said.response)}
    return Year(
        np.array([number.get(week, -1) for week in said.period]),
        said.survey.to_numpy(np.int64),
        np.array([place[response] for response in named.response]),
        np.unique(named.theme.to_numpy(str), return_inverse=True)[1],
    )


if __name__ == "__main__":
    main()
