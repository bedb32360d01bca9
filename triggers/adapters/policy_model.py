"""What `policy.yaml` may hold, typed: rules, lexicons and what holds for all of them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from feedback.adapters.yaml_file import FileModel
from feedback.response import ResponseStatus
from triggers.adapters.condition_model import ConditionModel, Length, Name, Text, no_operating_point
from triggers.adapters.policy_text import canonical_text
from triggers.handling import BudgetPolicy, ResponsePolicy, SettleWindow, StormPolicy, TicketFields
from triggers.policy import HitPolicy, Policy, Rule, SentimentLimits, Severity

__all__ = ["PolicyModel", "canonical_text"]


def _as_utc(value: datetime | date) -> datetime:
    if not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _whole_hours(length: timedelta) -> timedelta:
    if length % timedelta(hours=1):
        raise ValueError("storms are counted by the hour: give whole hours or days")
    return length


Moment = datetime | date
Hours = Annotated[Length, AfterValidator(_whole_hours)]


class TicketModel(FileModel):
    """What a rule writes into the ticket: instead of the SLA table's priority, the route's team, the theme found."""

    priority: Literal["urgent", "high", "normal", "low"] | None = None
    team: Name | None = None
    theme: Text | None = None


class SettleModel(FileModel):
    """How long a response without a comment waits for one."""

    wait: Length
    surveys: tuple[str, ...] = ()


class StormModel(FileModel):
    """When one theme, survey or place gives far more trouble than it usually does."""

    by: tuple[Text, ...] = Field(min_length=1)
    window: Hours = timedelta(hours=6)
    usual: Hours = timedelta(days=28)
    at_least: int = Field(default=8, ge=3)
    ratio: float = Field(default=2.0, ge=1)
    chance: float = Field(default=0.0001, gt=0, le=0.05)
    digest_every: Length = timedelta(hours=4)
    severity: Severity = Severity.HIGH
    always_told: tuple[Severity, ...] = (Severity.CRITICAL,)

    @model_validator(mode="after")
    def _longer(self) -> Self:
        if self.usual < 2 * self.window:
            raise ValueError("usual must be at least twice as long as window, to say what is usual")
        return self

    def policy(self) -> StormPolicy:
        """The engine's form."""
        return StormPolicy(
            self.by, self.window, self.usual, self.at_least, self.ratio, self.chance, self.digest_every,
            self.severity.value, tuple(one.value for one in self.always_told),
        )  # fmt: skip


class BudgetModel(FileModel):
    """How many new tickets an owner is given a day."""

    tickets_a_day: int = Field(ge=1)
    always: tuple[Severity, ...] = (Severity.CRITICAL,)

    def policy(self) -> BudgetPolicy:
        """The engine's form."""
        return BudgetPolicy(self.tickets_a_day, tuple(one.value for one in self.always))


class RuleModel(FileModel):
    """One rule."""

    id: Name
    when: ConditionModel
    severity: Severity
    surveys: tuple[str, ...] = ()
    reason: str = ""
    owner: str = ""
    from_: Moment | None = Field(default=None, alias="from")
    until: Moment | None = None
    cool_down: Length | None = None
    ticket: TicketModel = TicketModel()

    def rule(self, limits: SentimentLimits | None = None) -> Rule:
        """The engine's rule. Raises ConfigError for a recall contract without `limits`."""
        starts, ends = (None if moment is None else _as_utc(moment) for moment in (self.from_, self.until))
        return Rule(
            self.id, self.when.condition(limits), self.severity, self.surveys, self.reason, self.owner, starts, ends,
            self.cool_down, TicketFields(self.ticket.priority, self.ticket.team, self.ticket.theme),
        )  # fmt: skip


class ResponsesModel(FileModel):
    """Which fired responses may open tickets besides live ones, and how late after it was given one still may."""

    imported: Literal["open", "suppress"] = "open"
    partial: Literal["open", "suppress"] = "suppress"
    test: Literal["open", "suppress"] = "suppress"
    edited: Literal["open", "suppress"] = "open"
    late_after: Length | None = None

    def policy(self) -> ResponsePolicy:
        """The engine's form."""
        said = ((ResponseStatus.PARTIAL, self.partial), (ResponseStatus.IMPORTED, self.imported))
        chosen = [status for status, what in (*said, (ResponseStatus.TEST, self.test)) if what == "open"]
        return ResponsePolicy((ResponseStatus.LIVE, *chosen), self.late_after, self.edited == "open")


Share = Annotated[float, Field(ge=0, le=1)]


class ReviewModel(FileModel):
    """For each class the probability from which a comment may be of it: an operating point's conformal limits."""

    negative: Share
    neutral: Share
    positive: Share


class PolicyModel(FileModel):
    """The whole file. `ambiguous`: whether a comment that may be negative or not opens a ticket or is read first."""

    version: Literal[1] = 1
    hit: HitPolicy = HitPolicy.FIRST
    responses: ResponsesModel = ResponsesModel()
    settle: tuple[SettleModel, ...] = ()
    ambiguous: Literal["open", "review"] | ReviewModel = "open"
    storm: StormModel | None = None
    budget: BudgetModel | None = None
    lexicons: dict[Name, tuple[Text, ...]] = Field(default_factory=dict)
    rules: tuple[RuleModel, ...] = Field(min_length=1)

    def policy(self, limits: SentimentLimits | None = None) -> Policy:
        """The engine's policy, named by the hash of its canonical text, in which `limits` stand as numbers.

        Raises ConfigError where the file asks for limits and there are none.
        """
        rules = tuple(model.rule(limits) for model in self.rules)
        lexicons = tuple(sorted(self.lexicons.items()))
        settle = tuple(SettleWindow(one.wait, one.surveys) for one in self.settle)
        storm = self.storm.policy() if self.storm else None
        budget = self.budget.policy() if self.budget else None
        unnamed = Policy(
            rules, "", lexicons, self.hit, self.responses.policy(), settle, self._review(limits), storm, budget
        )
        return replace(unnamed, hash=sha256(canonical_text(unnamed).encode()).hexdigest()[:12])

    def _review(self, limits: SentimentLimits | None) -> tuple[float, float, float] | None:
        if isinstance(self.ambiguous, ReviewModel):
            return self.ambiguous.negative, self.ambiguous.neutral, self.ambiguous.positive
        if self.ambiguous == "open":
            return None
        if limits is None:
            raise no_operating_point("ambiguous: review")
        return limits.conformal
