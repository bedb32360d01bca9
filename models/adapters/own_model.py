"""Train a model of a team's own: a head on the shipped encoder, judged on held-out comments, written as a folder."""

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.adapters.artifact import open_artifact, read_calibration
from models.adapters.head_file import HEAD_FILE, save_head
from models.adapters.head_training import FittedHead, fit_head
from models.adapters.onnx_network import CPU
from models.adapters.onnx_sentiment import OnnxSentiment
from models.adapters.pooled_output import HeadNetwork
from models.adapters.tokenizer import PairTokenizer
from models.artifact import MANIFEST, PROFILE
from models.calibration import softmax
from models.drift import profile
from models.evaluate import LabelledComment, MethodResult, group_numbers, label_numbers, method_result
from models.head import head_logits
from models.metrics import bootstrap_gain, evaluate
from models.own_card import own_card

TEST_SHARE = 4
"""One respondent in so many is held out."""
CONFIRMING = ("model.onnx", "tokenizer.json", "calibration.json", HEAD_FILE)
BATCH = 64


@dataclass(frozen=True, slots=True, eq=False)
class OwnModel:
    """A fitted head with what held-out comments say of it and of the model it started from.

    `gain` is the 95 % interval of its macro F1 less the other's, whole respondents drawn together; `better` says that
    all of it is above zero. `learnt` and `judged` are numbers of comments.
    """

    fitted: FittedHead
    own: MethodResult
    shipped: MethodResult
    gain: tuple[float, float]
    learnt: int
    judged: int
    probabilities: NDArray[np.float32]

    @property
    def better(self) -> bool:
        """Whether the held-out comments show that it is better than what it started from."""
        return self.gain[0] > 0


def train_own(comments: Sequence[LabelledComment], base: Path, threads: int = 2) -> OwnModel:
    """Fit a head on three respondents in four and judge it, beside the base model, on the fourth.

    Only comments that the base model can read count. Raises ConfigError for too few of them.
    """
    shipped = OnnxSentiment(base, threads)
    scores = shipped.score([comment.item for comment in comments])
    kept = [row for row, reason in enumerate(scores.unknown) if reason is None]
    chosen = [comments[row] for row in kept]
    labels, groups = label_numbers(chosen), group_numbers(chosen)
    held_out = np.array([_is_held_out(comment) for comment in chosen], bool)
    features = _features(chosen, base, threads)
    fitted = fit_head(features[~held_out], labels[~held_out], groups[~held_out])
    own = softmax(head_logits(fitted.head, features[held_out]), fitted.temperature)
    theirs = scores.probabilities[kept][held_out]
    truth, people = labels[held_out], groups[held_out]
    calls = own.argmax(axis=1), theirs.argmax(axis=1)
    results = [
        method_result(name, evaluate(truth, given), truth, called, people, 0.0)
        for name, given, called in (("own head", own, calls[0]), (shipped.model_id, theirs, calls[1]))
    ]
    gain = bootstrap_gain(truth, *calls, people, np.random.default_rng(0))
    return OwnModel(fitted, results[0], results[1], gain, int((~held_out).sum()), int(held_out.sum()), own)


def write_own(model: OwnModel, base: Path, out: Path, name: str, labelled: str) -> str:
    """Write the folder that `sentiment: {model: FOLDER}` loads; returns its model id.

    Raises FileExistsError when there is something in it already.
    """
    out.mkdir(parents=True, exist_ok=True)
    if any(out.iterdir()):
        raise FileExistsError(str(out))
    for file in ("model.onnx", "tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(base / file, out / file)
    save_head(model.fitted.head, out / HEAD_FILE)
    anger = read_calibration(base).frustration_temperature
    calibration = {"sentiment_temperature": model.fitted.temperature, "frustration_temperature": anger}
    _write(out / "calibration.json", calibration)
    _write(out / PROFILE, asdict(profile(model.probabilities)))
    started_from = open_artifact(base).model_id
    card = own_card(
        name,
        started_from,
        [model.own, model.shipped],
        model.gain,
        learnt=model.learnt,
        strength=model.fitted.strength,
        temperature=model.fitted.temperature,
        labelled=labelled,
    )
    (out / "README.md").write_text(card, "utf-8")
    hashes = {file: hashlib.sha256((out / file).read_bytes()).hexdigest() for file in CONFIRMING}
    # Last, since a folder without a manifest is no model.
    _write(out / MANIFEST, {"name": name, "files": hashes})
    return open_artifact(out).model_id


def _is_held_out(comment: LabelledComment) -> bool:
    group = comment.group or " ".join(comment.item.text.lower().split())
    return int(hashlib.sha256(f"own/{group}".encode()).hexdigest()[:8], 16) % TEST_SHARE == 0


def _features(comments: Sequence[LabelledComment], base: Path, threads: int) -> NDArray[np.float32]:
    tokenizer = PairTokenizer.from_file(base / "tokenizer.json")
    network = HeadNetwork(base / "model.onnx", tokenizer, read_calibration(base), threads, CPU)
    parts = [comments[start : start + BATCH] for start in range(0, len(comments), BATCH)]
    return np.concatenate(
        [network.features([one.item.question for one in part], [one.item.text for one in part]) for part in parts]
    )


def _write(path: Path, document: object) -> None:
    path.write_text(json.dumps(document, indent=2, sort_keys=True) + "\n", "utf-8")
