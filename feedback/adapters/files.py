"""The reader for a survey's file, by its declared format."""

from collections.abc import Callable
from pathlib import Path

from feedback.adapters.delimited import DelimitedSource
from feedback.adapters.jsonl import JsonLinesSource
from feedback.adapters.parquet import ParquetSource
from feedback.errors import SourceError
from feedback.rows import Source
from feedback.survey import SourceFormat, SurveyDefinition


def open_source(path: Path, survey: SurveyDefinition) -> Source:
    """The source that reads one file of this survey. Raises SourceError when there is no such file."""
    if not path.is_file():
        raise SourceError("no such file", where=str(path), next_step="check the path under files in the survey file")
    return _reader(survey.source.format)(path)


def _reader(form: SourceFormat) -> Callable[[Path], Source]:
    match form:
        case SourceFormat.JSONL:
            return JsonLinesSource
        case SourceFormat.PARQUET:
            return ParquetSource
        case SourceFormat.XLSX:
            # Its library takes a third of a second and 19 MB in every process that loads it.
            from feedback.adapters.xlsx import XlsxSource

            return XlsxSource
        case _:
            return DelimitedSource
