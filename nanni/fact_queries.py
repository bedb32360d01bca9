"""What is read from the ledger for the warehouse's facts."""

from typing import Any

from sqlalchemy import Select, func, select

from ledger.schema import (
    decisions,
    models,
    outbox,
    policies,
    question_sets,
    responses,
    run_batches,
    runs,
    scores,
    surveys,
    tickets,
)

_OWN = ("id", "response_id", "submitted_at", "status", "score", "channel", "language", "customer",
        "attributes", "disposition")  # fmt: skip

NOTICES = select(outbox).where(outbox.c.ticket.is_not(None))
"""A summary's notice is about a period: no fact of any ticket."""


def roots() -> Select[Any]:
    """The tickets that count: metrics follow the root, and one merged into another is no ticket of its own."""
    return select(tickets).where(tickets.c.merged_into.is_(None))


def latest() -> Select[Any]:
    """The number of each response's latest revision: numbers grow with revisions."""
    return select(func.max(responses.c.id)).group_by(responses.c.survey, responses.c.response_id)


RESPONSES = (
    select(
        *(responses.c[name] for name in _OWN),
        responses.c.comments.is_not(None).label("has_comment"),
        surveys.c.survey.label("survey_id"),
        surveys.c.source,
        surveys.c.scale,
        runs.c.id.label("run_id"),
        runs.c.taxonomy,
        question_sets.c.content.label("questions"),
        decisions.c.themes,
        decisions.c.outcome,
        decisions.c.fired,
        policies.c.hash.label("policy"),
        models.c.model_id.label("model"),
        scores.c.packed,
        func.coalesce(tickets.c.merged_into, responses.c.ticket).label("root"),
    )
    .join(surveys, surveys.c.id == responses.c.survey)
    .join(runs, runs.c.number == responses.c.run)
    .outerjoin(question_sets, question_sets.c.id == responses.c.question_set)
    .outerjoin(decisions, decisions.c.response == responses.c.id)
    .outerjoin(policies, policies.c.id == decisions.c.policy)
    .outerjoin(models, models.c.id == decisions.c.model)
    .outerjoin(tickets, tickets.c.key == responses.c.ticket)
    .outerjoin(scores, (scores.c.response == responses.c.id) & (scores.c.model == decisions.c.model))
)
TOLD = tuple(column for column in run_batches.c if column.name not in ("run", "number", "received"))
RUNS = (
    select(
        runs,
        func.coalesce(func.sum(run_batches.c.received), 0).label("received"),
        *(func.coalesce(func.sum(column), 0).label(f"n_{column.name}") for column in TOLD),
    )
    .outerjoin(run_batches, run_batches.c.run == runs.c.number)
    .group_by(*runs.c)
)
