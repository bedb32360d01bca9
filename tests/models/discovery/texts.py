"""Small made-up texts about few things, with readings by words: near when they share words, and exactly repeatable."""

from collections.abc import Sequence
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

SUBJECTS = {
    "assembly": "screws instructions assembly drilled holes missing shelf flatpack panel dowels",
    "parking": "parking car park spaces ticket machine barrier trolley bay full level",
    "cafe": "cafe meatballs coffee tray queue cold lunch cake tables dirty",
    "lighting": "lamp bulb flickers shade switch glow dimmer cable socket dark",
}
_FILLERS = ("today", "again", "really", "sadly", "indeed", "once", "more", "there")


class WordEncoder:
    """Each word has a direction of its own; a text is the mean of its words' directions."""

    name = "words@1"

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        found = np.array([np.mean([_direction(word) for word in text.lower().split()] or [np.zeros(48)], axis=0)
                          for text in texts])  # fmt: skip
        lengths = np.linalg.norm(found, axis=1, keepdims=True)
        return np.asarray(found / np.where(lengths > 0, lengths, 1), np.float32)


def _direction(word: str) -> NDArray[np.float64]:
    seed = int.from_bytes(sha256(word.strip(".,!?").encode()).digest()[:4], "big")
    return np.random.default_rng(seed).normal(size=48)


def sentences(subject: str, count: int, seed: int = 1) -> list[str]:
    """Different sentences about a subject: five of its words and a filler."""
    draw = np.random.default_rng([seed, len(subject)])
    words = SUBJECTS[subject].split()
    found: dict[str, None] = {}
    while len(found) < count:
        chosen = [words[at] for at in draw.choice(len(words), 5, replace=False)]
        found[f"The {' '.join(chosen)} {_FILLERS[draw.integers(len(_FILLERS))]}"] = None
    return list(found)


def blurred(many: int, count: int, seed: int) -> list[str]:
    """Different texts about `many` subjects that share words: three words of six, and two of anything."""
    draw = np.random.default_rng(seed)
    known = " ".join(SUBJECTS.values()).split()
    subjects = [draw.choice(known, 6, replace=False) for _ in range(many)]
    found: dict[str, None] = {}
    while len(found) < count:
        own = draw.choice(subjects[draw.integers(many)], 3, replace=False)
        found[" ".join([*own, *draw.choice(known, 2)])] = None
    return list(found)
