"""Closing the loop over a real ledger: mails out, answers in, tickets reopened, followed up or closed."""

import json
import mailbox
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from feedback.rows import ContractVerdict, RawBatch
from ledger.audit import conservation
from ledger.personal import erase_customer
from nanni.cli.commands import app
from nanni.closing import Became, Swept, address_of_survey, close_the_loop, record_answer, survey_page
from nanni.ingestion import ingest_file
from nanni.notices import delivery_of
from nanni.parts import Parts
from nanni.wiring import wire
from nanni.work import act
from tests.workspaces import ROUTING, make_workspace, write_csv
from tickets import actions
from tickets.delivery import Outcome
from tickets.survey_link import SurveyLinkError
from tickets.ticket import Closure, Status

START = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)
DONE = Closure("product", "Replaced the lamp; note: rude on the phone.", resolved=True)
CLOSING = """
messages: [acknowledgement, resolution, survey]
survey: {url: "https://feedback.example"}
reopen: {to: ben}
close_after: 5d
"""
ROW = {
    "id": "R1",
    "at": "2026-03-09 08:00:00",
    "score": "2",
    "comment": "",
    "email": "ann@example.com",
    "store": "Leeds",
}


class Trusting:
    """A contract that trusts every row."""

    def check(self, frame: pd.DataFrame, raw: RawBatch) -> ContractVerdict:
        return ContractVerdict()


class Loop:
    """A workspace that closes the loop, and a clock."""

    def __init__(self, folder: Path) -> None:
        make_workspace(folder)
        (folder / "closing.yaml").write_text(CLOSING)
        self.now = START
        self.parts: Parts = wire(folder, lambda: self.now)
        self.parts.contracts["nps"] = Trusting()
        self.take(ROW)

    def take(self, *rows: dict[str, str]) -> None:
        path = write_csv(self.parts.workspace.folder / "inbox" / f"{rows[0]['id']}.csv", list(rows))
        ingest_file(self.parts, self.parts.workspace.survey("nps"), path)

    def resolve(self, key: str = "N-1", tell: str = "") -> None:
        causes = self.parts.workspace.sla.root_causes
        act(self.parts, key, lambda t: actions.resolve(t, t.owner, self.now, DONE, causes), tell=tell)

    def after(self, **span: float) -> Swept:
        self.now += timedelta(**span)
        return close_the_loop(self.parts)

    def token(self, key: str = "N-1") -> str:
        return address_of_survey(self.parts, key).removeprefix("https://feedback.example/s/")

    def mails(self) -> list[tuple[str, str, str]]:
        """Delivered now: to whom, subject, text."""
        report = delivery_of(self.parts).due(100)
        assert report.problems == ()
        found = []
        box = mailbox.Maildir(self.parts.workspace.settings.state / "maildir", create=False)
        for name, mail in sorted(box.items()):
            part = next(part for part in mail.walk() if part.get_content_type() == "text/plain")
            body = part.get_payload(decode=True)
            assert isinstance(body, bytes)
            found.append((str(mail["To"]), str(mail["Subject"]), body.decode()))
            box.remove(name)
        return found

    def status(self, key: str = "N-1") -> tuple[Status, str]:
        with self.parts.ledger.read() as uow:
            ticket = uow.tickets.get(key)
            return ticket.status, ticket.owner


@pytest.fixture
def loop(tmp_path: Path) -> Iterator[Loop]:
    made = Loop(tmp_path / "w")
    yield made
    with made.parts.ledger.read() as uow:
        assert conservation(uow).sound
    made.parts.close()


def test_the_customer_hears_at_each_step_and_never_the_teams_notes(loop: Loop) -> None:
    first = [mail for mail in loop.mails() if mail[0] == "ann@example.com"]
    assert [subject for _, subject, _ in first] == ["We have read what you wrote (N-1)"]
    loop.resolve(tell="A new lamp is on its way to you.")
    ((_, subject, text),) = [mail for mail in loop.mails() if mail[0] == "ann@example.com"]
    assert subject == "What we did about your complaint (N-1)"
    assert "A new lamp is on its way to you." in text and "rude on the phone" not in text
    assert loop.after(minutes=29).surveys == ()
    assert loop.after(minutes=1).surveys == ("N-1",)
    assert loop.after(minutes=5).surveys == ()
    ((_, subject, text),) = loop.mails()
    assert subject == "Did we put it right? (N-1)"
    token = next(line for line in text.splitlines() if "/s/" in line).rpartition("/")[2]
    page = survey_page(loop.parts, token)
    assert (page.reference, page.survey, page.answered) == ("N-1", "After-purchase NPS", False)
    assert record_answer(loop.parts, token, 5, "Thank you!").became is Became.CLOSED
    assert survey_page(loop.parts, token).answered
    assert loop.status() == (Status.CLOSED, "amira")


def test_an_unhappy_answer_reopens_to_the_senior_who_is_told(loop: Loop) -> None:
    loop.resolve()
    loop.mails()
    loop.now += timedelta(hours=71)
    done = record_answer(loop.parts, loop.token(), 1, "Nobody rang me.")
    assert (done.became, done.owed) == (Became.REOPENED, "N-1")
    assert loop.status() == (Status.OPEN, "ben")
    ((to, subject, text),) = loop.mails()
    assert to == "ben@example.org" and "Reopened: " in subject
    assert "not happy with how it ended" in text


@pytest.mark.parametrize(("stand_in", "owner"), [(", delegate: amira", "amira"), ("", "amira")])
def test_a_senior_who_is_away_does_not_get_what_is_reopened(tmp_path: Path, stand_in: str, owner: str) -> None:
    loop = Loop(tmp_path / "away")
    loop.resolve()
    loop.parts.close()
    away = f"ben@example.org, absences: [{{from: 2026-03-01, until: 2026-04-01{stand_in}}}],"
    (loop.parts.workspace.folder / "routing.yaml").write_text(ROUTING.replace("ben@example.org,", away))
    loop.parts = wire(loop.parts.workspace.folder, lambda: loop.now)
    done = record_answer(loop.parts, address_of_survey(loop.parts, "N-1").rsplit("/", 1)[1], 1)
    with loop.parts.ledger.read() as uow:
        after = uow.tickets.get("N-1")
    loop.parts.close()
    assert (done.became, after.owner) == (Became.REOPENED, owner)


def test_after_the_window_an_unhappy_answer_opens_a_linked_ticket(loop: Loop) -> None:
    loop.resolve()
    loop.now += timedelta(hours=73)
    done = record_answer(loop.parts, loop.token(), 2)
    assert (done.became, done.owed) == (Became.FOLLOWED_UP, "N-2")
    with loop.parts.ledger.read() as uow:
        after = uow.tickets.get("N-2")
        assert (after.follow_up_of, after.responses, after.customer_id) == (
            "N-1",
            0,
            uow.tickets.get("N-1").customer_id,
        )
        assert uow.tickets.responses("N-2") == []


def test_unhappy_while_the_trouble_is_owed_elsewhere_is_told_there(loop: Loop) -> None:
    loop.resolve()
    token = loop.token()
    loop.now += timedelta(hours=73)
    loop.take({**ROW, "id": "R2"})
    done = record_answer(loop.parts, token, 1)
    assert (done.became, done.owed) == (Became.JOINED, "N-2")
    with loop.parts.ledger.read() as uow:
        assert uow.tickets.get("N-1").status is Status.RESOLVED
        assert "1 of 5" in uow.tickets.events("N-2")[-1].note


def test_nobody_answers_and_the_ticket_closes(loop: Loop) -> None:
    loop.resolve()
    assert loop.after(days=4).closed == ()
    assert loop.after(days=1) == Swept((), ("N-1",), ())
    assert loop.status()[0] is Status.CLOSED


def test_a_link_of_nobody_or_of_long_ago_is_refused(loop: Loop) -> None:
    with pytest.raises(SurveyLinkError, match="not valid"):
        record_answer(loop.parts, "bm90aGluZw", 1)
    loop.resolve()
    token = loop.token()
    loop.now += timedelta(days=15)
    with pytest.raises(SurveyLinkError, match="too old"):
        survey_page(loop.parts, token)


def test_what_a_forgotten_customer_wrote_and_was_to_be_sent_is_gone(loop: Loop) -> None:
    loop.resolve(tell="Dear Ann, it is on its way.")
    record_answer(loop.parts, loop.token(), 3, "Ann was here.")
    with loop.parts.ledger.begin() as uow:
        customer = uow.tickets.get("N-1").customer_id
        assert customer is not None
        erase_customer(uow, customer, at=loop.now, actor="test")
        assert all(not event.note for event in uow.tickets.events("N-1"))
    report = delivery_of(loop.parts).due(100)
    dead = [attempt for attempt in report.attempts if attempt.outcome is Outcome.DEAD]
    assert {attempt.notice.target for attempt in dead} == {f"customer:{customer}"}


def test_every_step_can_be_taken_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = Loop(tmp_path / "cli")
    made.take({**ROW, "id": "R2", "comment": "The courier was late."})
    made.parts.close()

    def told(*words: str) -> Any:
        app(["tickets", *words, "-w", str(tmp_path / "cli"), "--json"], result_action="return_value")
        return json.loads(capsys.readouterr().out)

    assert told("merge", "N-2", "--into", "N-1", "--reason", "one trouble")["responses"] == 2
    assert told("unmerge", "N-2", "--reason", "two")["merged_into"] is None
    assert told("escalate", "N-1", "--to", "ben", "--reason", "Who knows lamps?")["escalated"] == "expertise"
    assert told("acknowledge", "N-1")["escalated"] == ""
    resolved = ("resolve", "N-1", "--root-cause", "product", "--action", "Replaced.", "--resolved", "--tell", "Sent.")
    assert told(*resolved)["status"] == "resolved"
    address = told("survey", "N-1")["address"]
    answer = told("answer", address.rpartition("/")[2], "5")
    assert (answer["became"], answer["owed"]) == ("closed", "")
    assert told("causes") == ["product", "process", "people"]
    assert told("checklist") == []
    assert set(told("close-the-loop")) == {"surveys", "closed", "kept_open"}
    story = told("story", "N-1")
    assert any("Replaced." in line for day in story["days"] for line in day["sentences"])
    shown = told("show", "N-1")
    assert shown["priority_by"].startswith("severity") and shown["feelings"]
