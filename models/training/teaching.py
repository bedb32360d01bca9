"""What a student learns from: comments of every data set with the encoder's answers, and comments kept from it.

Labels of people are not used. Held-out groups, which the student never hears, set its temperature and the threshold
above which it answers for the encoder (`models.training.certify`).
"""

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.adapters.artifact import read_calibration
from models.adapters.onnx_network import CPU
from models.adapters.pooled_output import pooled_network
from models.adapters.tokenizer import PairTokenizer
from models.calibration import sigmoid, softmax
from models.training.augment import vary_questions
from models.training.examples import NO_TARGET, Example, by_domain
from models.training.export import FEEDBACK_DOMAINS
from models.training.mixture import load_all, split

HELD_OUT_FOLDS = 5
QUOTA = {"nhs": 4000, "goemotions": 14000, "amazon_reviews": 3800, "movie_reviews": 5000, "tweets": 3000,
         "nyt_editorials": 1500, "uci_amazon": 1100, "uci_yelp": 1100, "uci_imdb": 1100, "short_answers": 3000,
         "banking": 4000}  # fmt: skip
SURVEY_ROUNDS = 3
_ASKED_TOGETHER = 8192
Floats = NDArray[np.float32]
log = logging.getLogger("models.training")


@dataclass(frozen=True, slots=True, eq=False)
class Taught:
    """What the encoder makes of n comments: probabilities (n, 3), frustration (n,) and its pooled output (n, d)."""

    targets: Floats
    frustration: Floats
    pooled: Floats


class Teacher:
    """The encoder of an artifact folder; a file in `work` keeps what it said of each pair: only new ones are asked."""

    def __init__(self, folder: Path, threads: int, work: Path) -> None:
        graph, tokenizer = folder / "model.onnx", PairTokenizer.from_file(folder / "tokenizer.json")
        self._calibration = read_calibration(folder)
        self._network = pooled_network(graph, tokenizer, self._calibration, threads, CPU)
        self._cache = work / f"taught-{hashlib.sha256(graph.read_bytes()).hexdigest()[:12]}.npz"

    def teach(self, examples: Sequence[Example]) -> Taught:
        """What the encoder makes of the examples, in their order."""
        said = self._read()
        asked = sorted({(e.question, e.text) for e in examples} - said.keys())
        for start in range(0, len(asked), _ASKED_TOGETHER):
            part = asked[start : start + _ASKED_TOGETHER]
            said |= dict(zip(part, self._ask(part), strict=True))
            log.info("the encoder has read %s of %s new comments", start + len(part), len(asked))
        if asked:
            self._write(said)
        rows = np.array([said[e.question, e.text] for e in examples], np.float32)
        return Taught(
            softmax(rows[:, :3], self._calibration.sentiment_temperature),
            sigmoid(rows[:, 3], self._calibration.frustration_temperature),
            rows[:, 4:],
        )

    def _ask(self, pairs: Sequence[tuple[str, str]]) -> Floats:
        """Logits, frustration and pooled output of each pair, side by side (n, 4 + d)."""
        encoded = self._network.pairs([question for question, _ in pairs], [text for _, text in pairs])
        logits, frustration, pooled = self._network.raw(encoded)
        return np.concatenate([logits, frustration[:, None], pooled], axis=1)

    def _read(self) -> dict[tuple[str, str], Floats]:
        if not self._cache.is_file():
            return {}
        with np.load(self._cache) as saved:
            pairs = [(question, text) for question, text in json.loads(saved["pairs"].tobytes())]
            return dict(zip(pairs, saved["said"], strict=True))

    def _write(self, said: Mapping[tuple[str, str], Floats]) -> None:
        # One string for all: an array of texts gives each the room of the longest.
        pairs = np.frombuffer(json.dumps(list(said)).encode(), np.uint8)
        np.savez(self._cache, pairs=pairs, said=np.array(list(said.values()), np.float32))


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
