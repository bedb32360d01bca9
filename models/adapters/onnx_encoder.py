"""What texts are about, as vectors of length one, by the encoder that ships (or another folder like it).

Each text goes through alone: in a padded batch an int8 graph's answer would depend on a text's neighbours.
"""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from models.adapters.artifact import open_artifact
from models.adapters.langid import detect
from models.adapters.onnx_network import CPU, session
from models.artifact import Manifest
from models.encoding import clean
from models.language import is_readable

DEFAULT_ENCODER = Path(__file__).parent.parent / "artifacts" / "encoder-1"
MODEL, TOKENIZER = "model.onnx", "tokenizer.json"
INPUTS = ("input_ids", "attention_mask")
LANGUAGES = ("en",)
LENGTH = 256
DIMENSIONS = 384


class OnnxEncoder:
    """`models.encoder.TextEncoder` over an artifact folder, loaded and checked against its manifest when first used.

    Raises NotFoundError or ArtifactError then.
    """

    def __init__(self, folder: Path = DEFAULT_ENCODER, *, graph: Path | None = None) -> None:
        self._folder = folder
        self._graph = graph or folder / MODEL

    @cached_property
    def name(self) -> str:
        """Which encoder made a stored vector; vectors of different encoders do not compare."""
        return f"{self._checked.name}@{self._checked.files[MODEL][:12]}-{'-'.join(LANGUAGES)}"

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, 384), rows of length one; zeros of a text without words, or in a language that it cannot read.

        To an encoder of English all Arabic looks alike, which is no likeness.
        """
        found = np.zeros((len(texts), DIMENSIONS), np.float32)
        for i, text in enumerate(texts):
            if text.strip() and is_readable(text, None, LANGUAGES, detect):
                found[i] = self._one(text)
        return found

    @cached_property
    def _checked(self) -> Manifest:
        return open_artifact(self._folder)

    def _one(self, text: str) -> NDArray[np.float32]:
        ids = np.array([self._tokenizer.encode(clean(text)).ids], np.int64)
        (vector,) = self._session.run(["vector"], dict(zip(INPUTS, (ids, np.ones_like(ids)), strict=True)))
        return np.asarray(vector[0], np.float32)

    @cached_property
    def _session(self) -> onnxruntime.InferenceSession:
        return session(self._graph, CPU)

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        assert self._checked.files  # an unknown or changed folder has been refused by now
        tokenizer = Tokenizer.from_file(str(self._folder / TOKENIZER))
        tokenizer.no_padding()
        tokenizer.enable_truncation(LENGTH)
        return tokenizer
