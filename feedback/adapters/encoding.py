"""How the bytes of a text file read: by byte order mark, else as declared, else strictly as UTF-8."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from feedback.errors import SourceError

# UTF-32's little-endian mark begins with UTF-16's, so it is looked for first.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
_CHUNK = 2**20
_ESCAPED = re.compile(r"[\udc80-\udcff]+")
_FOREIGN = re.compile(r"[^\x00-\x7f\udc80-\udcff]+")
_DAMAGED_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class TextEncoding:
    """A codec and its error handler; `cut` says that the file ends within a character."""

    name: str
    errors: str = "strict"
    cut: bool = False


@dataclass(frozen=True, slots=True)
class _Fault:
    byte: int
    line: int
    value: bytes
    at_end: bool


def find_encoding(path: Path, declared: str | None = None) -> TextEncoding:
    """The encoding that the whole file decodes with; the file is read once, in pieces.

    A UTF-8 file with a few damaged bytes is taken, its damaged rows marked by lone surrogates, so that only they are
    quarantined. Raises SourceError with byte and line for a file in another encoding than it should be.
    """
    head = _head(path)
    marked = marked_encoding(head)
    name = marked or declared or "utf-8"
    if not marked and not declared:
        _refuse_unmarked_utf16(path, head)
    fault = _first_fault(path, name)
    if fault is None:
        return TextEncoding(name)
    if fault.at_end:
        return TextEncoding(name, "surrogateescape" if _is_utf8(name) else "replace", cut=True)
    if _is_utf8(name) and _only_damaged(path, name):
        return TextEncoding(name, "surrogateescape")
    raise _not_in(path, name, fault, declared)


def marked_encoding(head: bytes) -> str | None:
    """The encoding that a text's first bytes mark, None where they do not."""
    return next((name for mark, name in _MARKS if head.startswith(mark)), None)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4096)


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk
    yield b""


def _is_utf8(name: str) -> bool:
    return codecs.lookup(name).name in ("utf-8", "utf-8-sig")


def _first_fault(path: Path, name: str) -> _Fault | None:
    decoder = codecs.getincrementaldecoder(name)("strict")
    line, done = 1, 0
    for chunk in _chunks(path):
        pending = len(decoder.getstate()[0]) if done else 0
        try:
            decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            start = max(error.start - pending, 0)
            byte = done - pending + error.start
            value = error.object[error.start : error.start + 1]
            return _Fault(byte, line + chunk[:start].count(b"\n"), value, at_end=not chunk)
        done += len(chunk)
        line += chunk.count(b"\n")
    return None


def _only_damaged(path: Path, name: str) -> bool:
    """Whether the file is evidently UTF-8: its sound foreign characters far outnumber its bytes that are none."""
    decoder = codecs.getincrementaldecoder(name)("surrogateescape")
    sound = damaged = 0
    for chunk in _chunks(path):
        text = decoder.decode(chunk, final=not chunk)
        if not text.isascii():
            sound += sum(map(len, _FOREIGN.findall(text)))
            damaged += sum(map(len, _ESCAPED.findall(text)))
    return damaged <= _DAMAGED_SHARE * sound


def _refuse_unmarked_utf16(path: Path, head: bytes) -> None:
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) * 4 < len(head) or not head:
        return
    name = "utf-16-le" if odd > even else "utf-16-be"
    raise SourceError(
        f"every second byte is zero: this looks like {name.upper()} without a byte order mark",
        where=str(path),
        next_step=f"declare encoding: {name} under files in the survey file; nothing was read",
    )


def _not_in(path: Path, name: str, fault: _Fault, declared: str | None) -> SourceError:
    told = f"byte {fault.byte} (0x{fault.value.hex()}) on line {fault.line} is not valid {name.upper()}"
    step = "declare the file's encoding under files in the survey file, for example encoding: windows-1252"
    if declared:
        step = f"correct encoding under files in the survey file ({declared} is declared)"
    return SourceError(told, where=str(path), next_step=f"{step}; nothing was read")
