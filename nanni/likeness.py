"""How like a response's words are to those on a ticket, read inside the transaction that decides by it."""

import numpy as np

from ledger.store import SqlUnitOfWork
from models.encoder import Vectors
from nanni.parts import Parts
from nanni.ticket_texts import digest, words_of
from tickets.landing import Candidate
from tickets.ticket import Ticket


class ReadLikeness:
    """`tickets.placing.Likeness` by an encoder; each text is read once, and a ticket's vector is kept.

    The encoder is loaded when first asked. Three decimals: what the event tells is what was compared.
    """

    def __init__(self, uow: SqlUnitOfWork, parts: Parts) -> None:
        self._uow, self._parts = uow, parts
        self._read: dict[str, Vectors] = {}
        self._tickets: dict[str, Vectors] = {}

    def __call__(self, one: Candidate, other: Ticket | Candidate) -> float:
        """The cosine of the two; 0 where one has no words, or in a language the encoder does not read."""
        theirs = self._ticket(other.key) if isinstance(other, Ticket) else self._text(other.said)
        return round(float(np.dot(self._text(one.said), theirs)), 3)

    def _text(self, text: str) -> Vectors:
        if text not in self._read:
            self._read[text] = self._parts.encoder.vectors([text])[0]
        return self._read[text]

    def _ticket(self, key: str) -> Vectors:
        if key not in self._tickets:
            self._tickets[key] = self._stored(key)
        return self._tickets[key]

    def _stored(self, key: str) -> Vectors:
        words, vectors, name = words_of(self._uow, key), self._uow.vectors, self._parts.encoder.name
        mark, vector = vectors.read([key], name).get(key, ("", None))
        if vector is None or mark != digest(words):
            vector = self._text(words)
            vectors.keep({key: (digest(words), vector)}, name)
        return vector
