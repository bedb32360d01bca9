"""Stored rows as facts of the warehouse, without what people wrote and whom notices go to."""

import re
from typing import Any

from sqlalchemy import Row

from feedback.survey import SurveyDefinition
from ledger.bulk import from_json
from ledger.identity import customer_name
from nanni.fact_queries import TOLD
from outerloop.facts import NoticeFact, RunFact, SurveyFact, TicketEventFact, TicketFact
from tickets.calendar import Clock, elapsed
from tickets.sla import SlaPolicy

_TELLS = re.compile('"(team|owner|to)"')


def survey_fact(survey: SurveyDefinition) -> SurveyFact:
    """A survey as configured."""
    scale = survey.scale
    return SurveyFact(
        survey.id,
        survey.title,
        survey.touchpoint,
        survey.source_name,
        scale.kind if scale else None,
        scale.minimum if scale else None,
        scale.maximum if scale else None,
        scale.higher_is_better if scale else None,
    )


def event_fact(row: Row[Any]) -> TicketEventFact:
    """What happened to a ticket, and where it went."""
    data = dict(from_json(row.data)) if _TELLS.search(row.data) else {}
    return TicketEventFact(
        ticket=row.ticket,
        sequence=row.sequence,
        kind=row.kind,
        actor=row.actor,
        happened_at=row.at,
        reason=row.reason,
        to_team=data.get("team"),
        to_owner=data.get("owner"),
        moved_to=data.get("to"),
    )


def notice_fact(row: Row[Any]) -> NoticeFact:
    """A notice and what became of it."""
    return NoticeFact(
        row.id, row.kind, row.ticket, row.event_sequence, row.channel, row.state, row.attempts, row.created_at,
        row.delivered_at,
    )  # fmt: skip


def ticket_fact(row: Row[Any], sla: SlaPolicy) -> TicketFact:
    """A ticket as it stands, with working seconds to its first touch and its resolution."""

    def worked(until: Any) -> float | None:
        return elapsed(row.opened_at, until, sla.calendar, Clock.BUSINESS).total_seconds() if until else None

    return TicketFact(
        ticket=row.key,
        survey=row.survey,
        theme=row.theme,
        rule=row.rule,
        severity=row.severity,
        priority=row.priority,
        status=row.status,
        team=row.team,
        owner=row.owner,
        customer=customer_name(row.customer),
        opened_at=row.opened_at,
        first_touched_at=row.first_touched_at,
        resolved_at=row.resolved_at,
        closed_at=row.closed_at,
        first_touch_due=row.first_touch_due,
        resolution_due=row.resolution_due,
        first_touch_business_s=worked(row.first_touched_at),
        resolution_business_s=worked(row.resolved_at),
        root_cause=row.root_cause,
        action_taken=row.action_taken,
        resolved=row.resolved,
        responses=row.responses,
    )


def run_fact(row: Row[Any]) -> RunFact:
    """A run with its rows by disposition."""
    told = tuple((column.name, int(getattr(row, f"n_{column.name}"))) for column in TOLD)
    return RunFact(
        row.id,
        row.survey,
        row.source,
        row.file_name,
        row.state,
        row.started_at,
        row.finished_at,
        int(row.received),
        told,
    )
