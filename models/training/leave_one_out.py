"""Transfer: `python -m models.training.leave_one_out --data FOLDER --out FILE.json [--domain NAME ...]`.

For each domain a model is tuned from the base on all other domains (smaller quotas than the shipped one, one seed) and
judged on the domain left out, beside VADER: macro recall over the classes people gave, and the area under the curve of
the negative probability.
"""

import argparse
import json
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from models.adapters.baselines import vader_calls, vader_compounds
from models.calibration import softmax
from models.metrics import Report, evaluate, evaluate_calls
from models.sentiment import CLASSES
from models.training.encoder import FeedbackEncoder, Recipe, predict
from models.training.examples import Example
from models.training.mixture import load_all
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
RECIPE = Recipe(epochs=1, learning_rate=1e-4)
MOST_JUDGED = 3000
log = logging.getLogger("models.training")


def judge_left_out(name: str, examples: Sequence[Example], base: Base) -> dict[str, Any]:
    """Tune without a domain and judge on it."""
    out = DOMAINS[name]
    model = FeedbackEncoder.from_base(base.folder, base.kept)
    run_stage(model, [e for e in examples if e.domain not in out], QUOTA, RECIPE, base, seed=7)
    judged = [e for e in examples if e.domain in out and e.label is not None]
    rng = np.random.default_rng(7)
    judged = [judged[int(i)] for i in rng.permutation(len(judged))[:MOST_JUDGED]]
    labels = np.array([CLASSES.index(e.label) for e in judged if e.label])
    probabilities = softmax(predict(model, judged, base.tokenizer(128))[0])
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
    """Tune once per domain and write the scores."""
    parser = argparse.ArgumentParser(prog="python -m models.training.leave_one_out", description=__doc__)
    parser.add_argument("--data", type=Path, default=os.environ.get("NANNI_DATA"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--domain", action="append", choices=sorted(DOMAINS))
    options = parser.parse_args(argv)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(2)
    base, examples = find_base(), load_all(options.data)
    found = json.loads(options.out.read_text("utf-8")) if options.out.is_file() else {}
    for name in options.domain or DOMAINS:
        found[name] = judge_left_out(name, examples, base)
        options.out.write_text(json.dumps(found, indent=2, sort_keys=True) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
