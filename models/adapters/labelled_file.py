"""A team's labelled comments, read from a CSV file as spreadsheets and survey tools write it."""

import codecs
import csv
import gzip
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from feedback.adapters.encoding import marked_encoding
from feedback.errors import ConfigError, SourceError
from feedback.mend import DELIMITERS
from models.evaluate import LabelledComment
from models.sentiment import CLASSES, ScoreInput, Sentiment


def read_labelled(
    path: Path,
    *,
    text: str,
    label: str,
    mapping: Mapping[str, Sentiment],
    question: str | None = None,
    group: str | None = None,
    language: str | None = None,
    encoding: str | None = None,
) -> list[LabelledComment]:
    """Rows of a delimited file (also .gz) with a comment and a label; rows whose label is empty are left out.

    The bytes are read by their byte order mark, else by `encoding`, else as UTF-8; columns are cut at whichever of
    comma, semicolon, tab and bar finds them. Labels that are class names need no mapping. Raises SourceError for an
    unreadable file or an absent or repeated column, and ConfigError that lists every label value without a class.
    """
    frame = _frame(path, _decoded(path, encoding), [name for name in (text, label, question, group, language) if name])
    frame = frame[frame[label].str.strip().ne("")]
    if frame.empty:
        raise SourceError("no row has a label", where=f"{path}, column {label}", next_step="name the column of labels")
    known = {str(name): name for name in CLASSES} | dict(mapping)
    values = [_plain(value) for value in frame[label]]
    if unknown := sorted({value for value in values if value not in known}):
        raise ConfigError(
            f"label values without a class: {', '.join(unknown[:20])}",
            where=f"{path.name}, column {label}",
            allowed=", ".join(CLASSES),
            next_step=f"pass --map '{unknown[0]}=negative,…'",
        )
    empty = [""] * len(frame)
    columns = (frame[name] if name else empty for name in (question, group, language))
    return [
        LabelledComment(ScoreInput(words, asked, tongue or None), known[value], person)
        for words, value, asked, person, tongue in zip(frame[text], values, *columns, strict=True)
    ]


def _decoded(path: Path, declared: str | None) -> str:
    try:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError) as error:
        raise SourceError(f"cannot be read: {getattr(error, 'strerror', None) or error}", where=str(path)) from error
    name = marked_encoding(content[:4]) or _codec(declared)
    try:
        return content.decode(name)
    except UnicodeDecodeError as error:
        line = 1 + content.count(b"\n", 0, error.start)
        raise SourceError(
            f"byte {error.start} (0x{content[error.start]:02x}) on line {line} is not valid {name.upper()}",
            where=str(path),
            next_step="say how it is written, for example --encoding windows-1252 or --encoding utf-16-le",
        ) from error


def _codec(declared: str | None) -> str:
    try:
        return codecs.lookup(declared or "utf-8").name
    except LookupError as error:
        raise ConfigError(
            f"no such encoding: {declared}", where="--encoding", allowed="utf-8, windows-1252, utf-16-le and the like"
        ) from error


def _frame(path: Path, content: str, wanted: Sequence[str]) -> pd.DataFrame:
    content = content.lstrip("\r\n")
    if not content.strip():
        raise SourceError("the file is empty", where=str(path), next_step="export it again")
    try:
        headers = {cut: next(csv.reader(io.StringIO(content, newline=""), delimiter=cut)) for cut in DELIMITERS}
        delimiter = max(DELIMITERS, key=lambda cut: (len(set(wanted).intersection(headers[cut])), len(headers[cut])))
        _check_columns(path, headers[delimiter], wanted)
        return pd.read_csv(io.StringIO(content), sep=delimiter, dtype=str, keep_default_na=False, index_col=False)
    except (ValueError, csv.Error) as error:
        raise SourceError(
            f"cannot be cut into columns: {error}", where=str(path), next_step="mend its quotes or export it again"
        ) from error


def _check_columns(path: Path, header: Sequence[str], wanted: Sequence[str]) -> None:
    if any("\0" in name for name in header):
        raise SourceError(
            "every second byte of the header is zero",
            where=str(path),
            next_step="it looks like UTF-16 without a byte order mark: pass --encoding utf-16-le (or utf-16-be)",
        )
    step = "name the columns with --text, --label and --question"
    if absent := [name for name in wanted if name not in header]:
        raise SourceError(
            f"no column {', '.join(absent)}", where=str(path), allowed=", ".join(filter(None, header)), next_step=step
        )
    if repeated := [name for name in wanted if list(header).count(name) > 1]:
        raise SourceError(f"two columns are called {', '.join(repeated)}", where=str(path), next_step="rename one")


def _plain(value: str) -> str:
    """A label as people write it: a spreadsheet turns 4 into 4.0."""
    return value.strip().removesuffix(".0")
