"""Transfer: `python -m models.training.leave_one_out --data FOLDER --out FILE.json [--domain NAME ...] [--tuned]`.

Each domain in turn is judged by a model that learnt from all other domains only, beside VADER: macro recall over the
classes people gave, and the area under the curve of the negative probability. The base model stays as it is and a head
over its upper layers (`layer_head`) learns the classes. `--tuned` tunes the encoder's upper half as well, as the
shipped recipe does, on a tenth of its comments (half the quotas, one epoch, one seed): two to three minutes of
processor time a domain. The two are recipes to choose between by what they do on domains that they never met.
"""

import argparse
import json
import logging
import os
import sys
from collections.abc import Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from models.adapters.baselines import vader_calls, vader_compounds
from models.calibration import softmax
from models.metrics import Report, evaluate, evaluate_calls
from models.sentiment import CLASSES
from models.training.encoder import FeedbackEncoder, Recipe, predict
from models.training.examples import Example
from models.training.layer_head import HeadRecipe, fit_head, layer_means
from models.training.mixture import draw_epoch, load_all
from models.training.sentiment import Base, find_base, run_stage

# What one left-out name leaves out: the three review sites are one kind of text.
DOMAINS = {
    "nhs": {"nhs"},
    "amazon_reviews": {"amazon_reviews", "uci_amazon"},
    "movie_reviews": {"movie_reviews", "uci_imdb"},
    "tweets": {"tweets"},
    "nyt_editorials": {"nyt_editorials"},
    "uci": {"uci_amazon", "uci_yelp", "uci_imdb"},
}
QUOTA = {"nhs": 2500, "goemotions": 2200, "amazon_reviews": 2200, "movie_reviews": 1200, "tweets": 1000,
         "nyt_editorials": 400, "uci_amazon": 400, "uci_yelp": 400, "uci_imdb": 400, "short_answers": 300}  # fmt: skip
TUNED = Recipe(epochs=1, learning_rate=1.5e-4, frozen_layers=3, length=64)
TUNED_SHARE = 0.5
HEAD = HeadRecipe(epochs=8, seeds=2)
SEED, MOST_JUDGED = 7, 1500
Floats = NDArray[np.float32]
log = logging.getLogger("models.training")


class Learner(Protocol):
    """Learns from every domain but those left out."""

    def logits(self, left_out: Set[str], judged: Sequence[Example]) -> Floats:
        """Logits (n, 3) of the judged comments by what the other domains teach."""
        ...


@dataclass(frozen=True, slots=True)
class TunedEncoder:
    """The base model tuned anew for each domain."""

    base: Base
    examples: Sequence[Example]

    def logits(self, left_out: Set[str], judged: Sequence[Example]) -> Floats:
        """Logits by a network tuned on the domains that are not left out."""
        training = [e for e in self.examples if e.domain not in left_out]
        model = FeedbackEncoder.from_base(self.base.folder, self.base.kept)
        quota = {domain: int(rows * TUNED_SHARE) for domain, rows in QUOTA.items()}
        run_stage(model, training, quota, TUNED, self.base, seed=SEED)
        logits: Floats = predict(model, judged, self.base.tokenizer(128))[0]
        return logits


class FrozenEncoder:
    """A head on the base model as it is; the rows to learn from are drawn, and pairs encoded, once for all calls."""

    def __init__(self, base: Base, examples: Sequence[Example]) -> None:
        labelled = [e for e in examples if e.label is not None]
        self._drawn = draw_epoch(labelled, QUOTA, np.random.default_rng(SEED))
        self._model, self._tokenizer = FeedbackEncoder.from_base(base.folder, base.kept), base.tokenizer(128)
        self._known: dict[tuple[str, str], Floats] = {}

    def logits(self, left_out: Set[str], judged: Sequence[Example]) -> Floats:
        """Logits by a head fitted on the domains that are not left out."""
        training = [e for e in self._drawn if e.domain not in left_out]
        targets = np.array([e.target for e in training], np.float32)
        return fit_head(self._features(training), targets, HEAD).logits(self._features(judged))

    def _features(self, examples: Sequence[Example]) -> Floats:
        new = list({(e.question, e.text): e for e in examples if (e.question, e.text) not in self._known}.values())
        if new:
            log.info("encoding %s comments", len(new))
            found = layer_means(self._model, new, self._tokenizer)
            self._known |= {(e.question, e.text): row for e, row in zip(new, found, strict=True)}
        return np.stack([self._known[e.question, e.text] for e in examples])


def judge_left_out(name: str, examples: Sequence[Example], learner: Learner) -> dict[str, Any]:
    """Learn without a domain and judge on it."""
    out = DOMAINS[name]
    judged = [e for e in examples if e.domain in out and e.label is not None]
    judged = [judged[int(i)] for i in np.random.default_rng(SEED).permutation(len(judged))[:MOST_JUDGED]]
    labels = np.array([CLASSES.index(e.label) for e in judged if e.label])
    probabilities = softmax(learner.logits(out, judged))
    compounds = vader_compounds([e.text for e in judged])
    scores = {
        "rows": len(judged),
        "encoder": _scores(evaluate(labels, probabilities)),
        "vader": _scores(evaluate_calls(labels, vader_calls(compounds), -compounds)),
    }
    log.info("%s: %s", name, scores)
    return scores


def _scores(report: Report) -> dict[str, float | None]:
    return {
        "macro_recall": report.macro_recall,
        "macro_f1": report.macro_f1,
        "negative_auc": report.negative_auc,
        "ece": report.ece,
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Learn once per domain and write the scores; a domain already in the file is kept."""
    parser = argparse.ArgumentParser(prog="python -m models.training.leave_one_out", description=__doc__)
    parser.add_argument("--data", type=Path, default=os.environ.get("NANNI_DATA"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--domain", action="append", choices=sorted(DOMAINS))
    parser.add_argument("--tuned", action="store_true", help="tune the encoder anew for each domain")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args(argv)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(options.threads)
    base, examples = find_base(), load_all(options.data)
    learner: Learner = TunedEncoder(base, examples) if options.tuned else FrozenEncoder(base, examples)
    found = json.loads(options.out.read_text("utf-8")) if options.out.is_file() else {}
    for name in (name for name in options.domain or DOMAINS if name not in found):
        found[name] = judge_left_out(name, examples, learner)
        options.out.write_text(json.dumps(found, indent=2, sort_keys=True) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
