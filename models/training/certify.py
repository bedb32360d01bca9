"""Set and certify a published model anew: `python -m models.training.certify --data FOLDER --artifact FOLDER`.

Comments are scored as they are in use. Of the feedback held out from the phrase tier, the part that the encoder never
saw either and that set nothing is kept for the certificate; the rest fits the tier's temperatures and picks its
threshold. The encoder's own temperatures, scores and drift profile are measured anew on its held-out rows, half
for fitting and half for scores, as in `models.training.export`. Nothing is trained.
"""

import argparse
import json
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.adapters.onnx_network import CPU
from models.adapters.onnx_phrases import OnnxPhrases
from models.adapters.onnx_sentiment import OnnxSentiment
from models.adapters.phrase_tier import PHRASE_FILE, PHRASE_SETTINGS
from models.adapters.tokenizer import PairTokenizer
from models.artifact import MANIFEST, PROFILE, Calibration
from models.bounds import clopper_pearson_upper, sure_threshold
from models.calibration import fit_temperature, softmax
from models.doubt import sureness
from models.drift import profile
from models.metrics import macro_f1
from models.sentiment import CLASSES, ScoreInput
from models.training.card import data_table, domain_scores, frustration_auc, render_card
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
from models.training.teaching import gather

# What the phrase tier answers may differ from the encoder in at most this share, with 95 % confidence.
MOST_DISAGREEMENT = 0.05
log = logging.getLogger("models.training")
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Held-out feedback with what each model gives it: logits (n, 3) and (n,) of the phrase tier.

    `encoder` (n, 3) and `anger` (n,) are probabilities, `choosing` (n,) the rows that set anything, `labels` (n,) -1
    where nobody labelled.
    """

    examples: Sequence[Example]
    encoder: Floats
    anger: Floats
    phrases: Floats
    phrase_anger: Floats
    choosing: NDArray[np.bool_]
    labels: NDArray[np.int64]

    def certificate(self, answered: NDArray[np.bool_], given: Floats) -> dict[str, float]:
        """What a tier that answers these rows so is worth on the rows that set nothing."""
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
            "macro_f1_with_tier": round(macro_f1(self.labels[named], said[named]), 4),
            "negative_recall_encoder": self._recall(self.encoder.argmax(axis=1), fresh),
            "negative_recall_with_tier": self._recall(said, fresh),
        }

    def _recall(self, said: NDArray[np.int64], rows: NDArray[np.bool_]) -> float:
        negative = rows & (self.labels == 0)
        return round(float((said[negative] == 0).mean()), 4) if negative.any() else 0.0


def kept_for_the_certificate(group: str) -> bool:
    """Whether a group set nothing: held out from the encoder, and from the half that set its temperatures."""
    return fold_of(group, FOLDS) == HELD_OUT_FOLD and not is_setting(group)


def judge(data: Path, folder: Path) -> Judged:
    """Score the held-out feedback with the encoder and the phrase tier."""
    _, examples = gather(data, np.random.default_rng(0))
    encoder = OnnxSentiment(folder, cascade=False)
    scores = encoder.score([ScoreInput(e.text, e.question, "en") for e in examples])
    tokenizer = _tokenizer(folder)
    network = OnnxPhrases(folder / PHRASE_FILE, tokenizer, Calibration(), 2, CPU)
    phrases, phrase_anger = network.raw(tokenizer.pairs([e.question for e in examples], [e.text for e in examples]))
    assert scores.frustration is not None
    return Judged(
        examples,
        scores.probabilities,
        scores.frustration,
        phrases,
        phrase_anger,
        np.array([not kept_for_the_certificate(e.group) for e in examples]),
        np.array([-1 if e.label is None else CLASSES.index(e.label) for e in examples], np.int64),
    )


def set_phrases(judged: Judged, folder: Path) -> tuple[NDArray[np.bool_], Floats]:
    """Temperatures and threshold of the phrase tier; which rows it answers, and how."""
    rows = judged.choosing
    temperature = fit_temperature(judged.phrases[rows], judged.encoder[rows])
    given = softmax(judged.phrases, temperature)
    sure = sureness(given, [e.question for e in judged.examples], [e.text for e in judged.examples])
    wrong = given.argmax(axis=1) != judged.encoder.argmax(axis=1)
    threshold = sure_threshold(sure[rows], wrong[rows], MOST_DISAGREEMENT) or 2.0
    log.info("the phrase tier answers from %.3f on", threshold)
    settings = {
        "threshold": threshold,
        "sentiment_temperature": temperature,
        "frustration_temperature": _anger_temperature(judged.phrase_anger[rows], judged.anger[rows]),
    }
    write_json(folder / PHRASE_SETTINGS, settings)
    return sure >= threshold, given


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
    metrics["cascade"] = judged.certificate(*set_phrases(judged, folder)) | {
        "most_disagreement": MOST_DISAGREEMENT,
        "rows_that_chose": int(judged.choosing.sum()),
    }
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
