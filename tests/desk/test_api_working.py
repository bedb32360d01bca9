"""Working together through the API: merge and split, files, what is beside a ticket, help while working."""

import pytest
from starlette.testclient import TestClient

from tests.desk.site import Desk
from tests.desk.test_api import client
from tests.desk.test_work_pages import two_of_cid

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40
API = "/api/v1/tickets"


def version(api: TestClient, key: str) -> str:
    return str(api.get(f"{API}/{key}").headers["etag"])


def test_tickets_are_merged_taken_apart_and_split(desk: Desk) -> None:
    api, (root, child) = client(desk), (ticket.key for ticket in two_of_cid(desk))
    stale = version(api, root)
    api.post(f"{API}/{root}/note", json={"text": "Called."})
    body = {"child": child, "reason": "One story."}
    assert api.post(f"{API}/{root}/merge", json=body, headers={"If-Match": stale}).status_code == 412
    merged = api.post(f"{API}/{root}/merge", json=body, headers={"If-Match": version(api, root)})
    assert (merged.status_code, merged.json()["key"], merged.headers["etag"]) == (200, root, version(api, root))
    assert {one["response"] for one in api.get(f"{API}/{root}/why").json()} == {"R3", "X1"}
    assert api.post(f"{API}/{root}/merge", json=body).status_code == 422
    apart = api.post(f"{API}/{child}/unmerge", json={"reason": "Two after all."})
    assert (apart.status_code, apart.json()["key"]) == (200, child)
    split = {"responses": ["R9"], "theme": "delivery", "reason": "x"}
    assert api.post(f"{API}/{root}/split", json=split).status_code == 422
    assert api.post(f"{API}/{root}/split", json={**split, "theme": "none of ours"}).status_code == 422


def test_files_are_put_on_read_and_taken_off(desk: Desk) -> None:
    api, key = client(desk), desk.ticket_of("R3").key
    raw = {"content-type": "application/octet-stream"}
    put = api.post(f"{API}/{key}/files", params={"name": "../lamp.png"}, content=PNG, headers=raw)
    assert put.status_code == 200, put.text
    file = put.json()
    assert (file["media_type"], file["size"]) == ("image/png", len(PNG)) and "/" not in file["name"]
    taken = api.get(f"{API}/{key}/files/{file['number']}")
    assert taken.content == PNG and taken.headers["content-disposition"].startswith("attachment;")
    assert api.get(f"{API}/{key}/together").json()["files"] == [file]
    assert api.post(f"{API}/{key}/files/{file['number']}/drop").json() == []
    assert api.get(f"{API}/{key}/files/{file['number']}").status_code == 404
    program = api.post(f"{API}/{key}/files", params={"name": "x.png"}, content=b"MZ" + b"\x00" * 60, headers=raw)
    assert program.status_code == 422
    assert client(desk, secret="another").post(f"{API}/{key}/files", content=PNG, headers=raw).status_code == 422


def test_what_is_beside_a_ticket_is_told_and_changed(desk: Desk) -> None:
    api, key = client(desk), desk.ticket_of("R3").key
    for verb, body in (
        ("watch", {"person": "ben"}), ("tag", {"tag": "refund"}), ("correct", {"category": "delivery"}),
        ("remind", {"person": "ben", "at": "2026-03-12T10:30", "text": "Call"}),
    ):  # fmt: skip
        done = api.post(f"{API}/{key}/{verb}", json=body)
        assert done.status_code == 200, done.text
    beside = api.get(f"{API}/{key}/together").json()
    assert (beside["watchers"], beside["tags"], beside["category"]) == (["ben"], ["refund"], "delivery")
    (reminder,) = beside["reminders"]
    assert (reminder["person"], reminder["due_at"]) == ("ben", "2026-03-12T10:30:00Z")
    gone = {"number": str(reminder["number"])}
    assert api.post(f"{API}/{key}/drop-reminder", json=gone).status_code == 200
    assert api.post(f"{API}/{key}/drop-reminder", json=gone).status_code == 422
    assert api.get(f"{API}/{key}/together").json()["reminders"] == []


def test_help_stays_within_the_teams_of_the_token(desk: Desk) -> None:
    everywhere, shops = client(desk), client(desk, teams=("shops",), secret="shops")
    for response, words in (("R2", "Sent a courier at once."), ("R1", "Offered a visit.")):
        body = {"root_cause": "process", "action": words, "resolved": "yes"}
        done = everywhere.post(f"{API}/{desk.ticket_of(response).key}/resolve", json=body)
        assert done.status_code == 200, done.text
    key = desk.ticket_of("R5").key
    told = {one["action_taken"] for one in everywhere.get(f"{API}/{key}/similar").json()}
    assert told == {"Sent a courier at once.", "Offered a visit."}
    assert {one["action_taken"] for one in shops.get(f"{API}/{key}/similar").json()} == {"Sent a courier at once."}


@pytest.mark.parametrize("name", ["../../nanni", "apology"])
def test_messages_and_articles_of_the_workspace(desk: Desk, name: str) -> None:
    api, folder, key = client(desk), desk.parts.workspace.folder, desk.ticket_of("R5").key
    (folder / "replies").mkdir(exist_ok=True)
    (folder / "replies" / "apology.txt").write_text("About your order\n\nWe are sorry.\n", "utf-8")
    (folder / "kb").mkdir(exist_ok=True)
    (folder / "kb" / "late.md").write_text("# Late parcels\n\nWhen a courier is late, ask the depot.\n", "utf-8")
    assert "apology" in api.get("/api/v1/replies").json()
    reply = api.get(f"{API}/{key}/replies/{name.replace('/', '%2F')}")
    assert reply.status_code == (200 if name == "apology" else 404)
    if reply.status_code == 200:
        assert (reply.json()["subject"], reply.json()["ticket"]) == ("About your order", key)
    assert api.get("/api/v1/articles/search", params={"q": "courier is late"}).json()[0]["article"] == "late"
    assert api.get(f"{API}/{key}/advice").json()[0]["title"] == "Late parcels"
