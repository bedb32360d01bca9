"""What weeks of new texts do to the ids of themes; a part of `benchmarks.themes`.

Texts are shared out to the 52 weeks of a year by chance, so nothing really changes: every theme that ends, ended by
noise. All but the last weeks' are looked at first, then one week more at a time, each discovery after the one before.
"""

from collections import Counter
from hashlib import sha256
from typing import Any

import numpy as np

from benchmarks.theme_texts import Texts
from models.discovery.discover import Discovery
from models.discovery.lineage import Fate, descend

YEAR = 52


def weeks(texts: Texts, seeds: range, count: int) -> dict[str, Any]:
    """`count` weeks one after another, for each way of sharing texts out.

    `survived`: share of ids over all weeks, `worst` of any single week, `firm` of themes that were not tentative;
    `month`: share of the first ids that are there after all weeks; `jaccard` of those that stay with their week before;
    `fates`: how many themes were kept, born, split off, merged and died in all; `themes` at the first and last look;
    `again`: whether a second look at the same texts changed nothing, after the first discovery and after the last.
    """
    years = [_year(texts, seed, count) for seed in seeds]
    steps = [step for year in years for step in year["steps"]]
    return {
        "texts": len(texts),
        "weeks": len(steps),
        "survived": _share(sum(step["kept"] for step in steps), sum(step["before"] for step in steps)),
        "worst": min(_share(step["kept"], step["before"]) for step in steps),
        "firm": _share(sum(step["kept_firm"] for step in steps), sum(step["firm"] for step in steps)),
        "month": _share(sum(year["left"] for year in years), sum(year["first"] for year in years)),
        "jaccard": round(float(np.mean([one for step in steps for one in step["jaccards"]])), 3),
        "fates": dict(sum((Counter(step["fates"]) for step in steps), Counter())),
        "themes": [[year["first"], year["last"]] for year in years],
        "tentative": [year["tentative"] for year in years],
        "again": [year["again"] for year in years],
    }


def _year(texts: Texts, seed: int, count: int) -> dict[str, Any]:
    week = np.array([int(sha256(f"{seed}:{one}".encode()).hexdigest()[:8], 16) % YEAR for one in texts.digests])
    now = texts.take(np.flatnonzero(week < YEAR - count))
    found = now.discovery()
    again = [_unchanged(now, found)]
    ids = [f"0:{place}" for place in range(len(found.themes))]
    first, steps = set(ids), []
    for number in range(YEAR - count, YEAR):
        now = texts.take(np.flatnonzero(week <= number))
        later = now.discovery(found)
        step, ids = _step(now, found, later, ids, number)
        steps.append(step)
        found = later
    tentative = sum(theme.tentative for theme in found.themes)
    return {"steps": steps, "first": len(first), "left": len(first & set(ids)), "last": len(ids),
            "tentative": tentative, "again": [*again, _unchanged(now, found)]}  # fmt: skip


def _unchanged(texts: Texts, found: Discovery) -> bool:
    """Whether the discovery after this one, over the same texts and with no time between, comes to the same."""
    return texts.discovery(found, weeks=0).fingerprint == found.fingerprint


def _step(
    now: Texts, found: Discovery, later: Discovery, ids: list[str], number: int
) -> tuple[dict[str, Any], list[str]]:
    fates = descend(ids, found.space.assign(now.codes)[0], later.labels, len(later.themes))
    kept = {one.theme: one for one in fates if one.fate is Fate.KEPT}
    firm = [name for name, theme in zip(ids, found.themes, strict=True) if not theme.tentative]
    names = {one.place: one.theme for one in kept.values()}
    step = {
        "before": len(ids), "kept": len(kept), "firm": len(firm), "kept_firm": len(kept.keys() & set(firm)),
        "jaccards": [one.jaccard for one in kept.values()], "fates": Counter(one.fate.value for one in fates),
    }  # fmt: skip
    return step, [names.get(place) or f"{number}:{place}" for place in range(len(later.themes))]


def _share(some: int, of: int) -> float:
    return round(some / of, 3) if of else 1.0
