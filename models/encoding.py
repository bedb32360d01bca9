"""How a comment and its question become the numbers an encoder reads."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

# A comment beyond this is cut in the middle before it is tokenised: nothing past the token limit could be read anyway.
MAX_CHARACTERS = 2000


@dataclass(frozen=True, slots=True)
class PairLayout:
    """Where question and comment stand: `[CLS] question [SEP] comment [SEP]`, at most `length` tokens.

    A question keeps its first `question_length` tokens. A comment that is too long keeps its beginning and its last
    quarter, since people end with what they want.
    """

    cls_id: int
    sep_id: int
    pad_id: int
    length: int = 128
    question_length: int = 24

    def join(self, question: Sequence[int], comment: Sequence[int]) -> tuple[list[int], int]:
        """Token ids of the pair and the position at which the comment starts."""
        head = [self.cls_id, *question[: self.question_length], self.sep_id]
        return [*head, *cut_middle(comment, self.length - len(head) - 1), self.sep_id], len(head)


@dataclass(frozen=True, slots=True, eq=False)
class EncodedBatch:
    """Padded pairs, each array (n, longest) int64; `segments` is 1 on the comment and its closing mark, else 0."""

    ids: NDArray[np.int64]
    mask: NDArray[np.int64]
    segments: NDArray[np.int64]


def cut_middle(tokens: Sequence[int], room: int) -> list[int]:
    """The tokens when they fit into `room`, else the first three quarters of it and the last quarter."""
    if len(tokens) <= room:
        return list(tokens)
    tail = room // 4
    return [*tokens[: room - tail], *tokens[len(tokens) - tail :]]


def pad_pairs(pairs: Sequence[tuple[list[int], int]], pad_id: int) -> EncodedBatch:
    """Pad joined pairs to the longest of them."""
    longest = max(len(ids) for ids, _ in pairs)
    ids = np.full((len(pairs), longest), pad_id, np.int64)
    mask, segments = np.zeros_like(ids), np.zeros_like(ids)
    for row, (tokens, start) in enumerate(pairs):
        ids[row, : len(tokens)] = tokens
        mask[row, : len(tokens)] = 1
        segments[row, start : len(tokens)] = 1
    return EncodedBatch(ids, mask, segments)


def length_batches(lengths: Sequence[int], budget: int, largest: int = 64) -> Iterable[list[int]]:
    """Row numbers in batches of similar length, shortest first; rows times longest stays within `budget` tokens."""
    batch: list[int] = []
    for row in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and (len(batch) >= largest or (len(batch) + 1) * lengths[row] > budget):
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def kept_parts(text: str) -> list[tuple[int, int]]:
    """Spans [start, end) that the tokenizer is shown: the whole comment, or beginning and end of a very long one."""
    if len(text) <= MAX_CHARACTERS:
        return [(0, len(text))]
    tail = MAX_CHARACTERS // 4
    return [(0, MAX_CHARACTERS - tail), (len(text) - tail, len(text))]


def clean(text: str) -> str:
    """The comment as the tokenizer should see it: middle of a very long one cut out, emoji spelt by their name."""
    if len(text) > MAX_CHARACTERS:
        text = " ".join(text[start:end] for start, end in kept_parts(text))
    if text.isascii():
        return text
    return "".join(_spell(character) for character in text)


@lru_cache(maxsize=4096)
def _spell(character: str) -> str:
    if character < "\u2600" or unicodedata.category(character) != "So":
        return character
    return f" {unicodedata.name(character, character).lower()} "
