"""Can the alarms be believed? Dates are permuted, rises and seasons are planted: `python -m benchmarks.alarms`.

The year is generated, or `--warehouse FILE` names a warehouse (the demo's, say). Permuting the dates of responses
within each survey removes every real change and keeps everything else: whatever then fires is false. A planted theme
adds rows that rise in the last week alone: in all surveys, or in one (then the row of all responses rises too, less).
`benchmarks.alarms_season` does the same with three years of weeks for the seasonal baseline, and once more with a
season in every theme that comes back each year: whatever fires there is false too. `benchmarks.alarms_bursts` has
themes that burst for no reason (gamma factors on the rate of every week).

Keys of the JSON line: `permutations`, `rows` (theme x segment pairs), `q` as stated, `false_rate` (share of permuted
years with any alarm, which is the false-discovery rate where nothing is true) with its 95 % limits, `mixed_fdr` (mean
share of false alarms beside three planted themes that double from 20 mentions a week) and `mixed_fdr_segment` (the same
planted in one survey only), `power` (by rise and by mentions a week before: the share of planted themes that fired),
`power_segment` (a rise in one of the surveys alone, by as many mentions as 20 doubled: how often it fired there),
`bursts` (`some_false_rate`: a fifth of the themes bursts, with variance .16; `all_false_rate`: all do, with .09),
`seasonal` (the same of the seasonal baseline, with `season_false_rate` and, for comparison, `season_false_rate_plain`
of the twelve weeks before; `power_in_season` is that of themes on their swell, whose mentions are those of a week on
average over the year), `seconds` of processor time. Exit 1 when the lower limit of a false rate, or a mixed rate,
is above `q`. There is no peer: none of the tools read states a rate of its alarms.
"""

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import alarms_bursts, alarms_season
from benchmarks.alarms_planting import Called, planted, scored
from outerloop.adapters.duckdb_warehouse import open_reader
from outerloop.alarms import AlarmRule
from outerloop.rates import Floats

Ints = NDArray[np.int64]


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
    permutations = 100 if asked.quick else 1000
    start = process_time()
    figures: dict[str, Any] = {"permutations": permutations, "q": rule.q, **run(year, rule, permutations, asked.seed)}
    tell("the twelve weeks before", figures)
    figures["seasonal"] = alarms_season.run(rule, permutations, asked.seed)
    tell("the season", figures["seasonal"])
    figures["bursts"] = alarms_bursts.run(rule, permutations, asked.seed)
    for kind in alarms_bursts.KINDS:
        low, high = figures["bursts"][f"{kind}_false_rate_limits"]
        print(
            f"bursts in {kind} themes: false rate {figures['bursts'][f'{kind}_false_rate']:.3f} [{low:.3f}, {high:.3f}]"
        )
    figures["seconds"] = round(process_time() - start, 1)
    print(json.dumps(figures))
    held = all(figures["bursts"][f"{kind}_false_rate_limits"][0] <= rule.q for kind in alarms_bursts.KINDS)
    sys.exit(0 if held and kept(figures) and kept(figures["seasonal"]) else 1)


def tell(baseline: str, figures: dict[str, Any]) -> None:
    """Print one baseline's figures for people."""
    print(f"against {baseline}: {figures['rows']} theme x segment pairs")
    for name in ("false_rate", "season_false_rate", "season_false_rate_plain"):
        if name in figures:
            low, high = figures[f"{name}_limits"]
            print(f"  {name.replace('_', ' ')}: {figures[name]:.3f} [{low:.3f}, {high:.3f}]")
    print(
        f"  false share beside three true ones: {figures['mixed_fdr']:.3f}, "
        f"in one survey {figures['mixed_fdr_segment']:.3f}; found in one survey: {figures['power_segment']:.2f}"
    )
    for rise, powers in figures["power"].items():
        print(f"  power at {rise}: {', '.join(f'n={n}: {power:.2f}' for n, power in powers.items())}")


def kept(figures: dict[str, Any]) -> bool:
    """Whether the stated q holds."""
    rates = [figures[f"{name}_limits"][0] for name in ("false_rate", "season_false_rate") if name in figures]
    return all(rate <= AlarmRule().q for rate in (*rates, figures["mixed_fdr"], figures["mixed_fdr_segment"]))


def run(year: Year, rule: AlarmRule, permutations: int, seed: int) -> dict[str, Any]:
    """Realised false discoveries and power over permuted years."""
    draw, called = np.random.default_rng(seed), Called(rule)
    for _ in range(permutations):
        mentions, exposure = year.counts(year.permuted(draw), rule.baseline + 1)
        # Rows are all responses, then each survey, with the same themes inside.
        family = np.tile(np.arange(len(mentions) // (year.surveys + 1)), year.surveys + 1)
        surveys = exposure.reshape(year.surveys + 1, -1, exposure.shape[1])[1:, 0]
        called.note(mentions, exposure, family, planted(draw, surveys))
    return scored(called, permutations)


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
