"""What customers said on tickets, as texts and as vectors that are kept."""

from collections.abc import Mapping, Sequence
from hashlib import sha256

import numpy as np

from feedback.response import SurveyResponse
from ledger.store import SqlUnitOfWork
from models.encoder import TextEncoder, Vectors
from nanni.parts import Parts

_CHUNK = 500


def words_of(uow: SqlUnitOfWork, key: str) -> str:
    """Every comment on a ticket, oldest first; empty once they are erased."""
    return "\n".join(filter(None, (said(stored.response) for stored in uow.tickets.responses(key))))


def said(response: SurveyResponse) -> str:
    """Every comment of a response, one a line."""
    return "\n".join(text for comment in response.comments if (text := comment.text.strip()))


def digest(text: str) -> str:
    """What a kept vector is known to be of."""
    return sha256(text.encode()).hexdigest()[:24]


def texts_of(parts: Parts, keys: Sequence[str]) -> dict[str, str]:
    """The words of each of these tickets that has any."""
    with parts.ledger.read() as uow:
        found = {key: words_of(uow, key) for key in keys}
    return {key: text for key, text in found.items() if text}


def vectors_of(parts: Parts, texts: Mapping[str, str], encoder: TextEncoder) -> Vectors:
    """(n, dimensions) in the order of `texts`: kept vectors where the words are still the same, else read and kept."""
    digests = {key: digest(text) for key, text in texts.items()}
    with parts.ledger.read() as uow:
        kept = uow.vectors.read(list(texts), encoder.name)
    known = {key: vector for key, (words, vector) in kept.items() if words == digests[key]}
    missing = [key for key in texts if key not in known]
    for at in range(0, len(missing), _CHUNK):
        chunk = missing[at : at + _CHUNK]
        read = encoder.vectors([texts[key] for key in chunk])
        fresh = dict(zip(chunk, read, strict=True))
        with parts.ledger.begin() as uow:
            uow.vectors.keep({key: (digests[key], vector) for key, vector in fresh.items()}, encoder.name)
        known |= fresh
    return np.array([known[key] for key in texts], np.float32) if texts else encoder.vectors([])
