"""What `policy.yaml` may hold, typed: the file's models, and their way to and from the engine's policy."""

import json
from collections.abc import Callable
from hashlib import sha256
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from feedback.adapters.yaml_file import FileModel
from feedback.scale import Band
from models.sentiment import Sentiment
from triggers.policy import (
    AllOf,
    AnyOf,
    AttributeRule,
    BandRule,
    Comparison,
    Condition,
    KeywordRule,
    MissingPolicy,
    NoneOf,
    Policy,
    Rule,
    ScoreRule,
    SentimentRule,
    Severity,
    ThemeRule,
)

Name = Annotated[str, Field(min_length=1, pattern=r"^[A-Za-z0-9_.-]+$")]
Text = Annotated[str, Field(min_length=1)]


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
    """How a comment sounds, with at least this probability."""

    is_: Sentiment = Field(alias="is")
    at_least: float = Field(gt=0, le=1)
    question: str | None = None


class AttributeModel(FileModel):
    """A field or attribute that is one of some values."""

    name: Text
    in_: tuple[str, ...] = Field(alias="in", min_length=1)
    missing: MissingPolicy = MissingPolicy.QUIET


Keywords = Annotated[KeywordsModel, BeforeValidator(_from_plain("query"), json_schema_input_type=str | KeywordsModel)]
BandChoice = Annotated[BandModel, BeforeValidator(_from_plain("band"), json_schema_input_type=Band | BandModel)]
Parts = Annotated[tuple["ConditionModel", ...], Field(min_length=1)]

_KINDS = ("score", "band", "keywords", "sentiment", "attribute", "theme", "all", "any", "none")


class ConditionModel(FileModel):
    """Exactly one kind of condition."""

    score: ScoreModel | None = None
    band: BandChoice | None = None
    keywords: Keywords | None = None
    sentiment: SentimentModel | None = None
    attribute: AttributeModel | None = None
    theme: Text | None = None
    all: Parts | None = None
    any: Parts | None = None
    none: Parts | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise ValueError(f"give exactly one of {', '.join(_KINDS)} (join several with all, any or none)")
        return self

    def condition(self) -> Condition:
        """The engine's condition."""
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
            return SentimentRule(self.sentiment.is_, self.sentiment.at_least, self.sentiment.question)
        if self.attribute:
            return AttributeRule(self.attribute.name, self.attribute.in_, self.attribute.missing)
        return ThemeRule(self.theme) if self.theme else self._joined()

    def _joined(self) -> Condition:
        kind = AllOf if self.all else AnyOf if self.any else NoneOf
        return kind(tuple(part.condition() for part in self.all or self.any or self.none or ()))


class RuleModel(FileModel):
    """One rule."""

    id: Name
    when: ConditionModel
    severity: Severity
    surveys: tuple[str, ...] = ()
    reason: str = ""
    owner: str = ""

    def rule(self) -> Rule:
        """The engine's rule."""
        return Rule(self.id, self.when.condition(), self.severity, self.surveys, self.reason, self.owner)


class PolicyModel(FileModel):
    """The whole file."""

    version: Literal[1] = 1
    lexicons: dict[Name, tuple[Text, ...]] = Field(default_factory=dict)
    rules: tuple[RuleModel, ...] = Field(min_length=1)

    def policy(self) -> Policy:
        """The engine's policy, named by the hash of its canonical text."""
        rules = tuple(model.rule() for model in self.rules)
        lexicons = tuple(sorted(self.lexicons.items()))
        return Policy(rules, sha256(_canonical(rules, lexicons).encode()).hexdigest()[:12], lexicons)


def canonical_text(policy: Policy) -> str:
    """The policy as one line of JSON with sorted keys, defaults left out; equal policies give equal text."""
    return _canonical(policy.rules, policy.lexicons)


def _canonical(rules: tuple[Rule, ...], lexicons: tuple[tuple[str, tuple[str, ...]], ...]) -> str:
    document = {"rules": [_rule(rule) for rule in rules], "lexicons": {name: list(words) for name, words in lexicons}}
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _rule(rule: Rule) -> dict[str, Any]:
    optional = {"surveys": list(rule.surveys), "reason": rule.reason, "owner": rule.owner}
    given = {name: value for name, value in optional.items() if value}
    return {"id": rule.id, "when": _condition(rule.when), "severity": rule.severity.value, **given}


def _condition(condition: Condition) -> dict[str, Any]:
    match condition:
        case ScoreRule(comparison, limit, missing):
            return {"score": {comparison.value: float(limit), **_unless(missing, MissingPolicy.UNKNOWN)}}
        case BandRule(band, missing):
            return {"band": {"band": band.value, **_unless(missing, MissingPolicy.UNKNOWN)}}
        case KeywordRule(query, question):
            return {"keywords": {"query": query, **({"question": question} if question else {})}}
        case SentimentRule(sentiment, at_least, question):
            extra = {"question": question} if question else {}
            return {"sentiment": {"is": sentiment.value, "at_least": at_least, **extra}}
        case AttributeRule(name, values, missing):
            return {"attribute": {"name": name, "in": list(values), **_unless(missing, MissingPolicy.QUIET)}}
        case ThemeRule(theme):
            return {"theme": theme}
    kind = "all" if isinstance(condition, AllOf) else "any" if isinstance(condition, AnyOf) else "none"
    return {kind: [_condition(part) for part in condition.parts]}


def _unless(missing: MissingPolicy, default: MissingPolicy) -> dict[str, str]:
    return {} if missing is default else {"missing": missing.value}
