"""Which examples an epoch sees, and which are held out."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.training.augment import short_answers, vary_questions
from models.training.datasets import load_goemotions, load_human_rated, load_nhs, load_uci
from models.training.examples import Example, by_domain

# Rows drawn per epoch; forum comments and films would drown the reviews if all of them were taken.
GENERAL = {
    "goemotions": 4500,
    "amazon_reviews": 3300,
    "movie_reviews": 1800,
    "tweets": 1500,
    "nyt_editorials": 700,
    "uci_amazon": 900,
    "uci_yelp": 900,
    "uci_imdb": 900,
    "short_answers": 700,
}
SURVEY = {
    "nhs": 4000,
    "goemotions": 700,
    "amazon_reviews": 700,
    "movie_reviews": 200,
    "tweets": 300,
    "uci_amazon": 200,
    "uci_yelp": 200,
    "short_answers": 500,
}


POLISH = {
    "short_answers": 900,
    "nhs": 1400,
    "goemotions": 300,
    "amazon_reviews": 300,
    "tweets": 150,
    "uci_amazon": 60,
    "uci_yelp": 60,
}


def load_all(folder: Path) -> list[Example]:
    """Every example of every set, the made short answers included."""
    return [
        *load_nhs(folder),
        *load_human_rated(folder),
        *load_uci(folder),
        *load_goemotions(folder),
        *short_answers(),
    ]


def fold_of(group: str, folds: int) -> int:
    """The fold of a group, the same on every machine and in every row order."""
    return int(hashlib.sha256(group.encode()).hexdigest()[:12], 16) % folds


def split(examples: Sequence[Example], fold: int, folds: int) -> tuple[list[Example], list[Example]]:
    """The examples outside and inside one fold, whole groups on one side."""
    inside = [fold_of(example.group, folds) == fold for example in examples]
    return (
        [example for example, held in zip(examples, inside, strict=True) if not held],
        [example for example, held in zip(examples, inside, strict=True) if held],
    )


def draw_epoch(examples: Sequence[Example], quota: Mapping[str, int], rng: np.random.Generator) -> list[Example]:
    """At most `quota` rows of each domain, reworded questions; short answers balanced over their kinds."""
    chosen: list[Example] = []
    for domain, rows in by_domain(examples).items():
        count = min(quota.get(domain, 0), len(rows))
        weights = _weights(domain, rows)
        chosen.extend(rows[i] for i in rng.choice(len(rows), count, replace=False, p=weights))
    return vary_questions(chosen, rng)


def _weights(domain: str, rows: Sequence[Example]) -> NDArray[np.float64] | None:
    if domain == "short_answers":
        return _balance([row.group.split(":")[1] for row in rows], 1.0)
    # Halfway to equal numbers of the classes: neutral chatter is most of what forums hold.
    return _balance([str(row.label) for row in rows], 0.5) if domain == "goemotions" else None


def _balance(kinds: Sequence[str], power: float) -> NDArray[np.float64]:
    counts = Counter(kinds)
    weights = np.array([counts[kind] ** -power for kind in kinds], np.float64)
    shares: NDArray[np.float64] = weights / weights.sum()
    return shares
