"""Hash chains: each record's hash covers the one before it, so that a change of history shows.

A chain finds accidents and quiet edits. Somebody who may write to the database can recompute a whole chain; against
that, keep the heads (`journal` and `ticket_events` hashes) somewhere else as well.
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime

from ledger.bulk import to_json
from ledger.columns import iso

START = ""
"""What the first record of a chain names as its predecessor."""


def digest(previous: str, content: Sequence[str | int | Sequence[object]]) -> str:
    """SHA-256 over the previous hash and the record's content in canonical JSON, as 64 hexadecimal digits."""
    return hashlib.sha256(f"{previous}\n{to_json(list(content))}".encode()).hexdigest()


def event_hash(
    previous: str, ticket: str, sequence: int, kind: str, actor: str, at: datetime, reason: str, data: str, note: str
) -> str:
    """The hash of an event; `data` is its stored JSON and `note` the digest of its note, not the note."""
    return digest(previous, (ticket, sequence, kind, actor, iso(at), reason, data, note))


def new_salt() -> str:
    """A random salt for one note: once it is erased, the digest cannot be matched to a guessed text."""
    return secrets.token_hex(16)


def note_digest(salt: str, note: str) -> str:
    """The salted digest of a note; "" for no note."""
    return hashlib.sha256(f"{salt}\n{note}".encode()).hexdigest() if note else ""
