"""Surveys and files for the tests of sources: one survey with every common role, varied by keyword."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from feedback.adapters.files import open_source
from feedback.parse import parse_batch
from feedback.response import SurveyResponse
from feedback.rows import RawBatch, Rejection
from feedback.scale import NPS
from feedback.survey import FileSource, Mapping, Question, SourceFormat, SurveyDefinition

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HEADER = "id,when,score,why\n"


def a_survey(mapping: dict[str, Any] | None = None, **files: Any) -> SurveyDefinition:
    columns: dict[str, Any] = {
        "response_id": "id", "submitted_at": "when", "score": "score", "comments": (Question("why", "why"),),
    }  # fmt: skip
    source = FileSource(**{"format": SourceFormat.CSV, "path": Path("inbox"), **files})
    return SurveyDefinition(
        id="shop", title="Shop", source_name="test", source=source, mapping=Mapping(**{**columns, **(mapping or {})}),
        scale=NPS,
    )  # fmt: skip


def with_survey(survey: SurveyDefinition, **changes: Any) -> SurveyDefinition:
    return replace(survey, **changes)


def raw_of(path: Path, survey: SurveyDefinition | None = None, size: int = 1000) -> list[RawBatch]:
    chosen = survey or a_survey()
    return list(open_source(path, chosen).batches(chosen, size))


def taken(
    path: Path, survey: SurveyDefinition | None = None, size: int = 1000
) -> tuple[list[SurveyResponse], list[Rejection]]:
    """What a file becomes: responses and rejections, having checked that every row is one of them."""
    chosen = survey or a_survey()
    responses: list[SurveyResponse] = []
    rejections: list[Rejection] = []
    for raw in raw_of(path, chosen, size):
        parsed = parse_batch(raw, chosen, NOW)
        assert len(parsed.batch) + len(parsed.rejected) == raw.received
        responses += [parsed.batch.response(i) for i in range(len(parsed.batch))]
        rejections += parsed.rejected
    return responses, rejections


def written(folder: Path, text: str, encoding: str = "utf-8", name: str = "file.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def texts(responses: list[SurveyResponse]) -> list[str]:
    return [response.comments[0].text if response.comments else "" for response in responses]
