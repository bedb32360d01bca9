"""A small desk for tests: two teams, a person of every role, tickets in both teams, a clock that is set by hand."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from fastapi import FastAPI
from starlette.testclient import TestClient

from desk.app import create_desk
from desk.security.passwords import Passwords
from ledger.accounts import add_account
from nanni.ingestion import ingest_file
from nanni.parts import Parts
from nanni.wiring import wire
from tests.workspaces import make_workspace, write_csv
from tickets.access import Role
from tickets.ports import TicketFilter
from tickets.ticket import Ticket

ROUTING = """
teams:
  - id: care
    name: Care
    members:
      - {id: amira, name: Amira Khan, email: amira@example.org, capacity: 100}
      - {id: ben, name: Ben Ode, email: ben@example.org, capacity: 100}
  - id: shops
    name: Shops
    members:
      - {id: cleo, name: Cleo Hart, email: cleo@example.org, capacity: 100}
routes:
  - {when: {theme: delivery}, team: shops}
fallback: {team: care, owner: amira}
"""
PASSWORD = "a password of some length"
LIGHT = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
HASH = LIGHT.hash(PASSWORD)
START = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)
URL = "http://127.0.0.1:8750"
WRITTEN = (
    ("R1", "2", "I am leaving, never again. The staff laughed.", "ann@example.org"),
    ("R2", "3", "The courier was late and nobody told me.", "bob@example.org"),
    ("R3", "1", "The lamp burned my hand.", "cid@example.org"),
    ("R4", "0", '<script>alert("x")</script> <img src=x onerror=alert(1)> it burned', "dee@example.org"),
    ("R5", "4", "The courier never came at all.", "eve@example.org"),
    ("R6", "4", "وصل الطلب متأخرا", "fay@example.org"),
)
PEOPLE = (
    ("vera", Role.VIEWER, None, ("care",)),
    ("amira", Role.AGENT, "amira", ("care",)),
    ("ben", Role.LEAD, "ben", ("care",)),
    ("cleo", Role.AGENT, "cleo", ("shops",)),
    ("mona", Role.MANAGER, None, None),
    ("anna", Role.ANALYST, None, None),
    ("root", Role.ADMIN, None, None),
)


@dataclass
class Clock:
    """A clock that tests move."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **length: float) -> None:
        self.now += timedelta(**length)


@dataclass
class Desk:
    """The desk under test and the people who use it."""

    parts: Parts
    app: FastAPI
    clock: Clock
    browsers: dict[str, "Browser"] = field(default_factory=dict)

    def browser(self, login: str | None = None) -> "Browser":
        """A browser of its own, signed in as somebody."""
        browser = Browser(TestClient(self.app, base_url=URL, follow_redirects=False), self)
        if login:
            answer = browser.sign_in(login)
            assert answer.status_code == 303, answer.text
        return browser

    def tickets(self) -> list[Ticket]:
        """Every ticket."""
        with self.parts.ledger.read() as uow:
            return list(uow.tickets.list(TicketFilter(limit=1000)))

    def ticket_of(self, response: str) -> Ticket:
        """The ticket a response opened."""
        with self.parts.ledger.read() as uow:
            key = uow.responses.find(response).ticket
            assert key is not None
            return uow.tickets.get(key)


@dataclass
class Browser:
    """A client that keeps cookies and fills in the token of the page's forms, as a browser does."""

    client: TestClient
    desk: Desk

    def get(self, path: str, **more: Any) -> Any:
        return self.client.get(path, **more)

    def csrf(self, path: str = "/inbox") -> str:
        found = re.search(r'name="csrf" value="([\w-]+)"', self.get(path).text)
        assert found is not None
        return found.group(1)

    def post(self, path: str, data: dict[str, Any] | None = None, **more: Any) -> Any:
        return self.client.post(path, data={"csrf": self.csrf(), **(data or {})}, **more)

    def sign_in(self, login: str, password: str = PASSWORD) -> Any:
        data = {"csrf": self.csrf("/sign-in"), "login": login, "password": password}
        return self.client.post("/sign-in", data=data)


def fill(folder: Path) -> None:
    """A workspace with six tickets in two teams and a person of every role."""
    make_workspace(folder)
    (folder / "routing.yaml").write_text(ROUTING, "utf-8")
    with (folder / "nanni.yaml").open("a") as settings:
        settings.write("desk_url: https://desk.example.org/\n")
    rows = [
        {"id": id, "at": "2026-03-06 10:00:00", "score": score, "comment": words, "email": mail, "store": "Leeds"}
        for id, score, words, mail in WRITTEN
    ]
    file = write_csv(folder / "inbox" / "march.csv", rows)
    parts = wire(folder, Clock())
    ingest_file(parts, parts.workspace.survey("nps"), file)
    with parts.ledger.begin() as uow:
        for login, role, member, teams in PEOPLE:
            add_account(
                uow.connection, login=login, name=login.title(), role=role, at=START, member=member, teams=teams,
                password=HASH,
            )  # fmt: skip
    parts.close()


def open_desk(folder: Path) -> Desk:
    """The desk of a filled workspace."""
    clock = Clock()
    parts = wire(folder, clock)
    app = create_desk(parts, base_url=URL, wall=clock, monotonic=lambda: clock().timestamp(), passwords=LIGHT)
    return Desk(parts, app, clock)
