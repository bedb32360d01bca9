from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, select, update

from feedback.disposition import Disposition
from feedback.errors import NotFoundError
from feedback.ports import Landing, RunState
from feedback.response import CommentColumn, Respondent
from feedback.rows import Flag, Reason, Rejection
from ledger import SqlLedger
from ledger.audit import conservation
from ledger.personal import PERSONAL, erase_customer
from ledger.schema import contact_consents, journal, metadata, outbox, ticket_places
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
from tickets.events import EventKind
from tickets.ticket import Closure, Status
from triggers.decision import DecisionTrace, Evidence, RuleTrace
from triggers.outcome import Outcome

SECRET = "zebedee"
"""Stands in everything of the person's, so that one search finds what was forgotten to be erased."""


def lived(ledger: SqlLedger) -> str:
    """A customer with a response, a resolved ticket, a note, a quarantined row and a flag; returns their id."""
    batch = replace(
        a_batch([1.0, 9.0], [f"I am {SECRET} and it was late", "all fine"]),
        respondents=[
            Respondent("A-7", f"{SECRET}@example.org", SECRET, "+44 20 0000"), Respondent(email="bob@example.org"),
        ],
        attributes={"store": [SECRET, "Leeds"]},
    )  # fmt: skip
    asked = CommentColumn("why", [f"Dear {SECRET}, why?", "Why?"], batch.comments[0].texts)
    batch = replace(batch, comments=(asked,))
    quoted = Evidence("keywords", Outcome.FIRED, observed=SECRET)
    trace = DecisionTrace(
        Outcome.FIRED, ("detractor",), (RuleTrace("detractor", Outcome.FIRED, quoted),), "policy-1", "m"
    )
    raw = (("id", "R9"), ("mail", f"{SECRET.upper()}@Example.org"), ("comment", SECRET))
    with ledger.begin() as uow:
        uow.runs.start(a_run())
        ann, bob = uow.responses.customers(batch)
        assert ann is not None
        (key,) = uow.tickets.next_keys(1)
        landed = [Landing(1, ann, Disposition.OPENED, ticket=key), Landing(1, bob, Disposition.QUIET)]
        ids = uow.responses.add("run-1", batch, landed)
        uow.responses.flag("run-1", [Flag(1, "expect_x", f"{SECRET} is odd"), Flag(2, "expect_x", "Bob is odd")])
        uow.decisions.keep_policy("policy-1", "rules: []")
        uow.decisions.add(ids, signals_for(batch), decisions_for(batch, fired=[0]), {0: trace})
        opened = a_ticket(key, customer_id=ann)
        uow.tickets.open([opened], opening_events(opened))
        resolved = an_event(
            key, 3, EventKind.RESOLVED, note=f"Called {SECRET}", at=NOON + timedelta(hours=1),
            data=(("to", "resolved"), ("root_cause", "process"), ("resolved", "yes")),
        )  # fmt: skip
        after = replace(
            opened, version=3, status=Status.RESOLVED, resolved_at=resolved.at,
            closure=Closure("process", resolved.note, True),
        )  # fmt: skip
        uow.tickets.change(opened, after, [resolved])
        quoting = (
            an_event(key, 4, EventKind.CATEGORISED, note=f"{SECRET}: late",
                     data=(("category", "delivery"), ("source", "person"), ("confidence", "1.0"))),
            an_event(key, 5, EventKind.FILE_ATTACHED, note=f"{SECRET}.png [sha256 {'ab' * 32}]",
                     data=(("media_type", "image/png"), ("size", "9"))),
        )  # fmt: skip
        uow.tickets.change(after, replace(after, version=5), quoting)
        refused = an_event(key, 6, EventKind.CONSENT_RECORDED, note=f"{SECRET} rang", data=(("consent", "refused"),))
        uow.tickets.change(replace(after, version=5), replace(after, version=6), [refused])
        uow.outbox.add([a_notice(ticket=key)])
        uow.connection.execute(update(outbox).values(last_error=f"no mailbox {SECRET}"))
        uow.quarantine.add("run-1", "store_nps", [Rejection(3, raw, Reason.BAD_SCORE, f"{SECRET}!")], NOON)
        counts = {Disposition.OPENED: 1, Disposition.QUIET: 1, Disposition.QUARANTINED: 1}
        uow.runs.record_batch("run-1", 0, 3, counts)
        uow.runs.finish("run-1", NOON, RunState.DONE)
    return ann


def places(connection: Connection) -> list[str]:
    """Every table.column of the store whose text holds the person."""
    found = []
    for table in metadata.sorted_tables:
        for column in table.c:
            rows = connection.execute(select(column).where(column.is_not(None))).scalars()
            if any(SECRET in str(value).casefold() for value in rows):
                found.append(f"{table.name}.{column.name}")
    return found


def test_erasing_forgets_the_person_and_keeps_counts_and_chains(ledger: SqlLedger) -> None:
    ann = lived(ledger)
    with ledger.read() as uow:
        before = conservation(uow)
        assert len(places(uow.connection)) >= 10
        assert len(uow.connection.execute(select(ticket_places)).all()) == 1
        assert len(uow.connection.execute(select(contact_consents)).all()) == 1
    assert before.sound, before
    with ledger.begin() as uow:
        done = erase_customer(uow, ann, at=NOON, actor="privacy-desk")
    with ledger.read() as uow:
        after = conservation(uow)
        assert places(uow.connection) == []
        assert after.sound, after
        assert after.counts == before.counts
        kept, other = uow.responses.find("R1"), uow.responses.find("R2")
        assert uow.connection.execute(select(journal.c.action)).scalars().all() == ["customer_erased"]
        for gone in (ticket_places, contact_consents):
            assert uow.connection.execute(select(gone)).all() == []
    assert (done.responses, done.tickets, done.quarantined) == (1, 1, 1)
    assert (kept.response.respondent, kept.response.comments, kept.response.score) == (Respondent(), (), 1.0)
    assert other.response.respondent.email == "bob@example.org"
    assert other.response.comments[0].text == "all fine"


def test_an_erased_person_comes_back_as_somebody_new(ledger: SqlLedger) -> None:
    ann = lived(ledger)
    back = replace(a_batch([1.0]), respondents=[Respondent("A-7")])
    with ledger.begin() as uow:
        assert uow.responses.customers(back) == [ann]
        erase_customer(uow, ann, at=NOON, actor="privacy-desk")
        assert uow.responses.customers(back) != [ann]


def test_erasing_twice_or_nobody(ledger: SqlLedger) -> None:
    ann = lived(ledger)
    with ledger.begin() as uow:
        erase_customer(uow, ann, at=NOON, actor="privacy-desk")
        assert erase_customer(uow, ann, at=NOON, actor="privacy-desk").quarantined == 0
        for nobody in ("C-99", "ann@example.org"):
            with pytest.raises(NotFoundError, match=nobody):
                erase_customer(uow, nobody, at=NOON, actor="privacy-desk")


def test_the_list_names_real_columns() -> None:
    for table, columns in PERSONAL.items():
        assert set(columns) <= set(metadata.tables[table].c.keys())
