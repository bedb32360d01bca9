"""Discovered themes on a large store; a part of `benchmarks.outer_loop`.

Reading a million sentences with the encoder that ships takes more than an hour of a processor. So a stand-in reads them
here, and the encoder reads only a sample, whose rate is told beside: everything else (cutting comments, the taxonomy's
queries, storing and finding readings, discovery, assigning every sentence) is what the product does. The stand-in gives
each word a direction of its own; a sentence is the mean of its words' directions. It groups by shared words where the
encoder groups by meaning, so the themes it leads to say nothing about quality.
"""

import time
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select

from benchmarks.outer_loop_store import NOW
from benchmarks.watching import spent
from ledger.schema import found_mentions, segment_vectors
from models.adapters.onnx_encoder import DIMENSIONS, OnnxEncoder
from models.segments import segments
from nanni.found_themes import discover_themes
from nanni.parts import Parts
from nanni.theme_views import listed
from nanni.wiring import wire

SAMPLE = 1_000
_COMMON = "a an and the of to it is was my your in on for at with i".split()


class StandIn:
    """Reads texts by their words: near when they share rare ones. It cannot be mistaken for the encoder by its name."""

    name = "words-stand-in@1"

    def __init__(self) -> None:
        self._known: dict[str, NDArray[np.float32]] = dict.fromkeys(_COMMON, np.zeros(DIMENSIONS, np.float32))

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, 384), rows of length one; zeros of a text without such a word."""
        found = np.array([sum(map(self._direction, text.lower().split()), np.zeros(DIMENSIONS)) for text in texts])
        lengths = np.sqrt((found**2).sum(axis=1, keepdims=True))
        return np.asarray(found / np.where(lengths > 0, lengths, 1), np.float32)

    def _direction(self, word: str) -> NDArray[np.float32]:
        word = word.strip(".,!?")
        if word not in self._known:
            seed = int.from_bytes(sha256(word.encode()).digest()[:8], "big")
            fresh = np.random.default_rng(seed).standard_normal(DIMENSIONS).astype(np.float32)
            if len(self._known) >= 100_000:  # typing errors and order numbers are seen once
                return fresh
            self._known[word] = fresh
        return self._known[word]


def standing_in(folder: Path) -> Parts:
    """The workspace, read by the stand-in."""
    parts = wire(folder, lambda: NOW)
    parts.encoder = StandIn()
    return parts


def discovered(folder: Path) -> dict[str, Any]:
    """One discovery with the assignment of every response that was not asked about, and what is stored then."""
    parts = standing_in(folder)
    began = time.process_time(), time.perf_counter()
    found = discover_themes(parts, "benchmark")
    told = spent(*began) | {
        "looked_at": found.texts, "themes": found.themes, "tentative": found.tentative, "fates": dict(found.fates),
        "new_mentions": found.mentions,
    }  # fmt: skip
    with parts.ledger.read() as uow:
        for name, table in (("readings", segment_vectors), ("mentions", found_mentions)):
            told[name] = uow.connection.execute(select(func.count()).select_from(table)).scalar_one()
    parts.close()
    return told


def shown(folder: Path) -> dict[str, Any]:
    """The list of themes as the command line and the desk show it."""
    parts = standing_in(folder)
    began = time.process_time(), time.perf_counter()
    listed(parts)
    told = spent(*began)
    parts.close()
    return told


def encoder_rate(folder: Path) -> dict[str, Any]:
    """What the encoder that ships takes for a sentence of these comments, on one thread."""
    parts, encoder = standing_in(folder), OnnxEncoder()
    said: dict[str, None] = {}
    with parts.ledger.read() as uow:
        for page in uow.themes.comments():
            said |= dict.fromkeys(part.text for row in page for text in row.texts for part in segments(text))
            if len(said) > SAMPLE:
                break
    parts.close()
    texts = list(said)[:SAMPLE]
    encoder.vectors(texts[:5])
    start = time.process_time()
    encoder.vectors(texts)
    return {"sentences": len(texts), "ms": round((time.process_time() - start) * 1000 / len(texts), 2)}
