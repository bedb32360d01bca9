"""What makes two rows the same: a hash of their mapped values, and an id where the source gives none."""

import hashlib
from collections.abc import Mapping, Sequence

_BETWEEN, _ESCAPE = "\x1f", "\x1e"


def content_hashes(values: Mapping[str, Sequence[str]], count: int) -> list[str]:
    """A hash (BLAKE2b, 32 hex digits) of each row's mapped values.

    The same values give the same hash whatever the order of columns, the encoding of the file or its line ends;
    columns that are not mapped play no part.
    """
    names = sorted(values)
    rows = _rows([values[name] for name in names]) if names else [""] * count
    start = _BETWEEN.join(names) + _BETWEEN
    return [_digest(start + row) for row in rows]


def synthesised_ids(columns: Sequence[Sequence[str]]) -> list[str]:
    """An id for each row from the cells of the columns that identify it; "" where all of them are empty.

    Two rows with equal cells get the same id: they are one response told twice.
    """
    nothing = _BETWEEN * (len(columns) - 1)
    return [f"syn-{_digest(row)}" if row != nothing else "" for row in _rows(columns)]


def _digest(text: str) -> str:
    # 128 bits: rows are compared with others of their own id only, and the hash is kept with every response.
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _rows(columns: Sequence[Sequence[str]]) -> list[str]:
    """Each row's cells in one text that no other row of cells gives."""
    return list(map(_BETWEEN.join, zip(*map(_plain, columns), strict=True)))


def _plain(cells: Sequence[str]) -> Sequence[str]:
    together = "".join(cells)
    if "\r" in together:
        cells = [cell.replace("\r\n", "\n") for cell in cells]
    if _BETWEEN in together or _ESCAPE in together:
        cells = [cell.replace(_ESCAPE, _ESCAPE + "0").replace(_BETWEEN, _ESCAPE + "1") for cell in cells]
    return cells
