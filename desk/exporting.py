"""Rows as CSV, JSON Lines or Parquet, written to a file of their own first: a slow reader holds no transaction."""

import csv
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from io import TextIOWrapper
from itertools import islice
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq
from starlette.responses import StreamingResponse

_CHUNK = 64 * 1024
_ROWS = 5_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
Row = Mapping[str, Any]
_KINDS = {
    "at": pa.timestamp("us", "UTC"), "sequence": pa.int64(), "version": pa.int64(), "responses": pa.int64(),
    "resolved": pa.bool_(),
}  # fmt: skip


class Format(StrEnum):
    """How rows are written."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"


MEDIA = {
    Format.CSV: "text/csv; charset=utf-8", Format.JSONL: "application/jsonl",
    Format.PARQUET: "application/vnd.apache.parquet",
}  # fmt: skip


def exported(name: str, how: Format, columns: Sequence[str], rows: Iterable[Row]) -> StreamingResponse:
    """The rows as a file to be kept."""
    sink = tempfile.TemporaryFile()
    _WRITERS[how](sink, columns, rows)
    sink.seek(0)
    headers = {"Content-Disposition": f'attachment; filename="{name}.{how}"'}
    return StreamingResponse(_chunks(sink), media_type=MEDIA[how], headers=headers)


def harmless(value: Any) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = "" if value is None else value.isoformat() if isinstance(value, datetime) else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _csv(sink: IO[bytes], columns: Sequence[str], rows: Iterable[Row]) -> None:
    text = TextIOWrapper(sink, "utf-8", newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([harmless(row[name]) for name in columns] for row in rows)
    text.flush()
    text.detach()


def _jsonl(sink: IO[bytes], columns: Sequence[str], rows: Iterable[Row]) -> None:
    for row in rows:
        told = {name: row[name].isoformat() if isinstance(row[name], datetime) else row[name] for name in columns}
        sink.write(json.dumps(told, ensure_ascii=False).encode("utf-8", "replace") + b"\n")


def _parquet(sink: IO[bytes], columns: Sequence[str], rows: Iterable[Row]) -> None:
    schema = pa.schema([(name, _kind(name)) for name in columns])
    remaining = iter(rows)
    with pq.ParquetWriter(sink, schema) as writer:
        while some := list(islice(remaining, _ROWS)):
            writer.write_table(pa.Table.from_pylist([dict(row) for row in some], schema))


def _kind(name: str) -> Any:
    return pa.timestamp("us", "UTC") if name.endswith(("_at", "_due")) else _KINDS.get(name, pa.string())


_WRITERS: Mapping[Format, Callable[[IO[bytes], Sequence[str], Iterable[Row]], None]] = {
    Format.CSV: _csv, Format.JSONL: _jsonl, Format.PARQUET: _parquet,
}  # fmt: skip


def _chunks(sink: IO[bytes]) -> Iterator[bytes]:
    with sink:
        while chunk := sink.read(_CHUNK):
            yield chunk
