"""An initiative and its tickets: cited, told to customers once, and only where closing.yaml wants it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from feedback.errors import ConfigError, NotFoundError
from ledger.audit import conservation
from ledger.themes import Mention
from models.discovery.history import Act, ThemeEvent
from nanni.cli.commands import app
from nanni.initiative_messages import Telling, tell_customers
from nanni.initiatives import add
from nanni.story import story_of
from nanni.wiring import wire
from outerloop.adapters.initiative_file import FILE, add_initiative
from outerloop.initiatives import Initiative
from tests.ledger.test_themes import VERSION
from tests.nanni.test_closing import ROW, Loop, Trusting
from tickets.lifecycle import LifecycleError

FIX = Initiative("courier", "Another courier", "ben", ("delivery",), date(2026, 3, 20), 0.3, date(2026, 6, 1))
WORDS = "We deliver with another courier now."


def row(number: int, email: str, comment: str = "The courier was late.") -> dict[str, str]:
    return {**ROW, "id": f"R{number}", "email": email, "comment": comment}


@pytest.fixture
def loop(tmp_path: Path) -> Iterator[Loop]:
    """Tickets of ann (no theme), bob and cid (delivery, resolved), one without an address, dora (open), eve (staff)."""
    made = Loop(tmp_path / "w")
    made.take(*(row(n, email) for n, email in enumerate(("bob@example.com", "cid@example.com", ""), start=2)))
    made.take(row(5, "dora@example.com"), row(6, "eve@example.com", "Rude staff."))
    for key in ("N-2", "N-3", "N-4", "N-6"):
        made.resolve(key)
    add(made.parts, FIX)
    made.now = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)
    yield made
    with made.parts.ledger.read() as uow:
        assert conservation(uow).sound
    made.parts.close()


def wanting(loop: Loop) -> Loop:
    """The same workspace once closing.yaml names the message."""
    path = loop.parts.workspace.folder / "closing.yaml"
    path.write_text(path.read_text().replace("survey]", "survey, initiative]"))
    loop.parts.close()
    loop.parts = wire(path.parent, lambda: loop.now)
    loop.parts.contracts["nps"] = Trusting()
    return loop


def test_a_dry_run_says_whom_it_would_reach_and_sends_nothing(loop: Loop) -> None:
    found = tell_customers(loop.parts, "courier", WORDS, "ben", send=False)
    assert found == Telling("courier", ("N-2", "N-3"), 0, 1, found.unreachable, wanted=False, queued=False)
    with loop.parts.ledger.read() as uow:
        assert not [event for event in uow.tickets.events("N-2") if ("initiative", "courier") in event.data]


def test_nobody_is_told_unless_closing_yaml_names_the_message(loop: Loop) -> None:
    with pytest.raises(ConfigError, match="not told of initiatives"):
        tell_customers(loop.parts, "courier", WORDS, "ben", send=True)
    with pytest.raises(NotFoundError):
        tell_customers(loop.parts, "nothing", WORDS, "ben", send=False)


def test_each_customer_is_told_once_with_the_words_and_no_others(loop: Loop) -> None:
    wanting(loop)
    with pytest.raises(ConfigError, match="without words"):
        tell_customers(loop.parts, "courier", " ", "ben", send=True)
    first = tell_customers(loop.parts, "courier", WORDS, "ben", send=True)
    assert (first.tickets, first.queued) == (("N-2", "N-3"), True)
    again = tell_customers(loop.parts, "courier", WORDS, "ben", send=True)
    assert (again.tickets, again.told_before) == ((), 2)
    mails = [(to, text) for to, _, text in loop.mails() if WORDS in text]
    assert [to for to, _ in mails] == ["bob@example.com", "cid@example.com"]
    assert not any("rude on the phone" in text for _, text in mails)


def test_who_complained_after_the_fix_is_not_told_that_it_works(loop: Loop) -> None:
    loop.take({**row(9, "fay@example.com"), "at": "2026-04-01 08:00:00"})
    loop.resolve("N-7")
    assert "N-7" not in tell_customers(loop.parts, "courier", WORDS, "ben", send=False).tickets


def test_customers_of_a_discovered_theme_are_told_of_what_was_done_about_it(loop: Loop) -> None:
    add_initiative(loop.parts.workspace.folder / FILE, replace(FIX, id="manners", themes=("F:1",)))
    assert tell_customers(loop.parts, "manners", WORDS, "ben", send=False).tickets == ()
    at = loop.now
    with loop.parts.ledger.begin() as uow:
        names = (("F:1", "R6"), ("F:2", "R2"), ("F:3", "R3"))
        uow.themes.add(VERSION)
        uow.themes.append([ThemeEvent(1, at, "amira", Act.BORN, theme, text="Manners") for theme, _ in names])
        uow.themes.append([ThemeEvent(1, at, "amira", Act.JOINED, "F:2", ("F:1",))])
        rows = {theme: uow.responses.find(name).id for theme, name in names}
        uow.themes.mention(1, [Mention(row, 0, 0, 3, theme, 0.9) for theme, row in rows.items()], max(rows.values()))
    assert tell_customers(loop.parts, "manners", WORDS, "ben", send=False).tickets == ("N-2", "N-6")


def test_a_ticket_cites_an_initiative_and_its_story_says_so(loop: Loop, capsys: pytest.CaptureFixture[str]) -> None:
    folder = loop.parts.workspace.folder

    def told(*words: object) -> Any:
        app([*map(str, words), "-w", str(folder), "--json"], result_action="return_value")
        return json.loads(capsys.readouterr().out)

    told("tickets", "cite", "N-2", "courier", "--by", "ben")
    assert story_of(loop.parts, "N-2").cites == ("courier",)
    with pytest.raises(LifecycleError, match="cited already"):
        told("tickets", "cite", "N-2", "courier")
    with pytest.raises(NotFoundError, match="nothing"):
        told("tickets", "cite", "N-2", "nothing")
    app(["tickets", "show", "N-2", "-w", str(folder)], result_action="return_value")
    assert "cites courier" in capsys.readouterr().out
    app(["tickets", "story", "N-2", "-w", str(folder)], result_action="return_value")
    assert "Ben Ode linked it to the initiative courier." in capsys.readouterr().out
    told("tickets", "cite", "N-2", "courier", "--drop")
    assert story_of(loop.parts, "N-2").cites == ()
    found = told("outer-loop", "initiatives", "tell", "courier", "--words", WORDS)
    assert found["tickets"] == ["N-2", "N-3"] and not found["queued"]
