"""The walk of one response, told by the template workspace that every new team starts from."""

import mailbox
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feedback.disposition import Disposition
from ledger.audit import conservation
from nanni.cli.workspace import init
from nanni.escalation import escalate
from nanni.explaining import explain
from nanni.ingestion import ingest_file
from nanni.notices import delivery_of
from nanni.outer_loop import refresh
from nanni.parts import Parts
from nanni.wiring import wire
from nanni.work import act
from outerloop.adapters.duckdb_warehouse import open_reader
from tickets import actions
from tickets.ports import TicketFilter
from tickets.ticket import LIVE, Closure, Status, Ticket
from triggers.explain import sentence
from triggers.outcome import Outcome

NOW = datetime(2026, 11, 9, 9, 0, tzinfo=UTC)
SURVEY = "store_visits"
pytestmark = pytest.mark.slow


class Walk:
    """One workspace and a clock that the story moves."""

    def __init__(self, folder: Path) -> None:
        init(folder)
        self.now = NOW
        self.parts: Parts = wire(folder, lambda: self.now)
        self.export = folder / "inbox" / SURVEY / "example.csv"

    def tickets(self, *statuses: Status) -> list[Ticket]:
        with self.parts.ledger.read() as uow:
            return list(uow.tickets.list(TicketFilter(statuses=statuses, limit=1000)))


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    story = Walk(tmp_path_factory.mktemp("story") / "workspace")
    yield story
    story.parts.close()


def test_1_an_export_is_taken_and_every_row_is_accounted_for(walk: Walk) -> None:
    taken = ingest_file(walk.parts, walk.parts.workspace.survey(SURVEY), walk.export)
    counts = taken.run.counts or {}
    assert taken.run.received == sum(counts.values()) > 0
    assert counts[Disposition.OPENED] >= 1
    assert counts[Disposition.QUIET] >= 1


def test_2_the_same_bytes_again_are_a_no_op(walk: Walk) -> None:
    before = len(walk.tickets())
    assert ingest_file(walk.parts, walk.parts.workspace.survey(SURVEY), walk.export).already
    assert len(walk.tickets()) == before


def test_3_every_ticket_has_one_owner_due_times_and_a_reason(walk: Walk) -> None:
    members = {member.id for team in walk.parts.workspace.routing.teams for member in team.members}
    for ticket in walk.tickets():
        assert ticket.owner in members
        assert ticket.due.first_touch is not None and ticket.due.first_touch > NOW
        (first, *_) = explain(walk.parts, ticket.key, None)
        assert sentence(first.trace, first.stored.response).startswith("Opened because the customer")


def test_4_a_quiet_response_can_say_why_not(walk: Walk) -> None:
    with walk.parts.ledger.read() as uow:
        batches = list(uow.responses.stream(SURVEY))
        ids = [number for numbers, _ in batches for number in numbers]
        quiet = [number for number in ids if uow.decisions.get(number).outcome is Outcome.QUIET]
        names = [batch.response_id[i] for numbers, batch in batches for i, n in enumerate(numbers) if n in quiet]
    for name in names:
        (told,) = explain(walk.parts, name, SURVEY)
        assert told.recomputed and told.trace.outcome is Outcome.QUIET


def test_5_owners_get_a_mail_once(walk: Walk) -> None:
    report = delivery_of(walk.parts).due(100)
    assert report.problems == ()
    assert delivery_of(walk.parts).due(100).attempts == ()
    mails = list(mailbox.Maildir(walk.parts.workspace.settings.state / "maildir", create=False))
    assert {str(mail["X-Nanni-Ticket"]) for mail in mails} == {ticket.key for ticket in walk.tickets()}
    assert all("[Nanni N-" in str(mail["Subject"]) for mail in mails)


def test_6_what_nobody_touches_is_escalated_once(walk: Walk) -> None:
    walk.now = NOW + timedelta(days=10)
    late = escalate(walk.parts)
    assert late == len(walk.tickets(*LIVE))
    assert escalate(walk.parts) == 0


def test_7_people_work_the_tickets_to_their_end(walk: Walk) -> None:
    sla = walk.parts.workspace.sla
    for ticket in walk.tickets(*LIVE):
        closure = Closure(sla.root_causes[0], "Rang the customer and put it right.", resolved=True)
        after = act(
            walk.parts,
            ticket.key,
            lambda t: actions.acknowledge(t, t.owner, walk.now),
            lambda t: actions.contact(t, t.owner, walk.now, "phone", "Spoke to them."),
            lambda t, closure=closure: actions.resolve(t, t.owner, walk.now, closure, sla.root_causes),  # type: ignore[misc]
            lambda t: actions.close(t, t.owner, walk.now),
        )
        assert after.status is Status.CLOSED


def test_8_closed_tickets_become_facts(walk: Walk) -> None:
    walk.now += timedelta(days=1)
    report = refresh(walk.parts)
    assert report["rows"]["fact_ticket"] == len(walk.tickets())
    with open_reader(Path(report["path"])) as warehouse:
        causes = warehouse.frame("SELECT DISTINCT root_cause FROM fact_ticket")["root_cause"].tolist()
    assert causes == [walk.parts.workspace.sla.root_causes[0]]


def test_9_the_audit_finds_nothing_lost_doubled_or_made_up(walk: Walk) -> None:
    with walk.parts.ledger.read() as uow:
        report = conservation(uow)
    assert report.sound and report.residue == 0
