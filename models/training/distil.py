"""Distil the cheap tier from a published encoder: `python -m models.training.distil --data FOLDER --artifact FOLDER`.

The encoder labels comments of every data set (labels of people are not used), under the questions of training; the
hashed-word network learns its probabilities. Held-out groups, which the network never saw, set its temperature and the
threshold above which it answers for the encoder.
"""

import argparse
import json
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import nan
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import nn

from models.adapters.cheap_tier import CHEAP_FILE, save_cheap_tier
from models.adapters.onnx_sentiment import OnnxSentiment
from models.artifact import MANIFEST
from models.bounds import clopper_pearson_upper, sure_threshold
from models.calibration import fit_temperature
from models.cheap_tier import PROBES, CheapWeights, Intent, answer, forward, intent_of, pool
from models.sentiment import ScoreInput
from models.training.augment import vary_questions
from models.training.examples import NO_TARGET, Example, by_domain
from models.training.export import FEEDBACK_DOMAINS, write_json, write_manifest
from models.training.mixture import load_all, split
from models.word_hashing import hash_comments

HELD_OUT_FOLDS = 5
BITS, WIDTH, HIDDEN = 16, 32, 96
EPOCHS, BATCH, RATE, DROP = 12, 512, 4e-3, 0.15
QUOTA = {"nhs": 4000, "goemotions": 14000, "amazon_reviews": 3800, "movie_reviews": 5000, "tweets": 3000,
         "nyt_editorials": 1500, "uci_amazon": 1100, "uci_yelp": 1100, "uci_imdb": 1100, "short_answers": 3000,
         "banking": 4000}  # fmt: skip
SURVEY_ROUNDS = 3
# The share of answers of the cheap tier that may differ from the encoder's, bounded above with 95 % confidence.
MOST_DISAGREEMENT = 0.025
log = logging.getLogger("models.training")


@dataclass(frozen=True, slots=True, eq=False)
class Taught:
    """Comments with their question's intent and the encoder's answer: probabilities (n, 3) and frustration (n,)."""

    texts: list[str]
    intents: NDArray[np.int64]
    targets: NDArray[np.float32]
    frustration: NDArray[np.float32]
    domains: NDArray[np.str_]


def teach(examples: Sequence[Example], encoder: OnnxSentiment, cache: Path) -> Taught:
    """Let the encoder label the examples; `cache` keeps its answers, so only new pairs are asked."""
    answers = _read_cache(cache)
    asked = sorted({(e.question, e.text) for e in examples} - answers.keys())
    log.info("the encoder labels %s new comments", len(asked))
    scores = encoder.score([ScoreInput(text, question, "en") for question, text in asked])
    anger = scores.frustration if scores.frustration is not None else np.zeros(len(asked), np.float32)
    answers |= dict(zip(asked, zip(scores.probabilities, anger, strict=True), strict=True))
    _write_cache(cache, answers)
    means = question_intents(sorted({e.question for e in examples}), encoder)
    known = [e for e in examples if np.isfinite(answers[e.question, e.text][0][0])]
    return Taught(
        [e.text for e in known],
        np.array([means[e.question] for e in known], np.int64),
        np.array([answers[e.question, e.text][0] for e in known], np.float32),
        np.array([answers[e.question, e.text][1] for e in known], np.float32),
        np.array([e.domain for e in known]),
    )


def _read_cache(path: Path) -> dict[tuple[str, str], tuple[NDArray[np.float32], np.float32]]:
    if not path.is_file():
        return {}
    with np.load(path) as saved:
        pairs = zip(saved["questions"].tolist(), saved["texts"].tolist(), strict=True)
        return dict(zip(pairs, zip(saved["targets"], saved["frustration"], strict=True), strict=True))


def _write_cache(path: Path, answers: Mapping[tuple[str, str], tuple[NDArray[np.float32], np.float32]]) -> None:
    np.savez(
        path,
        questions=np.array([question for question, _ in answers]),
        texts=np.array([text for _, text in answers]),
        targets=np.array([target for target, _ in answers.values()]),
        frustration=np.array([anger for _, anger in answers.values()]),
    )


def question_intents(questions: Sequence[str], encoder: OnnxSentiment) -> dict[str, Intent]:
    """What a bare noun means after each question."""
    asked = [question for question in questions if question]
    scores = encoder.score([ScoreInput(probe, question, "en") for question in asked for probe in PROBES])
    answers = scores.probabilities.reshape(len(asked), len(PROBES), 3)
    means = {question: intent_of(rows) for question, rows in zip(asked, answers, strict=True)}
    return means | {"": Intent.NO_QUESTION}


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


def fit(taught: Taught, seed: int) -> CheapWeights:
    """Learn the small network: cross-entropy with the encoder's probabilities, words dropped at random."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    hashed = hash_comments(taught.texts, BITS)
    table = nn.EmbeddingBag(2**BITS, WIDTH, mode="sum")
    nn.init.normal_(table.weight, std=0.05)
    body = nn.ParameterDict({
        "hidden": nn.Parameter(torch.randn(WIDTH, HIDDEN) * WIDTH**-0.5),
        "intent": nn.Parameter(torch.zeros(len(Intent), HIDDEN)),
        "length": nn.Parameter(torch.zeros(HIDDEN)),
        "output": nn.Parameter(torch.randn(HIDDEN, 4) * HIDDEN**-0.5),
        "bias": nn.Parameter(torch.zeros(4)),
    })  # fmt: skip
    steps = EPOCHS * (len(taught.texts) // BATCH + 1)
    optimizer = torch.optim.Adam([*table.parameters(), *body.parameters()], lr=RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
    for epoch in range(EPOCHS):
        total = 0.0
        order = rng.permutation(len(taught.texts))
        for rows in np.array_split(order, len(order) // BATCH + 1):
            loss = _loss(table, body, hashed.features, hashed.starts, hashed.counts, taught, rows, rng)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            schedule.step()
            total += float(loss.detach()) * len(rows)
        log.info("distil epoch %s of %s, loss %.4f", epoch + 1, EPOCHS, total / len(order))
    arrays = {name: value.detach().numpy() for name, value in body.items()}
    return CheapWeights(table.weight.detach().numpy(), **arrays, sentiment_temperature=1.0, frustration_temperature=1.0)


def _loss(
    table: nn.EmbeddingBag,
    body: nn.ParameterDict,
    features: NDArray[np.int64],
    starts: NDArray[np.int64],
    counts: NDArray[np.int64],
    taught: Taught,
    rows: NDArray[np.int64],
    rng: np.random.Generator,
) -> torch.Tensor:
    size = counts[rows]
    offsets = np.cumsum(size) - size
    flat = features[np.repeat(starts[rows] - offsets, size) + np.arange(size.sum())]
    kept = rng.random(len(flat)) >= DROP
    weight = torch.from_numpy((kept / np.repeat(np.sqrt(size) * (1 - DROP), size)).astype(np.float32))
    pooled = table(torch.from_numpy(flat), torch.from_numpy(offsets), per_sample_weights=weight)
    lengths = torch.from_numpy(np.log(size).astype(np.float32))
    hidden = pooled @ body["hidden"] + body["intent"][torch.from_numpy(taught.intents[rows])]
    logits = torch.relu(hidden + lengths[:, None] * body["length"]) @ body["output"] + body["bias"]
    sentiment = nn.functional.cross_entropy(logits[:, :3], torch.from_numpy(taught.targets[rows]))
    anger = nn.functional.binary_cross_entropy_with_logits(logits[:, 3], torch.from_numpy(taught.frustration[rows]))
    return sentiment + 0.5 * anger


def calibrated(weights: CheapWeights, held_out: Taught) -> CheapWeights:
    """Set the temperatures on comments the network did not see."""
    logits = forward(weights, *pool(weights, held_out.texts), held_out.intents)
    pair = np.stack([np.zeros(len(logits)), logits[:, 3]], axis=1)
    anger = np.stack([1 - held_out.frustration, held_out.frustration], axis=1)
    return replace(
        weights,
        sentiment_temperature=fit_temperature(logits[:, :3], held_out.targets),
        frustration_temperature=fit_temperature(pair, anger),
    )


def agreement(weights: CheapWeights, held_out: Taught, most: float) -> dict[str, float]:
    """The threshold that keeps disagreement below `most`, with what it accepts and how often it is wrong."""
    probabilities = answer(weights, held_out.texts, held_out.intents).probabilities
    wrong = probabilities.argmax(axis=1) != held_out.targets.argmax(axis=1)
    sure = probabilities.max(axis=1).astype(np.float64)
    threshold = sure_threshold(sure, wrong, most)
    if threshold is None:
        return {"threshold": 2.0, "rows": len(wrong)}
    return {"threshold": round(threshold, 4)} | agreement_at(weights, held_out, threshold)


def agreement_at(weights: CheapWeights, held_out: Taught, threshold: float) -> dict[str, float]:
    """What the tier accepts at a threshold and how often it then differs from the encoder."""
    probabilities = answer(weights, held_out.texts, held_out.intents).probabilities
    wrong = probabilities.argmax(axis=1) != held_out.targets.argmax(axis=1)
    accepted = probabilities.max(axis=1) >= threshold
    errors, trials = int(wrong[accepted].sum()), int(accepted.sum())
    return {
        "rows": len(wrong),
        "accepted": trials,
        "accepted_share": round(trials / len(wrong), 4),
        "disagreement": round(errors / max(trials, 1), 4),
        "disagreement_upper_95": round(clopper_pearson_upper(errors, trials), 4),
        "agreement_of_all": round(float(1 - wrong.mean()), 4),
    }


def _only(taught: Taught, kept: NDArray[np.bool_]) -> Taught:
    rows = np.flatnonzero(kept)
    return Taught(
        [taught.texts[int(i)] for i in rows], taught.intents[rows], taught.targets[rows], taught.frustration[rows],
        taught.domains[rows],
    )  # fmt: skip


def main(argv: Sequence[str] | None = None) -> int:
    """Label, learn, choose the threshold, and add the tier to the artifact folder."""
    parser = argparse.ArgumentParser(prog="python -m models.training.distil", description=__doc__)
    parser.add_argument("--data", type=Path, default=os.environ.get("NANNI_DATA"))
    parser.add_argument("--artifact", type=Path, required=True, help="folder of the published encoder")
    parser.add_argument("--work", type=Path, default=Path("build/training"))
    parser.add_argument("--seed", type=int, default=20)
    options = parser.parse_args(argv)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(2)
    encoder = OnnxSentiment(options.artifact, cascade=False)
    training, held_out = gather(options.data, np.random.default_rng(options.seed))
    cache = options.work / "taught.npz"
    taught_held_out, taught = (teach(part, encoder, cache) for part in (held_out, training))
    weights = calibrated(fit(taught, options.seed), taught_held_out)
    write_tier(weights, taught_held_out, options.artifact)
    return 0


def write_tier(weights: CheapWeights, held_out: Taught, folder: Path) -> None:
    """Save the tier (table in int8, one scale per column) with its threshold, and list it in the manifest."""
    found = agreement(weights, held_out, MOST_DISAGREEMENT)
    log.info("%s", found)
    save_cheap_tier(weights, float(found["threshold"]), folder / CHEAP_FILE)
    by_domain = {
        str(domain): agreement_at(weights, _only(held_out, held_out.domains == domain), float(found["threshold"]))
        for domain in np.unique(held_out.domains)
    }
    metrics = json.loads((folder / "metrics.json").read_text("utf-8"))
    write_json(folder / "metrics.json", metrics | {"cascade": found | {"domains": by_domain}})
    name = json.loads((folder / MANIFEST).read_text("utf-8"))["name"]
    write_manifest(folder, name)


if __name__ == "__main__":
    sys.exit(main())
