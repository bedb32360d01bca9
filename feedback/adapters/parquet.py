"""Parquet: row groups streamed as text columns; timestamps with a zone in ISO 8601 with Z, those without as naive."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from feedback.adapters.jsonl import cell_text
from feedback.columns import require_columns
from feedback.errors import SourceError
from feedback.rows import RawBatch
from feedback.survey import SurveyDefinition


class ParquetSource:
    """One Parquet file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def batches(self, survey: SurveyDefinition, size: int) -> Iterator[RawBatch]:
        """Raw batches of at most `size` rows. Raises SourceError for a file that is no Parquet or lacks columns."""
        try:
            file = pq.ParquetFile(self._path)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise SourceError(
                f"not a readable Parquet file ({error})", where=str(self._path), next_step="export it again"
            ) from error
        try:
            require_columns(file.schema_arrow.names, survey, str(self._path))
        except SourceError:
            file.close()
            raise
        return self._cut(file, size)

    @staticmethod
    def _cut(file: pq.ParquetFile, size: int) -> Iterator[RawBatch]:
        first = 1
        with file:
            for number, batch in enumerate(file.iter_batches(batch_size=size)):
                columns: dict[str, Sequence[str]] = {name: _texts(batch.column(name)) for name in batch.schema.names}
                yield RawBatch(number, range(first, first + batch.num_rows), columns)
                first += batch.num_rows


def _texts(column: pa.Array) -> list[str]:
    if pa.types.is_nested(column.type) or pa.types.is_binary(column.type):
        return [cell_text(_plain(item)) for item in column.to_pylist()]
    texts: list[str] = pc.fill_null(column.cast(pa.string()), "").to_pylist()
    return ["" if text == "nan" else text for text in texts] if pa.types.is_floating(column.type) else texts


def _plain(item: object) -> object:
    return item.decode("utf-8", "surrogateescape") if isinstance(item, bytes) else item
