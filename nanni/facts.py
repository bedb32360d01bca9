"""The ledger as facts for the warehouse: one snapshot, page by page, without a comment or a name."""

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from hashlib import sha256
from typing import Any

from sqlalchemy import Column, Connection, Row, Select, Table, func, select

from ledger.bulk import from_json, within
from ledger.changes import Position, changed_since, position
from ledger.identity import customer_name, known_key
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
    sla_facts,
    surveys,
    ticket_events,
    tickets,
)
from nanni.fact_columns import responses_table
from nanni.theme_facts import FoundThemes, found_themes
from nanni.workspace import Workspace
from outerloop.adapters.initiative_file import FILE, load_initiatives
from outerloop.fact_source import Changes, FactCounts, Mark
from outerloop.fact_tables import table_of
from outerloop.facts import (
    ArticleFact,
    InitiativeFact,
    MemberFact,
    NoticeFact,
    RunFact,
    SlaFact,
    SurveyFact,
    ThemeFact,
    TicketEventFact,
    TicketFact,
)
from outerloop.initiatives import Initiative
from tickets.adapters.knowledge_file import load_articles
from tickets.calendar import Clock, elapsed
from tickets.knowledge import Article
from tickets.sla import SlaPolicy

PAGE = 20_000
_OWN = ("id", "response_id", "submitted_at", "status", "score", "channel", "language", "customer",
        "attributes", "disposition")  # fmt: skip
_TELLS = re.compile('"(team|owner|to)"')


_OF_TICKETS = select(outbox).where(outbox.c.ticket.is_not(None))
"""A summary is about a period: no fact of any ticket."""


class LedgerFacts:
    """`outerloop.fact_source.FactSource` over one read transaction of the ledger and the workspace's files."""

    def __init__(self, connection: Connection, workspace: Workspace) -> None:
        self._connection = connection
        self._workspace = workspace

    def mark(self) -> Mark:
        """The store, sla.yaml (which working time is told by), the latest discovery; the position of this snapshot."""
        sla = sha256((self._workspace.folder / "sla.yaml").read_bytes()).hexdigest()
        store = known_key(self._connection, "identity_key") or b""
        return Mark(
            sha256(store + sla.encode() + self._found.state.encode()).hexdigest()[:32],
            position(self._connection).told(),
        )

    def changes(self, since: Mark) -> Changes | None:
        """What came or changed; None when all must be told anew.

        So after an edit of sla.yaml or of a survey's scale, a discovery of themes, or for another store's mark.
        """
        if since.basis != self.mark().basis:
            return None
        found = changed_since(self._connection, Position.read(since.position))
        return None if found.rescaled else Changes(found.responses, found.tickets, found.erased)

    def counts(self) -> FactCounts:
        """Rows of each kind, counted by the store."""
        return FactCounts(
            surveys=len(self._workspace.surveys),
            themes=len(self._workspace.taxonomy.ids) + len(self._found.facts),
            responses=self._scalar(select(func.count()).select_from(_latest().subquery())),
            tickets=self._scalar(select(func.count()).select_from(_roots().subquery())),
            ticket_events=self._count(ticket_events),
            runs=self._count(runs),
            sla_facts=self._count(sla_facts),
            notices=self._scalar(select(func.count()).select_from(_OF_TICKETS.subquery())),
            initiatives=len(self._initiatives),
            members=len(self._workspace.routing.people),
            articles=len(self._articles),
        )

    def surveys(self) -> Iterator[Any]:
        """Surveys as configured now."""
        yield table_of(SurveyFact, [_survey(survey) for survey in self._workspace.surveys.values()])

    def themes(self) -> Iterator[Any]:
        """The whole taxonomy, and the discovered themes."""
        taxonomy = self._workspace.taxonomy
        written = [ThemeFact(id, taxonomy.name(id), id.rpartition(".")[0] or None) for id in taxonomy.ids]
        yield table_of(ThemeFact, [*written, *self._found.facts])

    def responses(self, only: Sequence[int] | None = None) -> Iterator[Any]:
        """The latest revision of each response."""
        chosen = _RESPONSES.where(responses.c.id.in_(_latest())) if only is None else self._still_latest(only)
        for page in self._pages(chosen):
            named = self._found.named(self._connection, [row.id for row in page])
            yield responses_table(page, named)

    def tickets(self, only: Sequence[str] | None = None) -> Iterator[Any]:
        """Current tickets, with working time by the SLA calendar."""
        for page in self._pages(self._of_tickets(_roots(), tickets.c.key, only)):
            yield table_of(TicketFact, [_ticket(row, self._workspace.sla) for row in page])

    def ticket_events(self, only: Sequence[str] | None = None) -> Iterator[Any]:
        """Every event, without what people wrote."""
        for page in self._pages(self._of_tickets(select(ticket_events), ticket_events.c.ticket, only)):
            yield table_of(TicketEventFact, [_event(row) for row in page])

    def sla_facts(self, only: Sequence[str] | None = None) -> Iterator[Any]:
        """SLA facts as last recorded."""
        for page in self._pages(self._of_tickets(select(sla_facts), sla_facts.c.ticket, only)):
            rows = [SlaFact(row.ticket, row.metric, row.number, row.kind, row.at, row.target_seconds) for row in page]
            yield table_of(SlaFact, rows)

    def notices(self, only: Sequence[str] | None = None) -> Iterator[Any]:
        """Every notice of a ticket, without whom it goes to."""
        for page in self._pages(self._of_tickets(_OF_TICKETS, outbox.c.ticket, only)):
            yield table_of(NoticeFact, [_notice(row) for row in page])

    def runs(self) -> Iterator[Any]:
        """Every run with its rows by disposition."""
        for page in self._pages(_RUNS):
            yield table_of(RunFact, [_run(row) for row in page])

    def initiatives(self) -> Iterator[Any]:
        """The workspace's initiatives."""
        rows = [
            InitiativeFact(one.id, one.title, one.owner, one.themes, one.started, one.expected, one.expected_by)
            for one in self._initiatives
        ]
        yield table_of(InitiativeFact, rows)

    def members(self) -> Iterator[Any]:
        """Everybody in routing.yaml, with their first team."""
        routing = self._workspace.routing
        homes = [routing.home(person) for person in routing.people]
        yield table_of(
            MemberFact, [MemberFact(home[1].id, home[0].id, home[1].capacity) for home in homes if home is not None]
        )

    def articles(self) -> Iterator[Any]:
        """The workspace's knowledge articles, drafts included."""
        rows = [ArticleFact(one.id, one.title, one.draft, one.root_causes, one.themes) for one in self._articles]
        yield table_of(ArticleFact, rows)

    @cached_property
    def _found(self) -> FoundThemes:
        return found_themes(self._connection)

    @cached_property
    def _initiatives(self) -> tuple[Initiative, ...]:
        return load_initiatives(self._workspace.folder / FILE)

    @cached_property
    def _articles(self) -> tuple[Article, ...]:
        return load_articles(self._workspace.folder / "kb")

    def _still_latest(self, only: Sequence[int]) -> Select[Any]:
        later = responses.alias()
        same = (later.c.survey == responses.c.survey, later.c.response_id == responses.c.response_id)
        replaced = select(later.c.id).where(*same, later.c.id > responses.c.id).exists()
        return _RESPONSES.where(within(self._connection, responses.c.id, only), ~replaced)

    def _of_tickets(self, chosen: Select[Any], key: Column[Any], only: Sequence[str] | None) -> Select[Any]:
        return chosen if only is None else chosen.where(within(self._connection, key, only))

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
        *(responses.c[name] for name in _OWN),
        responses.c.comments.is_not(None).label("has_comment"),
        surveys.c.survey.label("survey_id"),
        surveys.c.source,
        surveys.c.scale,
        runs.c.id.label("run_id"),
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


def _event(row: Row[Any]) -> TicketEventFact:
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


def _notice(row: Row[Any]) -> NoticeFact:
    return NoticeFact(
        row.id, row.kind, row.ticket, row.event_sequence, row.channel, row.state, row.attempts, row.created_at,
        row.delivered_at,
    )  # fmt: skip


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
