"""Do the intervals of a fix's effect hold what they say? Fixes are simulated: `python -m benchmarks.effect`.

Each series has a season and a shock common to theme and controls (which cancel), AR(1) drift and bursts of the theme's
own, counting noise, and a step of known size. A scenario is the mentions a period before the fix, the correlation and
spread of the drift, the true ratio, and the periods before and after.

Keys of the JSON line: `series`, `coverage` (share of 95 % intervals that hold the true ratio; wanted .93 … .97),
`scenarios` (the same for each, with the mean log width), `worst` and `best` of those, `plain` (the coverage had drift
been ignored: a Poisson rate ratio before and after, controls divided out), `false_effects` (share of series without an
effect whose interval leaves 1 out), `seconds`. Exit 1 when `coverage` is outside .93 … .97.
"""

import argparse
import json
import sys
from dataclasses import dataclass
from itertools import product
from time import perf_counter
from typing import Any

import numpy as np

from outerloop.effect import TooLittleToMeasureError, step
from outerloop.rates import Z95, Floats


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is simulated; `spread` is the standard deviation of the drift on the log scale."""

    mentions: int
    rho: float
    spread: float
    ratio: float
    before: int
    after: int


SCENARIOS = tuple(
    Scenario(mentions, rho, spread, ratio, before, after)
    for mentions, (rho, spread), ratio, (before, after) in product(
        (8, 30, 100), ((0.0, 0.0), (0.0, 0.3), (0.5, 0.2), (0.7, 0.3)), (1.0, 0.6), ((26, 12), (40, 12))
    )
)


def main() -> None:
    """Simulate, measure, and print the figures."""
    parser = argparse.ArgumentParser(description="Coverage of the effect's intervals.")
    parser.add_argument("--quick", action="store_true", help="40 series a scenario instead of 200")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    figures = run(40 if asked.quick else 200, asked.seed)
    for line in figures["scenarios"]:
        print(line)
    print(f"{figures['series']:,} series: coverage {figures['coverage']:.3f}, without drift {figures['plain']:.3f}")
    print(json.dumps(figures))
    sys.exit(0 if 0.93 <= figures["coverage"] <= 0.97 else 1)


def run(series: int, seed: int) -> dict[str, Any]:
    """Coverage over all scenarios."""
    draw, start = np.random.default_rng(seed), perf_counter()
    lines, held_all, plain_all, false, nothing = [], [], [], 0, 0
    for scenario in SCENARIOS:
        held, widths = [], []
        for _ in range(series):
            said, others, asked, later = simulated(draw, scenario)
            try:
                _, low, high = step(said, others, asked, later).ratio()
            except TooLittleToMeasureError:
                continue
            held.append(low <= scenario.ratio <= high)
            widths.append(np.log(high / low))
            plain_all.append(_plain_holds(said, others, later, scenario.ratio))
            if scenario.ratio == 1:
                nothing, false = nothing + 1, false + (not low <= 1 <= high)
        held_all += held
        lines.append(f"{scenario}: coverage {np.mean(held):.3f}, log width {np.mean(widths):.2f}, {len(held)} series")
    coverages = [float(line.split("coverage ")[1][:5]) for line in lines]
    return {
        "series": len(held_all), "coverage": round(float(np.mean(held_all)), 4), "worst": min(coverages),
        "best": max(coverages), "plain": round(float(np.mean(plain_all)), 4),
        "false_effects": round(false / max(nothing, 1), 4), "seconds": round(perf_counter() - start, 1),
        "scenarios": lines,
    }  # fmt: skip


def simulated(draw: np.random.Generator, scenario: Scenario) -> tuple[Floats, Floats, Floats, Floats]:
    """Mentions, controls, exposure and the mark of the periods after the fix."""
    periods = scenario.before + scenario.after
    later = np.arange(periods) >= scenario.before
    asked = draw.integers(700, 1300, periods)
    shared = 0.2 * np.sin(2 * np.pi * (np.arange(periods) / 52 + draw.random())) + draw.normal(0, 0.1, periods)
    drift = np.empty(periods)
    drift[0] = draw.normal(0, scenario.spread)
    for now in range(1, periods):
        own = scenario.spread * np.sqrt(1 - scenario.rho**2)
        drift[now] = scenario.rho * drift[now - 1] + draw.normal(0, own)
    rate = scenario.mentions / 1000 * np.exp(shared + drift) * np.where(later, scenario.ratio, 1.0)
    said, others = draw.poisson(asked * rate), draw.poisson(asked * 0.2 * np.exp(shared))
    return said.astype(np.float64), others.astype(np.float64), asked.astype(np.float64), later.astype(np.float64)


def _plain_holds(said: Floats, others: Floats, later: Floats, ratio: float) -> bool:
    """Whether the interval of someone who takes every count for a Poisson count holds the true ratio."""
    mark = later.astype(bool)
    counts = [np.sum(values[side]) + 0.5 for values in (said, others) for side in (mark, ~mark)]
    middle = np.log(counts[0] / counts[1] * counts[3] / counts[2])
    half = Z95 * np.sqrt(sum(1 / count for count in counts))
    return bool(abs(middle - np.log(ratio)) <= half)


if __name__ == "__main__":
    main()
