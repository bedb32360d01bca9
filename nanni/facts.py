"""The ledger as facts for the warehouse: one snapshot, page by page, without a comment or a name."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from hashlib import sha256
from typing import Any

from sqlalchemy import Column, Connection, Row, Select, Table, func, select

from ledger.bulk import within
from ledger.changes import Position, changed_since, position
from ledger.identity import known_key
from ledger.schema import (
    outbox,
    responses,
    runs,
    sla_facts,
    ticket_events,
    tickets,
)
from nanni.fact_columns import responses_table
from nanni.fact_queries import NOTICES, RESPONSES, RUNS, latest, roots
from nanni.fact_rows import event_fact, notice_fact, run_fact, survey_fact, ticket_fact
from nanni.theme_facts import FoundThemes, found_themes, read_anew
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
from tickets.knowledge import Article

PAGE = 20_000


class LedgerFacts:
    """`outerloop.fact_source.FactSource` over one read transaction of the ledger and the workspace's files.

    `found`: discovered themes to tell instead of the latest ones.
    """

    def __init__(self, connection: Connection, workspace: Workspace, found: FoundThemes | None = None) -> None:
        self._connection = connection
        self._workspace = workspace
        self._instead = found

    def mark(self) -> Mark:
        """The store, sla.yaml (by which working time is told), the themes, discovered ones included; the position."""
        sla = sha256((self._workspace.folder / "sla.yaml").read_bytes()).hexdigest()
        store = known_key(self._connection, "identity_key") or b""
        return Mark(
            sha256(store + (sla + self._workspace.taxonomy.digest + self._found.state).encode()).hexdigest()[:32],
            position(self._connection).told(),
        )

    def changes(self, since: Mark) -> Changes | None:
        """What came or changed; None when all must be told anew.

        So after an edit of sla.yaml, of themes.yaml or of a survey's scale, where a discovery changed themes, or for
        another store's mark.
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
            responses=self._scalar(select(func.count()).select_from(latest().subquery())),
            tickets=self._scalar(select(func.count()).select_from(roots().subquery())),
            ticket_events=self._count(ticket_events),
            runs=self._count(runs),
            sla_facts=self._count(sla_facts),
            notices=self._scalar(select(func.count()).select_from(NOTICES.subquery())),
            initiatives=len(self._initiatives),
            members=len(self._workspace.routing.people),
            articles=len(self._articles),
        )

    def surveys(self) -> Iterator[Any]:
        """Surveys as configured now."""
        yield table_of(SurveyFact, [survey_fact(survey) for survey in self._workspace.surveys.values()])

    def themes(self) -> Iterator[Any]:
        """The whole taxonomy, and the discovered themes."""
        taxonomy = self._workspace.taxonomy
        written = [ThemeFact(id, taxonomy.name(id), id.rpartition(".")[0] or None) for id in taxonomy.ids]
        yield table_of(ThemeFact, [*written, *self._found.facts])

    def responses(self, only: Sequence[int] | None = None) -> Iterator[Any]:
        """The latest revision of each response."""
        chosen = RESPONSES.where(responses.c.id.in_(latest())) if only is None else self._still_latest(only)
        for page in self._pages(chosen):
            named = self._found.named(self._connection, [row.id for row in page])
            yield responses_table(page, read_anew(self._connection, self._workspace.taxonomy, page), named)

    def tickets(self, only: Sequence[str] | None = None) -> Iterator[Any]:
        """Current tickets, with working time by the SLA calendar."""
        for page in self._pages(self._of_tickets(roots(), tickets.c.key, only)):
            yield table_of(TicketFact, [ticket_fact(row, self._workspace.sla) for row in page])

    def ticket_events(self, only: Sequence[str] | None = None) -> Iterator[Any]:
        """Every event, without what people wrote."""
        for page in self._pages(self._of_tickets(select(ticket_events), ticket_events.c.ticket, only)):
            yield table_of(TicketEventFact, [event_fact(row) for row in page])

    def sla_facts(self, only: Sequence[str] | None = None) -> Iterator[Any]:
        """SLA facts as last recorded."""
        for page in self._pages(self._of_tickets(select(sla_facts), sla_facts.c.ticket, only)):
            rows = [SlaFact(row.ticket, row.metric, row.number, row.kind, row.at, row.target_seconds) for row in page]
            yield table_of(SlaFact, rows)

    def notices(self, only: Sequence[str] | None = None) -> Iterator[Any]:
        """Every notice of a ticket, without whom it goes to."""
        for page in self._pages(self._of_tickets(NOTICES, outbox.c.ticket, only)):
            yield table_of(NoticeFact, [notice_fact(row) for row in page])

    def runs(self) -> Iterator[Any]:
        """Every run with its rows by disposition."""
        for page in self._pages(RUNS):
            yield table_of(RunFact, [run_fact(row) for row in page])

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
        return self._instead or found_themes(self._connection)

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
        return RESPONSES.where(within(self._connection, responses.c.id, only), ~replaced)

    def _of_tickets(self, chosen: Select[Any], key: Column[Any], only: Sequence[str] | None) -> Select[Any]:
        return chosen if only is None else chosen.where(within(self._connection, key, only))

    def _pages(self, chosen: Select[Any]) -> Iterator[Sequence[Row[Any]]]:
        yield from self._connection.execution_options(yield_per=PAGE).execute(chosen).partitions(PAGE)

    def _count(self, table: Table) -> int:
        return self._scalar(select(func.count()).select_from(table))

    def _scalar(self, chosen: Select[Any]) -> int:
        return int(self._connection.execute(chosen).scalar_one())
