"""Survey files (`surveys/<id>.yaml`): how a team declares a survey, to `SurveyDefinition`."""

import codecs
from pathlib import Path
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator, model_validator

from feedback.adapters.yaml_file import FileModel, load_yaml
from feedback.columns import COMMENT_PREFIX, PLAIN_ROLES
from feedback.errors import ConfigError
from feedback.scale import KNOWN_SCALES, Scale
from feedback.survey import FileSource, Mapping, Question, SourceFormat, SurveyDefinition
from feedback.times import ISO_FORMAT


class QuestionFields(FileModel):
    """A comment question: its column and the text the customer saw."""

    id: str = Field(pattern=r"^[A-Za-z0-9_.-]+$")
    column: str = Field(min_length=1)
    question: str | None = None


class MappingFields(FileModel):
    """Which column plays which role."""

    response_id: str | None = None
    submitted_at: str
    started_at: str | None = None
    recorded_at: str | None = None
    score: str | None = None
    comments: tuple[QuestionFields, ...] = ()
    email: str | None = None
    name: str | None = None
    phone: str | None = None
    respondent_id: str | None = None
    language: str | None = None
    channel: str | None = None
    status: str | None = None
    completed: str | None = None
    question_text: str | None = None
    attributes: dict[str, str] = Field(default_factory=dict)
    synthesise_id: tuple[str, ...] = ()

    @field_validator("comments")
    @classmethod
    def _distinct(cls, comments: tuple[QuestionFields, ...]) -> tuple[QuestionFields, ...]:
        if len({comment.id for comment in comments}) < len(comments):
            raise ValueError("two comments have the same id")
        return comments

    @field_validator("attributes")
    @classmethod
    def _no_role(cls, attributes: dict[str, str]) -> dict[str, str]:
        taken = [name for name in attributes if name in PLAIN_ROLES or name.startswith((COMMENT_PREFIX, "_"))]
        if taken:
            raise ValueError(f"{taken[0]!r} is a role's name; call the attribute otherwise")
        return attributes

    @model_validator(mode="after")
    def _identified(self) -> Self:
        if bool(self.response_id) == bool(self.synthesise_id):
            raise ValueError("exactly one of response_id and synthesise_id says what identifies a response")
        return self


class FilesFields(FileModel):
    """Where the files lie and how they read."""

    format: SourceFormat
    path: Path
    encoding: str | None = None
    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    sheet: str | None = None
    timezone: str | None = None
    time_formats: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    score_labels: dict[str, float | None] = Field(default_factory=dict)

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, encoding: str | None) -> str | None:
        try:
            return encoding and codecs.lookup(encoding).name
        except LookupError as error:
            raise ValueError("no such encoding; for example utf-8, windows-1252, utf-16-le") from error

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, zone: str | None) -> str | None:
        try:
            return zone and ZoneInfo(zone).key
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("no such IANA time zone; for example Europe/London") from error

    @field_validator("time_formats")
    @classmethod
    def _readable(cls, formats: tuple[str, ...]) -> tuple[str, ...]:
        for time_format in formats:
            if "%" not in time_format and time_format != ISO_FORMAT:
                raise ValueError(f"{time_format!r} is no strptime format such as %d/%m/%Y %H:%M, nor {ISO_FORMAT}")
        return formats


class ScaleFields(FileModel):
    """A declared scale; the band limits are inclusive."""

    kind: str
    minimum: float
    maximum: float
    detractor: float
    promoter: float
    higher_is_better: bool = True


class SurveyFile(FileModel):
    """One survey as a team writes it."""

    id: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_-]+$")
    title: str | None = None
    source: str | None = None
    touchpoint: str = ""
    files: FilesFields
    scale: Literal["nps", "csat", "ces"] | ScaleFields | None = None
    score_question: str = ""
    language: str | None = None
    channel: str | None = None
    mapping: MappingFields
    contract: Path | None = None
    statuses: dict[str, Literal["accept", "test", "quarantine"]] = Field(default_factory=dict)
    defaults: dict[str, str] = Field(default_factory=dict)


def load_survey(path: Path) -> SurveyDefinition:
    """The survey declared in `<workspace>/surveys/<id>.yaml`. Raises ConfigError naming file, line and what is allowed.

    Paths stay relative to the workspace; the contract defaults to `contracts/<id>.json` where that file exists.
    """
    fields = load_yaml(path, SurveyFile)
    survey_id = fields.id or path.stem
    contract = fields.contract or Path("contracts") / f"{survey_id}.json"
    there = (path.resolve().parent.parent / contract).is_file()
    if fields.contract and not there:
        raise ConfigError(
            f"contract {contract} does not exist", where=str(path), next_step="write that suite or remove the line"
        )
    return SurveyDefinition(
        id=survey_id,
        title=fields.title or survey_id,
        source_name=fields.source or fields.files.format.value,
        source=_files(fields.files),
        mapping=_mapping(fields.mapping),
        scale=_scale(fields.scale, path),
        touchpoint=fields.touchpoint,
        language=fields.language,
        channel=fields.channel,
        contract=contract if there else None,
        score_question=fields.score_question,
        statuses=tuple(fields.statuses.items()),
        defaults=tuple(fields.defaults.items()),
    )


def load_surveys(workspace: Path) -> dict[str, SurveyDefinition]:
    """Every survey of a workspace by id. Raises ConfigError when two files declare the same id."""
    surveys: dict[str, SurveyDefinition] = {}
    declared: dict[str, Path] = {}
    for path in sorted((workspace / "surveys").glob("*.yaml")):
        survey = load_survey(path)
        if survey.id in surveys:
            raise ConfigError(
                f"survey id {survey.id!r} is already declared in {declared[survey.id].name}",
                where=str(path),
                next_step="give one of the two another id",
            )
        surveys[survey.id], declared[survey.id] = survey, path
    return surveys


def survey_schema() -> dict[str, Any]:
    """The JSON Schema of a survey file."""
    return SurveyFile.model_json_schema()


def _files(fields: FilesFields) -> FileSource:
    labels = tuple(
        (label, float("nan") if value is None else value) for label, value in fields.score_labels.items()
    )  # fmt: skip
    return FileSource(**{**dict(fields), "score_labels": labels})


def _mapping(fields: MappingFields) -> Mapping:
    comments = tuple(Question(comment.id, comment.column, comment.question) for comment in fields.comments)
    return Mapping(**{**dict(fields), "comments": comments, "attributes": tuple(fields.attributes.items())})


def _scale(fields: "str | ScaleFields | None", path: Path) -> Scale | None:
    if fields is None or isinstance(fields, str):
        return KNOWN_SCALES[fields] if fields else None
    try:
        return Scale(**dict(fields))
    except ConfigError as error:
        raise ConfigError(error.what, where=str(path), allowed=error.allowed, next_step=error.next_step) from error
