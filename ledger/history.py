"""Stored responses of some customers, as the history of the next ones needs them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select

from feedback.response import ResponseKey, ResponseStatus
from ledger.bulk import within
from ledger.schema import decisions, responses, surveys
from ledger.traces import read_themes
from triggers.history import Kept, micros


def kept_of(connection: Connection, customers: Sequence[int], since: datetime, until: datetime) -> list[Kept]:
    """Every revision that these customers gave in [since, until], in one query."""
    if not customers:
        return []
    # Numbered before the window is cut out: a later revision that says another time replaces the earlier all the same.
    mine = (
        select(
            responses.c.id, responses.c.customer, responses.c.survey, responses.c.response_id,
            responses.c.submitted_at, responses.c.score, responses.c.status,
            func.lead(responses.c.id).over(
                partition_by=(responses.c.customer, responses.c.survey, responses.c.response_id),
                order_by=responses.c.id,
            ).label("replaced"),
        )
        .where(within(connection, responses.c.customer, customers))
        .subquery("mine")
    )  # fmt: skip
    chosen = (
        select(mine, surveys.c.source, surveys.c.survey.label("survey_id"), decisions.c.themes)
        .join(surveys, surveys.c.id == mine.c.survey)
        .outerjoin(decisions, decisions.c.response == mine.c.id)
        .where(mine.c.submitted_at >= since, mine.c.submitted_at <= until)
    )
    return [
        Kept(
            id=row.id,
            customer=row.customer,
            key=ResponseKey(row.source, row.survey_id, row.response_id),
            at=micros(row.submitted_at),
            score=row.score,
            themes=tuple(dict.fromkeys(hit.theme for hit in read_themes(row.themes))) if row.themes else (),
            replaced=row.replaced,
            counts=row.status != ResponseStatus.TEST.value,
        )
        for row in connection.execute(chosen)
    ]
