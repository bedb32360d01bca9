"""The network: MiniLM, the mean over the comment's tokens, and two heads; and the loop that tunes it."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from models.adapters.tokenizer import PairTokenizer
from models.encoding import length_batches, pad_pairs
from models.training.examples import Example

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one tuning run goes; `frozen_layers` and the embeddings are kept as they are, None freezes nothing."""

    epochs: int = 2
    learning_rate: float = 8e-5
    batch: int = 32
    frozen_layers: int | None = 2
    label_smoothing: float = 0.05
    frustration_weight: float = 0.5
    warmup: float = 0.1
    length: int = 96


class FeedbackEncoder(nn.Module):  # type: ignore[misc]
    """Three sentiment logits and one of frustration for a (question, comment) pair.

    Only the comment's tokens are averaged: they have read the question through attention, and a long question must not
    drown a short answer.
    """

    def __init__(self, bert: BertModel, dropout: float = 0.1) -> None:
        super().__init__()
        self.bert = bert
        self.dropout = nn.Dropout(dropout)
        self.sentiment = nn.Linear(bert.config.hidden_size, 3)
        self.frustration = nn.Linear(bert.config.hidden_size, 1)

    @classmethod
    def from_base(cls, folder: Path, kept: NDArray[np.int64]) -> "FeedbackEncoder":
        """The base model with only the `kept` rows of its word-piece table."""
        bert = BertModel.from_pretrained(folder, add_pooling_layer=False)
        table = bert.embeddings.word_embeddings.weight.data[torch.from_numpy(kept)]
        bert.embeddings.word_embeddings = nn.Embedding.from_pretrained(table, freeze=True, padding_idx=0)
        bert.config.vocab_size = len(kept)
        return cls(bert)

    @classmethod
    def empty(cls, config: BertConfig) -> "FeedbackEncoder":
        """The same shape with random weights, to load a checkpoint into."""
        return cls(BertModel(config, add_pooling_layer=False))

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (n, 3) and (n,) of padded pairs (n, length)."""
        hidden = self.bert(input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids).last_hidden_state
        weight = token_type_ids.unsqueeze(-1).to(hidden.dtype)
        pooled = self.dropout((hidden * weight).sum(1) / weight.sum(1).clamp(min=1.0))
        return self.sentiment(pooled), self.frustration(pooled).squeeze(-1)

    def freeze(self, layers: int) -> None:
        """Keep the embeddings and the first `layers` as they are."""
        self.bert.embeddings.requires_grad_(False)
        for layer in self.bert.encoder.layer[:layers]:
            layer.requires_grad_(False)


def tune(
    model: FeedbackEncoder,
    epochs: Sequence[Sequence[Example]],
    tokenizer: PairTokenizer,
    recipe: Recipe,
    *,
    seed: int,
    report: Report,
) -> None:
    """Tune in place on the examples of each epoch (already sampled and worded), AdamW with warm-up and linear decay."""
    torch.manual_seed(seed)
    if recipe.frozen_layers is not None:
        model.freeze(recipe.frozen_layers)
    batches = [list(_batches(epoch, tokenizer, recipe.batch, np.random.default_rng(seed + i)))
               for i, epoch in enumerate(epochs)]  # fmt: skip
    steps = sum(len(epoch) for epoch in batches)
    optimizer = torch.optim.AdamW(_parameter_groups(model), lr=recipe.learning_rate, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step / steps, recipe.warmup))
    model.train()
    started, done, loss_sum = time.perf_counter(), 0, 0.0
    for batch in (batch for epoch in batches for batch in epoch):
        loss = _loss(model, batch, tokenizer, recipe)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad(set_to_none=True)
        done, loss_sum = done + 1, loss_sum + float(loss.detach())
        if done % 100 == 0 or done == steps:
            pace = done * recipe.batch / (time.perf_counter() - started)
            report(f"step {done}/{steps}, mean loss {loss_sum / (done % 100 or 100):.3f}, {pace:.0f} comments/s")
            loss_sum = 0.0


def predict(
    model: FeedbackEncoder, examples: Sequence[Example], tokenizer: PairTokenizer
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Logits (n, 3) of sentiment and (n,) of frustration, without dropout."""
    model.eval()
    pairs = tokenizer.pairs([e.question for e in examples], [e.text for e in examples])
    sentiment = np.zeros((len(examples), 3), np.float32)
    frustration = np.zeros(len(examples), np.float32)
    with torch.inference_mode():
        for rows in length_batches([len(ids) for ids, _ in pairs], budget=4096):
            batch = pad_pairs([pairs[row] for row in rows], tokenizer.layout.pad_id)
            logits, anger = model(*(torch.from_numpy(part) for part in (batch.ids, batch.mask, batch.segments)))
            sentiment[rows], frustration[rows] = logits.numpy(), anger.numpy()
    return sentiment, frustration


def _loss(model: FeedbackEncoder, batch: Sequence[Example], tokenizer: PairTokenizer, recipe: Recipe) -> Tensor:
    pairs = pad_pairs(tokenizer.pairs([e.question for e in batch], [e.text for e in batch]), tokenizer.layout.pad_id)
    logits, anger = model(*(torch.from_numpy(part) for part in (pairs.ids, pairs.mask, pairs.segments)))
    targets = torch.tensor([e.target for e in batch])
    annoyed = torch.tensor([e.frustration for e in batch])
    labelled, rated = ~targets[:, 0].isnan(), ~annoyed.isnan()
    total = logits.new_zeros(())
    if labelled.any():
        smoothing = recipe.label_smoothing
        total = total + nn.functional.cross_entropy(logits[labelled], targets[labelled], label_smoothing=smoothing)
    if rated.any():
        share = float(rated.float().mean())
        anger_loss = nn.functional.binary_cross_entropy_with_logits(anger[rated], annoyed[rated])
        total = total + recipe.frustration_weight * share * anger_loss
    return total


def _batches(
    examples: Sequence[Example], tokenizer: PairTokenizer, size: int, rng: np.random.Generator
) -> Iterator[list[Example]]:
    lengths = np.array(
        [len(ids) for ids, _ in tokenizer.pairs([e.question for e in examples], [e.text for e in examples])]
    )
    # A little noise on the length mixes neighbours anew each epoch and costs next to no padding.
    order = np.argsort(lengths * rng.uniform(0.9, 1.1, len(lengths)) + rng.uniform(0, 2, len(lengths)))
    starts = np.arange(0, len(order), size)
    rng.shuffle(starts)
    for start in starts:
        yield [examples[row] for row in order[start : start + size]]


def _rate(progress: float, warmup: float) -> float:
    return progress / warmup if progress < warmup else max(0.0, (1.0 - progress) / (1.0 - warmup))


def _parameter_groups(model: FeedbackEncoder) -> list[dict[str, object]]:
    trained = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    plain = [p for name, p in trained if name.endswith("bias") or "LayerNorm" in name]
    decayed = [p for name, p in trained if not (name.endswith("bias") or "LayerNorm" in name)]
    return [{"params": decayed, "weight_decay": 0.01}, {"params": plain, "weight_decay": 0.0}]
