"""Out-of-fold scores of the survey: `python -m models.training.crossvalidate --data FOLDER --out FILE.npz`.

Five folds grouped by respondent. The encoder is the general checkpoint of `models.training.sentiment`, which saw no
survey comment, kept as it is; what is learnt from the survey is a head over its upper layers (`layer_head`). Inside
the other four folds an inner cross-validation, again by respondent, sets the temperature and a call rule for each of
several recall contracts; the fold's own respondents set nothing. The file holds for each row of the survey its label,
group, fold, calibrated probabilities and calls by contract; folds that are in it already are not fitted again.
"""

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from feedback.errors import ConfigError
from models.calibration import fit_temperature, softmax
from models.call_rule import CallRule, fit_call_rule
from models.metrics import Labels, evaluate, evaluate_calls
from models.sentiment import CLASSES, Sentiment
from models.training.datasets import load_nhs
from models.training.layer_head import HeadRecipe, fit_head, layer_means
from models.training.mixture import fold_of
from models.training.sentiment import find_base, load_checkpoint

FOLDS, INNER_FOLDS = 5, 4
# Shares of negative comments that a team may allow to be missed, with 95 % confidence on the inner folds.
CONTRACTS = (0.12, 0.10, 0.08)
RECIPE = HeadRecipe()
Floats = NDArray[np.float32]
log = logging.getLogger("models.training")


def judge_fold(
    features: Floats, labels: Labels, inner: NDArray[np.int64], held: NDArray[np.bool_], recipe: HeadRecipe = RECIPE
) -> tuple[Floats, Labels]:
    """Calibrated probabilities (m, 3) and calls (m, contracts) of the `held` rows.

    The other rows alone teach and set; `inner` (n,) is each row's inner fold.
    """
    truth = np.eye(len(CLASSES), dtype=np.float32)[labels]
    temperature, rules = _settings(features[~held], labels[~held], inner[~held], recipe)
    head = fit_head(features[~held], truth[~held], recipe)
    probabilities = softmax(head.logits(features[held]), temperature)
    return probabilities, np.stack([rule.calls(probabilities) for rule in rules], axis=1)


def _settings(
    features: Floats, labels: Labels, inner: NDArray[np.int64], recipe: HeadRecipe
) -> tuple[float, list[CallRule]]:
    truth = np.eye(len(CLASSES), dtype=np.float32)[labels]
    logits = np.zeros_like(truth)
    for fold in np.unique(inner):
        out = inner == fold
        logits[out] = fit_head(features[~out], truth[~out], recipe).logits(features[out])
    temperature = fit_temperature(logits, truth)
    rules = [fit_call_rule(labels, softmax(logits, temperature), missed) for missed in CONTRACTS]
    log.info("temperature %.2f, %s", temperature, rules)
    return temperature, rules


def main(argv: Sequence[str] | None = None) -> int:
    """Fit the heads of five folds, write the out-of-fold probabilities and calls, log the scores."""
    parser = argparse.ArgumentParser(prog="python -m models.training.crossvalidate", description=__doc__)
    parser.add_argument(
        "--data", type=Path, default=os.environ.get("NANNI_DATA"), required="NANNI_DATA" not in os.environ
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--work", type=Path, default=Path("build/training"), help="folder with general.pt")
    parser.add_argument("--as-filed", action="store_true", help="leave the exchanged questions of the file as they are")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--fold", type=int, action="append", choices=range(FOLDS), help="only this fold; may be repeated"
    )
    options = parser.parse_args(argv)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(options.threads)
    survey = load_nhs(options.data, mend_questions=not options.as_filed)
    features = layer_means(load_checkpoint(options.work / "general.pt"), survey, find_base().tokenizer(128))
    labels = np.array([CLASSES.index(e.label or Sentiment.NEUTRAL) for e in survey], np.int64)
    folds = np.array([fold_of(e.group, FOLDS) for e in survey])
    inner = np.array([fold_of(f"inner/{e.group}", INNER_FOLDS) for e in survey])
    kept: dict[str, Any] = {
        "labels": labels,
        "groups": np.unique([e.group for e in survey], return_inverse=True)[1],
        "folds": folds,
        "probabilities": np.zeros((len(survey), len(CLASSES)), np.float32),
        "calls": np.zeros((len(survey), len(CONTRACTS)), np.int64),
    }
    for fold in sorted(set(options.fold or range(FOLDS)) - _known(options.out, kept)):
        held = folds == fold
        kept["probabilities"][held], kept["calls"][held] = judge_fold(features, labels, inner, held)
        # Written after each fold: an interrupted run leaves the folds that are done.
        np.savez_compressed(options.out, contracts=np.array(CONTRACTS), **kept)
        _tell(kept)
    return 0


def _known(path: Path, kept: dict[str, Any]) -> set[int]:
    """Take over what an earlier run left in the file; the folds that it had done."""
    if not path.is_file():
        return set()
    with np.load(path, allow_pickle=False) as saved:
        if saved["contracts"].tolist() != list(CONTRACTS) or saved["labels"].tolist() != kept["labels"].tolist():
            raise ConfigError("the file is of other rows or contracts", where=str(path), next_step="name another file")
        for name in ("probabilities", "calls"):
            kept[name][:] = saved[name]
    return _done(kept)


def _done(kept: dict[str, Any]) -> set[int]:
    return {int(fold) for fold in np.unique(kept["folds"][kept["probabilities"].any(axis=1)])}


def _tell(kept: dict[str, Any]) -> None:
    done = np.isin(kept["folds"], list(_done(kept)))
    labels, probabilities = kept["labels"][done], kept["probabilities"][done]
    report = evaluate(labels, probabilities)
    log.info("folds %s: most probable class: macro F1 %.3f, ECE %.3f", _done(kept), report.macro_f1, report.ece)
    for missed, calls in zip(CONTRACTS, kept["calls"][done].T, strict=True):
        called = evaluate_calls(labels, calls, probabilities[:, 0])
        recalls = ", ".join(f"{name} {score.recall:.3f}" for name, score in called.classes.items())
        log.info("at most %.0f %% missed: macro F1 %.3f, recall %s", 100 * missed, called.macro_f1, recalls)


if __name__ == "__main__":
    sys.exit(main())
