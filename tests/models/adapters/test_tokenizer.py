import os

import pytest

from models.adapters.onnx_sentiment import DEFAULT_ARTIFACT
from models.adapters.tokenizer import PairTokenizer

TEXTS = [
    "Nothing",
    "The café's driver was LATE — again!!",
    "It's £5 not €6",
    "naïve résumé",
    "unbelievably-overpriced wifi",
]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_the_engine_gives_the_tokens_that_transformers_gives() -> None:
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    from transformers import AutoTokenizer

    theirs = AutoTokenizer.from_pretrained(DEFAULT_ARTIFACT)
    ours = PairTokenizer.from_file(DEFAULT_ARTIFACT / "tokenizer.json").pairs(["What went wrong?"] * len(TEXTS), TEXTS)
    for text, (ids, start) in zip(TEXTS, ours, strict=True):
        encoded = theirs("What went wrong?", text)
        assert encoded["input_ids"] == ids
        assert encoded.sequence_ids()[start] == 1 and encoded.sequence_ids()[start - 1] is None
