"""Merged, unmerged and split: who owns what comes of it, present or absent, and who is told; capacity that it frees."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from nanni.parts import Parts
from nanni.regrouping import merge_tickets, split_ticket, unmerge_ticket
from nanni.wiring import wire
from nanni.work import act
from tests.nanni.test_landing import NOW, ROW, Trusting, take
from tests.nanni.test_queues import SMALL, Day, absent
from tests.workspaces import make_workspace
from tickets.actions import resolve
from tickets.notice import NoticeKind
from tickets.ticket import Closure

STAFF = {**ROW, "comment": "The staff were rude."}
LATE = {**ROW, "id": "R2", "comment": "The courier was late."}
AGAIN = {**ROW, "id": "R3", "comment": "Your staff again, just as rude."}
DONE = Closure("product", "Sent a new one.", True)
Wired = Callable[[str], Parts]


@pytest.fixture
def day() -> Day:
    return Day()


@pytest.fixture
def wired(tmp_path: Path, day: Day) -> Iterator[Wired]:
    opened: list[Parts] = []

    def made(routing: str) -> Parts:
        folder = make_workspace(tmp_path / "workspace")
        (folder / "routing.yaml").write_text(routing)
        opened.append(wire(folder, day))
        opened[-1].contracts["nps"] = Trusting()
        return opened[-1]

    yield made
    for parts in opened:
        parts.close()


def owner(parts: Parts, key: str) -> str:
    with parts.ledger.read() as uow:
        assert uow.tickets.verify_chain() == []
        return uow.tickets.get(key).owner


def told(parts: Parts, key: str) -> list[str]:
    """Whom a change of hands was told to, after the opening."""
    with parts.ledger.read() as uow:
        notices = [queued.notice for queued in uow.outbox.list()]
    return [one.target for one in notices if one.ticket == key and one.kind is NoticeKind.ASSIGNED]


@pytest.mark.parametrize(("days", "expected"), [(0, "amira"), (1, "ben")], ids=["present", "absent"])
def test_what_is_unmerged_goes_back_to_its_owner_or_to_who_stands_in(
    wired: Wired, day: Day, days: int, expected: str
) -> None:
    parts = wired(absent(3, ", delegate: ben"))
    take(parts, "a.csv", STAFF, LATE)
    child, root = sorted(("N-1", "N-2"), key=lambda key: owner(parts, key))
    assert owner(parts, child) == "amira"
    merge_tickets(parts, child, root, "ben", "one trouble")
    day.now += timedelta(days=days)
    assert unmerge_ticket(parts, child, "ben", "two after all").owner == expected == owner(parts, child)
    assert told(parts, child) == ([] if expected == "amira" else ["ben@example.org"])


@pytest.mark.parametrize(("days", "expected"), [(0, "amira"), (1, "ben")], ids=["present", "absent"])
def test_what_is_split_off_has_the_owner_of_what_it_was_split_from_or_who_stands_in(
    wired: Wired, day: Day, days: int, expected: str
) -> None:
    parts = wired(absent(3, ", delegate: ben"))
    take(parts, "a.csv", STAFF, AGAIN)
    assert owner(parts, "N-1") == "amira"
    day.now += timedelta(days=days)
    made = split_ticket(parts, "N-1", ["R3"], "billing", "ben", "about the bill")
    assert (made.owner, made.theme, made.responses) == (expected, "billing", 1)
    assert told(parts, made.key) == [f"{expected}@example.org"], "amira did not split it herself"


def test_what_a_merge_frees_is_given_out_at_once(wired: Wired) -> None:
    parts = wired(SMALL)
    take(parts, "a.csv", STAFF, LATE, {**ROW, "id": "R9", "email": "other@example.org"})
    with parts.ledger.read() as uow:
        assert uow.tickets.get("N-3").queue == "care" and uow.tickets.load() == {"amira": 1, "ben": 1}
    merge_tickets(parts, "N-2", "N-1", "amira", "one trouble")
    with parts.ledger.read() as uow:
        assert uow.tickets.get("N-3").queue is None and uow.tickets.load() == {"amira": 1, "ben": 1}


def test_what_is_unmerged_over_a_full_desk_stays_somebodys(wired: Wired) -> None:
    parts = wired(SMALL)
    take(parts, "a.csv", STAFF, LATE)
    merge_tickets(parts, "N-2", "N-1", "amira", "one trouble")
    before = owner(parts, "N-2")
    take(parts, "b.csv", {**ROW, "id": "R9", "email": "other@example.org"})
    assert unmerge_ticket(parts, "N-2", "amira", "two after all").owner == before
    act(parts, "N-3", lambda ticket: resolve(ticket, ticket.owner, NOW, DONE, parts.workspace.sla.root_causes))
    assert owner(parts, "N-2") == before
