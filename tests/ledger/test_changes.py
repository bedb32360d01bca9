"""What a derived store has to read again, on both databases."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import func, insert, select, update

from feedback.disposition import Disposition
from feedback.ports import Landing
from ledger import SqlLedger
from ledger.changes import Changed, Position, changed_since, compact, position
from ledger.personal import erase_customer
from ledger.schema import changes, outbox, responses, surveys, theme_versions
from ledger.themes import Mention
from tests.builders import (
    NOON,
    a_batch,
    a_notice,
    a_run,
    a_ticket,
    an_event,
    decisions_for,
    opening_events,
    signals_for,
)


def here(ledger: SqlLedger) -> Position:
    with ledger.read() as uow:
        return Position.read(position(uow.connection).told())


def since(ledger: SqlLedger, moment: Position) -> Changed:
    with ledger.read() as uow:
        return changed_since(uow.connection, moment)


def landed(ledger: SqlLedger, key: str | None = None) -> list[int]:
    """Two responses of one person, in the ticket of that key."""
    with ledger.begin() as uow:
        run = f"run-{len(uow.runs.list())}"
        batch = a_batch([1.0, 9.0], ["late", "fine"], ids=[f"{run}-1", f"{run}-2"], emails=[f"{run}@example.org"] * 2)
        uow.runs.start(a_run(run, content_hash=run))
        ann, _ = uow.responses.customers(batch)
        kind = Disposition.OPENED if key else Disposition.QUIET
        ids = uow.responses.add(run, batch, [Landing(1, ann, kind, ticket=key)] * 2)
        uow.decisions.add(ids, signals_for(batch), decisions_for(batch), {})
        if key:
            ticket = a_ticket(key, customer_id=ann)
            uow.tickets.open([ticket], opening_events(ticket))
    return list(ids)


def test_nothing_has_changed_right_after_looking(ledger: SqlLedger) -> None:
    landed(ledger, "N-1")
    assert since(ledger, here(ledger)) in (Changed([], [], False, False), Changed([1, 2], ["N-1"], False, False))
    landed(ledger)
    moment = here(ledger)
    landed(ledger)
    assert since(ledger, moment).responses[-2:] == [5, 6]


def test_new_responses_and_tickets_are_told(ledger: SqlLedger) -> None:
    moment = here(ledger)
    ids = landed(ledger, "N-1")
    assert since(ledger, moment) == Changed(ids, ["N-1"], False, False)


def test_a_ticket_that_changes_again_and_again_is_told_once_and_with_its_responses(ledger: SqlLedger) -> None:
    ids = landed(ledger, "N-1")
    landed(ledger, "N-2")
    for sequence in (3, 4, 5):
        moment = here(ledger)
        with ledger.begin() as uow:
            before = uow.tickets.get("N-1")
            noted = an_event("N-1", sequence, at=NOON + timedelta(hours=sequence))
            uow.tickets.change(before, replace(before, version=sequence), [noted])
        found = since(ledger, moment)
        assert "N-1" in found.tickets and len(set(found.tickets)) == len(found.tickets)
        assert set(ids) <= set(found.responses)


def test_a_ticket_that_changed_often_leaves_one_note_and_is_still_told(ledger: SqlLedger) -> None:
    landed(ledger, "N-1")
    moment = here(ledger)
    for sequence in (3, 4, 5):
        with ledger.begin() as uow:
            before = uow.tickets.get("N-1")
            noted = an_event("N-1", sequence, at=NOON + timedelta(hours=sequence))
            uow.tickets.change(before, replace(before, version=sequence), [noted])
    with ledger.begin() as uow:
        compact(uow.connection)
        notes = select(func.count()).select_from(changes).where(changes.c.kind == "ticket", changes.c.key == "N-1")
        assert uow.connection.execute(notes).scalar_one() == 1
    assert since(ledger, moment).tickets == ["N-1"]


def test_notices_scales_and_erasures_are_told(ledger: SqlLedger) -> None:
    ids = landed(ledger, "N-1")
    moment = here(ledger)
    with ledger.begin() as uow:
        uow.outbox.add([a_notice(ticket="N-1")])
    assert since(ledger, moment).tickets == ["N-1"]
    moment = here(ledger)
    with ledger.begin() as uow:
        uow.connection.execute(update(outbox).values(attempts=3))
    assert since(ledger, moment).tickets == ["N-1"]
    assert not since(ledger, moment).rescaled
    with ledger.begin() as uow:
        uow.connection.execute(update(surveys).values(scale=None))
        person = uow.tickets.get("N-1").customer_id
        assert person is not None
        erase_customer(uow, person, at=NOON, actor="privacy-desk")
    found = since(ledger, moment)
    assert found.rescaled and found.erased and set(ids) <= set(found.responses)


def test_responses_whose_themes_were_found_later_are_told(ledger: SqlLedger) -> None:
    ids = landed(ledger)
    found = {
        "number": 1, "at": NOON, "actor": "amira", "encoder": "e", "taxonomy": "t", "texts_digest": "d",
        "fingerprint": "f", "texts": 2, "space": b"", "counts": "{}", "mean": 1, "assigned_to": 0,
    }  # fmt: skip
    with ledger.begin() as uow:
        uow.connection.execute(insert(theme_versions).values(**found))
    moment = here(ledger)
    with ledger.begin() as uow:
        uow.themes.mention(1, [Mention(ids[1], 0, 0, 4, "f:1", 0.9)], ids[1])
    assert since(ledger, moment).responses == [ids[1]]
    assert since(ledger, here(ledger)).responses == []


def test_what_commits_after_a_later_writer_is_not_missed(
    ledger: SqlLedger, reopen: Callable[[], SqlLedger], backend: str
) -> None:
    """On PostgreSQL a transaction can begin before the look and commit after it; SQLite has one writer at a time."""
    ids = landed(ledger)
    other = reopen()
    if backend == "sqlite":
        return
    with other.begin() as slow:
        slow.connection.execute(update(responses).where(responses.c.id == ids[0]).values(channel="sms"))
        with ledger.begin() as quick:
            quick.connection.execute(update(responses).where(responses.c.id == ids[1]).values(channel="web"))
        moment = here(ledger)
        assert since(ledger, moment).responses in ([], [ids[1]])
    assert ids[0] in since(ledger, moment).responses
