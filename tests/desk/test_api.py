"""The API: scopes, versions, keys that make a request safe to repeat, pages, exports, problems."""

import csv
import io
import json
import re
import time
from typing import Any

import pyarrow.parquet as pq
import pytest
from starlette.testclient import TestClient

from desk.api.routes import ADDRESSES, PREFIX
from desk.exporting import harmless
from ledger.tokens import add_token, revoke_token
from tests.desk.site import URL, Desk
from tickets.access import Permission

ALL = tuple(Permission)
SOME = {"key": "N-1", "number": "1", "row": "1", "item": "V-1"}
SECRET = "nanni_a-secret-of-the-tests"


def client(desk: Desk, *scopes: Permission, teams: tuple[str, ...] | None = None, secret: str = SECRET) -> TestClient:
    """A program with a token of these scopes."""
    with desk.parts.ledger.begin() as uow:
        add_token(uow.connection, f"tests {secret} {scopes} {teams}"[:80], secret, scopes or ALL, desk.clock(), teams)
    return TestClient(desk.app, base_url=URL, headers={"Authorization": f"Bearer {secret}"})


def test_a_ticket_can_be_listed_read_and_worked_to_its_end(desk: Desk) -> None:
    api = client(desk)
    listed = api.get("/api/v1/tickets", params={"live": True}).json()
    assert len(listed["items"]) == 6 and listed["next"] is None
    key = desk.ticket_of("R3").key
    read = api.get(f"/api/v1/tickets/{key}")
    assert read.headers["etag"] == f'"{read.json()["version"]}"'
    assert api.get(f"/api/v1/tickets/{key}", headers={"If-None-Match": read.headers["etag"]}).status_code == 304
    assert api.get(f"/api/v1/tickets/{key}/why").json()[0]["comments"] == ["The lamp burned my hand."]
    steps: list[tuple[str, dict[str, str]]] = [
        ("acknowledge", {}), ("contact", {"how": "phone", "note": "Called."}), ("note", {"text": "Lamp recalled."}),
        ("assign", {"owner": "ben"}), ("prioritise", {"priority": "high", "reason": "Safe now."}),
        ("resolve", {"root_cause": "product", "action": "Sent another lamp.", "resolved": "yes"}), ("close", {}),
        ("reopen", {"reason": "The new one burns too."}),
    ]  # fmt: skip
    for verb, body in steps:
        done = api.post(f"/api/v1/tickets/{key}/{verb}", json=body)
        assert done.status_code == 200, done.text
    events = api.get(f"/api/v1/tickets/{key}/events").json()
    assert {event["actor"] for event in events} == {"nanni", "api:" + events[-1]["actor"].removeprefix("api:")}
    assert events[-1]["kind"] in ("reopened", "sla_updated")


def test_a_change_meant_for_another_version_is_refused(desk: Desk) -> None:
    api, key = client(desk), desk.ticket_of("R1").key
    tag = api.get(f"/api/v1/tickets/{key}").headers["etag"]
    assert api.post(f"/api/v1/tickets/{key}/acknowledge", json={}, headers={"If-Match": tag}).status_code == 200
    late = api.post(f"/api/v1/tickets/{key}/start", json={}, headers={"If-Match": tag})
    assert late.status_code == 412
    assert late.headers["content-type"] == "application/problem+json"
    assert "version" in late.json()["detail"]


def test_the_same_key_acts_once_and_another_body_is_a_conflict(desk: Desk) -> None:
    api, key = client(desk), desk.ticket_of("R1").key
    once = {"Idempotency-Key": "abc-1"}
    first = api.post(f"/api/v1/tickets/{key}/note", json={"text": "Only once."}, headers=once)
    again = api.post(f"/api/v1/tickets/{key}/note", json={"text": "Only once."}, headers=once)
    other = api.post(f"/api/v1/tickets/{key}/note", json={"text": "Something else."}, headers=once)
    assert (first.status_code, again.status_code, other.status_code) == (200, 200, 409)
    assert "idempotency-replayed" not in first.headers and again.headers["idempotency-replayed"] == "true"
    notes = [event for event in api.get(f"/api/v1/tickets/{key}/events").json() if event["kind"] == "noted"]
    assert [note["note"] for note in notes] == ["Only once."]


def test_a_key_of_a_refused_request_can_be_used_again(desk: Desk) -> None:
    api, key = client(desk), desk.ticket_of("R1").key
    once = {"Idempotency-Key": "abc-2"}
    assert api.post(f"/api/v1/tickets/{key}/close", json={}, headers=once).status_code == 422
    assert api.post(f"/api/v1/tickets/{key}/acknowledge", json={}, headers=once).status_code == 200


@pytest.mark.parametrize("moment", ["3000-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_no_time_of_an_address_is_too_far_away_to_be_answered(shared: Desk, moment: str) -> None:
    """A business calendar up to the year 3000 kept a thread for minutes."""
    api, key = client(shared, secret=moment), shared.ticket_of("R3").key
    began = time.process_time()
    assert api.get(f"{PREFIX}/tickets/{key}/sla", params={"as_of": moment}).status_code == 422
    for path, name in (("/sla/facts", "since"), ("/audit", "until")):
        assert api.get(PREFIX + path, params={name: moment}).status_code in (200, 422), path
    assert time.process_time() - began < 2


def test_pages_follow_each_other_without_a_gap(desk: Desk) -> None:
    api = client(desk)
    for query in ({"limit": 2}, {"limit": 2, "live": True}):
        seen: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            page = api.get("/api/v1/tickets", params={**query, "cursor": cursor}).json()
            seen += [item["key"] for item in page["items"]]
            cursor = page["next"]
        assert sorted(seen) == sorted(ticket.key for ticket in desk.tickets())


def test_a_token_of_one_team_sees_no_other_and_learns_nothing(desk: Desk) -> None:
    api = client(desk, teams=("shops",))
    assert {item["team"] for item in api.get("/api/v1/tickets").json()["items"]} == {"shops"}
    key = desk.ticket_of("R3").key
    for path in ("", "/events", "/why", "/together", "/files/1", "/similar", "/advice", "/replies/x"):
        theirs, nobodys = (api.get(f"/api/v1/tickets/{one}{path}") for one in (key, "N-99"))
        assert theirs.status_code == nobodys.status_code == 404
        assert theirs.text.replace(key, "") == nobodys.text.replace("N-99", "")
    for path, body in (("/merge", {"child": "N-1", "reason": "x"}), ("/unmerge", {"reason": "x"}),
                       ("/split", {"responses": ["R3"], "theme": "delivery", "reason": "x"}),
                       ("/correct", {"category": "delivery"}), ("/files/1/drop", None)):  # fmt: skip
        assert api.post(f"/api/v1/tickets/{key}{path}", json=body).status_code == 404, path
    assert api.post(f"/api/v1/tickets/{key}/note", json={"text": "x"}).status_code == 404
    assert key not in api.get("/api/v1/export/tickets").text
    assert key not in api.get("/api/v1/export/events").text


@pytest.mark.parametrize("address", ADDRESSES, ids=lambda one: f"{one.method} {one.path}")
def test_every_address_asks_for_its_scope(address: Any, shared: Desk) -> None:
    path = PREFIX + re.sub(r"\{(\w+)\}", lambda match: SOME.get(match.group(1), "x"), address.path)
    others = [scope for scope in Permission if scope is not address.needs]
    secret = f"{address.method}{address.path}"
    without = client(shared, *others, secret=secret)
    shared.clock.pass_by(seconds=5)
    body: dict[str, Any] = {} if address.method == "GET" else {"json": {"nothing": "known"}}
    assert without.request(address.method, path, **body).status_code == 403
    nobody = TestClient(shared.app, base_url=URL)
    refused = nobody.request(address.method, path, **body)
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
    granted = client(shared, address.needs, Permission.READ_TICKETS, secret=secret + "!")
    assert granted.request(address.method, path, **body).status_code in (200, 400, 404, 409, 422)


def test_revoked_and_expired_tokens_open_nothing(desk: Desk) -> None:
    api = client(desk)
    assert api.get("/api/v1/me").status_code == 200
    with desk.parts.ledger.begin() as uow:
        revoke_token(uow.connection, api.get("/api/v1/me").json()["name"], desk.clock())
        add_token(uow.connection, "old", "old-secret", ALL, desk.clock(), None, desk.clock())
    assert api.get("/api/v1/me").status_code == 401
    desk.clock.pass_by(seconds=1)
    assert api.get("/api/v1/me", headers={"Authorization": "Bearer old-secret"}).status_code == 401


def test_a_session_of_the_browser_is_no_token(desk: Desk) -> None:
    browser = desk.browser("root")
    assert browser.get("/api/v1/tickets").status_code == 401


def test_bodies_hold_nothing_but_what_is_named(desk: Desk) -> None:
    api, key = client(desk), desk.ticket_of("R1").key
    stuffed = api.post(f"/api/v1/tickets/{key}/note", json={"text": "x", "actor": "ceo", "at": "2020-01-01"})
    assert stuffed.status_code == 422
    assert "Extra inputs" in stuffed.json()["detail"]


def test_exports_are_the_same_in_every_format_and_harmless_in_a_spreadsheet(desk: Desk) -> None:
    api, key = client(desk), desk.ticket_of("R1").key
    api.post(f"/api/v1/tickets/{key}/note", json={"text": '=HYPERLINK("http://evil.example";"x")'})
    told: dict[str, Any] = {}
    for how in ("csv", "jsonl", "parquet"):
        answer = api.get("/api/v1/export/events", params={"format": how})
        assert f'filename="events.{how}"' in answer.headers["content-disposition"]
        told[how] = answer.content
    sheet = list(csv.DictReader(io.StringIO(told["csv"].decode())))
    lines = [json.loads(line) for line in told["jsonl"].decode().splitlines()]
    table = pq.read_table(io.BytesIO(told["parquet"])).to_pylist()
    assert len(sheet) == len(lines) == len(table) > 12
    assert [row["note"] for row in table] == [row["note"] for row in lines]
    assert any(row["note"].startswith("'=HYPERLINK") for row in sheet)
    assert any(row["note"].startswith("=HYPERLINK") for row in lines)
    tickets = api.get("/api/v1/export/tickets", params={"team": "shops"}).text
    assert {row["team"] for row in csv.DictReader(io.StringIO(tickets))} == {"shops"}


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\tx", "\r=1", "\n=1"])
def test_a_formula_is_only_text(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"


def test_addresses_that_are_not_there_are_problems_too(shared: Desk) -> None:
    api = client(shared, secret="addresses")
    for method, path in (("GET", "/api/v1/nothing"), ("DELETE", "/api/v1/tickets"), ("GET", "/api/v1/tickets/N-99")):
        answer = api.request(method, path)
        assert answer.status_code in (404, 405)
        assert answer.headers["content-type"] == "application/problem+json"
    assert api.get("/api/v1/tickets", params={"cursor": "nonsense"}).json()["status"] == 422
