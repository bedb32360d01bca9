"""The parts of comments that the taxonomy leaves over, and the encoder's readings of them, which are kept."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from ledger.themes import Comments
from models.discovery.codes import Codes, quantise
from models.segments import Segment, digest, segments
from nanni.parts import Parts

_CHUNK = 500


class Leftover(NamedTuple):
    """A part of a comment in which no query of the taxonomy matches; `comment` counts the response's questions."""

    response: int
    comment: int
    part: Segment
    digest: str


def leftovers(parts: Parts, page: Iterable[Comments], below: str = "g") -> list[Leftover]:
    """The parts left over, in order; only those whose digest is less than `below` are looked at."""
    engine = parts.workspace.taxonomy.engine
    found = []
    for row in page:
        for place, text in enumerate(row.texts):
            for part in segments(text):
                name = digest(part.text)
                if name < below and not engine.match_text(part.text):
                    found.append(Leftover(row.response, place, part, name))
    return found


def smallest(parts: Parts, most: int) -> dict[str, str]:
    """Texts by digest: of all parts left over in the ledger, the `most` with the smallest digests."""
    found: dict[str, str] = {}
    below = "g"  # after every hexadecimal digit
    with parts.ledger.read() as uow:
        for page in uow.themes.comments():
            found |= {one.digest: one.part.text for one in leftovers(parts, page, below) if one.digest not in found}
            if len(found) > most:
                found = {name: found[name] for name in sorted(found)[:most]}
                below = max(found)
    return {name: found[name] for name in sorted(found)}


def readings(parts: Parts, texts: Mapping[str, str]) -> dict[str, Codes]:
    """The encoder's reading of each text, by digest: kept ones where there are, else read and kept."""
    encoder, names = parts.encoder, list(texts)
    with parts.ledger.read() as uow:
        known = uow.themes.codes(names, encoder.name)
    missing = [name for name in names if name not in known]
    for at in range(0, len(missing), _CHUNK):
        chunk = missing[at : at + _CHUNK]
        codes = quantise(encoder.vectors([texts[name] for name in chunk]))
        fresh = dict(zip(chunk, codes, strict=True))
        with parts.ledger.begin() as uow:
            uow.themes.keep_codes(fresh, encoder.name)
        known |= fresh
    return known


def stacked(codes: Mapping[str, Codes], names: Iterable[str]) -> Codes:
    """(n, dimensions) readings in the order of the names; a row of zeros where there is none."""
    empty = np.zeros(len(next(iter(codes.values()))) if codes else 1, np.int8)
    return np.array([codes.get(name, empty) for name in names], np.int8).reshape(-1, len(empty))
