"""From a tuned network to an artifact folder: ONNX graph in int8, calibration, scores, manifest, model card."""

import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.adapters.onnx_network import CPU, OnnxNetwork
from models.adapters.phrase_tier import PHRASE_FILE, PHRASE_SETTINGS
from models.adapters.tokenizer import PairTokenizer
from models.artifact import MANIFEST, PROFILE, Calibration
from models.calibration import fit_temperature, softmax
from models.drift import profile
from models.training.card import data_table, domain_scores, frustration_auc, render_card
from models.training.encoder import FeedbackEncoder, predict
from models.training.examples import Example, by_domain
from models.training.graph import write_graph
from models.training.mixture import fold_of

# Whose held-out rows set the temperatures: what customers write about a service or a product.
FEEDBACK_DOMAINS = frozenset({"nhs", "amazon_reviews", "uci_amazon", "uci_yelp"})
DECIDING_FILES = ("model.onnx", "tokenizer.json", "calibration.json")
log = logging.getLogger("models.training")


def network_logits(
    graph: Path, tokenizer: PairTokenizer, examples: Sequence[Example], threads: int = 2
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Raw sentiment logits (n, 3) and frustration logits (n,) of an exported graph, each comment alone as in use."""
    network = OnnxNetwork(graph, tokenizer, Calibration(), threads, CPU)
    logits, frustration = network.raw(tokenizer.pairs([e.question for e in examples], [e.text for e in examples]))
    return logits, frustration


def calibrate(
    logits: NDArray[np.float32], frustration: NDArray[np.float32], examples: Sequence[Example]
) -> Calibration:
    """Both temperatures on held-out rows: sentiment on feedback, frustration (two classes) where it is labelled."""
    targets = np.array([e.target for e in examples])
    labelled = ~np.isnan(targets[:, 0]) & np.array([e.domain in FEEDBACK_DOMAINS for e in examples])
    annoyed = np.array([e.frustration for e in examples])
    rated = ~np.isnan(annoyed)
    pair = np.stack([np.zeros(int(rated.sum())), frustration[rated]], axis=1)
    return Calibration(
        fit_temperature(logits[labelled], targets[labelled]),
        fit_temperature(pair, np.stack([1 - annoyed[rated], annoyed[rated]], axis=1)),
    )


def write_json(path: Path, document: object) -> None:
    """Sorted, indented JSON with a final newline, so that versions compare line by line."""
    path.write_text(json.dumps(document, indent=2, sort_keys=True) + "\n", "utf-8")


def write_tokenizer(tokenizer_json: str, folder: Path, length: int) -> None:
    """The tokenizer files in the layout that `transformers` reads too."""
    (folder / "tokenizer.json").write_text(tokenizer_json, "utf-8")
    marks = {f"{name}_token": f"[{name.upper()}]" for name in ("unk", "sep", "pad", "cls", "mask")}
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": length, "do_lower_case": True}
    write_json(folder / "tokenizer_config.json", settings | marks)


def write_manifest(folder: Path, name: str) -> None:
    """List the hash of every file that decides an answer."""
    files = [file for file in (*DECIDING_FILES, PHRASE_FILE, PHRASE_SETTINGS) if (folder / file).is_file()]
    hashes = {file: hashlib.sha256((folder / file).read_bytes()).hexdigest() for file in files}
    write_json(folder / MANIFEST, {"name": name, "files": hashes})


def publish(
    model: FeedbackEncoder,
    tokenizer: PairTokenizer,
    tokenizer_json: str,
    held_out: Sequence[Example],
    data: Path,
    out: Path,
    name: str,
) -> None:
    """Write the artifact folder: graph, tokenizer, calibration, scores, card and manifest."""
    out.mkdir(parents=True, exist_ok=True)
    write_graph(model, out / "model.onnx")
    write_tokenizer(tokenizer_json, out, tokenizer.layout.length)
    examples = held_out_sample(held_out)
    log.info("scoring %s held-out comments", len(examples))
    logits, frustration = network_logits(out / "model.onnx", tokenizer, examples)
    fitting = np.array([is_setting(example.group) for example in examples])
    setting = [e for e, used in zip(examples, fitting, strict=True) if used]
    calibration = calibrate(logits[fitting], frustration[fitting], setting)
    write_json(out / "calibration.json", asdict(calibration))
    test = [e for e, used in zip(examples, fitting, strict=True) if not used]
    plain, _ = predict(model, test, tokenizer)
    agreement = float((plain.argmax(axis=1) == logits[~fitting].argmax(axis=1)).mean())
    metrics = {
        "domains": domain_scores(test, logits[~fitting], calibration),
        "frustration_auc": round(frustration_auc(test, frustration[~fitting], calibration), 3),
        "int8_agreement": round(agreement, 4),
        "held_out_share": "A tenth",
        "megabytes": round((out / "model.onnx").stat().st_size / 1e6, 1),
    }
    write_json(out / "metrics.json", metrics)
    (out / "README.md").write_text(render_card(metrics, data_table(data)), "utf-8")
    feedback = np.array([e.domain in FEEDBACK_DOMAINS for e in examples])
    reference = profile(softmax(logits[feedback], calibration.sentiment_temperature))
    write_json(out / PROFILE, asdict(reference))
    write_manifest(out, name)


def is_setting(group: str) -> bool:
    """Whether a held-out group is of the half that sets the temperatures; the scores are of the other half."""
    return fold_of(f"calibration/{group}", 2) == 0


def held_out_sample(examples: Sequence[Example], most: int = 800) -> list[Example]:
    """At most `most` rows of each domain, chosen without looking at them."""
    rng = np.random.default_rng(7)
    chosen: list[Example] = []
    for rows in by_domain(examples).values():
        chosen += [rows[i] for i in rng.permutation(len(rows))[:most]]
    return chosen
