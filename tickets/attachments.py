"""Files on tickets: what may be attached, under which name, and what the bytes say they are."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from tickets.actions import Acted
from tickets.events import EventKind
from tickets.lifecycle import LifecycleError, Move, destination
from tickets.ticket import Ticket

NAME_LENGTH = 120
_UNSAFE = re.compile(r"[^\w.()\[\] +,=@-]+")
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
_NOTE = re.compile(r"(?s)(.*) \[sha256 ([0-9a-f]{64})\]")

_SIGNATURES: tuple[tuple[str, int, bytes], ...] = (
    ("image/png", 0, b"\x89PNG\r\n\x1a\n"),
    ("image/jpeg", 0, b"\xff\xd8\xff"),
    ("image/gif", 0, b"GIF8"),
    ("image/webp", 8, b"WEBP"),
    ("image/heic", 4, b"ftypheic"),
    ("application/pdf", 0, b"%PDF-"),
    ("audio/mpeg", 0, b"ID3"),
    ("audio/wav", 8, b"WAVE"),
    ("video/mp4", 4, b"ftyp"),
    ("application/x-ole", 0, b"\xd0\xcf\x11\xe0"),
    ("application/x-executable", 0, b"\x7fELF"),
    ("application/x-executable", 0, b"MZ"),
    ("application/zip", 0, b"PK\x03\x04"),
)
_OFFICE = (
    (b"word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (b"xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
)
_MARKUP = re.compile(rb"(?i)^\s*(<!doctype|<html|<script|<svg|<\?xml|<\?php)")
_BY_NAME = {"eml": "message/rfc822", "csv": "text/csv"}

DEFAULT_TYPES = (
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "image/heic",
    "application/pdf",
    "text/plain",
    "text/csv",
    "message/rfc822",
    *(kind for _, kind in _OFFICE),
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be attached: bytes of one file, files on one ticket, and media types by content."""

    bytes: int = 10_000_000
    files: int = 20
    types: tuple[str, ...] = DEFAULT_TYPES


@dataclass(frozen=True, slots=True)
class Attachment:
    """One file on a ticket; `number` is that of its event, `digest` the SHA-256 of its bytes that it is stored by."""

    ticket: str
    number: int
    name: str
    media_type: str
    size: int
    digest: str
    at: datetime
    by: str


def safe_name(name: str) -> str:
    """A name that can be shown and offered for download anywhere: no path, no control or direction characters."""
    plain = unicodedata.normalize("NFC", name.replace("\\", "/").rpartition("/")[2])
    plain = "".join(letter for letter in plain if unicodedata.category(letter)[0] != "C")
    plain = _UNSAFE.sub("_", plain).strip(" .")
    if not plain or _RESERVED.fullmatch(plain):
        plain = f"file_{plain}".rstrip("_")
    stem, dot, ending = plain.rpartition(".")
    keep = NAME_LENGTH - len(dot + ending)
    return plain if len(plain) <= NAME_LENGTH else (stem or ending)[: max(keep, 1)] + (dot + ending if stem else "")


def media_type(content: bytes, name: str = "") -> str:
    """What the bytes are, whatever the name claims; the name only tells kinds of plain text apart."""
    for kind, offset, signature in _SIGNATURES:
        if content[offset : offset + len(signature)] == signature:
            return _office(content) if kind == "application/zip" else kind
    if _MARKUP.match(content[:512]):
        return "text/html"
    if b"\x00" in content[:65536]:
        return "application/octet-stream"
    try:
        content.decode()
    except UnicodeDecodeError:
        return "application/octet-stream"
    return _BY_NAME.get(name.rpartition(".")[2].lower(), "text/plain")


def _office(content: bytes) -> str:
    """A zip file that an office suite wrote, by the folders in its directory."""
    if b"[Content_Types].xml" in content and b"vbaProject.bin" not in content:
        for folder, kind in _OFFICE:
            if folder in content:
                return kind
    return "application/zip"


def attach(
    ticket: Ticket, actor: str, now: datetime, name: str, content: bytes, digest: str, held: int, limits: Limits
) -> Acted:
    """Put a file on the ticket that has `held` already; its name and digest are words that can be erased.

    Raises LifecycleError for a file that is empty, too large, one too many, or of a kind that is not allowed.
    """
    destination(ticket, Move.NOTE)
    kind = media_type(content, name)
    for wrong, what, way in (
        (not content, "the file is empty", "attach the file itself"),
        (len(content) > limits.bytes, f"{len(content):,} bytes are too many", "attach a smaller file"),
        (held >= limits.files, f"the ticket has {held} files", "take one off first"),
        (kind not in limits.types, f"its content is {kind}", "attach another kind of file"),
    ):
        if wrong:
            raise LifecycleError(
                f"{safe_name(name)} cannot be attached: {what}",
                where=f"ticket {ticket.key}",
                allowed=f"at most {limits.bytes:,} bytes and {limits.files} files of {', '.join(limits.types)}",
                next_step=way,
            )
    data = (("media_type", kind), ("size", str(len(content))))
    told = f"{safe_name(name)} [sha256 {digest}]"
    return Acted(ticket, ()).then(EventKind.FILE_ATTACHED, actor, now, data, note=told)


def detach(ticket: Ticket, actor: str, now: datetime, number: int) -> Acted:
    """Take a file off the ticket."""
    destination(ticket, Move.NOTE)
    return Acted(ticket, ()).then(EventKind.FILE_REMOVED, actor, now, (("file", str(number)),))


def named(note: str) -> tuple[str, str]:
    """Name and digest out of the words of an event; empty ones once they are erased."""
    found = _NOTE.fullmatch(note)
    return (found.group(1), found.group(2)) if found else ("", "")
