"""More comments for a student to hear its teacher on: parts, joined halves, words left out or changed.

Nobody labels these: the teacher does, so they need not make perfect sense. They are what a small network lacks most,
comments near those it will meet (Tang et al. 2019 and Jiao et al. 2020 distil BERT on such).
"""

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from models.training.examples import Example

_SENTENCE = re.compile(r"(?<=[.!?;\n])\s+|\s+(?=but\b|however\b|although\b)|(?<=,)\s+", re.IGNORECASE)
_LINKS = (". ", ", ", " but ", " and ", "! ", ". However ", " ")
DROPPED, CHANGED = 0.15, 0.15
MIN_WORDS = 2

Neighbours = dict[str, tuple[str, ...]]


def variations(examples: Sequence[Example], neighbours: Neighbours, rng: np.random.Generator) -> list[Example]:
    """One variation of each example: a part of it, a part joined to another's, or words left out and changed."""
    parts = [_parts(example.text) for example in examples]
    made = []
    for i, example in enumerate(examples):
        kind = rng.integers(4)
        if kind == 0 and len(parts[i]) > 1:
            text = str(rng.choice(np.array(parts[i], object)))
        elif kind == 1:
            other = parts[int(rng.integers(len(parts)))]
            link = _LINKS[rng.integers(len(_LINKS))]
            start = parts[i][int(rng.integers(len(parts[i])))].rstrip(".,;!")
            text = start + link + other[int(rng.integers(len(other)))]
        else:
            text = _changed(example.text, neighbours, rng)
        made.append(replace(example, text=text))
    return [example for example in made if example.text.strip()]


def nearest_words(words: Sequence[str], vectors: NDArray[np.float32], most: int = 6) -> Neighbours:
    """For each word (n,) the `most` others whose vectors (n, d) point most nearly the same way."""
    units = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
    found: Neighbours = {}
    for start in range(0, len(words), 2000):
        likeness = units[start : start + 2000] @ units.T
        near = np.argpartition(-likeness, most + 1, axis=1)[:, : most + 1]
        for row, picked in enumerate(near):
            word = words[start + row]
            found[word] = tuple(words[j] for j in picked if words[j] != word)
    return found


def _parts(text: str) -> list[str]:
    parts = [part.strip() for part in _SENTENCE.split(text)]
    return [part for part in parts if len(part.split()) >= MIN_WORDS] or [text]


def _changed(text: str, neighbours: Neighbours, rng: np.random.Generator) -> str:
    words = text.split()
    draws = rng.random(len(words))
    kept = []
    for word, draw in zip(words, draws, strict=True):
        near = neighbours.get(word.lower().strip(".,!?;"))
        if draw < DROPPED:
            continue
        kept.append(near[int(rng.integers(len(near)))] if near and draw < DROPPED + CHANGED else word)
    return " ".join(kept or words)
