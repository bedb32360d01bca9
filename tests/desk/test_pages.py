"""The pages as people use them, without any script."""

import html
import re

import pytest

from desk.people import People
from desk.telling import told
from desk.texts import FOLDER, flat, load_texts
from ledger.accounts import account_by_login
from nanni.work import act
from tests.desk.site import START, Desk
from tickets import actions
from tickets.events import EventKind, TicketEvent
from tickets.ticket import Priority, Status
from triggers.policy import Severity

WAS = re.compile(r'name="login" value="(\w+)">.*?name="was" value="([^"]+)"', re.DOTALL)


def test_a_ticket_shows_who_what_why_and_by_when(shared: Desk) -> None:
    text = shared.browser("mona").get(f"/tickets/{shared.ticket_of('R1').key}").text
    assert "I am <mark>leaving</mark>, <mark>never again</mark>." in text
    assert "Opened because the customer wrote" in text and "ann@example.org" in text
    assert "First touch" in text and "data-due=" in text
    arabic = shared.browser("mona").get(f"/tickets/{shared.ticket_of('R6').key}").text
    assert '<blockquote class="verbatim" dir="auto">وصل' in arabic


def test_the_whole_life_of_a_ticket(desk: Desk) -> None:
    amira, key = desk.browser("amira"), desk.ticket_of("R3").key
    steps: list[tuple[str, dict[str, str], str]] = [
        ("acknowledge", {}, "first touch is kept"),
        ("contact", {"how": "phone", "note": "She is well."}, "written down"),
        ("note", {"text": "Recall this lamp."}, "written down"),
        ("wait", {"note": "Photo comes."}, "waits for the customer"),
        ("start", {}, "in progress"),
        ("resolve", {"root_cause": "product", "action": "Sent another.", "resolved": "yes"}, "is resolved"),
        ("reopen", {"reason": "It burned again."}, "open again"),
        ("assign", {"owner": "ben", "reason": "Knows lamps."}, "new owner"),
    ]
    for verb, data, said in steps:
        done = amira.post(f"/tickets/{key}/{verb}", {**data, "version": str(desk.ticket_of("R3").version)})
        assert done.status_code == 303, done.text
        page = amira.get(done.headers["location"])
        assert said in page.text, verb
        assert said not in amira.get(f"/tickets/{key}").text  # said once
    assert desk.ticket_of("R3").owner == "ben"


def test_resolving_without_a_root_cause_keeps_what_was_written(desk: Desk) -> None:
    amira, key = desk.browser("amira"), desk.ticket_of("R3").key
    answer = amira.post(f"/tickets/{key}/resolve", {"action": "Sent another lamp.", "resolved": "yes"})
    assert answer.status_code == 422
    assert "Root cause is missing" in answer.text and "Sent another lamp.</textarea>" in answer.text
    assert amira.post(f"/tickets/{key}/close", {}).status_code == 422


def test_a_stale_change_is_refused_with_what_was_missed(desk: Desk) -> None:
    amira, ben, key = desk.browser("amira"), desk.browser("ben"), desk.ticket_of("R3").key
    seen = str(desk.ticket_of("R3").version)
    ben.post(
        f"/tickets/{key}/resolve", {"root_cause": "people", "action": "Ben did it.", "resolved": "no", "version": seen}
    )
    mine = {"root_cause": "product", "action": "Amira's own words.", "resolved": "yes", "version": seen}
    refused = amira.post(f"/tickets/{key}/resolve", mine)
    assert refused.status_code == 409
    assert "Ben Ode resolved it, root cause people" in refused.text and "Ben did it." in refused.text
    assert desk.ticket_of("R3").closure is not None
    late = amira.post(f"/tickets/{key}/prioritise", {"priority": "low", "reason": "x", "version": seen})
    assert late.status_code == 403  # an agent may not, collision or none


def test_what_only_adds_is_merged(desk: Desk) -> None:
    amira, ben, key = desk.browser("amira"), desk.browser("ben"), desk.ticket_of("R3").key
    seen = str(desk.ticket_of("R3").version)
    ben.post(f"/tickets/{key}/note", {"text": "From Ben.", "version": seen})
    done = amira.post(f"/tickets/{key}/resolve", {
        "root_cause": "product", "action": "Sent one.", "resolved": "yes", "version": seen,
    })  # fmt: skip
    assert done.status_code == 303
    assert "Others had written" in amira.get(f"/tickets/{key}").text
    ben.post(f"/tickets/{key}/note", {"text": "Too late, but kept.", "version": seen})
    text = amira.get(f"/tickets/{key}").text
    assert "From Ben." in text and "Too late, but kept." in text and "Sent one." in text


def test_boxes_hold_what_they_say(desk: Desk) -> None:
    amira = desk.browser("amira")
    mine = {ticket.key for ticket in desk.tickets() if ticket.owner == "amira"}
    assert set(re.findall(r'href="/tickets/(N-\d+)"', amira.get("/inbox?box=mine").text)) == mine
    key = desk.ticket_of("R1").key
    act(desk.parts, key, lambda t: actions.wait(t, "amira", desk.clock()))
    assert re.findall(r'href="/tickets/(N-\d+)"', amira.get("/inbox?box=waiting").text) == [key]
    assert "No promise is about to be broken" in desk.browser("cleo").get("/inbox?box=breaching").text
    desk.clock.pass_by(days=3)
    late = desk.browser("amira").get("/inbox?box=breaching").text
    assert "late</span>" in late and desk.ticket_of("R3").key in late


def test_filters_search_and_views(desk: Desk) -> None:
    mona = desk.browser("mona")
    found = mona.get("/inbox", params={"box": "all", "q": "COURIER", "severity": "medium"}).text
    keys = {desk.ticket_of("R2").key, desk.ticket_of("R5").key}
    assert set(re.findall(r'href="/tickets/(N-\d+)"', found)) == keys
    assert mona.get("/inbox?severity=huge").status_code == 422
    mona.post("/inbox/views", {"name": "Couriers", "query": "box=all&q=courier"})
    assert 'href="/inbox?box=all&amp;q=courier">Couriers</a>' in mona.get("/inbox").text


def test_one_thing_to_many_and_back(desk: Desk) -> None:
    ben = desk.browser("ben")
    keys = [ticket.key for ticket in desk.tickets() if ticket.team == "care"]
    before = {ticket.key: ticket.owner for ticket in desk.tickets()}
    moved = ben.post("/inbox/bulk", {"verb": "assign", "owner": "ben", "reason": "Amira is ill.", "key": keys})
    page = ben.get(moved.headers["location"])
    assert 'action="/inbox/undo"' in page.text
    assert {ticket.owner for ticket in desk.tickets() if ticket.key in keys} == {"ben"}
    ben.post("/inbox/undo", {})
    assert {ticket.key: ticket.owner for ticket in desk.tickets()} == before
    assert 'action="/inbox/undo"' not in ben.get("/inbox").text


def test_an_undo_leaves_alone_what_somebody_changed_since(desk: Desk) -> None:
    ben, key = desk.browser("ben"), desk.ticket_of("R3").key
    ben.post("/inbox/bulk", {"verb": "prioritise", "priority": "low", "reason": "test", "key": [key]})
    act(desk.parts, key, lambda t: actions.start(t, "amira", desk.clock()))
    undone = ben.post("/inbox/undo", {})
    assert "not taken back: 1" in ben.get(undone.headers["location"]).text
    assert desk.ticket_of("R3").priority is Priority.LOW


def test_everything_of_one_person_is_handed_over(desk: Desk) -> None:
    ben = desk.browser("ben")
    ben.post("/teams/hand-over", {"from": "amira", "owner": "ben", "reason": "Holiday."})
    assert not [ticket for ticket in desk.tickets() if ticket.owner == "amira"]
    assert [ticket for ticket in desk.tickets() if ticket.owner == "cleo"]  # another team's stay


@pytest.mark.parametrize("path", ["/dashboard", "/dashboard?days=365&team=care"])
def test_every_number_opens_the_tickets_it_counts(shared: Desk, path: str) -> None:
    mona = shared.browser("mona")
    text = mona.get(path).text
    tiles = re.findall(r'<a class="tile" href="([^"]+)"><span>([^<]+)</span><b>([^<]+)</b>', text)
    assert len(tiles) == 12
    assert ("Age of the backlog", "0 min") in [(name, figure) for _, name, figure in tiles]
    for link, name, figure in tiles:
        shared.clock.pass_by(seconds=2)
        opened = mona.get(link.replace("&amp;", "&"))
        assert opened.status_code == 200, name
        if figure.isdigit():
            assert len(set(re.findall(r'href="/tickets/(N-\d+)"', opened.text))) == int(figure), name
    (link, count), *_ = re.findall(r'<tr><td>\d+ \w+</td><td class="num"><a href="([^"]+)">(\d+)</a>', text)
    opened = mona.get(link.replace("&amp;", "&"))
    assert len(set(re.findall(r'href="/tickets/(N-\d+)"', opened.text))) == int(count) > 0


def test_the_other_pages_tell_what_they_are_for(shared: Desk) -> None:
    root = shared.browser("root")
    assert "There is no warehouse yet" in root.get("/outer-loop").text
    assert "march.csv" in root.get("/runs").text
    assert "They say they leave." in root.get("/policy").text
    assert "Everything is accounted for." in root.post("/audit/prove").text
    assert "Amira Khan" in root.get("/teams").text
    assert 'value="root"' not in root.get("/settings").text


def test_an_account_is_made_changed_and_closed(desk: Desk) -> None:
    root = desk.browser("root")
    given = {"login": "nina", "name": "Nina", "role": "agent", "team": ["care"], "password": "a long enough one"}
    assert root.post("/settings/accounts", given).status_code == 303
    nina = desk.browser()
    assert nina.sign_in("nina", "a long enough one").status_code == 303
    assert root.post("/settings/accounts", {**given, "login": "otto", "password": "short"}).status_code == 422
    was = {login: html.unescape(was) for login, was in WAS.findall(root.get("/settings").text)}
    moved = {"login": "nina", "was": was["nina"], "role": "lead", "teams_too": "1", "team": ["shops"]}
    assert root.post("/settings/accounts/change", moved).status_code == 303
    with desk.parts.ledger.read() as uow:
        assert account_by_login(uow.connection, "nina").teams == ("shops",)
    assert root.post("/settings/accounts/change", {**moved, "team": ["nowhere"]}).status_code == 422
    late = {"login": "nina", "was": was["nina"], "role": "agent", "disabled": "1"}
    assert root.post("/settings/accounts/change", late).status_code == 409
    assert root.post("/settings/accounts/change", {**late, "was": '["lead", false, ["shops"]]'}).status_code == 303
    assert nina.get("/inbox").status_code == 303
    assert "account changed" in root.get("/audit").text


def test_a_password_is_changed_only_by_who_knows_it(desk: Desk) -> None:
    vera = desk.browser("vera")
    assert vera.post("/settings/password", {"old": "wrong", "new": "another long one"}).status_code == 422
    assert (
        vera.post("/settings/password", {"old": "a password of some length", "new": "another long one"}).status_code
        == 303
    )
    assert vera.get("/inbox").status_code == 303
    assert desk.browser().sign_in("vera", "another long one").status_code == 303


def test_every_value_people_see_has_a_word_and_every_text_is_used() -> None:
    texts = load_texts()
    families = {"status": Status, "severity": Severity, "priority": Priority}
    for family, kind in families.items():
        assert [value for value in kind if f"{family}.{value}" not in texts.keys] == []
    people = People({}, {}, ())
    for happened in EventKind:  # a kind without a sentence of its own is still told, by its name
        assert len(told(TicketEvent("N-1", 1, happened, "amira", START), texts, people)) > 3
    sources = [*FOLDER.parent.rglob("*.html"), *FOLDER.parent.rglob("*.py")]
    written = "\n".join(path.read_text("utf-8") for path in sources)
    asked = set(re.findall(r"""\bt\(["']([a-z_.]+)["']""", written)) | set(re.findall(r'texts\("([a-z_.]+)"', written))
    assert sorted(key for key in asked if not key.endswith((".", "_")) and key not in texts.keys) == []


def test_a_language_is_one_more_file() -> None:
    assert load_texts("xx").language == "en"
    assert flat({"a": {"b": {"c": "x"}}, "d": "y"}) == {"a.b.c": "x", "d": "y"}
