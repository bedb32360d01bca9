"""Distil the phrase tier: `python -m models.training.distil --data FOLDER --artifact FOLDER`.

The phrase network (`models.training.phrases`) learns the encoder's answers to the comments of
`models.training.teaching`, to variations of them, and to reviews, tweets and editorials that were not drawn there. It
will answer what it is sure of; `models.training.certify` sets its temperatures and its threshold.
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

from models.adapters.onnx_network import OUTPUTS
from models.adapters.onnx_phrases import PHRASE_INPUTS
from models.adapters.phrase_tier import PHRASE_FILE, PHRASE_SETTINGS
from models.artifact import MANIFEST
from models.training.augment import vary_questions
from models.training.encoder import FeedbackEncoder
from models.training.examples import Example, by_domain
from models.training.export import write_json, write_manifest
from models.training.mixture import load_all, split
from models.training.phrases import PhraseNetwork, PhraseRecipe, fit_phrases, phrase_logits, word_table
from models.training.sentiment import find_base, load_checkpoint
from models.training.teaching import HELD_OUT_FOLDS, Taught, Teacher, gather
from models.training.variations import Neighbours, nearest_words, variations

RECIPE = PhraseRecipe()
# How often variations are drawn, in each draw how often of each comment of a domain, and the domains of which each draw
# hears another third as it is.
DRAWS = 4
ROUNDS = {"nhs": 5, "amazon_reviews": 3, "uci_amazon": 3, "uci_yelp": 3}
PLAIN, PLAIN_STEP = ("movie_reviews", "tweets", "nyt_editorials", "goemotions"), 3
COMMON_WORDS = 12_000
# Above every probability: until it is certified the tier answers nothing.
NEVER_SURE = 2.0
log = logging.getLogger("models.training")


def more_comments(data: Path, neighbours: Neighbours, draw: int, rng: np.random.Generator) -> list[Example]:
    """Variations of the training feedback, and other domains' comments; no text that is held out."""
    training, held_out = split(load_all(data), 0, HELD_OUT_FOLDS)
    parts = by_domain(training)
    made = [
        example
        for domain, rounds in ROUNDS.items()
        for _ in range(rounds)
        for example in vary_questions(variations(parts[domain], neighbours, rng), rng)
    ]
    plain = [example for domain in PLAIN for example in parts[domain]]
    made += vary_questions(plain[draw::PLAIN_STEP], rng)
    kept_out = {example.text.strip().lower() for example in held_out}
    once = {(e.question, e.text): e for e in made if e.text.strip().lower() not in kept_out}
    return list(once.values())


def word_neighbours(encoder: FeedbackEncoder, tokenizer_json: str) -> Neighbours:
    """For each of the commonest whole words those whose vectors in the encoder's table are nearest."""
    numbers: dict[str, int] = json.loads(tokenizer_json)["model"]["vocab"]
    whole = sorted((w for w in numbers if w.isascii() and w.isalpha() and len(w) > 2), key=numbers.__getitem__)
    common = whole[:COMMON_WORDS]
    table = encoder.bert.embeddings.word_embeddings.weight.detach().numpy()
    return nearest_words(common, table[[numbers[word] for word in common]])


class _Int8Words(nn.Module):  # type: ignore[misc]
    """A word table of whole numbers up to 127, and the scale of each of its columns."""

    def __init__(self, words: torch.Tensor) -> None:
        super().__init__()
        scale = words.abs().max(dim=0).values / 127
        self.register_buffer("scale", scale)
        self.register_buffer("table", torch.round(words / scale).to(torch.int8))

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        return self.table[ids].to(torch.float32) * self.scale


def write_phrases(network: PhraseNetwork, path: Path) -> None:
    """The ONNX graph for comments of one length; from now on the network itself uses the int8 word table too."""
    network.eval()
    network.padded = False
    network.words = _Int8Words(network.words.weight.detach())
    ids = torch.ones((2, 9), dtype=torch.int64)
    lengths = dict(zip(PHRASE_INPUTS, ("question", "comment"), strict=True))
    axes = {name: {0: "batch", 1: length} for name, length in lengths.items()}
    torch.onnx.export(
        network,
        (ids[:, :4], ids),
        str(path),
        input_names=list(PHRASE_INPUTS),
        output_names=list(OUTPUTS),
        dynamic_axes=axes | {name: {0: "batch"} for name in OUTPUTS},
        opset_version=17,
        dynamo=False,
    )


def agreement(examples: Sequence[Example], logits: NDArray[np.float32], taught: Taught) -> dict[str, float]:
    """The share of comments of each domain, and of all, to which the network gives the encoder's class."""
    same = logits.argmax(axis=1) == taught.targets.argmax(axis=1)
    domains = np.array([example.domain for example in examples])
    shares = {str(domain): float(same[domains == domain].mean()) for domain in np.unique(domains)}
    return shares | {"all": float(same.mean())}


def main(argv: Sequence[str] | None = None) -> int:
    """Let the encoder answer, learn from it, and add the network to the artifact folder, uncertified."""
    parser = argparse.ArgumentParser(prog="python -m models.training.distil", description=__doc__)
    parser.add_argument("--data", type=Path, default=os.environ.get("NANNI_DATA"))
    parser.add_argument("--artifact", type=Path, required=True)
    parser.add_argument("--work", type=Path, default=Path("build/training"))
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args(argv)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(options.threads)
    base, teacher = find_base(), Teacher(options.artifact, options.threads, options.work)
    tokenizer = base.tokenizer(128)
    start = load_checkpoint(options.work / "polish.pt")
    training, held_out = gather(options.data, np.random.default_rng(options.seed))
    neighbours = word_neighbours(start, base.tokenizer_json)
    for draw in range(DRAWS):
        training += more_comments(options.data, neighbours, draw, np.random.default_rng(options.seed + 11 + draw))
    network = PhraseNetwork(word_table(start, RECIPE.width), RECIPE)
    fit_phrases(network, training, teacher.teach(training), tokenizer, RECIPE, seed=options.seed, report=log.info)
    torch.save(network.state_dict(), options.work / "phrases.pt")
    found, _ = phrase_logits(network, held_out, tokenizer)
    log.info("agrees: %s", agreement(held_out, found, teacher.teach(held_out)))
    write_phrases(network, options.artifact / PHRASE_FILE)
    unset = {"threshold": NEVER_SURE, "sentiment_temperature": 1.0, "frustration_temperature": 1.0}
    write_json(options.artifact / PHRASE_SETTINGS, unset)
    write_manifest(options.artifact, json.loads((options.artifact / MANIFEST).read_text("utf-8"))["name"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
