"""Texts that `benchmarks.themes` looks for themes in, with the encoder's readings of them."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.adapters.onnx_encoder import OnnxEncoder
from models.discovery.codes import quantise
from models.discovery.discover import Discovery, DiscoverySettings, discover
from models.discovery.grouping import KEPT_A_WEEK, Former
from models.segments import digest, segments

QUESTIONS, SURVEY = "banking77_train.csv.gz", "nhs_fft_neas.csv.gz"


class Texts:
    """Texts with what they are about (read to score only; -1: not known), and the encoder's readings of them."""

    def __init__(self, texts: list[str], intents: NDArray[np.int64], vectors: NDArray[np.float32]) -> None:
        self.texts, self.intents, self.vectors = texts, intents, vectors
        self.codes = quantise(vectors)
        self.digests = [digest(text) for text in texts]

    def __len__(self) -> int:
        return len(self.texts)

    def take(self, rows: NDArray[Any]) -> "Texts":
        """These rows, in this order."""
        return Texts([self.texts[at] for at in rows], self.intents[rows], self.vectors[rows])

    def discovery(self, before: Discovery | None = None, weeks: int = 1) -> Discovery:
        """Themes of these texts, after those of an earlier discovery some weeks ago."""
        held = np.array([one.stability for one in before.themes]) if before else np.zeros(0)
        last = Former(before.space, held, KEPT_A_WEEK**weeks) if before else None
        return discover(self.digests, self.texts, self.codes, DiscoverySettings(), before=last)


def questions(folder: Path, kept: Path | None) -> Texts:
    """Banking77's questions and their intents, in the order of their digests."""
    frame = pd.read_csv(folder / QUESTIONS)
    vectors = _read(frame["text"].tolist(), kept, "questions")
    return _once(Texts(frame["text"].tolist(), pd.factorize(frame["category"])[0].astype(np.int64), vectors))


def survey(folder: Path, kept: Path | None) -> Texts | None:
    """The parts of the survey's comments, in the order of their digests; None without the file."""
    if not (folder / SURVEY).is_file():
        return None
    answers = pd.read_csv(folder / SURVEY, dtype=str)["FFT answer"].fillna("").tolist()
    texts = list({digest(part.text): part.text for answer in answers for part in segments(answer)}.values())
    return _once(Texts(texts, np.full(len(texts), -1), _read(texts, kept, "survey")))


def _read(texts: list[str], kept: Path | None, name: str) -> NDArray[np.float32]:
    file = kept / f"{name}.npy" if kept else None
    if file and file.is_file():
        return np.asarray(np.load(file), np.float32)
    vectors = OnnxEncoder().vectors(texts)
    if file:
        file.parent.mkdir(parents=True, exist_ok=True)
        np.save(file, vectors)
    return vectors


def _once(texts: Texts) -> Texts:
    """Sorted by digest; a text that repeats stands once."""
    return texts.take(np.unique(np.array(texts.digests), return_index=True)[1])
