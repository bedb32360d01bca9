"""Out-of-fold scores of the survey: `python -m models.training.crossvalidate --data FOLDER --out FILE.npz`.

Five folds grouped by respondent. Each fold starts from the general checkpoint of `models.training.sentiment`, which saw
no survey comment, and is tuned on the other respondents (two epochs, a replay of the general data). A tenth of those
respondents sets the temperature. The file holds text order, labels, groups, folds and calibrated probabilities, both
with the survey's question and without it.
"""

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from models.calibration import fit_temperature, softmax
from models.metrics import evaluate
from models.sentiment import CLASSES, Sentiment
from models.training.datasets import load_nhs
from models.training.encoder import Recipe, predict
from models.training.examples import Example
from models.training.mixture import fold_of, load_all, split
from models.training.sentiment import Base, find_base, load_checkpoint, run_stage

FOLDS = 5
QUOTA = {"nhs": 4000, "amazon_reviews": 250, "goemotions": 250, "short_answers": 300, "uci_yelp": 80, "uci_amazon": 80}
RECIPE = Recipe(epochs=2, learning_rate=6e-5)
log = logging.getLogger("models.training")


def fold_probabilities(
    fold: int, replay: Sequence[Example], survey: Sequence[Example], base: Base, checkpoint: Path
) -> "tuple[list[Example], np.ndarray[tuple[int, int], np.dtype[np.float32]]]":
    """The held-out comments of one fold and their calibrated probabilities (n, 3)."""
    known, held_out = split(survey, fold, FOLDS)
    training, setting = _inner_split(known)
    model = load_checkpoint(checkpoint)
    run_stage(model, [*training, *replay], QUOTA, RECIPE, base, seed=100 + fold)
    tokenizer = base.tokenizer(128)
    logits, _ = predict(model, setting, tokenizer)
    temperature = fit_temperature(logits, np.array([e.target for e in setting]))
    probabilities = softmax(predict(model, held_out, tokenizer)[0], temperature)
    labels = np.array([CLASSES.index(e.label or Sentiment.NEUTRAL) for e in held_out])
    report = evaluate(labels, probabilities)
    log.info("fold %s: macro F1 %.3f, temperature %.2f", fold, report.macro_f1, temperature)
    return held_out, probabilities


def _inner_split(examples: Sequence[Example]) -> tuple[list[Example], list[Example]]:
    inside = [fold_of(f"temperature/{e.group}", 10) == 0 for e in examples]
    return (
        [e for e, held in zip(examples, inside, strict=True) if not held],
        [e for e, held in zip(examples, inside, strict=True) if held],
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Tune five times, write the out-of-fold probabilities, log the scores."""
    parser = argparse.ArgumentParser(prog="python -m models.training.crossvalidate", description=__doc__)
    parser.add_argument(
        "--data", type=Path, default=os.environ.get("NANNI_DATA"), required="NANNI_DATA" not in os.environ
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--work", type=Path, default=Path("build/training"), help="folder with general.pt")
    parser.add_argument("--as-filed", action="store_true", help="leave the exchanged questions of the file as they are")
    options = parser.parse_args(argv)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(2)
    base = find_base()
    survey = load_nhs(options.data, mend_questions=not options.as_filed)
    replay = [e for e in load_all(options.data) if e.domain != "nhs"]
    examples: list[Example] = []
    parts = []
    for fold in range(FOLDS):
        held_out, probabilities = fold_probabilities(fold, replay, survey, base, options.work / "general.pt")
        examples += held_out
        parts.append(probabilities)
        # Written after each fold: an interrupted run leaves the folds that are done.
        _write(options.out, examples, np.concatenate(parts))
    return 0


def _write(
    path: Path, examples: Sequence[Example], probabilities: "np.ndarray[tuple[int, int], np.dtype[np.float32]]"
) -> None:
    labels = np.array([CLASSES.index(e.label or Sentiment.NEUTRAL) for e in examples])
    groups = np.unique([e.group for e in examples], return_inverse=True)[1]
    np.savez_compressed(
        path,
        texts=np.array([e.text for e in examples]),
        questions=np.array([e.question for e in examples]),
        labels=labels,
        groups=groups,
        probabilities=probabilities,
    )
    report = evaluate(labels, probabilities)
    log.info(
        "folds so far: accuracy %.3f macro F1 %.3f ECE %.3f Brier %.3f",
        report.accuracy,
        report.macro_f1,
        report.ece,
        report.brier,
    )
    for name, score in report.classes.items():
        log.info(
            "%s precision %.3f recall %.3f F1 %.3f of %s", name, score.precision, score.recall, score.f1, score.support
        )


if __name__ == "__main__":
    sys.exit(main())
