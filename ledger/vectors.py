"""Encoders' readings of tickets, kept so that a text is read once; erased with the words they are of."""

from collections.abc import Mapping, Sequence

import numpy as np
from sqlalchemy import Connection, delete, insert, select

from ledger.bulk import within
from ledger.schema import ticket_vectors
from models.encoder import Vectors

_STORED = np.dtype("<f4")


class SqlVectorStore:
    """One vector a ticket, by encoder and by the digest of the words it was made of."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def read(self, tickets: Sequence[str], encoder: str) -> dict[str, tuple[str, Vectors]]:
        """Digest of the words and vector of those of these tickets that this encoder has read."""
        mine = within(self._connection, ticket_vectors.c.ticket, tickets)
        rows = self._connection.execute(select(ticket_vectors).where(mine, ticket_vectors.c.encoder == encoder))
        return {row.ticket: (row.words, np.frombuffer(row.vector, _STORED).astype(np.float32)) for row in rows}

    def keep(self, vectors: Mapping[str, tuple[str, Vectors]], encoder: str) -> None:
        """Write these in place of what there was."""
        if not vectors:
            return
        old = within(self._connection, ticket_vectors.c.ticket, list(vectors))
        self._connection.execute(delete(ticket_vectors).where(old))
        self._connection.execute(
            insert(ticket_vectors),
            [
                {"ticket": key, "encoder": encoder, "words": words, "vector": vector.astype(_STORED).tobytes()}
                for key, (words, vector) in vectors.items()
            ],
        )
