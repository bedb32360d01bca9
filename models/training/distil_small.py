"""Distil the middle tier: `python -m models.training.distil_small --data FOLDER --artifact FOLDER`.

A transformer of two layers and 128 dimensions, about thirty times cheaper than the encoder, whose word table is the
encoder's own projected to its 128 main directions. It learns the encoder's answers (the cache of
`models.training.distil`) and answers what the cheap tier left open and it is sure of.
"""

import argparse
import json
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from transformers import BertConfig, BertModel

from models.adapters.cheap_tier import CHEAP_FILE, load_cheap_tier
from models.adapters.onnx_sentiment import OnnxSentiment
from models.adapters.small_tier import SMALL_FILE, SMALL_SETTINGS
from models.artifact import MANIFEST
from models.bounds import clopper_pearson_upper, sure_threshold
from models.calibration import softmax
from models.cheap_tier import answer
from models.training.distil import Taught, gather, teach
from models.training.encoder import FeedbackEncoder, Recipe, predict, tune
from models.training.examples import Example
from models.training.export import calibrate, network_logits, write_graph, write_json, write_manifest
from models.training.sentiment import Base, find_base, load_checkpoint, save_checkpoint

WIDTH, LAYERS, HEADS, INNER = 128, 2, 4, 512
RECIPE = Recipe(epochs=3, learning_rate=1e-3, batch=64, frozen_layers=None, label_smoothing=0.0)
# What both tiers answer together may differ from the encoder in at most this share, with 95 % confidence.
TOTAL_DISAGREEMENT = 0.03
log = logging.getLogger("models.training")


def small_network(encoder: FeedbackEncoder) -> FeedbackEncoder:
    """The untrained small network with the encoder's word table, projected."""
    config = BertConfig(
        vocab_size=encoder.bert.config.vocab_size, hidden_size=WIDTH, num_hidden_layers=LAYERS,
        num_attention_heads=HEADS, intermediate_size=INNER, max_position_embeddings=128,
    )  # fmt: skip
    network = FeedbackEncoder(BertModel(config, add_pooling_layer=False), dropout=0.05)
    words = encoder.bert.embeddings.word_embeddings.weight.detach()
    _, _, directions = torch.linalg.svd(words - words.mean(0), full_matrices=False)
    projected = (words - words.mean(0)) @ directions[:WIDTH].T
    network.bert.embeddings.word_embeddings = nn.Embedding.from_pretrained(
        projected / projected.std() * 0.05, freeze=False, padding_idx=0
    )
    return network


def lessons(examples: Sequence[Example], encoder: OnnxSentiment, cache: Path) -> tuple[list[Example], Taught]:
    """The examples with the encoder's answers in place of people's labels."""
    taught = teach(examples, encoder, cache)
    targets = (tuple(float(p) for p in row) for row in taught.targets)
    rows = zip(examples, targets, taught.frustration, strict=True)
    return [
        Example(e.text, e.question, (target[0], target[1], target[2]), float(anger), e.group, e.domain)
        for e, target, anger in rows
    ], taught


def cheap_answers(taught: Taught, folder: Path) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which comments (n,) the cheap tier of the artifact answers, and where its class is not the encoder's."""
    weights, threshold = load_cheap_tier(folder / CHEAP_FILE)
    probabilities = answer(weights, taught.texts, taught.intents).probabilities
    return probabilities.max(axis=1) >= threshold, probabilities.argmax(axis=1) != taught.targets.argmax(axis=1)


def publish_small(network: FeedbackEncoder, base: Base, held_out: Sequence[Example], taught: Taught, out: Path) -> None:
    """Export the network, set its temperatures and its threshold on held-out comments, list it in the manifest."""
    write_graph(network, out / SMALL_FILE)
    logits, frustration = network_logits(out / SMALL_FILE, base.tokenizer(128), held_out)
    calibration = calibrate(logits, frustration, held_out)
    probabilities = softmax(logits, calibration.sentiment_temperature)
    answered, cheap_wrong = cheap_answers(taught, out)
    small_wrong = probabilities.argmax(axis=1) != taught.targets.argmax(axis=1)
    # The bound is on both tiers together, so what the cheap tier answers counts at every threshold.
    wrong = np.where(answered, cheap_wrong, small_wrong)
    sure = np.where(answered, 1.0, probabilities.max(axis=1)).astype(np.float64)
    threshold = sure_threshold(sure, wrong, TOTAL_DISAGREEMENT) or 2.0
    accepted = answered | (sure >= threshold)
    found = {
        "threshold": round(threshold, 4),
        "agreement_of_small": round(float(1 - small_wrong.mean()), 4),
        "both_tiers": _shares(accepted, wrong),
        "domains": {
            str(domain): _shares(accepted[taught.domains == domain], wrong[taught.domains == domain])
            for domain in np.unique(taught.domains)
        },
    }
    log.info("%s", found)
    settings = {
        "threshold": threshold,
        "sentiment_temperature": calibration.sentiment_temperature,
        "frustration_temperature": calibration.frustration_temperature,
    }
    write_json(out / SMALL_SETTINGS, settings)
    metrics = json.loads((out / "metrics.json").read_text("utf-8"))
    write_json(out / "metrics.json", metrics | {"small_tier": found})
    write_manifest(out, json.loads((out / MANIFEST).read_text("utf-8"))["name"])


def _shares(accepted: NDArray[np.bool_], wrong: NDArray[np.bool_]) -> dict[str, float]:
    errors, trials = int(wrong[accepted].sum()), int(accepted.sum())
    return {
        "rows": len(accepted),
        "accepted_share": round(trials / len(accepted), 4),
        "disagreement": round(errors / max(trials, 1), 4),
        "disagreement_upper_95": round(clopper_pearson_upper(errors, trials), 4),
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Learn the small network from the encoder's answers and add it to the artifact folder."""
    parser = argparse.ArgumentParser(prog="python -m models.training.distil_small", description=__doc__)
    parser.add_argument("--data", type=Path, default=os.environ.get("NANNI_DATA"))
    parser.add_argument("--artifact", type=Path, required=True)
    parser.add_argument("--work", type=Path, default=Path("build/training"))
    parser.add_argument("--seed", type=int, default=20)
    options = parser.parse_args(argv)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(2)
    base, encoder = find_base(), OnnxSentiment(options.artifact, cascade=False)
    training, held_out = gather(options.data, np.random.default_rng(options.seed))
    cache = options.work / "taught.npz"
    judged, taught = lessons(held_out, encoder, cache)
    checkpoint = options.work / "small.pt"
    if checkpoint.is_file():
        network = load_checkpoint(checkpoint)
    else:
        rows, _ = lessons(training, encoder, cache)
        network = small_network(load_checkpoint(options.work / "polish.pt"))
        tune(network, [rows] * RECIPE.epochs, base.tokenizer(96), RECIPE, seed=options.seed, report=log.info)
        save_checkpoint(network, checkpoint)
    logits, _ = predict(network, judged, base.tokenizer(128))
    log.info("agrees on %.3f of the held-out comments", (logits.argmax(1) == taught.targets.argmax(1)).mean())
    publish_small(network, base, judged, taught, options.artifact)
    return 0


if __name__ == "__main__":
    sys.exit(main())
