"""Idempotency-Key: every POST of the API acts once for a key, whatever it does."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from desk.api.routes import ADDRESSES, PREFIX
from feedback.adapters.survey_file import load_surveys
from feedback.disposition import Disposition
from feedback.errors import SourceError
from ledger.personal import erase_customer
from ledger.relanding import reland
from ledger.replays import KEPT, forget_answers, forget_replays
from ledger.reviews import Review, SqlReviewStore
from ledger.schema import idempotency, journal, outbox, quarantine, runs, theme_events, ticket_events
from ledger.storms import SqlStormStore
from ledger.themes import ThemeForm, ThemeVersion
from models.discovery.history import Act, ThemeEvent
from models.discovery.space import ThemeSpace
from nanni.canary_control import start
from nanni.ingestion import ingest_file
from tests.desk.site import Desk
from tests.desk.test_api import client
from tests.desk.test_work_pages import say, two_of_cid
from tests.workspaces import POLICY, write_csv
from tickets.closing import CheckItem, CustomerMessage
from triggers.canary import Bounds
from triggers.policy import Severity
from triggers.storms import Alarm, Seen

RAW = {"content-type": "application/octet-stream"}
SPACE = ThemeSpace(
    np.array([0.5, -0.25, 0.0]), np.eye(3)[:, :2], np.array([[1.0, 0.0]]), np.array([0.3]), np.zeros(1, np.int64)
)
CHECKLIST = (CheckItem("told", "The customer knows."),)
TESTS = """
at: 2026-01-15
tests:
  - {name: a bad score, survey: nps, response: {score: 1}, expect: {rule: detractor}}
"""
INITIATIVE = {
    "id": "packing", "title": "Better packing", "owner": "amira", "themes": ["delivery"], "started": "2026-01-01",
    "expected": 0.3, "expected_by": "2026-06-01",
}  # fmt: skip


@dataclass
class World:
    """A desk on which every verb can be done, and what the verbs need of it."""

    desk: Desk
    api: TestClient
    one: str
    other: str
    storm: int
    row: int

    def number(self) -> str:
        """The pending reminder's number."""
        return str(self.api.get(f"{PREFIX}/tickets/{self.one}/together").json()["reminders"][0]["number"])

    def file(self) -> str:
        """The number of the ticket's file, once there is one."""
        files = self.api.get(f"{PREFIX}/tickets/{self.one}/together").json()["files"]
        return str(files[0]["number"]) if files else ""

    def survey(self) -> str:
        """The token of the survey about the resolution of the other ticket."""
        body = {"root_cause": "product", "action": "Sent one.", "resolved": "yes"}
        self.api.post(f"{PREFIX}/tickets/{self.other}/resolve", json=body)
        found = self.api.get(f"{PREFIX}/tickets/{self.other}/survey")
        return str(found.json()["address"]).rpartition("/")[2]


@pytest.fixture
def world(desk: Desk) -> World:
    first, second = two_of_cid(desk)
    say(desk, ("X3", "It burned me again.", "cid@example.org"))
    assert desk.ticket_of("X3").key == first.key
    parts, now = desk.parts, desk.clock()
    closing = replace(parts.workspace.closing, checklist=CHECKLIST, messages=(CustomerMessage.REPLY,))
    parts.workspace = replace(parts.workspace, closing=closing)
    folder = parts.workspace.folder
    bad = [{"id": "Q1", "at": "2026-03-06 10:00:00", "score": "99", "comment": "?", "email": "", "store": "Leeds"}]
    ingest_file(parts, parts.workspace.survey("nps"), write_csv(folder / "inbox" / "bad.csv", bad))
    (folder / "next.yaml").write_text(POLICY.replace("at_most: 4", "at_most: 3"), "utf-8")
    (folder / "policy_tests.yaml").write_text(TESTS, "utf-8")
    start(parts, folder / "next.yaml", 0.0, Bounds(0.5, 1.5, 100), "mona")
    with parts.ledger.begin() as uow:
        store = SqlStormStore(uow.connection)
        alarm = Alarm(("theme", "delivery"), Seen(9, 6), Seen(200, 4), 0.00001)
        storm = store.begin(alarm, desk.ticket_of("R2").key, "6 of 9", now)
        responses = [uow.responses.find(name).id for name in ("R5", "R6")]
        waiting = [
            Review(f"V-{n}", response, "amira", "care", Severity.HIGH, "detractor", n, "full", now)
            for n, response in enumerate(responses, 1)
        ]
        SqlReviewStore(uow.connection).add(waiting)
        reland(uow.connection, responses[1], Disposition.OPENED, Disposition.SUPPRESSED, "full", None)
        (row,) = uow.quarantine.list()
        forms = tuple(ThemeForm(n, f"F-{n}", 12, 0.9, False, ("lamp",)) for n in (1, 2))
        uow.themes.add(ThemeVersion(1, now, "amira", "words@1", "t", "d", "f", 60, SPACE, {"lamp": 9}, 4, 0, forms))
        born = [ThemeEvent(1, now, "amira", Act.BORN, f"F-{n}", (), None, f"Lamps {n}") for n in (1, 2)]
        uow.themes.append(born)
    return World(desk, client(desk), first.key, second.key, storm.id, row.id)


Body = dict[str, Any] | None | Callable[[World], dict[str, Any]]
TICKET = "/tickets/{key}"
STEPS: tuple[tuple[str, Body], ...] = (
    (f"{TICKET}/acknowledge", {}), (f"{TICKET}/start", {}), (f"{TICKET}/contact", {"how": "phone", "note": "Called."}),
    (f"{TICKET}/write", {"subject": "Your lamp", "text": "We are sorry."}),
    (f"{TICKET}/note", {"text": "Lamp recalled."}), (f"{TICKET}/watch", {"person": "ben"}),
    (f"{TICKET}/unwatch", {"person": "ben"}), (f"{TICKET}/tag", {"tag": "refund"}),
    (f"{TICKET}/untag", {"tag": "refund"}),
    ("/initiatives", INITIATIVE), (f"{TICKET}/cite", {"initiative": "packing"}),
    (f"{TICKET}/uncite", {"initiative": "packing"}),
    (f"{TICKET}/consent", {"consent": "refused", "note": "By phone."}), (f"{TICKET}/consent", {"consent": "allowed"}),
    (f"{TICKET}/remind", {"person": "ben", "at": "2026-03-12T10:30", "text": "Call"}),
    (f"{TICKET}/drop-reminder", lambda world: {"number": world.number()}),
    (f"{TICKET}/assign", {"owner": "ben"}), (f"{TICKET}/prioritise", {"priority": "high", "reason": "Hurt."}),
    (f"{TICKET}/escalate", {"to": "amira", "reason": "Help."}), (f"{TICKET}/take-up", {}),
    (f"{TICKET}/check", {"checked": "told"}), (f"{TICKET}/wait", {}), (f"{TICKET}/start", {}), (f"{TICKET}/hold", {}),
    (f"{TICKET}/categorise", None), (f"{TICKET}/correct", {"category": "delivery"}),
    (f"{TICKET}/files?name=lamp.txt", None), (TICKET + "/files/{file}/drop", None),
    (f"{TICKET}/merge", lambda world: {"child": world.other, "reason": "One lamp."}),
    (f"{TICKET}/split", {"responses": ["X3"], "theme": "delivery", "reason": "Two."}),
    ("/tickets/{child}/unmerge", {"reason": "Two lamps."}),
    (f"{TICKET}/resolve", {"root_cause": "product", "action": "Sent another.", "resolved": "yes"}),
    (f"{TICKET}/close", {}), (f"{TICKET}/reopen", {"reason": "It burns."}),
    ("/survey-answers", lambda world: {"token": world.survey(), "rating": 5}),
    ("/review/V-1/open", None), ("/review/V-2/dismiss", {"reason": "Said twice."}),
    ("/storms/{storm}/close", {"reason": "Over."}), ("/quarantine/release", lambda world: {"rows": [world.row]}),
    ("/rules/check", {}), ("/rules/test", {"policy": POLICY}), ("/rules/backtest", {"policy": POLICY}),
    ("/rules/canary/stop", {}), ("/themes/F-1/rename", {"name": "Lamps"}), ("/themes/F-1/pin", {}),
    ("/themes/F-2/merge", {"into": "F-1"}), ("/initiatives/packing/tell", {"words": "We pack better."}),
    ("/articles/drafts", None), ("/outer-loop/refresh", {}), ("/routing/drain", None), ("/routing/hand-over", {}),
    ("/sla/record", None), ("/sla/recompute", None), ("/sla/escalate", None), ("/reminders/send", None),
    ("/notices/deliver", None),
    ("/notices/replay", {"notices": ["x"]}),
    ("/close-the-loop", None),
)  # fmt: skip


def changes(world: World) -> tuple[int, ...]:
    """How much was ever written."""
    with world.desk.parts.ledger.read() as uow:
        tables = (ticket_events, journal, outbox, runs, theme_events)
        return tuple(uow.connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables)


def send(world: World, path: str, body: Any, key: str) -> Any:
    world.desk.clock.pass_by(milliseconds=500)  # the limit on requests is tested elsewhere
    url, headers = PREFIX + path, {"Idempotency-Key": key}
    if "/files?" in path:
        content = b"It glows." if body is None else b"Something else."
        return world.api.post(url, content=content, headers={**headers, **RAW})
    return world.api.post(url, json=body, headers=headers)


def test_every_post_acts_once_and_another_body_is_a_conflict(world: World) -> None:
    document = world.api.get(f"{PREFIX}/openapi.json").json()["paths"]
    posts = {path.removeprefix(PREFIX): one["post"] for path, one in document.items() if "post" in one}
    assert posts.keys() == {one.path for one in ADDRESSES if one.method == "POST"}
    for path, post in posts.items():
        assert "idempotency-key" in [one["name"] for one in post["parameters"]], path
    done: set[str] = set()
    for number, (template, made) in enumerate(STEPS):
        path = template.format(key=world.one, child=world.other, storm=world.storm, file=world.file())
        body, key = made(world) if callable(made) else made, f"step-{number}"
        first = send(world, path, body, key)
        assert first.status_code == 200, (path, first.text)
        before = changes(world)
        again = send(world, path, body, key)
        assert (again.status_code, again.text) == (200, first.text), path
        assert "idempotency-replayed" not in first.headers and again.headers["idempotency-replayed"] == "true"
        assert again.headers.get("etag") == first.headers.get("etag")
        assert send(world, path, {**(body or {}), "more": "x"}, key).status_code == 409, path
        assert changes(world) == before, path
        done |= {
            one for one in posts if re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(one)), path.partition("?")[0])
        }
    assert done == posts.keys()


def test_how_json_is_spaced_makes_no_other_request_but_the_version_it_is_meant_for_does(desk: Desk) -> None:
    api, path = client(desk), f"{PREFIX}/tickets/{desk.ticket_of('R1').key}/note"
    headers = {"Idempotency-Key": "n", "content-type": "application/json"}
    assert api.post(path, content='{"text": "x", "private": ""}', headers=headers).status_code == 200
    assert api.post(path, content='{"private":"",\n"text":"x"}', headers=headers).status_code == 200
    meant = {**headers, "If-Match": "*"}
    assert api.post(path, content='{"text": "x", "private": ""}', headers=meant).status_code == 409
    mine = client(desk, secret="another")
    assert "idempotency-replayed" not in mine.post(path, json={"text": "x"}, headers=headers).headers


def test_a_theme_is_changed_in_the_version_that_was_meant(world: World) -> None:
    path = f"{PREFIX}/themes/F-1"
    stale = world.api.post(f"{path}/pin", json={}).headers["etag"]
    renamed = world.api.post(f"{path}/rename", json={"name": "Lamps"}, headers={"If-Match": stale})
    assert (renamed.status_code, renamed.headers["etag"]) == (200, '"3"')
    for verb, body in (("rename", {"name": "Burns"}), ("pin", {"pinned": False}), ("merge", {"into": "F-2"})):
        late = world.api.post(f"{path}/{verb}", json=body, headers={"If-Match": stale})
        assert late.status_code == 412 and "version 3" in late.json()["detail"], late.text
    assert world.api.post(f"{path}/pin", json={}, headers={"If-Match": "*"}).status_code == 200
    late = world.api.post(f"{PREFIX}/tickets/{world.one}/correct", json={"category": "delivery"},
                          headers={"If-Match": '"1"'})  # fmt: skip
    assert late.status_code == 412


def test_a_key_without_an_answer_is_never_carried_out_again_and_is_new_after_seven_days(desk: Desk) -> None:
    api, key = client(desk), desk.ticket_of("R1").key
    path, once = f"{PREFIX}/tickets/{key}/note", {"Idempotency-Key": "n"}
    assert api.post(path, json={"text": "x"}, headers=once).status_code == 200
    with desk.parts.ledger.begin() as uow:
        forget_answers(uow.connection)  # as an erasure does
    again = api.post(path, json={"text": "x"}, headers=once)
    assert again.status_code == 409 and "its answer is not kept" in again.json()["detail"]
    with desk.parts.ledger.begin() as uow:
        assert forget_replays(uow.connection, desk.clock() + KEPT) == 0
        assert forget_replays(uow.connection, desk.clock() + KEPT + timedelta(seconds=1)) == 1
    assert api.post(path, json={"text": "x"}, headers=once).status_code == 200
    assert [one["kind"] for one in api.get(f"{PREFIX}/tickets/{key}/events").json()].count("noted") == 2


class Missing:
    """A contract that finds the file to be another one."""

    def check(self, *_: Any) -> Any:
        raise SourceError("a column of the mapping is gone", where="survey other")


def test_a_release_that_fails_on_the_way_has_released_nothing_and_can_be_sent_again(desk: Desk) -> None:
    parts, api = desk.parts, client(desk)
    other = parts.workspace.folder / "surveys" / "other.yaml"
    mapped = (parts.workspace.folder / "surveys" / "nps.yaml").read_text("utf-8")
    other.write_text(mapped.replace("inbox/", "other/").replace("source: shop", "source: till"), "utf-8")
    (parts.workspace.folder / "other").mkdir()
    parts.workspace = replace(parts.workspace, surveys=load_surveys(parts.workspace.folder))
    bad = {"at": "2026-03-06 10:00:00", "score": "99", "comment": "It burned.", "email": "", "store": "Leeds"}
    for folder, survey in (("inbox", "nps"), ("other", "other")):
        file = write_csv(parts.workspace.folder / folder / "bad.csv", [{"id": f"Q-{survey}", **bad}])
        ingest_file(parts, parts.workspace.survey(survey), file)
    with parts.ledger.read() as uow:
        rows = {"rows": [row.id for row in uow.quarantine.list()]}
    before, honest = _written(desk), parts.contracts["other"]
    parts.contracts["other"] = Missing()
    once = {"Idempotency-Key": "release"}
    failed = api.post(f"{PREFIX}/quarantine/release", json=rows, headers=once)
    assert failed.status_code == 400 and "a column of the mapping is gone" in failed.json()["detail"]
    assert _written(desk) == before
    parts.contracts["other"] = honest
    for _ in range(2):
        done = api.post(f"{PREFIX}/quarantine/release", json=rows, headers=once)
        assert (done.status_code, done.json()) == (200, {"released": 2, "back": 2}), done.text
    assert _written(desk) == (before[0] + 2, before[1] + 2, 2, 0)
    again = api.post(f"{PREFIX}/quarantine/release", json=rows, headers={"Idempotency-Key": "another"})
    assert again.status_code == 404 and "was released before" in again.json()["detail"]


def _written(desk: Desk) -> tuple[int, ...]:
    """Runs, quarantined rows, those of them that were released, runs that are not over."""
    with desk.parts.ledger.read() as uow:
        counted = [
            select(func.count()).select_from(runs), select(func.count()).select_from(quarantine),
            select(func.count()).where(quarantine.c.released_in.is_not(None)),
            select(func.count()).where(runs.c.state != "done"),
        ]  # fmt: skip
        return tuple(uow.connection.execute(one).scalar_one() for one in counted)


def test_erasing_a_customer_blanks_the_answers_that_hold_their_words(desk: Desk) -> None:
    api, ticket = client(desk), desk.ticket_of("R3")
    path, once = f"{PREFIX}/tickets/{ticket.key}/resolve", {"Idempotency-Key": "r"}
    body = {"root_cause": "product", "action": "Cid said zebedee burned him.", "resolved": "yes"}
    assert "zebedee" in api.post(path, json=body, headers=once).text
    assert "zebedee" in _kept(desk)
    with desk.parts.ledger.begin() as uow:
        assert ticket.customer_id is not None
        erase_customer(uow, ticket.customer_id, at=desk.clock(), actor="privacy-desk")
    assert "zebedee" not in _kept(desk)
    again = api.post(path, json=body, headers=once)
    assert again.status_code == 409 and "its answer is not kept" in again.json()["detail"]
    assert "zebedee" not in api.get(f"{PREFIX}/tickets/{ticket.key}").text


def _kept(desk: Desk) -> str:
    """Whatever is kept of requests with a key, as text."""
    with desk.parts.ledger.read() as uow:
        return str(uow.connection.execute(select(idempotency)).all())


def test_a_key_that_is_none_is_refused(shared: Desk) -> None:
    api = client(shared, secret="bad keys")
    for bad in ("with space", "x" * 101):
        assert api.post(f"{PREFIX}/sla/record", headers={"Idempotency-Key": bad}).status_code == 422
