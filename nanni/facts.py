"""The ledger as facts for the warehouse: one snapshot, page by page, without a comment or a name."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from sqlalchemy import Connection, Row, Select, Table, func, select

from feedback.response import ResponseStatus
from feedback.scale import Scale
from ledger.bulk import from_json
from ledger.identity import customer_name
from ledger.schema import decisions, responses, run_batches, runs, scores, surveys, ticket_events, tickets
from ledger.scores import CELL
from ledger.traces import read_themes
from models.sentiment import CLASSES
from nanni.workspace import Workspace
from outerloop.facts import (
    FactCounts,
    ResponseFact,
    RunFact,
    SurveyFact,
    ThemeFact,
    TicketEventFact,
    TicketFact,
    table_of,
)
from tickets.calendar import Clock, elapsed
from tickets.sla import SlaPolicy

PAGE = 20_000
Sounds = tuple[str | None, float | None, float | None, float | None]
UNKNOWN: Sounds = (None, None, None, None)


class LedgerFacts:
    """`outerloop.facts.FactSource` over one read transaction of the ledger and the workspace's taxonomy."""

    def __init__(self, connection: Connection, workspace: Workspace) -> None:
        self._connection = connection
        self._workspace = workspace

    def counts(self) -> FactCounts:
        """Rows of each kind, counted by the store."""
        return FactCounts(
            surveys=len(self._workspace.surveys),
            themes=len(self._workspace.taxonomy.ids),
            responses=self._scalar(select(func.count()).select_from(_latest().subquery())),
            tickets=self._scalar(select(func.count()).select_from(_roots().subquery())),
            ticket_events=self._count(ticket_events),
            runs=self._count(runs),
        )

    def surveys(self) -> Iterator[Any]:
        """Surveys as configured now."""
        yield table_of(SurveyFact, [_survey(survey) for survey in self._workspace.surveys.values()])

    def themes(self) -> Iterator[Any]:
        """The whole taxonomy."""
        taxonomy = self._workspace.taxonomy
        yield table_of(
            ThemeFact, [ThemeFact(id, taxonomy.name(id), id.rpartition(".")[0] or None) for id in taxonomy.ids]
        )

    def responses(self) -> Iterator[Any]:
        """The latest revision of each response."""
        for page in self._pages(_RESPONSES.where(responses.c.id.in_(_latest()))):
            yield table_of(ResponseFact, [_response(row) for row in page])

    def tickets(self) -> Iterator[Any]:
        """Current tickets, with working time by the SLA calendar."""
        for page in self._pages(_roots()):
            yield table_of(TicketFact, [_ticket(row, self._workspace.sla) for row in page])

    def ticket_events(self) -> Iterator[Any]:
        """Every event, without what people wrote."""
        for page in self._pages(select(ticket_events)):
            yield table_of(
                TicketEventFact,
                [TicketEventFact(row.ticket, row.sequence, row.kind, row.actor, row.at, row.reason) for row in page],
            )

    def runs(self) -> Iterator[Any]:
        """Every run with its rows by disposition."""
        for page in self._pages(_RUNS):
            yield table_of(RunFact, [_run(row) for row in page])

    def _pages(self, chosen: Select[Any]) -> Iterator[Sequence[Row[Any]]]:
        yield from self._connection.execution_options(yield_per=PAGE).execute(chosen).partitions(PAGE)

    def _count(self, table: Table) -> int:
        return self._scalar(select(func.count()).select_from(table))

    def _scalar(self, chosen: Select[Any]) -> int:
        return int(self._connection.execute(chosen).scalar_one())


def _roots() -> Select[Any]:
    # Metrics follow the root: a ticket merged into another is no ticket of its own.
    return select(tickets).where(tickets.c.merged_into.is_(None))


def _latest() -> Select[Any]:
    # Ids grow with revisions, so the largest of a natural key is its latest revision.
    return select(func.max(responses.c.id)).group_by(responses.c.survey, responses.c.response_id)


_RESPONSES = (
    select(
        responses,
        surveys.c.survey.label("survey_id"),
        surveys.c.source,
        surveys.c.scale,
        runs.c.id.label("run_id"),
        decisions.c.themes,
        scores.c.packed,
        func.coalesce(tickets.c.merged_into, responses.c.ticket).label("root"),
    )
    .join(surveys, surveys.c.id == responses.c.survey)
    .join(runs, runs.c.number == responses.c.run)
    .outerjoin(decisions, decisions.c.response == responses.c.id)
    .outerjoin(tickets, tickets.c.key == responses.c.ticket)
    .outerjoin(scores, (scores.c.response == responses.c.id) & (scores.c.model == decisions.c.model))
)
_TOLD = tuple(column for column in run_batches.c if column.name not in ("run", "number", "received"))
_RUNS = (
    select(
        runs,
        func.coalesce(func.sum(run_batches.c.received), 0).label("received"),
        *(func.coalesce(func.sum(column), 0).label(f"n_{column.name}") for column in _TOLD),
    )
    .outerjoin(run_batches, run_batches.c.run == runs.c.number)
    .group_by(*runs.c)
)


def _survey(survey: Any) -> SurveyFact:
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


def _response(row: Row[Any]) -> ResponseFact:
    scale = Scale(**from_json(row.scale)) if row.scale else None
    label, negative, neutral, positive = _sounds(row.packed)
    return ResponseFact(
        response=row.id,
        survey=row.survey_id,
        source=row.source,
        response_id=row.response_id,
        run=row.run_id,
        submitted_at=row.submitted_at,
        status=ResponseStatus(row.status).value,
        score=row.score,
        scale_kind=scale.kind if scale else None,
        scale_minimum=scale.minimum if scale else None,
        scale_maximum=scale.maximum if scale else None,
        band=scale.band(row.score).value if scale and row.score is not None else None,
        channel=row.channel,
        language=row.language,
        customer=customer_name(row.customer),
        has_comment=row.comments is not None,
        sentiment=label,
        negative=negative,
        neutral=neutral,
        positive=positive,
        disposition=row.disposition,
        ticket=row.root,
        themes=tuple(hit.theme for hit in read_themes(row.themes)),
        attributes=tuple(from_json(row.attributes).items()) if row.attributes else (),
    )


def _sounds(packed: bytes | None) -> Sounds:
    """Label and probabilities of the most negative comment; all None where nothing was scored."""
    if packed is None:
        return UNKNOWN
    cells = np.frombuffer(packed, dtype=CELL)["probabilities"]
    known = cells[~np.isnan(cells[:, 0])]
    if not len(known):
        return UNKNOWN
    worst = known[known[:, 0].argmax()]
    negative, neutral, positive = (float(value) for value in worst)
    return CLASSES[int(worst.argmax())].value, negative, neutral, positive


def _ticket(row: Row[Any], sla: SlaPolicy) -> TicketFact:
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


def _run(row: Row[Any]) -> RunFact:
    told = tuple((column.name, int(getattr(row, f"n_{column.name}"))) for column in _TOLD)
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
