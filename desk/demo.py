"""The demo workspace at the desk: its people with an account each, and a clock that goes on where the year ended."""

import csv
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from desk.security.passwords import Passwords
from feedback.errors import NotFoundError
from ledger.accounts import account_by_login, add_account, change_account
from ledger.schema import ticket_events
from ledger.store import SqlUnitOfWork
from nanni.ingestion import ingest_file
from nanni.parts import Parts
from tickets.access import Role

ADMIN, ANALYST = "admin", "analyst"
MORNING, SURVEY = Path("desk") / "morning.csv", "delivery_nps"


@dataclass(frozen=True, slots=True)
class DemoSignIn:
    """One of the printed sign-ins."""

    login: str
    name: str
    role: Role
    teams: tuple[str, ...] | None


def demo_sign_ins(parts: Parts) -> list[DemoSignIn]:
    """The fallback owner as manager, the first of each other team as its lead, everybody else as agent; two more."""
    routing, found = parts.workspace.routing, list[DemoSignIn]()
    for team in routing.teams:
        for place, one in enumerate(team.members):
            manager = one.id == routing.fallback.owner
            role = Role.MANAGER if manager else Role.LEAD if place == 0 else Role.AGENT
            found.append(DemoSignIn(one.id, one.name, role, None if manager else (team.id,)))
    found += [DemoSignIn(ANALYST, "Analyst", Role.ANALYST, None), DemoSignIn(ADMIN, "Admin", Role.ADMIN, None)]
    return sorted(found, key=lambda one: list(Role).index(one.role), reverse=True)


def give_accounts(parts: Parts, passwords: Passwords, now: datetime) -> tuple[list[DemoSignIn], str]:
    """Make the demo's accounts, or give them the new password; the sign-ins and the one password they share."""
    password = "-".join(secrets.token_hex(2) for _ in range(3))
    hashed, found = passwords.hash(password), demo_sign_ins(parts)
    with parts.ledger.begin() as uow:
        for one in found:
            _give(uow, parts, one, hashed, now)
    return found, password


def _give(uow: SqlUnitOfWork, parts: Parts, one: DemoSignIn, hashed: str, now: datetime) -> None:
    try:
        account_by_login(uow.connection, one.login)
    except NotFoundError:
        member = one.login if parts.workspace.routing.home(one.login) else None
        add_account(
            uow.connection, login=one.login, name=one.name, role=one.role, at=now, member=member, teams=one.teams,
            password=hashed,
        )  # fmt: skip
    else:
        change_account(uow.connection, one.login, password=hashed)


def this_morning(parts: Parts) -> int:
    """Take up what customers said in the last hours, once, so that the desk has work whose time is not over.

    The year was played to its end: what is left of it is late. Returns the responses taken.
    """
    source = parts.workspace.folder / MORNING
    target = parts.workspace.folder / "inbox" / SURVEY / MORNING.name
    if target.exists() or not source.is_file():
        return 0
    with source.open(encoding="utf-8", newline="") as lines:
        said = list(csv.DictReader(lines))
    with target.open("w", encoding="utf-8", newline="") as sink:
        writer = csv.DictWriter(sink, list(_exported(said[0], 0, parts.clock())))
        writer.writeheader()
        writer.writerows(_exported(one, number, parts.clock()) for number, one in enumerate(said, 1))
    ingest_file(parts, parts.workspace.survey(SURVEY), target)
    return len(said)


def _exported(one: Mapping[str, str], number: int, now: datetime) -> dict[str, str]:
    """A row as the survey tool exports it."""
    at = now - timedelta(minutes=int(one["minutes"]))
    return {
        "No.": str(number), "Response ID": f"morning{number:02}", "Timestamp": f"{at:%Y-%m-%d %H:%M:%S} UTC",
        "Finished": "Yes", "Survey ID": "cmdelivery0larkmoor", "Formbricks ID (internal)": f"fbmorning{number:02}",
        "User ID": one["customer"], "Tags": "",
        "1. How likely are you to recommend our delivery to a friend?": one["score"],
        "2. What made you choose that score?": one["comment"], "person.email": one["email"],
        "person.firstName": one["name"], "person.language": one["language"], "channel": "email",
        "region": one["region"], "carrier": one["carrier"],
    }  # fmt: skip


def demo_clock(parts: Parts, clock: Callable[[], datetime]) -> Callable[[], datetime]:
    """A clock that goes on from the last thing that happened in the demo, if that is past; else the clock itself.

    The demo's year ends when it ends: by today's clock every promise of it would be long broken.
    """
    with parts.ledger.read() as uow:
        last = uow.connection.execute(select(func.max(ticket_events.c.at))).scalar_one()
    if last is None or last >= clock():
        return clock
    behind = clock() - last
    return lambda: clock() - behind
