"""Categories over a real ledger: filed, put right, learned only when that is better."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from nanni.assignment import facts_of
from nanni.categories import file_tickets, learn, load_head, put_right, track_record
from nanni.cli import categories as commands
from nanni.cli.app import Common
from nanni.parts import Parts
from nanni.wiring import wire
from tests.nanni.test_landing import NOW, ROW, Trusting, take
from tests.workspaces import THEMES, make_workspace
from tickets.category import Source

SEEDED = (
    THEMES
    + """
  - id: money
    name: Money
    seeds: [I was charged twice for one order.]
    children:
      - id: money.refund
        name: Refund
        children:
          - id: money.refund.slow
            name: Slow
            seeds: [I am still waiting for my refund to arrive.]
"""
)
COMMENTS = (
    "The courier was late again.",
    "My refund has still not come, I keep waiting for the money.",
    "Purple.",
    "",
)
PAYING = ("My card was debited two times", "The bank shows a second booking", "Billed again for the same lamp")
QUEUEING = ("Twenty minutes in line at the counter", "One till open on a Saturday", "Stood there and nobody came")


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    folder = make_workspace(tmp_path / "workspace")
    (folder / "themes.yaml").write_text(SEEDED)
    wired = wire(folder, lambda: NOW)
    wired.contracts["nps"] = Trusting()
    yield wired
    wired.close()


def tickets_of(parts: Parts, *comments: str) -> None:
    rows = [{**ROW, "id": f"R{i}", "email": f"c{i}@example.org", "comment": text} for i, text in enumerate(comments)]
    take(parts, "a.csv", *rows)


def test_tickets_are_filed_by_words_and_by_meaning_and_never_by_guessing(parts: Parts) -> None:
    tickets_of(parts, *COMMENTS)
    found = file_tickets(parts)
    assert {key: (p.category, p.source) for key, p in found.items()} == {
        "N-1": ("delivery.late", Source.KEYWORDS),
        "N-2": ("money.refund.slow", Source.SIMILARITY),
    }
    assert found["N-1"].evidence == ("late",) and "still waiting" in found["N-2"].evidence[0]
    assert file_tickets(parts) == {}, "what is filed stays"
    assert set(file_tickets(parts, refile=True)) == {"N-1", "N-2"}
    with parts.ledger.read() as uow:
        assert uow.tickets.verify_chain() == []
        assert facts_of(uow, uow.tickets.get("N-2")).theme == "money.refund.slow"


def test_people_are_not_overruled_and_their_word_is_the_track_record(parts: Parts) -> None:
    tickets_of(parts, *COMMENTS)
    file_tickets(parts)
    put_right(parts, "N-1", "delivery.late", "amira")
    put_right(parts, "N-2", "staff", "amira")
    assert track_record(parts) == {Source.KEYWORDS: (1, 1), Source.SIMILARITY: (1, 0)}
    assert file_tickets(parts, refile=True) == {}
    with parts.ledger.read() as uow:
        assert uow.teamwork.filed(["N-1", "N-2"]) == {"N-1": ("delivery.late", "person"), "N-2": ("staff", "person")}


def test_what_is_learned_is_used_once_it_is_right_more_often(parts: Parts) -> None:
    comments = [f"{text}, number {i}." for i in range(8) for text in (*PAYING, *QUEUEING)]
    tickets_of(parts, *comments)
    assert not learn(parts).used and load_head(parts) is None
    for i, text in enumerate(comments[:-6]):
        put_right(parts, f"N-{i + 1}", "money" if text.startswith(PAYING) else "staff", "amira")
    found = learn(parts)
    assert found.used and found.tickets == 42 and found.head > 0.9 > found.without
    assert found.confidence_error is not None and found.confidence_error <= (found.confidence_error_before or 0)
    proposals = file_tickets(parts)
    assert [proposals[f"N-{i}"].category for i in range(43, 49)] == ["money"] * 3 + ["staff"] * 3
    assert all(p.source is Source.LEARNED and p.confidence > 0.5 for p in proposals.values())


def test_labels_that_mean_nothing_are_not_used(parts: Parts) -> None:
    comments = [f"The courier was late, number {i}." for i in range(42)]
    tickets_of(parts, *comments)
    for i in range(42):
        put_right(parts, f"N-{i + 1}", "delivery.late" if i % 7 else "staff", "amira")
    found = learn(parts)
    assert not found.used and load_head(parts) is None and "chance" in found.why


def test_every_verb_is_on_the_command_line() -> None:
    from nanni.cli import helping, teamwork
    from nanni.cli.commands import app

    verbs = app["tickets"]
    for name, _ in (*teamwork.COMMANDS, *helping.COMMANDS, *commands.COMMANDS):
        assert verbs[name].help, name


def test_the_commands(parts: Parts, capsys: pytest.CaptureFixture[str]) -> None:
    tickets_of(parts, *COMMENTS)
    for as_json in (True, False):
        common = Common(parts.workspace.folder, json=as_json)
        commands.categorise(again=True, common=common)
        told = capsys.readouterr().out
        assert "delivery.late" in told
        commands.learn_categories(common=common)
        assert "needs 40 tickets" in capsys.readouterr().out
    commands.correct("N-1", "staff", common=Common(parts.workspace.folder, json=True))
    assert json.loads(capsys.readouterr().out)["key"] == "N-1"
