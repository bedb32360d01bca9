"""Teamwork over a real ledger: who is told, files on disk and off it, reminders that come once."""

import json
import os
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from feedback.errors import ConfigError, NotFoundError, StoreError
from ledger.personal import erase_customer
from nanni.cli import teamwork as commands
from nanni.cli import tickets as ticket_commands
from nanni.cli.app import Common
from nanni.files import FOLDER, attach, attached, content_of, detach, sweep
from nanni.parts import Parts
from nanni.reminding import remind_due
from nanni.tagging import tagged
from nanni.wiring import wire
from nanni.work import act
from tests.nanni.test_landing import NOW, ROW, Trusting, take
from tests.nanni.test_queues import Day
from tests.tickets.test_attachments import PNG
from tests.workspaces import ROUTING, make_workspace
from tickets import collaboration
from tickets.actions import Acted
from tickets.collaboration import tags
from tickets.events import TicketEvent
from tickets.lifecycle import LifecycleError
from tickets.notice import NoticeKind
from tickets.ticket import Ticket

BYSTANDER = "  - {id: lead, members: [{id: hana, email: hana@example.org}, {id: zoe, email: zoe@example.org, absences: "
AWAY = f"[{{from: {NOW.date()}, until: {NOW.date() + timedelta(days=3)}, delegate: hana}}]}}]}}\n"


@pytest.fixture
def day() -> Day:
    return Day()


@pytest.fixture
def parts(tmp_path: Path, day: Day) -> Iterator[Parts]:
    folder = make_workspace(tmp_path / "workspace")
    (folder / "routing.yaml").write_text(ROUTING.replace("routes:", f"{BYSTANDER}{AWAY}routes:"))
    wired = wire(folder, day)
    wired.contracts["nps"] = Trusting()
    take(wired, "a.csv", ROW)
    yield wired
    wired.close()


def told(parts: Parts, *kinds: NoticeKind) -> list[tuple[str, str]]:
    with parts.ledger.read() as uow:
        queued = [one.notice for one in uow.outbox.list() if one.notice.kind in kinds]
    return [(notice.kind.value, notice.target.partition("@")[0]) for notice in queued]


def test_watchers_hear_of_notes_and_of_what_the_customer_sends(parts: Parts) -> None:
    with parts.ledger.read() as uow:
        events = uow.tickets.events("N-1")
    act(parts, "N-1", lambda t: collaboration.watch(t, "hana", NOW, "hana", events))
    act(parts, "N-1", lambda t: collaboration.note(t, "amira", NOW, "@ben please", ("ben",)))
    take(parts, "b.csv", {**ROW, "id": "R2"})
    colleagues = told(parts, NoticeKind.MENTIONED, NoticeKind.WATCHED)
    assert colleagues == [("mentioned", "ben"), ("watched", "hana"), ("watched", "hana")]
    with parts.ledger.read() as uow:
        assert uow.teamwork.watchers(["N-1"]) == {"N-1": ("hana",)}
        assert uow.teamwork.watched("hana") == ["N-1"]
        assert uow.tickets.verify_chain() == []


def _tagging(parts: Parts, name: str, events: Sequence[TicketEvent], ticket: Ticket) -> Acted:
    return tagged(parts, ticket, events, name, "amira")


def test_a_ticket_has_one_tag_of_how_it_was_resolved(parts: Parts) -> None:
    for name in ("Refund", "goodwill"):
        with parts.ledger.read() as uow:
            events = uow.tickets.events("N-1")
        act(parts, "N-1", partial(_tagging, parts, name, events))
    with parts.ledger.read() as uow:
        assert uow.teamwork.tags(["N-1"]) == {"N-1": ("goodwill",)} and uow.teamwork.tagged("goodwill") == ["N-1"]
        assert tags(uow.tickets.events("N-1")) == ("goodwill",)
    with pytest.raises(ConfigError, match="no tag 'cashback'"):
        act(parts, "N-1", lambda t: tagged(parts, t, (), "cashback", "amira"))


def _reminding(person: str, due: datetime, ticket: Ticket) -> Acted:
    return collaboration.remind(ticket, "amira", NOW, person, due, "Call.")


def test_a_reminder_comes_once_and_to_the_stand_in_of_who_is_away(parts: Parts, day: Day) -> None:
    for person, hours in (("amira", 1), ("zoe", 2)):
        due = NOW + timedelta(hours=hours)
        act(parts, "N-1", partial(_reminding, person, due))
    assert remind_due(parts) == []
    day.now += timedelta(hours=3)
    assert [one.person for one in remind_due(parts)] == ["amira", "zoe"]
    assert remind_due(parts) == []
    assert sorted(told(parts, NoticeKind.REMINDER)) == [("reminder", "amira"), ("reminder", "hana")]
    with parts.ledger.read() as uow:
        assert uow.teamwork.reminders("N-1") == []


def disk(parts: Parts) -> list[Path]:
    return sorted((parts.workspace.settings.state / FOLDER).glob("??/*"))


def test_a_file_is_kept_by_its_hash_and_goes_with_the_last_ticket_that_has_it(parts: Parts) -> None:
    take(parts, "b.csv", {**ROW, "id": "R2", "email": "c2@example.org"})
    first = attach(parts, "N-1", "../photo.png", PNG, "amira")
    second = attach(parts, "N-2", "same.png", PNG, "ben")
    (path,) = disk(parts)
    assert path.name == first.digest == second.digest == sha256(PNG).hexdigest()
    assert [(one.name, one.media_type, one.size) for one in attached(parts, "N-1")] == [("photo.png", "image/png", 28)]
    assert content_of(parts, "N-2", second.number)[1] == PNG
    detach(parts, "N-1", first.number, "amira")
    assert disk(parts) == [path] and attached(parts, "N-1") == []
    detach(parts, "N-2", second.number, "ben")
    assert disk(parts) == []
    with pytest.raises(NotFoundError, match="N-1 has no file"):
        content_of(parts, "N-1", first.number)


def test_erasing_the_customer_takes_their_files(parts: Parts, day: Day) -> None:
    file = attach(parts, "N-1", "Jo Field.png", PNG, "amira")
    with parts.ledger.begin() as uow:
        customer = uow.tickets.get("N-1").customer_id
        assert customer is not None
        erase_customer(uow, customer, at=NOW, actor="privacy-desk")
    assert attached(parts, "N-1") == []
    (path,) = disk(parts)
    written = (NOW - timedelta(hours=2)).timestamp()
    os.utime(path, (written, written))
    assert sweep(parts) == 1 and disk(parts) == []
    with parts.ledger.read() as uow:
        assert all(file.digest not in f"{event.data} {event.note}" for event in uow.tickets.events("N-1"))
        assert uow.tickets.verify_chain() == []


def test_changed_or_lost_bytes_are_said(parts: Parts) -> None:
    file = attach(parts, "N-1", "a.png", PNG, "amira")
    (path,) = disk(parts)
    path.write_bytes(b"other")
    with pytest.raises(StoreError, match="not those that were attached"):
        content_of(parts, "N-1", file.number)
    path.unlink()
    with pytest.raises(NotFoundError, match=r"bytes of a.png are gone"):
        content_of(parts, "N-1", file.number)


def test_what_is_refused_leaves_nothing_on_disk(parts: Parts) -> None:
    with pytest.raises(LifecycleError, match="x-executable"):
        attach(parts, "N-1", "a.png", b"MZ\x90\x00", "amira")
    assert disk(parts) == []


def test_the_commands(parts: Parts, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    common = Common(parts.workspace.folder, json=True)

    def said() -> Any:
        return json.loads(capsys.readouterr().out)

    (tmp_path / "bill.txt").write_text("Total 12.50")
    commands.note("N-1", "Between us, @ben", private=True, by="amira", common=common)
    commands.watch("N-1", "hana", common=common)
    commands.tag("N-1", "refund", common=common)
    commands.remind("N-1", "amira", at=NOW.replace(year=2050, tzinfo=None), text="Call.", common=common)
    commands.attach("N-1", tmp_path / "bill.txt", common=common)
    capsys.readouterr()
    commands.reminders(key="N-1", common=common)
    (reminder,) = said()
    commands.drop_reminder("N-1", reminder["number"], common=common)
    commands.untag("N-1", "refund", common=common)
    commands.unwatch("N-1", "hana", common=common)
    capsys.readouterr()
    commands.files("N-1", common=common)
    (file,) = said()
    commands.save_file("N-1", file["number"], tmp_path / "copy.txt", common=common)
    assert (tmp_path / "copy.txt").read_text() == "Total 12.50"
    with pytest.raises(ConfigError, match="cannot write it"):
        commands.save_file("N-1", file["number"], tmp_path / "copy.txt", common=common)
    commands.detach("N-1", file["number"], common=common)
    capsys.readouterr()
    for reader, words in (("", ""), ("ben", "Between us, @ben")):
        ticket_commands.show_ticket("N-1", reader=reader, common=common)
        notes = [event["note"] for event in said()["events"] if event["kind"] == "noted"]
        assert notes == [words]
