"""The encoder that ships: what means the same lies closer, whatever stands beside it."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from feedback.errors import NotFoundError
from models.adapters.artifact import ArtifactError
from models.adapters.onnx_encoder import DEFAULT_ENCODER, DIMENSIONS, OnnxEncoder
from models.encoder import TextEncoder, cosines

ENCODER: TextEncoder = OnnxEncoder()


def test_the_same_in_other_words_lies_closer_than_something_else() -> None:
    texts = (
        "I was charged twice for one order.",
        "My card was debited two times.",
        "The courier left it in the rain.",
    )
    vectors = ENCODER.vectors(texts)
    assert vectors.shape == (3, DIMENSIONS) and vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)
    near, far = cosines(vectors[0], vectors[1:])
    assert near > far + 0.3


def test_a_text_gets_the_same_vector_in_any_company_and_none_without_words() -> None:
    alone = ENCODER.vectors(["Late again."])[0]
    beside = ENCODER.vectors(["A much longer sentence about something else entirely, " * 5, "Late again.", " "])
    assert np.array_equal(alone, beside[1])
    assert not beside[2].any()
    assert ENCODER.vectors([]).shape == (0, DIMENSIONS)


def test_what_it_cannot_read_is_like_nothing() -> None:
    arabic = ("مكتوب أنه تم التسليم لكن لم يصلني شيء.", "المنتج كان مكسورا.")
    assert not ENCODER.vectors(arabic).any()


def test_the_name_changes_with_the_graph_and_a_changed_folder_is_refused(tmp_path: Path) -> None:
    assert ENCODER.name.startswith("nanni-encoder-1@")
    with pytest.raises(NotFoundError, match="no model folder"):
        OnnxEncoder(tmp_path).vectors(["x"])
    copy = tmp_path / "copy"
    shutil.copytree(DEFAULT_ENCODER, copy)
    (copy / "tokenizer.json").write_text("{}")
    with pytest.raises(ArtifactError, match=r"tokenizer\.json"):
        OnnxEncoder(copy).vectors(["x"])
