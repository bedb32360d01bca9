"""The phrase network: each word with those beside it, then two and then four words off; a few heads look at that.

A network without attention between words has no need of padding and reads a comment in a twentieth of the encoder's
time; what it lacks in reading it makes up by hearing the encoder on many more comments (`models.training.variations`).
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, mse_loss, pad, relu

from models.adapters.tokenizer import PairTokenizer
from models.encoding import length_batches
from models.training.encoder import FeedbackEncoder
from models.training.examples import Example
from models.training.teaching import Taught

Report = Callable[[str], None]
# What a masked position gets before a softmax or a maximum.
_NEVER = 1e4


@dataclass(frozen=True, slots=True)
class PhraseRecipe:
    """The network's size and how it is fitted; `unknown` is the share of words hidden from it while it learns."""

    width: int = 128
    layers: int = 3
    heads: int = 4
    dropout: float = 0.1
    unknown: float = 0.05
    epochs: int = 5
    batch: int = 128
    learning_rate: float = 2e-3
    frustration_weight: float = 0.3
    hint_weight: float = 0.5


class PhraseNetwork(nn.Module):  # type: ignore[misc]
    """Three sentiment logits and one of frustration for a (question, comment) pair."""

    def __init__(self, words: Tensor, recipe: PhraseRecipe) -> None:
        super().__init__()
        width = recipe.width
        words = words.clone()
        words[0] = 0.0  # what pads adds nothing to a sum
        self.words = nn.Embedding.from_pretrained(words, freeze=False, padding_idx=0)
        self.question = nn.Linear(width, width)
        self.phrases = nn.ModuleList(nn.Linear(3 * width, width) for _ in range(recipe.layers))
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(recipe.layers))
        self.looks = nn.Linear(width, recipe.heads)
        self.dropout = nn.Dropout(recipe.dropout)
        self.hidden = nn.Linear((recipe.heads + 2) * width, width)
        self.output = nn.Linear(width, 4)
        # Comments of one length need no masks; the exported graph is asked about such alone.
        self.padded = True

    def forward(self, question_ids: Tensor, comment_ids: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (n, 3) and (n,) of questions (n, any) and comments (n, length).

        Zeros pad the questions and, where `padded`, the comments.
        """
        logits = self.output(self.read(question_ids, comment_ids))
        return logits[:, :3], logits[:, 3]

    def read(self, question_ids: Tensor, comment_ids: Tensor) -> Tensor:
        """What the outputs are made of (n, width)."""
        comment = self.words(comment_ids)
        inside = (comment_ids != 0).unsqueeze(-1).to(comment.dtype) if self.padded else None
        tokens = (question_ids != 0).sum(1, keepdim=True)
        asked = torch.tanh(self.question(self.words(question_ids).sum(1) / tokens))
        state = _kept(comment + asked.unsqueeze(1), inside)
        places = None if self.padded else torch.arange(comment.shape[1]).unsqueeze(1)
        for layer, (phrase, norm) in enumerate(zip(self.phrases, self.norms, strict=True)):
            state = _kept(norm(state + relu(phrase(_beside(self.dropout(state), 2**layer, places)))), inside)
        looks = self.looks(state)
        absent = torch.zeros_like(looks[:, :, :1]) if inside is None else (inside - 1) * _NEVER
        weights = torch.softmax(looks + absent, dim=1)
        looked = torch.matmul(weights.transpose(1, 2), state).flatten(1)
        strongest = (state + absent).amax(dim=1)
        seen = self.dropout(torch.cat([looked, strongest, asked], dim=1))
        return relu(self.hidden(seen))


def _kept(state: Tensor, inside: Tensor | None) -> Tensor:
    return state if inside is None else state * inside


def _beside(state: Tensor, step: int, places: Tensor | None) -> Tensor:
    """Each word's state (n, length, d) between those `step` words before and after it (n, length, 3 d).

    With their `places` (length, 1) by one look-up: exported it takes a third of the time, though its gradient takes
    longer.
    """
    padded = pad(state, (0, 0, step, step))
    if places is None:
        return torch.cat([padded[:, : -2 * step], state, padded[:, 2 * step :]], dim=2)
    return padded[:, places + torch.tensor([0, step, 2 * step])].flatten(2)


def word_table(encoder: FeedbackEncoder, width: int) -> Tensor:
    """The encoder's word table in its `width` main directions."""
    words = encoder.bert.embeddings.word_embeddings.weight.detach()
    _, _, directions = torch.linalg.svd(words - words.mean(0), full_matrices=False)
    projected = (words - words.mean(0)) @ directions[:width].T
    return projected / projected.std() * 0.5


def fit_phrases(
    network: PhraseNetwork,
    lessons: Sequence[Example],
    taught: Taught,
    tokenizer: PairTokenizer,
    recipe: PhraseRecipe,
    *,
    seed: int,
    report: Report,
) -> None:
    """Learn in place what the encoder made of each lesson; AdamW with one rise and fall of the rate.

    Besides its answers the network learns to foretell the encoder's pooled output, of which it keeps nothing: that says
    more of a comment than three classes do (Romero et al. 2015 call it a hint).
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    pairs = tokenizer.pairs([e.question for e in lessons], [e.text for e in lessons])
    targets, annoyed = torch.from_numpy(taught.targets), torch.from_numpy(taught.frustration)
    hints = torch.from_numpy((taught.pooled - taught.pooled.mean(axis=0)) / taught.pooled.std(axis=0))
    foretold = nn.Linear(recipe.width, hints.shape[1])
    steps = recipe.epochs * -(-len(lessons) // recipe.batch)
    optimizer = torch.optim.AdamW(
        [*network.parameters(), *foretold.parameters()], lr=recipe.learning_rate, weight_decay=0.01, fused=True
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, recipe.learning_rate, total_steps=steps, pct_start=0.1)
    started = time.perf_counter()
    for epoch in range(recipe.epochs):
        network.train()
        total = 0.0
        for rows in _batches(np.array([len(ids) for ids, _ in pairs]), recipe.batch, rng):
            asked, said = padded_ids([pairs[row] for row in rows])
            said[(rng.random(said.shape) < recipe.unknown) & (said > 0)] = tokenizer.unknown_id
            read = network.read(torch.from_numpy(asked), torch.from_numpy(said))
            logits = network.output(read)
            annoyance = binary_cross_entropy_with_logits(logits[:, 3], annoyed[rows])
            loss = cross_entropy(logits[:, :3], targets[rows]) + recipe.frustration_weight * annoyance
            loss = loss + recipe.hint_weight * mse_loss(foretold(read), hints[rows])
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad(set_to_none=True)
            total += float(loss.detach()) * len(rows)
        pace = (epoch + 1) * len(pairs) / (time.perf_counter() - started)
        report(f"phrases epoch {epoch + 1} of {recipe.epochs}, loss {total / len(pairs):.4f}, {pace:.0f} comments/s")


def padded_ids(pairs: Sequence[tuple[list[int], int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Token ids of the questions (n, longest) and of the comments (n, longest), padded with zeros."""
    parts = [ids[:start] for ids, start in pairs], [ids[start:] for ids, start in pairs]
    asked, said = (np.zeros((len(pairs), max(map(len, part))), np.int64) for part in parts)
    for into, part in zip((asked, said), parts, strict=True):
        for row, ids in enumerate(part):
            into[row, : len(ids)] = ids
    return asked, said


def _batches(lengths: NDArray[np.int64], size: int, rng: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    """Row numbers in batches of similar length, in random order."""
    order = np.argsort(lengths * rng.uniform(0.9, 1.1, len(lengths)) + rng.uniform(0, 2, len(lengths)))
    starts = np.arange(0, len(order), size)
    rng.shuffle(starts)
    for start in starts:
        yield order[start : start + size]


def phrase_logits(
    network: PhraseNetwork, examples: Sequence[Example], tokenizer: PairTokenizer
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Logits (n, 3) of sentiment and (n,) of frustration, without dropout."""
    network.eval()
    pairs = tokenizer.pairs([e.question for e in examples], [e.text for e in examples])
    found = np.zeros((len(examples), 4), np.float32)
    with torch.inference_mode():
        for rows in length_batches([len(ids) for ids, _ in pairs], budget=4096):
            logits, anger = network(*map(torch.from_numpy, padded_ids([pairs[row] for row in rows])))
            found[rows, :3], found[rows, 3] = logits.numpy(), anger.numpy()
    return found[:, :3], found[:, 3]
