"""Turns single responses back into a batch of columns, so that one response takes the same path as many."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from feedback.response import Comment, CommentColumn, ResponseBatch, SurveyResponse
from feedback.survey import SurveyDefinition


def batch_of(survey: SurveyDefinition, responses: Sequence[SurveyResponse]) -> ResponseBatch:
    """The batch of these responses, all of `survey`, in this order."""
    questions = list(dict.fromkeys([q.id for q in survey.mapping.comments] + _ids(responses)))
    attributes = list(dict.fromkeys(name for response in responses for name, _ in response.attributes))
    by_name = [dict(response.attributes) for response in responses]
    return ResponseBatch(
        survey=survey,
        row_number=np.array([response.row_number for response in responses], np.int64),
        response_id=[response.key.response_id for response in responses],
        content_hash=[response.content_hash for response in responses],
        submitted_at=_times([response.submitted_at for response in responses]),
        started_at=_times([response.started_at for response in responses]),
        recorded_at=_times([response.recorded_at for response in responses]),
        timezone=[response.timezone for response in responses],
        status=[response.status for response in responses],
        score=np.array([np.nan if r.score is None else r.score for r in responses], np.float64),
        comments=tuple(_column(question, responses) for question in questions),
        respondents=[response.respondent for response in responses],
        channel=[response.channel for response in responses],
        language=[response.language for response in responses],
        attributes={name: [values.get(name) for values in by_name] for name in attributes},
    )


def _ids(responses: Sequence[SurveyResponse]) -> list[str]:
    return [comment.question_id for response in responses for comment in response.comments]


def _column(question: str, responses: Sequence[SurveyResponse]) -> CommentColumn:
    none = Comment(question, "", "")
    found = [next((c for c in response.comments if c.question_id == question), none) for response in responses]
    return CommentColumn(question, [comment.question for comment in found], [comment.text for comment in found])


def _times(values: Sequence[datetime | None]) -> NDArray[np.datetime64]:
    naive = [None if value is None else value.replace(tzinfo=None) for value in values]
    return np.array(naive, dtype="datetime64[us]")
