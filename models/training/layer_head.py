"""A head that reads every upper layer of an encoder kept as it is: a laptop trains it in seconds.

The last layer of an encoder tuned on sentiment keeps what that sentiment needs; the layers below it still say what a
comment is about, which is where neutral ones ("no comment", "as above") differ from the rest.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.adapters.tokenizer import PairTokenizer
from models.encoding import length_batches, pad_pairs
from models.training.encoder import FeedbackEncoder
from models.training.examples import Example

Floats = NDArray[np.float32]
# The state after layers 2 to 6 of MiniLM; the ones below know words only.
LAYERS = (2, 3, 4, 5, 6)


@dataclass(frozen=True, slots=True)
class HeadRecipe:
    """How a head is fitted; `seeds` networks are fitted and their log-probabilities averaged."""

    hidden: int = 128
    epochs: int = 12
    batch: int = 64
    learning_rate: float = 1e-3
    weight_decay: float = 0.05
    input_dropout: float = 0.2
    dropout: float = 0.4
    seeds: int = 3


@dataclass(frozen=True, slots=True, eq=False)
class LayerHead:
    """Fitted networks behind one standardisation; mean and scale (d,)."""

    mean: Floats
    scale: Floats
    networks: tuple[nn.Module, ...]

    def logits(self, features: Floats) -> Floats:
        """Averaged log-probabilities (n, 3) of features (n, d)."""
        rows = torch.from_numpy((features - self.mean) / self.scale)
        with torch.inference_mode():
            parts = [torch.log_softmax(network(rows), dim=1) for network in self.networks]
        mean: Floats = torch.stack(parts).mean(dim=0).numpy()
        return mean


def layer_means(
    model: FeedbackEncoder, examples: Sequence[Example], tokenizer: PairTokenizer, layers: Sequence[int] = LAYERS
) -> Floats:
    """Mean over the comment's tokens of each layer's state, side by side (n, layers * d), without dropout."""
    model.eval()
    pairs = tokenizer.pairs([e.question for e in examples], [e.text for e in examples])
    size = model.bert.config.hidden_size
    means = np.zeros((len(examples), len(layers) * size), np.float32)
    with torch.inference_mode():
        for rows in length_batches([len(ids) for ids, _ in pairs], budget=4096):
            batch = pad_pairs([pairs[row] for row in rows], tokenizer.layout.pad_id)
            ids, mask, segments = (torch.from_numpy(part) for part in (batch.ids, batch.mask, batch.segments))
            found = model.bert(ids, attention_mask=mask, token_type_ids=segments, output_hidden_states=True)
            means[rows] = _pooled([found.hidden_states[layer] for layer in layers], segments).numpy()
    return means


def fit_head(features: Floats, targets: Floats, recipe: HeadRecipe) -> LayerHead:
    """Fit on features (n, d) and class probabilities (n, 3)."""
    mean, scale = features.mean(axis=0), np.maximum(features.std(axis=0), 1e-6)
    rows = torch.from_numpy(((features - mean) / scale).astype(np.float32))
    truth = torch.from_numpy(np.asarray(targets, np.float32))
    return LayerHead(mean, scale, tuple(_fitted(rows, truth, recipe, seed) for seed in range(recipe.seeds)))


def _fitted(rows: Tensor, truth: Tensor, recipe: HeadRecipe, seed: int) -> nn.Module:
    torch.manual_seed(seed)
    network = nn.Sequential(
        nn.Dropout(recipe.input_dropout),
        nn.Linear(rows.shape[1], recipe.hidden),
        nn.GELU(),
        nn.Dropout(recipe.dropout),
        nn.Linear(recipe.hidden, truth.shape[1]),
    )
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay, fused=True
    )
    steps = recipe.epochs * -(-len(rows) // recipe.batch)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1.0 - step / steps)
    for _ in range(recipe.epochs):
        for picked in torch.randperm(len(rows)).split(recipe.batch):
            loss = nn.functional.cross_entropy(network(rows[picked]), truth[picked])
            loss.backward()
            optimizer.step()
            schedule.step()
            optimizer.zero_grad(set_to_none=True)
    return network.eval()


def _pooled(states: Sequence[Tensor], segments: Tensor) -> Tensor:
    weight = segments.unsqueeze(-1).to(states[0].dtype)
    total = weight.sum(1).clamp(min=1.0)
    return torch.cat([(state * weight).sum(1) / total for state in states], dim=1)
