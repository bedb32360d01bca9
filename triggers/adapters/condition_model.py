"""Conditions as `policy.yaml` may write them, typed, and what the engine makes of each."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from feedback.adapters.yaml_file import FileModel
from feedback.errors import ConfigError
from feedback.scale import Band
from models.sentiment import Sentiment
from triggers.conditions import (
    Absent,
    AllOf,
    AnyOf,
    AttributeRule,
    BandRule,
    Comparison,
    Condition,
    FrustrationRule,
    KeywordRule,
    MissingPolicy,
    MissingRule,
    NoneOf,
    RepeatRule,
    ScoreRule,
    SentimentRule,
    ThemeRule,
    TrendRule,
)
from triggers.policy import SentimentLimits

Name = Annotated[str, Field(min_length=1, pattern=r"^[A-Za-z0-9_.-]+$")]
Text = Annotated[str, Field(min_length=1)]


_HOURS = {"m": 1 / 60, "h": 1, "d": 24}


def _length(value: Any) -> Any:
    found = re.fullmatch(r"([1-9][0-9]*)\s*([mhd])", value) if isinstance(value, str) else None
    if not found:
        raise ValueError("a length is a number of minutes, hours or days, for example 30m, 36h or 30d")
    return timedelta(hours=int(found[1]) * _HOURS[found[2]])


Length = Annotated[timedelta, BeforeValidator(_length, json_schema_input_type=str)]


def _from_plain(field: str) -> Callable[[Any], Any]:
    return lambda value: value if isinstance(value, dict) else {field: value}


class ScoreModel(FileModel):
    """A limit on the raw score."""

    at_most: float | None = None
    at_least: float | None = None
    missing: MissingPolicy = MissingPolicy.UNKNOWN

    @model_validator(mode="after")
    def _one_limit(self) -> Self:
        if (self.at_most is None) == (self.at_least is None):
            raise ValueError("give exactly one of at_most and at_least (join two limits with all)")
        return self


class BandModel(FileModel):
    """Detractor, passive or promoter."""

    band: Band
    missing: MissingPolicy = MissingPolicy.UNKNOWN


class KeywordsModel(FileModel):
    """A keyword query, on one question's answer or all."""

    query: Text
    question: str | None = None


class SentimentModel(FileModel):
    """How a comment sounds, with at least this probability; `contract`: the one that the recall contract needs."""

    is_: Sentiment = Field(alias="is")
    at_least: Annotated[float, Field(gt=0, le=1)] | Literal["contract"]
    question: str | None = None

    @model_validator(mode="after")
    def _contract_is_of_negatives(self) -> Self:
        if self.at_least == "contract" and self.is_ is not Sentiment.NEGATIVE:
            raise ValueError("a recall contract is about negative comments: write `is: negative`, or a number")
        return self

    def condition(self, limits: SentimentLimits | None) -> SentimentRule:
        """The engine's condition. Raises ConfigError for a contract where no operating point was picked."""
        return SentimentRule(self.is_, self._limit(limits), self.question)

    def _limit(self, limits: SentimentLimits | None) -> float:
        if self.at_least != "contract":
            return self.at_least
        if limits is None:
            raise no_operating_point("sentiment: {at_least: contract}")
        return limits.contract


def no_operating_point(said: str) -> ConfigError:
    """What to tell whoever asks for a limit that nobody has measured yet."""
    return ConfigError(
        f"`{said}` needs an operating point, and none was picked for this workspace",
        next_step="label a few hundred comments and run `nanni model operating-point FILE … --write`",
    )


class FrustrationModel(FileModel):
    """How frustrated a comment sounds, with at least this probability."""

    at_least: float = Field(gt=0, le=1)
    question: str | None = None


class MissingModel(FileModel):
    """What is not there: an answer to a question, or a value of an attribute."""

    question: str | None = None
    attribute: str | None = None
    what: Literal["score", "comment"] | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise ValueError("give score, comment, {question: ID} or {attribute: NAME}")
        return self

    def condition(self) -> MissingRule:
        """The engine's condition."""
        if self.attribute:
            return MissingRule(Absent.ATTRIBUTE, self.attribute)
        if self.question:
            return MissingRule(Absent.COMMENT, self.question)
        return MissingRule(Absent.SCORE if self.what == "score" else Absent.COMMENT)


class AttributeModel(FileModel):
    """A field or attribute that is one of some values."""

    name: Text
    in_: tuple[str, ...] = Field(alias="in", min_length=1)
    missing: MissingPolicy = MissingPolicy.QUIET


class RepeatModel(FileModel):
    """Earlier responses of the same customer, about the same theme unless it says `theme: any`."""

    within: Length
    times: int = Field(default=1, ge=1, le=100)
    theme: Literal["same", "any"] = "same"


class TrendModel(FileModel):
    """A score so much worse than the customer's own before it."""

    worse_by: float = Field(gt=0)
    within: Length
    last: int = Field(default=1, ge=1, le=20)
    missing: MissingPolicy = MissingPolicy.UNKNOWN


Keywords = Annotated[KeywordsModel, BeforeValidator(_from_plain("query"), json_schema_input_type=str | KeywordsModel)]
BandChoice = Annotated[BandModel, BeforeValidator(_from_plain("band"), json_schema_input_type=Band | BandModel)]
Missing = Annotated[
    MissingModel,
    BeforeValidator(_from_plain("what"), json_schema_input_type=Literal["score", "comment"] | MissingModel),
]
OneOrMore = Annotated[
    tuple[Text, ...],
    Field(min_length=1),
    BeforeValidator(lambda value: [value] if isinstance(value, str) else value, json_schema_input_type=str | list[str]),
]
Parts = Annotated[tuple["ConditionModel", ...], Field(min_length=1)]

_KINDS = (
    "score", "band", "keywords", "sentiment", "frustration", "missing", "attribute", "theme", "channel", "language",
    "status", "repeat", "trend", "all", "any", "none",
)  # fmt: skip


class ConditionModel(FileModel):
    """Exactly one kind of condition; `channel`, `language` and `status` are short for an attribute of that name."""

    score: ScoreModel | None = None
    band: BandChoice | None = None
    keywords: Keywords | None = None
    sentiment: SentimentModel | None = None
    frustration: FrustrationModel | None = None
    missing: Missing | None = None
    attribute: AttributeModel | None = None
    theme: Text | None = None
    channel: OneOrMore | None = None
    language: OneOrMore | None = None
    status: OneOrMore | None = None
    repeat: RepeatModel | None = None
    trend: TrendModel | None = None
    all: Parts | None = None
    any: Parts | None = None
    none: Parts | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise ValueError(f"give exactly one of {', '.join(_KINDS)} (join several with all, any or none)")
        return self

    def condition(self, limits: SentimentLimits | None = None) -> Condition:
        """The engine's condition; `limits` fill in what the file leaves to the recall contract. Raises ConfigError."""
        if self.score:
            at_most = self.score.at_most is not None
            limit = self.score.at_most if self.score.at_most is not None else self.score.at_least or 0.0
            comparison = Comparison.AT_MOST if at_most else Comparison.AT_LEAST
            return ScoreRule(comparison, float(limit), self.score.missing)
        if self.band:
            return BandRule(self.band.band, self.band.missing)
        if self.keywords:
            return KeywordRule(self.keywords.query, self.keywords.question)
        if self.sentiment:
            return self.sentiment.condition(limits)
        if self.frustration:
            return FrustrationRule(self.frustration.at_least, self.frustration.question)
        if self.repeat:
            return RepeatRule(self.repeat.within, self.repeat.times, self.repeat.theme == "same")
        if self.trend:
            return TrendRule(self.trend.worse_by, self.trend.within, self.trend.last, self.trend.missing)
        return self.missing.condition() if self.missing else self._of_field(limits)

    def _of_field(self, limits: SentimentLimits | None) -> Condition:
        for name, values in (("channel", self.channel), ("language", self.language), ("status", self.status)):
            if values:
                return AttributeRule(name, values)
        if self.attribute:
            return AttributeRule(self.attribute.name, self.attribute.in_, self.attribute.missing)
        return ThemeRule(self.theme) if self.theme else self._joined(limits)

    def _joined(self, limits: SentimentLimits | None) -> Condition:
        kind = AllOf if self.all else AnyOf if self.any else NoneOf
        return kind(tuple(part.condition(limits) for part in self.all or self.any or self.none or ()))
