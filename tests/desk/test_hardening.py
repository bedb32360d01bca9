"""What gets past a desk that is only careful on the usual way: before the sign-in, beside the limits, at the edges."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import anyio
import pytest
from argon2 import PasswordHasher
from starlette.testclient import TestClient
from starlette.types import Message

from desk.app import BURST, create_desk
from desk.security.headers import HEADERS
from desk.security.limits import Guesses
from desk.security.passwords import Passwords
from desk.security.sessions import TRIES, WINDOW
from ledger.accounts import add_account, change_account
from ledger.tokens import add_token
from tests.desk.site import HASH, LIGHT, START, URL, Browser, Desk
from tests.desk.test_api import client
from tickets.access import Permission, Role

MANY = 12
BOUNDARY = "x"
UPLOAD = {"content-type": f"multipart/form-data; boundary={BOUNDARY}"}


def asked_without_reading(desk: Desk, path: str, headers: dict[str, str]) -> tuple[int, int]:
    """The status of a POST whose body is offered in pieces, and how many pieces were taken."""
    taken, told = 0, list[int]()

    async def receive() -> Message:
        nonlocal taken
        taken += 1
        return {"type": "http.request", "body": b"x" * 65_536, "more_body": taken < 100}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            told.append(message["status"])

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": b"", "client": ("10.0.0.9", 1),
        "server": ("127.0.0.1", 8750), "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in {"host": "127.0.0.1:8750", **headers}.items()],
    }  # fmt: skip
    anyio.run(desk.app, scope, receive, send)
    return told[0], taken


def test_nothing_that_is_sent_is_read_before_it_is_known_who_sends_it(shared: Desk) -> None:
    large = {**UPLOAD, "content-length": str(100 * 65_536)}
    for path in ("/tickets/N-1/files", "/tickets/N-1/note", "/inbox/bulk", "/api/v1/tickets/N-1/files"):
        status, taken = asked_without_reading(shared, path, large)
        assert (status, taken) == (401, 0), path


def test_a_program_sends_no_more_than_is_taken(shared: Desk) -> None:
    said = {"content-type": "application/json", "content-length": str(100 * 65_536)}
    status, taken = asked_without_reading(shared, "/api/v1/tickets/N-1/note", said)
    assert (status, taken) == (413, 0)
    unsaid = {"content-type": "application/json", "transfer-encoding": "chunked"}
    assert asked_without_reading(shared, "/api/v1/tickets/N-1/note", unsaid) == (401, 0)
    with shared.parts.ledger.begin() as uow:
        add_token(uow.connection, "much", "secret-of-much", tuple(Permission), shared.clock())
    unsaid["authorization"] = "Bearer secret-of-much"
    status, taken = asked_without_reading(shared, "/api/v1/tickets/N-1/note", unsaid)
    assert status == 413 and taken < 10


def test_made_up_cookies_and_tokens_are_no_way_round_the_limit(desk: Desk) -> None:
    nobody = desk.browser()
    for kind in ("cookie", "authorization"):
        path = "/inbox" if kind == "cookie" else "/api/v1/me"
        asked = [
            nobody.client.get(path, headers={kind: f"nanni=x{n}" if kind == "cookie" else f"Bearer x{n}"}).status_code
            for n in range(BURST + 10)
        ]
        assert 429 in asked
        desk.clock.pass_by(seconds=60)


class Counting(Passwords):
    """Passwords that remember what was tried."""

    def __init__(self) -> None:
        super().__init__(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        self.tried: list[str] = []

    def matches(self, kept: str | None, password: str) -> bool:
        self.tried.append(password)
        return super().matches(kept, password)


def test_many_guesses_at_once_are_no_more_guesses_than_one_after_another(desk: Desk) -> None:
    passwords, together = Counting(), threading.Barrier(MANY)
    app = create_desk(desk.parts, base_url=URL, wall=desk.clock, passwords=passwords)

    def guess(n: int) -> int:
        browser = Browser(TestClient(app, base_url=URL, follow_redirects=False), desk)
        data = {"csrf": browser.csrf("/sign-in"), "login": "mona", "password": f"guess {n}"}
        together.wait(timeout=30)
        return int(browser.client.post("/sign-in", data=data).status_code)

    with ThreadPoolExecutor(MANY) as pool:
        statuses = list(pool.map(guess, range(MANY)))
    assert len(passwords.tried) <= TRIES
    assert statuses.count(429) == MANY - len(passwords.tried)


def test_being_locked_out_does_not_tell_which_names_exist(desk: Desk) -> None:
    told = [
        [desk.browser().sign_in(name, "wrong").status_code for _ in range(TRIES + 1)] for name in ("mona", "nobody")
    ]
    assert told[0] == told[1] == [*[401] * TRIES, 429]


def test_a_stale_save_does_not_tell_a_private_note(desk: Desk) -> None:
    amira, mona, key = desk.browser("amira"), desk.browser("mona"), desk.ticket_of("R3").key
    seen = str(desk.ticket_of("R3").version)
    amira.post(f"/tickets/{key}/note", {"text": "Between us, @ben: be careful.", "private": "1"})
    amira.post(f"/tickets/{key}/start")
    late = mona.post(
        f"/tickets/{key}/resolve", {"root_cause": "product", "action": "x", "resolved": "yes", "version": seen}
    )
    assert late.status_code == 409
    assert "Between us" not in late.text


EDGES = (
    "/inbox?opened_from=0001-01-01", "/inbox?opened_until=9999-12-31", "/inbox?resolved_from=0001-01-01",
    "/inbox?box=all&after=WyIwMDAxLTAxLTAxVDAwOjAwOjAwKzE0OjAwIiwiTi0xIl0",
    "/inbox?box=all&after=Wyc5OTk5LTEyLTMxVDIzOjU5OjU5LTE0OjAwIiwiTi0xIl0",
    "/runs/quarantine/999999999999", "/inbox?q=%00", "/inbox?team=%00", "/runs?survey=%00", "/tickets/%00",
    "/dashboard?team=%00", "/board?team=%00", "/tickets/N-1/help?reply=%00", "/inbox?box=all&q=%F0%9F%98%80%ED%A0%80",
)  # fmt: skip


@pytest.mark.parametrize("path", EDGES)
def test_values_at_the_edge_are_answered_and_never_a_fault(path: str, shared: Desk) -> None:
    shared.clock.pass_by(seconds=5)
    assert shared.browser("root").get(path).status_code in (200, 404, 422)


def test_an_address_that_there_is_not_is_a_page_with_a_way_home(shared: Desk) -> None:
    shared.clock.pass_by(seconds=5)
    for visitor in (shared.browser("root"), shared.browser()):
        answer = visitor.get("/nothing")
        assert answer.status_code == 404 and 'href="/"' in answer.text and "no such page" in answer.text
        assert visitor.get("/static/nothing.js").headers["content-type"].startswith("text/plain")


def test_numbers_and_moments_that_nothing_holds_are_refused(desk: Desk) -> None:
    root, key = desk.browser("root"), desk.ticket_of("R1").key
    assert root.post(f"/review/V-{'9' * 30}/open").status_code == 404
    assert root.post(f"/review/V-{'9' * 5000}/open").status_code == 404
    for at in ("0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00"):
        assert root.post(f"/tickets/{key}/remind", {"person": "amira", "at": at}).status_code == 422
    with desk.parts.ledger.begin() as uow:
        add_token(uow.connection, "all", "secret-of-all", tuple(Permission), desk.clock())
    api = {"Authorization": "Bearer secret-of-all"}
    for query in ("opened_from=0001-01-01", "opened_until=9999-12-31", "q=%00", "team=%00"):
        assert root.client.get(f"/api/v1/tickets?{query}", headers=api).status_code in (200, 422)
    given = {"person": "amira", "at": "0001-01-01T00:00+14:00"}
    assert root.client.post(f"/api/v1/tickets/{key}/remind", json=given, headers=api).status_code == 422


def broken() -> datetime:
    raise ZeroDivisionError("the secret of the machine")


def test_a_fault_of_ours_tells_nothing_and_carries_what_every_answer_does(shared: Desk) -> None:
    app = create_desk(shared.parts, base_url=URL, wall=broken, passwords=LIGHT)
    client = TestClient(app, base_url=URL, raise_server_exceptions=False)
    page = client.get("/inbox", headers={"cookie": "nanni=x"})
    program = client.get("/api/v1/me", headers={"authorization": "Bearer x"})
    for answer in (page, program):
        assert answer.status_code == 500 and "secret" not in answer.text
        for name, value in HEADERS:
            assert answer.headers[name] == value
        assert answer.headers["cache-control"] == "no-store"
    assert "something went wrong at the desk" in page.text.lower()
    assert program.headers["content-type"] == "application/problem+json"


def test_rows_that_belong_to_no_team_are_not_for_one_team(desk: Desk) -> None:
    with desk.parts.ledger.begin() as uow:
        add_account(
            uow.connection, login="shopsmanager", name="Sam", role=Role.MANAGER, at=desk.clock(), teams=("shops",),
            password=HASH,
        )  # fmt: skip
        change_account(uow.connection, "anna", teams=("shops",))
        add_token(uow.connection, "shops", "secret-of-shops", tuple(Permission), desk.clock(), ("shops",))
    assert "Not for one team" in desk.browser("shopsmanager").get("/runs").text
    assert desk.browser("shopsmanager").get("/runs/quarantine/1").status_code == 403
    assert desk.browser("anna").post("/runs/release", {"row": "1"}).status_code == 403
    api, bearer = desk.browser().client, {"Authorization": "Bearer secret-of-shops"}
    assert api.get("/api/v1/quarantine", headers=bearer).status_code == 403
    assert api.post("/api/v1/quarantine/release", json={"rows": [1]}, headers=bearer).status_code == 403


def test_right_passwords_are_no_guesses_of_an_address() -> None:
    guesses, now = Guesses(WINDOW), START
    for _ in range(3):
        assert guesses.take("office", 2, now)
        guesses.give_back("office", now)
    assert guesses.take("office", 2, now) and guesses.take("office", 2, now)
    assert not guesses.take("office", 2, now)
    assert guesses.take("office", 2, now + WINDOW * 2)


NO_YAML = ("\u00cf\u0003", "rules: " + "[" * 1_200, "rules: \ud800", "a: *nobody", "a: 2026-99-99")


@pytest.mark.parametrize("draft", NO_YAML, ids=["control", "nested", "surrogate", "alias", "date"])
def test_a_draft_that_is_no_yaml_is_refused_and_no_fault(shared: Desk, draft: str) -> None:
    shared.clock.pass_by(seconds=2)
    api = client(shared, secret=f"draft {NO_YAML.index(draft)}")
    sent = json.dumps({"policy": draft})  # a lone surrogate can be escaped
    answer = api.post("/api/v1/rules/check", content=sent, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 422), answer.text
    assert not list(shared.parts.workspace.settings.state.glob("tmp*"))
