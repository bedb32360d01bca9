"""What makes two rows the same: a hash of their mapped values, and an id where the source gives none."""

import hashlib
import json
from collections.abc import Mapping, Sequence

_ENCODER = json.JSONEncoder(separators=(",", ":"))


def content_hashes(values: Mapping[str, Sequence[str]], count: int) -> list[str]:
    """SHA-256 (64 hex digits) of each row's mapped values.

    The same values give the same hash whatever the order of columns, the encoding of the file or its line ends;
    columns that are not mapped play no part.
    """
    if not values:
        return [hashlib.sha256(b"[]").hexdigest()] * count
    names = sorted(values)
    prefix = hashlib.sha256(_ENCODER.encode(names).encode())
    return [_digest(prefix, row) for row in zip(*(values[name] for name in names), strict=True)]


def synthesised_ids(columns: Sequence[Sequence[str]]) -> list[str]:
    """An id for each row from the cells of the columns that identify it; "" where all of them are empty.

    Two rows with equal cells get the same id: they are one response told twice.
    """
    return [f"syn-{_hexdigest(row)[:32]}" if any(row) else "" for row in zip(*columns, strict=True)]


def _digest(prefix: "hashlib._Hash", row: Sequence[str]) -> str:
    text = _ENCODER.encode(row)
    if "\\r" in text:
        text = _ENCODER.encode([cell.replace("\r\n", "\n") for cell in row])
    digest = prefix.copy()
    digest.update(text.encode("ascii"))
    return digest.hexdigest()


def _hexdigest(row: Sequence[str]) -> str:
    return hashlib.sha256(_ENCODER.encode(row).encode("ascii")).hexdigest()
