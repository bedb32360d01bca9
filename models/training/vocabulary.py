"""Drop word pieces that no English comment can produce: it changes no token of Latin text and shrinks the table."""

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

_LAST_LATIN = 0x024F
_PUNCTUATION = range(0x2000, 0x2C00)


def is_kept(piece: str) -> bool:
    """True for marks, Latin letters, digits, punctuation and symbols; false for placeholders and other scripts."""
    if piece.startswith("[unused"):
        return False
    return all(ord(character) <= _LAST_LATIN or ord(character) in _PUNCTUATION for character in piece)


def prune(tokenizer_json: str) -> tuple[str, NDArray[np.int64]]:
    """The tokenizer file with the kept pieces numbered anew, and for each new number its old one."""
    document: dict[str, Any] = json.loads(tokenizer_json)
    pieces = sorted(document["model"]["vocab"].items(), key=lambda item: item[1])
    kept = [(piece, old) for piece, old in pieces if is_kept(piece)]
    renumbered = {old: new for new, (_, old) in enumerate(kept)}
    document["model"]["vocab"] = {piece: renumbered[old] for piece, old in kept}
    for token in document["added_tokens"]:
        token["id"] = renumbered[token["id"]]
    for mark in document["post_processor"]["special_tokens"].values():
        mark["ids"] = [renumbered[old] for old in mark["ids"]]
    document["truncation"] = document["padding"] = None
    return json.dumps(document, ensure_ascii=False), np.array([old for _, old in kept], np.int64)
