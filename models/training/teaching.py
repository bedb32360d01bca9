"""What a student learns from: comments of every data set with the encoder's answers, and comments kept from it.

Labels of people are not used. Held-out groups, which the student never hears, set its temperature and the threshold
above which it answers for the encoder (`models.training.certify`).
"""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.adapters.onnx_sentiment import OnnxSentiment
from models.sentiment import ScoreInput
from models.training.augment import vary_questions
from models.training.examples import NO_TARGET, Example, by_domain
from models.training.export import FEEDBACK_DOMAINS
from models.training.mixture import load_all, split

HELD_OUT_FOLDS = 5
QUOTA = {"nhs": 4000, "goemotions": 14000, "amazon_reviews": 3800, "movie_reviews": 5000, "tweets": 3000,
         "nyt_editorials": 1500, "uci_amazon": 1100, "uci_yelp": 1100, "uci_imdb": 1100, "short_answers": 3000,
         "banking": 4000}  # fmt: skip
SURVEY_ROUNDS = 3
log = logging.getLogger("models.training")


@dataclass(frozen=True, slots=True, eq=False)
class Taught:
    """The encoder's answers to n comments: probabilities (n, 3), frustration (n,), and each one's data set (n,)."""

    targets: NDArray[np.float32]
    frustration: NDArray[np.float32]
    domains: NDArray[np.str_]


def teach(examples: Sequence[Example], encoder: OnnxSentiment, cache: Path) -> Taught:
    """Let the encoder label the examples; `cache` keeps its answers, so only new pairs are asked."""
    answers = _read_cache(cache)
    asked = sorted({(e.question, e.text) for e in examples} - answers.keys())
    log.info("the encoder labels %s new comments", len(asked))
    scores = encoder.score([ScoreInput(text, question, "en") for question, text in asked])
    anger = scores.frustration if scores.frustration is not None else np.zeros(len(asked), np.float32)
    answers |= dict(zip(asked, zip(scores.probabilities, anger, strict=True), strict=True))
    if asked:
        _write_cache(cache, answers)
    known = [e for e in examples if np.isfinite(answers[e.question, e.text][0][0])]
    return Taught(
        np.array([answers[e.question, e.text][0] for e in known], np.float32),
        np.array([answers[e.question, e.text][1] for e in known], np.float32),
        np.array([e.domain for e in known]),
    )


def _read_cache(path: Path) -> dict[tuple[str, str], tuple[NDArray[np.float32], np.float32]]:
    if not path.is_file():
        return {}
    with np.load(path) as saved:
        pairs = [(question, text) for question, text in json.loads(saved["pairs"].tobytes())]
        return dict(zip(pairs, zip(saved["targets"], saved["frustration"], strict=True), strict=True))


def _write_cache(path: Path, answers: Mapping[tuple[str, str], tuple[NDArray[np.float32], np.float32]]) -> None:
    # One string for all: an array of texts gives each the room of the longest.
    pairs = np.frombuffer(json.dumps(list(answers)).encode(), np.uint8)
    targets = np.array([target for target, _ in answers.values()])
    np.savez(path, pairs=pairs, targets=targets, frustration=np.array([anger for _, anger in answers.values()]))


def gather(data: Path, rng: np.random.Generator) -> tuple[list[Example], list[Example]]:
    """Training and held-out comments; survey comments for training under several wordings of their question.

    A fifth of the feedback is held out, once each: the bound on disagreement needs rows more than the network does.
    """
    banking = pd.read_csv(data / "banking77_train.csv.gz", dtype=str)["text"]
    asked = [Example(text, "", NO_TARGET, nan, f"banking:{i}", "banking") for i, text in enumerate(banking)]
    training, held_out = split([*load_all(data), *asked], 0, HELD_OUT_FOLDS)
    judged = [e for e in held_out if e.domain in FEEDBACK_DOMAINS]
    return [*_draw(training, rng), *(e for e in training if e.domain == "nhs")], judged


def _draw(examples: Sequence[Example], rng: np.random.Generator) -> list[Example]:
    chosen: list[Example] = []
    for domain, rows in by_domain(examples).items():
        picked = [rows[int(i)] for i in rng.permutation(len(rows))[: QUOTA[domain]]]
        for _ in range(SURVEY_ROUNDS if domain == "nhs" else 1):
            chosen += vary_questions(picked, rng)
    return chosen
