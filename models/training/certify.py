"""Set and certify a published model anew: `python -m models.training.certify --data FOLDER --artifact FOLDER`.

Comments are scored as they are in use, each alone. Of the feedback held out from the tiers, the part that the encoder
never saw either and that set nothing is kept for the certificate; the rest re-fits the tiers' temperatures and picks
their thresholds. The encoder's own temperatures, scores and drift profile are measured anew on its held-out rows, half
for fitting and half for scores, as in `models.training.export`. Nothing is trained.
"""

import argparse
import json
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.adapters.cheap_tier import CHEAP_FILE, load_cheap_tier, save_cheap_tier
from models.adapters.onnx_sentiment import OnnxSentiment
from models.adapters.small_tier import SMALL_FILE, SMALL_SETTINGS
from models.adapters.tokenizer import PairTokenizer
from models.artifact import MANIFEST, PROFILE, Calibration
from models.bounds import clopper_pearson_upper, sure_threshold
from models.calibration import fit_temperature, softmax
from models.cheap_tier import CheapWeights, forward, pool
from models.drift import profile
from models.metrics import macro_f1
from models.sentiment import CLASSES, ScoreInput
from models.training.card import data_table, domain_scores, frustration_auc, render_card
from models.training.distil import MOST_DISAGREEMENT, gather, question_intents
from models.training.distil_small import TOTAL_DISAGREEMENT
from models.training.examples import Example
from models.training.export import (
    FEEDBACK_DOMAINS,
    calibrate,
    held_out_sample,
    is_setting,
    network_logits,
    write_json,
    write_manifest,
)
from models.training.mixture import fold_of, load_all, split
from models.training.sentiment import FOLDS, HELD_OUT_FOLD

log = logging.getLogger("models.training")
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Held-out feedback with what each model gives it: logits (n, 4) of the cheap tier, (n, 3) and (n,) of the others.

    `encoder` (n, 3) are probabilities, `choosing` (n,) the rows that set anything, `labels` (n,) -1 where nobody
    labelled.
    """

    examples: Sequence[Example]
    encoder: Floats
    anger: Floats
    cheap: Floats
    small: Floats
    small_anger: Floats
    choosing: NDArray[np.bool_]
    labels: NDArray[np.int64]

    def certificate(self, answered: NDArray[np.bool_], given: Floats) -> dict[str, float]:
        """What tiers that answer these rows so are worth on the rows that set nothing."""
        fresh = ~self.choosing
        wrong = (given.argmax(axis=1) != self.encoder.argmax(axis=1)) & answered
        errors, trials, rows = int(wrong[fresh].sum()), int((answered & fresh).sum()), int(fresh.sum())
        said = np.where(answered[:, None], given, self.encoder).argmax(axis=1)
        named = fresh & (self.labels >= 0)
        return {
            "rows": rows,
            "accepted": trials,
            "accepted_share": round(trials / rows, 4),
            "errors": errors,
            "disagreement": round(errors / max(trials, 1), 4),
            "disagreement_upper_95": round(clopper_pearson_upper(errors, trials), 4),
            "macro_f1_encoder": round(macro_f1(self.labels[named], self.encoder.argmax(axis=1)[named]), 4),
            "macro_f1_with_tiers": round(macro_f1(self.labels[named], said[named]), 4),
        }


def kept_for_the_certificate(group: str) -> bool:
    """Whether a group set nothing: held out from the encoder, and from the half that set its temperatures."""
    return fold_of(group, FOLDS) == HELD_OUT_FOLD and not is_setting(group)


def judge(data: Path, folder: Path) -> Judged:
    """Score the held-out feedback with the encoder and both tiers, each comment alone."""
    _, examples = gather(data, np.random.default_rng(0))
    encoder = OnnxSentiment(folder, cascade=False)
    scores = encoder.score([ScoreInput(e.text, e.question, "en") for e in examples])
    means = question_intents(sorted({e.question for e in examples}), encoder)
    weights, _ = load_cheap_tier(folder / CHEAP_FILE)
    intents = np.array([means[e.question] for e in examples], np.int64)
    small, small_anger = network_logits(folder / SMALL_FILE, _tokenizer(folder), examples)
    assert scores.frustration is not None
    return Judged(
        examples,
        scores.probabilities,
        scores.frustration,
        forward(weights, *pool(weights, [e.text for e in examples]), intents),
        small,
        small_anger,
        np.array([not kept_for_the_certificate(e.group) for e in examples]),
        np.array([-1 if e.label is None else CLASSES.index(e.label) for e in examples], np.int64),
    )


def set_cheap(judged: Judged, folder: Path) -> tuple[NDArray[np.bool_], Floats]:
    """Temperatures and threshold of the cheap tier; which rows it answers, and how."""
    weights, _ = load_cheap_tier(folder / CHEAP_FILE)
    rows = judged.choosing
    tempered: CheapWeights = replace(
        weights,
        sentiment_temperature=fit_temperature(judged.cheap[rows, :3], judged.encoder[rows]),
        frustration_temperature=_anger_temperature(judged.cheap[rows, 3], judged.anger[rows]),
    )
    given = softmax(judged.cheap[:, :3], tempered.sentiment_temperature)
    sure, wrong = given.max(axis=1).astype(np.float64), given.argmax(axis=1) != judged.encoder.argmax(axis=1)
    threshold = sure_threshold(sure[rows], wrong[rows], MOST_DISAGREEMENT) or 2.0
    save_cheap_tier(tempered, threshold, folder / CHEAP_FILE)
    log.info("cheap tier answers from %.3f on", threshold)
    return sure >= threshold, given


def set_small(
    judged: Judged, answered: NDArray[np.bool_], given: Floats, folder: Path
) -> tuple[NDArray[np.bool_], Floats]:
    """The same for the middle tier; the bound is on both tiers together."""
    rows = judged.choosing
    temperature = fit_temperature(judged.small[rows], judged.encoder[rows])
    own = softmax(judged.small, temperature)
    joined = np.where(answered[:, None], given, own).astype(np.float32)
    sure = np.where(answered, 1.0, own.max(axis=1)).astype(np.float64)
    wrong = joined.argmax(axis=1) != judged.encoder.argmax(axis=1)
    threshold = sure_threshold(sure[rows], wrong[rows], TOTAL_DISAGREEMENT) or 2.0
    log.info("small tier answers from %.3f on", threshold)
    settings = {
        "threshold": threshold,
        "sentiment_temperature": temperature,
        "frustration_temperature": _anger_temperature(judged.small_anger[rows], judged.anger[rows]),
    }
    write_json(folder / SMALL_SETTINGS, settings)
    return answered | (sure >= threshold), joined


def set_encoder(data: Path, folder: Path) -> dict[str, object]:
    """Temperatures, scores by domain and the drift profile of the encoder on its own held-out rows."""
    _, held_out = split(load_all(data), HELD_OUT_FOLD, FOLDS)
    examples = held_out_sample(held_out)
    logits, frustration = network_logits(folder / "model.onnx", _tokenizer(folder), examples)
    setting = np.array([is_setting(e.group) for e in examples])
    fitted = [e for e, used in zip(examples, setting, strict=True) if used]
    tested = [e for e, used in zip(examples, setting, strict=True) if not used]
    calibration: Calibration = calibrate(logits[setting], frustration[setting], fitted)
    write_json(folder / "calibration.json", asdict(calibration))
    feedback = np.array([e.domain in FEEDBACK_DOMAINS for e in examples])
    write_json(folder / PROFILE, asdict(profile(softmax(logits[feedback], calibration.sentiment_temperature))))
    return {
        "domains": domain_scores(tested, logits[~setting], calibration),
        "frustration_auc": round(frustration_auc(tested, frustration[~setting], calibration), 3),
    }


def _anger_temperature(logits: Floats, anger: Floats) -> float:
    pair = np.stack([np.zeros(len(logits), np.float32), logits], axis=1)
    return fit_temperature(pair, np.stack([1 - anger, anger], axis=1))


def _tokenizer(folder: Path) -> PairTokenizer:
    return PairTokenizer.from_file(folder / "tokenizer.json")


def certify(data: Path, folder: Path) -> Mapping[str, object]:
    """Set everything anew in the folder and write metrics, card and manifest; returns the metrics."""
    name = json.loads((folder / MANIFEST).read_text("utf-8"))["name"]
    metrics: dict[str, object] = json.loads((folder / "metrics.json").read_text("utf-8"))
    metrics |= set_encoder(data, folder)
    write_manifest(folder, name)
    judged = judge(data, folder)
    cheap = set_cheap(judged, folder)
    both = set_small(judged, *cheap, folder)
    metrics["cascade"] = {
        "most_disagreement": {"cheap": MOST_DISAGREEMENT, "both": TOTAL_DISAGREEMENT},
        "rows_that_chose": int(judged.choosing.sum()),
        "cheap": judged.certificate(*cheap),
        "both": judged.certificate(*both),
    }
    metrics.pop("small_tier", None)
    write_json(folder / "metrics.json", metrics)
    (folder / "README.md").write_text(render_card(metrics, data_table(data)), "utf-8")
    write_manifest(folder, name)
    return metrics


def main(argv: Sequence[str] | None = None) -> int:
    """Certify the artifact folder."""
    parser = argparse.ArgumentParser(prog="python -m models.training.certify", description=__doc__)
    parser.add_argument("--data", type=Path, default=os.environ.get("NANNI_DATA"))
    parser.add_argument("--artifact", type=Path, required=True)
    options = parser.parse_args(argv)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(message)s")
    metrics = certify(options.data, options.artifact)
    log.info("%s", metrics["cascade"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
