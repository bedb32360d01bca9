"""Responses that wait for a person because a rule could not be answered: the latest revision of each, newest first."""

from sqlalchemy import Connection, select

from feedback.disposition import Disposition
from ledger.schema import responses, surveys


def held_responses(
    connection: Connection, survey: str | None = None, reason: str | None = None, limit: int = 50
) -> list[int]:
    """Their numbers; of one survey, or held for this reason, where named. A later revision takes its response away."""
    later = responses.alias("later")
    replaced = select(later.c.id).where(
        later.c.survey == responses.c.survey,
        later.c.response_id == responses.c.response_id,
        later.c.revision > responses.c.revision,
    )
    chosen = (
        select(responses.c.id)
        .join(surveys, surveys.c.id == responses.c.survey)
        .where(responses.c.disposition == Disposition.HELD.value, ~replaced.exists())
        .order_by(responses.c.submitted_at.desc(), responses.c.id.desc())
        .limit(limit)
    )
    if survey is not None:
        chosen = chosen.where(surveys.c.survey == survey)
    if reason is not None:
        chosen = chosen.where(responses.c.disposition_reason == reason)
    return list(connection.execute(chosen).scalars())
