"""A customer who does not want to be contacted: nothing goes out to them, whatever was about to."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.audit import conservation
from ledger.personal import erase_customer
from ledger.schema import contact_consents
from nanni.cli.commands import app
from nanni.consents import consenting
from nanni.initiative_messages import tell_customers
from nanni.initiatives import add
from nanni.notices import delivery_of
from nanni.replies import Barred, barred, writing
from nanni.story import tale_of
from nanni.work import act
from tests.nanni.test_closing import ROW, Loop
from tests.nanni.test_initiative_messages import FIX, WORDS, row
from tickets.closing import CustomerMessage
from tickets.consent import Consent
from tickets.delivery import Outcome
from tickets.lifecycle import LifecycleError


@pytest.fixture
def loop(tmp_path: Path) -> Iterator[Loop]:
    """Two tickets of Bob about deliveries, one of Cid, one of somebody unknown."""
    made = Loop(tmp_path / "w")
    made.take(row(2, "bob@example.com"), row(3, "cid@example.com"), row(4, ""))
    made.take(row(5, "bob@example.com", "Rude staff."))
    made.mails()
    yield made
    with made.parts.ledger.read() as uow:
        assert conservation(uow).sound
        assert uow.tickets.verify_chain() == []
    made.parts.close()


def said(loop: Loop, key: str, consent: Consent, note: str = "") -> None:
    act(loop.parts, key, consenting(loop.parts, key, "amira", consent, note))


def test_who_refuses_is_sent_nothing_about_any_of_their_tickets(loop: Loop) -> None:
    said(loop, "N-2", Consent.REFUSED, "She said so on the phone.")
    add(loop.parts, FIX)
    for key in ("N-2", "N-3", "N-5"):
        loop.resolve(key, tell="A new one is on its way.")
    assert loop.after(minutes=31).surveys == ("N-3",)
    assert {to for to, _, _ in loop.mails()} == {"cid@example.com"}
    loop.after(days=30)
    told = tell_customers(loop.parts, "courier", WORDS, "ben", send=False)
    assert "N-2" not in told.tickets and told.unreachable >= 1
    with loop.parts.ledger.read() as uow:
        assert barred(uow, loop.parts, uow.tickets.get("N-5")) is Barred.REFUSED
    with pytest.raises(LifecycleError, match="does not want to be contacted"):
        writing(loop.parts, "N-5", "amira", "Hello", "Again.")
    tale = [line for day in tale_of(loop.parts, "N-2").days for line in day.sentences]
    assert any("Amira Khan recorded that the customer is not to be contacted" in line for line in tale), tale


def test_what_was_queued_before_the_refusal_is_not_delivered_after_it(loop: Loop) -> None:
    loop.resolve("N-2", tell="A new one is on its way.")
    said(loop, "N-5", Consent.REFUSED)
    report = delivery_of(loop.parts).due(100)
    assert Outcome.DEAD in {attempt.outcome for attempt in report.attempts}
    assert "does not want to be contacted" in " ".join(report.problems)


def test_a_later_word_takes_the_place_of_an_earlier_one(loop: Loop) -> None:
    said(loop, "N-2", Consent.REFUSED)
    with pytest.raises(LifecycleError, match="was recorded on N-2"):
        said(loop, "N-5", Consent.REFUSED)
    said(loop, "N-5", Consent.ALLOWED)
    loop.resolve("N-2")
    assert {to for to, _, _ in loop.mails()} == {"bob@example.com"}
    with pytest.raises(LifecycleError, match="nobody knows who"):
        said(loop, "N-4", Consent.REFUSED)


def test_it_goes_with_who_is_erased(loop: Loop) -> None:
    said(loop, "N-2", Consent.REFUSED, "Bob said so.")
    with loop.parts.ledger.begin() as uow:
        customer = uow.tickets.get("N-2").customer_id
        assert customer is not None
        erase_customer(uow, customer, at=loop.now, actor="privacy-desk")
        assert uow.connection.execute(contact_consents.select()).all() == []
        assert not any("Bob" in event.note for event in uow.tickets.events("N-2"))
    loop.take({**ROW, "id": "R9", "email": "bob@example.com"})  # somebody new, of whom nothing is known
    assert CustomerMessage.ACKNOWLEDGEMENT in loop.parts.workspace.closing.messages
    assert "bob@example.com" in {to for to, _, _ in loop.mails()}


def test_on_the_command_line(loop: Loop, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(loop.parts.workspace.folder)
    app(["tickets", "consent", "N-2", "refused", "--by", "ben", "-w", folder], result_action="return_value")
    assert "being contacted is refused" in " ".join(capsys.readouterr().out.split())
    app(["tickets", "show", "N-5", "--json", "-w", folder], result_action="return_value")
    told = json.loads(capsys.readouterr().out)["consent"]
    assert (told["consent"], told["ticket"], told["actor"]) == ("refused", "N-2", "ben")
