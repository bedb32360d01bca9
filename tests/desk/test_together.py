"""Working together at the desk: private notes, watchers, tags, reminders, files, and the customer's own answer."""

from dataclasses import replace

import pytest

from ledger.tokens import add_token
from nanni.closing import address_of_survey
from tests.desk.site import Browser, Desk
from tickets.access import Permission
from tickets.closing import CustomerMessage
from tickets.ticket import Status

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40


def send(browser: Browser, key: str, name: str, content: bytes) -> int:
    files = {"file": (name, content, "text/html")}
    answer = browser.client.post(f"/tickets/{key}/files", data={"csrf": browser.csrf()}, files=files)
    return int(answer.status_code)


def test_a_private_note_is_for_its_author_and_whom_it_calls_everywhere(desk: Desk) -> None:
    amira, key = desk.browser("amira"), desk.ticket_of("R3").key
    amira.post(f"/tickets/{key}/note", {"text": "Between us, @ben: be careful.", "private": "1"})
    assert "Between us" in amira.get(f"/tickets/{key}").text
    assert "Between us" in desk.browser("ben").get(f"/tickets/{key}").text
    assert "Between us" not in desk.browser("mona").get(f"/tickets/{key}").text
    with desk.parts.ledger.begin() as uow:
        add_token(uow.connection, "all", "secret-of-all", tuple(Permission), desk.clock())
    api, bearer = desk.browser(), {"Authorization": "Bearer secret-of-all"}
    for path in (f"/api/v1/tickets/{key}/events", "/api/v1/export/events"):
        told = api.get(path, headers=bearer)
        assert told.status_code == 200 and "Between us" not in told.text and "private" in told.text


def test_watchers_tags_and_reminders(desk: Desk) -> None:
    amira, key = desk.browser("amira"), desk.ticket_of("R3").key
    for verb, data, told in (
        ("watch", {"person": "amira"}, "Stop watching"), ("tag", {"tag": "refund"}, "refund ×"),
        ("remind", {"person": "amira", "at": "2026-03-12T10:30", "text": "Call"}, "12 Mar 2026, 10:30"),
        ("unwatch", {"person": "amira"}, ">Watch<"), ("untag", {"tag": "refund"}, "took a tag off: refund"),
    ):  # fmt: skip
        done = amira.post(f"/tickets/{key}/{verb}", data)
        assert done.status_code == 303, done.text
        assert told in amira.get(f"/tickets/{key}").text, verb
    assert amira.post(f"/tickets/{key}/remind", {"person": "amira", "at": "soon"}).status_code == 422
    assert amira.post(f"/tickets/{key}/remind", {"person": "amira", "at": "2020-01-01T10:00"}).status_code == 422


def test_whether_the_customer_may_be_contacted_is_said_shown_and_kept_to(desk: Desk) -> None:
    closing = replace(desk.parts.workspace.closing, messages=(CustomerMessage.REPLY,))
    desk.parts.workspace = replace(desk.parts.workspace, closing=closing)
    amira, vera, key = desk.browser("amira"), desk.browser("vera"), desk.ticket_of("R3").key
    page, warned = f"/tickets/{key}", "The customer does not want to be contacted: no message"
    assert "nothing was said" in amira.get(page).text and "mailto:cid@example.org" in amira.get(page).text
    assert "Send" in amira.get(f"{page}/help?write=1").text
    assert amira.post(f"{page}/consent", {"consent": "refused", "note": "On the phone."}).status_code == 303
    shown = vera.get(page).text
    assert warned in shown and "On the phone." in shown and "mailto:" not in shown
    assert "recorded what the customer said about being contacted: does not want to be contacted" in shown
    assert "The customer does not want to be contacted." in amira.get(f"{page}/help?write=1").text
    assert amira.post(f"{page}/write", {"subject": "Hello", "text": "Again."}).status_code == 422
    assert amira.post(f"{page}/consent", {"consent": "maybe"}).status_code == 422
    assert vera.post(f"{page}/consent", {"consent": "allowed"}).status_code == 403
    assert amira.post(f"{page}/consent", {"consent": "allowed"}).status_code == 303
    assert warned not in amira.get(page).text


def test_a_file_is_put_on_read_and_taken_off_by_who_sees_the_ticket(desk: Desk) -> None:
    amira, cleo, key = desk.browser("amira"), desk.browser("cleo"), desk.ticket_of("R3").key
    assert send(amira, key, "lamp.png", PNG) == 303
    number = amira.get(f"/tickets/{key}").text.split(f"/tickets/{key}/files/")[1].split('"')[0]
    path = f"/tickets/{key}/files/{number}"
    taken = amira.get(path)
    assert taken.content == PNG
    assert taken.headers["content-type"] == "application/octet-stream"
    assert taken.headers["content-disposition"] == "attachment; filename*=UTF-8''lamp.png"
    assert cleo.get(path).status_code == 404
    assert send(cleo, key, "lamp.png", PNG) == 404
    assert cleo.post(f"{path}/drop").status_code == 404
    assert amira.post(f"{path}/drop").status_code == 303
    assert amira.get(path).status_code == 404


@pytest.mark.parametrize(
    "name",
    ["../../../evil.png", "..\\..\\evil.png", "/etc/passwd.png", "a\r\nSet-Cookie: x=1.png",
     '<img src=x onerror=alert(1)>.png',
     "x" * 300 + ".png", "con.png", "\u202egnp.exe.png"],
)  # fmt: skip
def test_the_names_of_files_are_harmless(desk: Desk, name: str) -> None:
    amira, key = desk.browser("amira"), desk.ticket_of("R3").key
    status = send(amira, key, name, PNG)
    text = amira.get(f"/tickets/{key}").text
    assert status in (303, 422) and "<img src=x" not in text
    if status == 303:
        number = text.split(f"/tickets/{key}/files/")[1].split('"')[0]
        header = amira.get(f"/tickets/{key}/files/{number}").headers["content-disposition"]
        assert "/" not in header and "\\" not in header and "\n" not in header
    stored = [path for path in (desk.parts.workspace.settings.state / "files").rglob("*") if path.is_file()]
    assert all(len(path.name) == 64 for path in stored)


def test_pages_and_programs_cannot_be_attached(desk: Desk) -> None:
    amira, key = desk.browser("amira"), desk.ticket_of("R3").key
    for content in (b"<!doctype html><script>alert(1)</script>", b"MZ" + b"\x00" * 60, b"<svg onload=alert(1)>"):
        assert send(amira, key, "picture.png", content) == 422


def test_the_customer_answers_without_an_account_and_once(desk: Desk) -> None:
    amira, key, customer = desk.browser("amira"), desk.ticket_of("R3").key, desk.browser()
    amira.post(f"/tickets/{key}/resolve", {"root_cause": "product", "action": "Our words.", "resolved": "yes"})
    path = "/s/" + address_of_survey(desk.parts, key).rpartition("/s/")[2]
    page = customer.get(path)
    assert page.status_code == 200 and "How did we do?" in page.text
    assert "Our words." not in page.text and "Amira" not in page.text and "burned" not in page.text
    assert customer.client.post(path, data={"rating": "9"}).status_code == 422
    answered = customer.client.post(path, data={"rating": "1", "comment": "It burned <b>again</b>."})
    assert answered.status_code == 200 and "Thank you" in answered.text
    assert desk.ticket_of("R3").status is not Status.RESOLVED  # owed again
    assert customer.client.post(path, data={"rating": "5"}).status_code == 409
    assert "It burned &lt;b&gt;again" in amira.get(f"/tickets/{key}").text
    for forged in ("/s/abc", path[:-3] + "AAA", "/s/" + "x" * 400):
        assert customer.get(forged).status_code in (404, 410)
    desk.clock.pass_by(days=30)
    assert customer.get(path).status_code == 410


def test_help_shows_only_what_ones_own_teams_solved(desk: Desk) -> None:
    for response, owner, words in (("R2", "cleo", "Sent a courier at once."), ("R1", "amira", "Offered a visit.")):
        key = desk.ticket_of(response).key
        desk.browser(owner).post(
            f"/tickets/{key}/resolve", {"root_cause": "process", "action": words, "resolved": "yes"}
        )
    late = desk.ticket_of("R5").key
    own = desk.browser("cleo").get(f"/tickets/{late}/help").text
    assert "Sent a courier at once." in own and "Offered a visit." not in own
    assert desk.browser("amira").get(f"/tickets/{late}/help").status_code == 404
    assert desk.browser("mona").get(f"/tickets/{late}/help?reply=../../nanni").status_code == 404


def test_the_review_queue_says_when_nothing_waits(desk: Desk) -> None:
    assert "Nothing waits to be reviewed" in desk.browser("ben").get("/review").text
    assert desk.browser("ben").post("/review/V-1/open").status_code == 404
