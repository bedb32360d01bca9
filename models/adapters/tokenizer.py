"""The tokenizer file that `transformers` writes and reads, run by its Rust engine alone.

`transformers` itself takes about two seconds to import and looks for torch; the engine takes a twentieth of a second
and gives the same tokens (a test compares them), so scoring starts at once.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from tokenizers import Tokenizer

from feedback.errors import ConfigError
from models.encoding import PairLayout, clean


class PairTokenizer:
    """Questions and comments to joined token pairs; holds no state but a cache of the few questions."""

    def __init__(self, tokenizer: Tokenizer, *, length: int = 128) -> None:
        tokenizer.no_padding()
        tokenizer.no_truncation()
        self._tokenizer = tokenizer
        cls_id, sep_id, pad_id = (_mark(tokenizer, mark) for mark in ("[CLS]", "[SEP]", "[PAD]"))
        self.layout = PairLayout(cls_id, sep_id, pad_id, length)
        self.unknown_id = _mark(tokenizer, "[UNK]")
        self._question = lru_cache(maxsize=1024)(self._tokens)

    @classmethod
    def from_file(cls, path: Path, *, length: int = 128) -> "PairTokenizer":
        """Read a `tokenizer.json`."""
        return cls(Tokenizer.from_file(str(path)), length=length)

    def pairs(self, questions: Sequence[str], texts: Sequence[str]) -> list[tuple[list[int], int]]:
        """For each comment the token ids of (question, comment) and where the comment starts."""
        encodings = self._tokenizer.encode_batch_fast([clean(text) for text in texts], add_special_tokens=False)
        join = self.layout.join
        return [join(self._question(question), row.ids) for question, row in zip(questions, encodings, strict=True)]

    def _tokens(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer.encode(clean(text), add_special_tokens=False).ids
        return ids


def _mark(tokenizer: Tokenizer, mark: str) -> int:
    number = tokenizer.token_to_id(mark)
    if number is None:
        raise ConfigError(f"the tokenizer has no {mark}", allowed="word-piece tokenizers of the BERT family")
    return int(number)
