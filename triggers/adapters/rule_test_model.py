"""What `policy_tests.yaml` may hold, typed: responses as a person writes them, and what is expected of each."""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from feedback.adapters.yaml_file import FileModel
from feedback.response import Comment, Respondent, ResponseKey, ResponseStatus, SurveyResponse
from feedback.survey import SurveyDefinition
from models.sentiment import CLASSES, Sentiment
from triggers.adapters.condition_model import Length
from triggers.history import Earlier, micros
from triggers.outcome import Outcome
from triggers.policy import Severity
from triggers.rule_tests import EVERY_QUESTION, Expectation, StatedSentiment

Chance = Annotated[float, Field(ge=0, le=1)]


class SoundsModel(FileModel):
    """What the sentiment model would say of a comment; what is left of 1 goes to neutral, else to the others."""

    negative: Chance | None = None
    neutral: Chance | None = None
    positive: Chance | None = None
    frustration: Chance | None = None

    @model_validator(mode="after")
    def _one_in_all(self) -> Self:
        told = [self.negative, self.neutral, self.positive]
        total = sum(chance or 0 for chance in told)
        if total > 1 + 1e-9 or (None not in told and abs(total - 1) > 1e-3):
            raise ValueError(f"negative, neutral and positive add up to {total:g}, not to 1")
        return self

    def stated(self) -> StatedSentiment:
        """The engine's form."""
        told = {Sentiment.NEGATIVE: self.negative, Sentiment.NEUTRAL: self.neutral, Sentiment.POSITIVE: self.positive}
        rest = max(0.0, 1 - sum(chance or 0 for chance in told.values()))
        open_classes = [name for name in CLASSES if told[name] is None]
        takes_rest = [Sentiment.NEUTRAL] if Sentiment.NEUTRAL in open_classes else open_classes
        share = rest / len(takes_rest) if takes_rest else 0.0
        filled = ((share if name in takes_rest else 0.0) if (p := told[name]) is None else p for name in CLASSES)
        return StatedSentiment(tuple(filled), self.frustration)


def _by_question(value: Any) -> Any:
    """`{negative: 0.9}` speaks of every comment, `{why: {negative: 0.9}}` of one question's."""
    if isinstance(value, dict) and set(value) & set(SoundsModel.model_fields):
        return {EVERY_QUESTION: value}
    return value


def _as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


Plain = Annotated[str, BeforeValidator(_as_text)]
Sounds = Annotated[dict[str, SoundsModel], BeforeValidator(_by_question)]


class EarlierModel(FileModel):
    """One thing the same customer told before: how long before, with which score, naming which themes."""

    before: Length
    score: float | None = None
    themes: tuple[str, ...] = ()
    survey: str | None = None


class ResponseModel(FileModel):
    """One answer; `comment` answers the survey's first comment question, `comments` are by question."""

    score: float | None = None
    comment: str | None = None
    comments: dict[str, str] = Field(default_factory=dict)
    attributes: dict[str, Plain] = Field(default_factory=dict)
    language: str | None = None
    channel: str | None = None
    status: ResponseStatus = ResponseStatus.LIVE
    submitted_at: datetime | date | None = None
    sentiment: Sounds = Field(default_factory=dict)
    earlier: tuple[EarlierModel, ...] = ()

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.comment is not None and self.comments:
            raise ValueError("give comment (the first question) or comments (by question), not both")
        return self

    def response(self, survey: SurveyDefinition, name: str, at: datetime) -> SurveyResponse:
        """The response as ingestion would have it; `at` stands in for an absent time."""
        questions = survey.mapping.comments
        said = {questions[0].id: self.comment} if self.comment is not None and questions else self.comments
        moment = as_utc(self.submitted_at) if self.submitted_at else at
        return SurveyResponse(
            key=ResponseKey(survey.source_name, survey.id, name),
            content_hash=name,
            submitted_at=moment,
            timezone="UTC",
            status=self.status,
            score=self.score,
            scale=survey.scale,
            comments=tuple(Comment(each.id, each.text or "", said[each.id]) for each in questions if said.get(each.id)),
            respondent=Respondent(),
            channel=self.channel or survey.channel,
            language=self.language or survey.language,
            attributes=tuple({**dict(survey.defaults), **self.attributes}.items()),
            recorded_at=moment,
        )

    def told_before(self, survey: SurveyDefinition, at: datetime) -> tuple[Earlier, ...]:
        """The customer's earlier responses, latest first."""
        moment = as_utc(self.submitted_at) if self.submitted_at else at
        return tuple(
            Earlier(micros(moment - one.before), one.survey or survey.id, one.score, one.themes)
            for one in sorted(self.earlier, key=lambda one: one.before)
        )


def as_utc(moment: datetime | date) -> datetime:
    """A date is its midnight; a time without a zone is taken as UTC."""
    if not isinstance(moment, datetime):
        return datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class ExpectModel(FileModel):
    """What must come out; with a rule, severity or team the response must fire."""

    outcome: Literal["fired", "quiet", "unknown"] | None = None
    rule: str | None = None
    rules: tuple[str, ...] | None = None
    never: tuple[str, ...] = ()
    severity: Severity | None = None
    team: str | None = None

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("say what is expected: quiet, unknown, rule, rules, never, severity or team")
        if self.outcome in ("quiet", "unknown") and self._wants_a_ticket:
            raise ValueError(f"a response that is {self.outcome} has no rule, severity or team")
        return self

    @property
    def _wants_a_ticket(self) -> bool:
        return bool(self.rule or self.rules or self.severity or self.team)

    def expectation(self) -> Expectation:
        """The engine's form."""
        outcome = Outcome[self.outcome.upper()] if self.outcome else Outcome.FIRED if self._wants_a_ticket else None
        return Expectation(outcome, self.rule, self.rules, self.never, self.severity, self.team)


def _from_word(value: Any) -> Any:
    return {"outcome": value} if isinstance(value, str) else value


Expect = Annotated[
    ExpectModel,
    BeforeValidator(_from_word, json_schema_input_type=Literal["fired", "quiet", "unknown"] | ExpectModel),
]


class RuleTestModel(FileModel):
    """One test."""

    name: Annotated[str, Field(min_length=1)]
    survey: str
    response: ResponseModel
    expect: Expect


class RuleTestsModel(FileModel):
    """The whole file; `at` is the time of every response that does not say its own."""

    at: datetime | date | None = None
    tests: tuple[RuleTestModel, ...] = Field(min_length=1)
