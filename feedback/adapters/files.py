"""The reader for a survey's file, by its declared format."""

from collections.abc import Callable
from pathlib import Path

from feedback.adapters.delimited import DelimitedSource
from feedback.adapters.jsonl import JsonLinesSource
from feedback.adapters.parquet import ParquetSource
from feedback.adapters.xlsx import XlsxSource
from feedback.errors import SourceError
from feedback.rows import Source
from feedback.survey import SourceFormat, SurveyDefinition

_OTHERS: dict[SourceFormat, Callable[[Path], Source]] = {
    SourceFormat.JSONL: JsonLinesSource,
    SourceFormat.PARQUET: ParquetSource,
    SourceFormat.XLSX: XlsxSource,
}


def open_source(path: Path, survey: SurveyDefinition) -> Source:
    """The source that reads one file of this survey. Raises SourceError when there is no such file."""
    if not path.is_file():
        raise SourceError("no such file", where=str(path), next_step="check the path under files in the survey file")
    return _OTHERS.get(survey.source.format, DelimitedSource)(path)
