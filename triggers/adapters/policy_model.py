"""What `policy.yaml` may hold, typed: rules, lexicons and what holds for all of them."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from feedback.adapters.yaml_file import FileModel
from feedback.response import ResponseStatus
from triggers.adapters.condition_model import ConditionModel, Name, Text
from triggers.adapters.policy_text import canonical_text
from triggers.policy import HitPolicy, Policy, ResponsePolicy, Rule, Severity

__all__ = ["PolicyModel", "canonical_text"]


def _as_utc(value: datetime | date) -> datetime:
    if not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _length(value: Any) -> Any:
    found = re.fullmatch(r"([1-9][0-9]*)\s*([hd])", value) if isinstance(value, str) else None
    if not found:
        raise ValueError("a length is a number of hours or days, for example 36h or 30d")
    return timedelta(hours=int(found[1]) * (24 if found[2] == "d" else 1))


Moment = datetime | date
Length = Annotated[timedelta, BeforeValidator(_length, json_schema_input_type=str)]


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

    def rule(self) -> Rule:
        """The engine's rule."""
        starts, ends = (None if moment is None else _as_utc(moment) for moment in (self.from_, self.until))
        return Rule(
            self.id, self.when.condition(), self.severity, self.surveys, self.reason, self.owner, starts, ends,
            self.cool_down,
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


class PolicyModel(FileModel):
    """The whole file."""

    version: Literal[1] = 1
    hit: HitPolicy = HitPolicy.FIRST
    responses: ResponsesModel = ResponsesModel()
    lexicons: dict[Name, tuple[Text, ...]] = Field(default_factory=dict)
    rules: tuple[RuleModel, ...] = Field(min_length=1)

    def policy(self) -> Policy:
        """The engine's policy, named by the hash of its canonical text."""
        rules = tuple(model.rule() for model in self.rules)
        lexicons = tuple(sorted(self.lexicons.items()))
        unnamed = Policy(rules, "", lexicons, self.hit, self.responses.policy())
        return replace(unnamed, hash=sha256(canonical_text(unnamed).encode()).hexdigest()[:12])
