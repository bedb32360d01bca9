from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from feedback.response import CommentColumn, Respondent, ResponseBatch, ResponseStatus
from feedback.scale import NPS, Scale
from feedback.survey import FileSource, Question, SourceFormat, SurveyDefinition
from feedback.survey import Mapping as ColumnMapping
from models.sentiment import SentimentScores, UnknownReason
from triggers.conditions import Condition
from triggers.policy import Policy, Rule, Severity
from triggers.signals import Signals, ThemeHit

DEFAULT_ATTRIBUTES = ("tier", "region")


def survey(
    id: str = "store",
    scale: Scale | None = NPS,
    questions: Sequence[str] = ("why",),
    attributes: Sequence[str] = DEFAULT_ATTRIBUTES,
) -> SurveyDefinition:
    return SurveyDefinition(
        id=id,
        title=id,
        source_name="csv",
        source=FileSource(SourceFormat.CSV, Path("inbox")),
        mapping=ColumnMapping(
            response_id="id",
            submitted_at="at",
            score="score" if scale else None,
            comments=tuple(Question(name, name, name) for name in questions),
            attributes=tuple((name, name) for name in attributes),
        ),
        scale=scale,
    )


def batch(
    scores: Sequence[float | None] | None = None,
    texts: Sequence[str] | Mapping[str, Sequence[str]] | None = None,
    attributes: Mapping[str, Sequence[str | None]] | None = None,
    definition: SurveyDefinition | None = None,
    status: Sequence[ResponseStatus] | None = None,
) -> ResponseBatch:
    columns = {"why": texts} if isinstance(texts, Sequence) else dict(texts or {})
    size = len(scores) if scores is not None else len(next(iter(columns.values())))
    definition = definition or survey(questions=tuple(columns) or ("why",))
    times = np.full(size, np.datetime64("2026-03-02T10:00:00", "us"))
    given = scores if scores is not None else [None] * size
    return ResponseBatch(
        survey=definition,
        row_number=np.arange(1, size + 1),
        response_id=[f"r{i}" for i in range(size)],
        content_hash=[f"h{i}" for i in range(size)],
        submitted_at=times,
        started_at=times,
        recorded_at=times,
        timezone=["UTC"] * size,
        status=status or [ResponseStatus.LIVE] * size,
        score=np.array([np.nan if score is None else score for score in given], float),
        comments=tuple(CommentColumn(name, [name] * size, list(column)) for name, column in columns.items()),
        respondents=[Respondent()] * size,
        channel=["email"] * size,
        language=["en"] * size,
        attributes={name: list(column) for name, column in (attributes or {}).items()},
    )


def scores_of(
    negative: Sequence[float | UnknownReason], frustration: Sequence[float | None] | None = None
) -> SentimentScores:
    """Negative probabilities, the rest neutral; or the reason why there are none."""
    rows = [[np.nan] * 3 if isinstance(value, UnknownReason) else [value, 1 - value, 0.0] for value in negative]
    return SentimentScores(
        "fake-1",
        np.array(rows, np.float32).reshape(len(rows), 3),
        tuple(value if isinstance(value, UnknownReason) else None for value in negative),
        None if frustration is None else np.array([np.nan if f is None else f for f in frustration], np.float32),
    )


def signals(
    responses: ResponseBatch,
    negative: Sequence[Sequence[float | UnknownReason]] | None = None,
    themes: Sequence[tuple[ThemeHit, ...]] | None = None,
) -> Signals:
    columns = negative or [
        [UnknownReason.MODEL_OFF if text else UnknownReason.NO_COMMENT for text in column.texts]
        for column in responses.comments
    ]
    return Signals(responses, tuple(map(scores_of, columns)), themes or [()] * len(responses))


def policy(*conditions: Condition, lexicons: Mapping[str, Sequence[str]] | None = None) -> Policy:
    rules = tuple(Rule(f"rule{at}", condition, Severity.HIGH) for at, condition in enumerate(conditions))
    return Policy(rules, "test", tuple((name, tuple(words)) for name, words in (lexicons or {}).items()))
