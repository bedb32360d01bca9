"""Files on tickets: the bytes in the workspace's state folder under their own hash, the rest in the ledger."""

import os
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile

from feedback.errors import NotFoundError, StoreError
from nanni.parts import Parts
from nanni.work import act
from tickets import attachments
from tickets.attachments import Attachment

FOLDER = "files"
_YOUNG = timedelta(hours=1)
"""A file that no ticket has yet may belong to an action that is just being committed."""


def attach(parts: Parts, key: str, name: str, content: bytes, actor: str) -> Attachment:
    """Put a file on a ticket. Raises NotFoundError, LifecycleError for what the limits do not allow, or StoreError.

    The bytes are on disk before the ledger says so: a crash in between leaves a file that `sweep` takes away.
    """
    digest, limits = sha256(content).hexdigest(), parts.workspace.teamwork.attachments
    with parts.ledger.read() as uow:
        ticket = uow.tickets.get(key)
        held = len(uow.teamwork.attachments(ticket.key))
    attachments.attach(ticket, actor, parts.clock(), name, content, digest, held, limits)  # before writing
    _write(_path(parts, digest), content)
    after = act(
        parts,
        key,
        lambda now: attachments.attach(now, actor, parts.clock(), name, content, digest, held, limits),
    )
    _write(_path(parts, digest), content)  # a sweep may have taken it between the first writing and the commit
    with parts.ledger.read() as uow:
        return max(uow.teamwork.attachments(after.key), key=lambda one: one.number)


def attached(parts: Parts, key: str) -> list[Attachment]:
    """The files on a ticket. Raises NotFoundError."""
    with parts.ledger.read() as uow:
        return list(uow.teamwork.attachments(uow.tickets.get(key).key))


def content_of(parts: Parts, key: str, number: int) -> tuple[Attachment, bytes]:
    """One file with its bytes. Raises NotFoundError, and StoreError when the bytes are not what was attached."""
    with parts.ledger.read() as uow:
        file = uow.teamwork.attachment(key, number)
    path = _path(parts, file.digest)
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise NotFoundError(
            f"the bytes of {file.name} are gone", where=str(path), next_step="restore the state folder from a backup"
        ) from error
    if sha256(content).hexdigest() != file.digest:
        raise StoreError(
            f"the bytes of {file.name} are not those that were attached",
            where=str(path),
            next_step="restore the file from a backup",
        )
    return file, content


def detach(parts: Parts, key: str, number: int, actor: str) -> None:
    """Take a file off a ticket. Raises NotFoundError."""
    with parts.ledger.read() as uow:
        uow.teamwork.attachment(key, number)
    act(parts, key, lambda ticket: attachments.detach(ticket, actor, parts.clock(), number))
    sweep(parts)


def sweep(parts: Parts) -> int:
    """Take files off the disk that are on no ticket any more (taken off, erased, never committed); returns how many."""
    folder = parts.workspace.settings.state / FOLDER
    with parts.ledger.read() as uow:
        wanted, known = uow.teamwork.digests(), uow.teamwork.digests(removed=True)
    gone = 0
    for path in sorted(folder.glob("??/*")):
        if path.name in wanted:
            continue
        age = parts.clock().timestamp() - path.stat().st_mtime
        if path.name in known or age > _YOUNG.total_seconds():
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def _path(parts: Parts, digest: str) -> Path:
    return parts.workspace.settings.state / FOLDER / digest[:2] / digest


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, and readable by nobody else."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(path)
