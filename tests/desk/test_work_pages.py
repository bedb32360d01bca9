"""Merging and splitting, knowledge and messages, storms, and a policy tried out before it goes live."""

import re
from dataclasses import replace
from datetime import date
from email import message_from_bytes
from email.policy import default

import pytest

from desk.pages.knowledge import body
from ledger.personal import erase_customer
from ledger.storms import SqlStormStore
from nanni.ingestion import ingest_file
from nanni.initiatives import add
from nanni.notices import delivery_of
from outerloop.initiatives import Initiative
from tests.desk.site import WRITTEN, Desk
from tests.workspaces import write_csv
from tickets.closing import CustomerMessage
from tickets.events import EventKind
from tickets.knowledge import Article
from tickets.ticket import Status, Ticket
from triggers.storms import Alarm, Seen


def say(desk: Desk, *said: tuple[str, str, str], at: str = "2026-03-08 10:00:00") -> None:
    """More responses: id, words, who."""
    rows = [{"id": id, "at": at, "score": "2", "comment": words, "email": mail, "store": "Leeds"}
            for id, words, mail in said]  # fmt: skip
    file = write_csv(desk.parts.workspace.folder / "inbox" / f"{said[0][0]}.csv", rows)
    ingest_file(desk.parts, desk.parts.workspace.survey("nps"), file)


def two_of_cid(desk: Desk) -> tuple[Ticket, Ticket]:
    say(desk, ("X1", "The staff were rude to me.", "cid@example.org"))
    return desk.ticket_of("R3"), desk.ticket_of("X1")


def test_two_tickets_of_a_customer_become_one_and_two_again(desk: Desk) -> None:
    first, second = two_of_cid(desk)
    amira, path = desk.browser("amira"), f"/tickets/{first.key}"
    page = amira.get(f"{path}/regroup").text
    assert f'value="{second.key}"' in page
    assert f"{path}/regroup" in amira.get(path).text
    done = amira.post(f"{path}/merge", {"child": second.key, "reason": "One lamp.", "version": str(first.version)})
    assert done.status_code == 303, done.text
    assert f"{second.key} is merged into {first.key}." in amira.get(path).text
    child = amira.get(f"/tickets/{second.key}").text
    assert f"This was merged into {first.key}" in child
    stale = amira.post(f"{path}/unmerge", {"child": second.key, "reason": "Two.", "version": str(first.version)})
    assert stale.status_code == 409 and "Not saved." in stale.text
    back = amira.post(f"{path}/unmerge", {"child": second.key, "reason": "Two lamps."})
    assert back.status_code == 303
    assert desk.ticket_of("X1").merged_into is None
    assert amira.post(f"{path}/unmerge", {"child": second.key, "reason": "x"}).status_code == 422
    assert amira.post(f"{path}/merge", {"child": second.key}).status_code == 422  # no reason


def test_tickets_of_others_can_be_neither_merged_nor_split_off(desk: Desk) -> None:
    say(desk, ("X2", "The courier never came.", "cid@example.org"))
    mine, theirs, reason = desk.ticket_of("R3").key, desk.ticket_of("X2"), {"reason": "x"}
    assert theirs.team == "shops"
    amira, cleo = desk.browser("amira"), desk.browser("cleo")
    assert amira.post(f"/tickets/{mine}/merge", {"child": theirs.key, **reason}).status_code == 404
    assert cleo.post(f"/tickets/{theirs.key}/merge", {"child": mine, **reason}).status_code == 404
    assert cleo.get(f"/tickets/{mine}/regroup").status_code == 404
    assert cleo.post(f"/tickets/{mine}/split", {"response": "R3", "theme": "staff", **reason}).status_code == 404
    assert theirs.key not in amira.get(f"/tickets/{mine}/regroup").text
    other = desk.ticket_of("R1").key  # of another customer
    answer = amira.post(f"/tickets/{mine}/merge", {"child": other, **reason})
    assert answer.status_code == 422 and "two customers" in answer.text


def test_responses_are_split_off_into_a_ticket_of_their_own(desk: Desk) -> None:
    say(desk, ("X3", "It burned again.", "cid@example.org"))
    key = desk.ticket_of("R3").key
    assert desk.ticket_of("X3").key == key
    amira, path = desk.browser("amira"), f"/tickets/{key}"
    page = amira.get(f"{path}/regroup").text
    assert 'value="X3"' in page and "It burned again." in page
    assert amira.post(f"{path}/split", {"response": "X3", "theme": "nothing", "reason": "x"}).status_code == 422
    assert amira.post(f"{path}/split", {"theme": "staff", "reason": "x"}).status_code == 422
    done = amira.post(f"{path}/split", {"response": "X3", "theme": "staff", "reason": "Two things."})
    assert done.status_code == 303, done.text
    made = desk.ticket_of("X3")
    assert made.key != key and made.theme == "staff"
    assert f"{made.key} is split off {key}." in amira.get(path).text


def test_articles_are_found_read_and_noted_on_a_ticket(desk: Desk) -> None:
    amira, key = desk.browser("amira"), desk.ticket_of("R3").key
    assert "There is no article yet" in amira.get("/knowledge").text
    folder = desk.parts.workspace.folder / "kb"
    folder.mkdir()
    text = "---\ntitle: A lamp that burned somebody\nthemes: [staff]\n---\n# At once\n\nAsk **how they are**. <b>x</b>"
    (folder / "lamps.md").write_text(text, "utf-8")
    assert "A lamp that burned somebody" in amira.get("/knowledge").text
    assert "A lamp that burned somebody" in amira.get("/knowledge", params={"q": "burned by a lamp"}).text
    page = amira.get(f"/knowledge/article?id=lamps&ticket={key}").text
    assert "<strong>how they are</strong>" in page and "&lt;b&gt;" in page
    assert amira.get("/knowledge/article?id=../nanni").status_code == 404
    assert desk.browser("cleo").get(f"/knowledge/article?id=lamps&ticket={key}").status_code == 404
    found = re.search(r'name="text" value="([^"]+)"', page)
    assert found is not None
    amira.post(f"/tickets/{key}/note", {"text": found.group(1)})
    assert "Used the article “A lamp that burned somebody”" in amira.get(f"/tickets/{key}").text
    part = amira.get(f"/tickets/{key}/help?part=1").text
    assert "<html" not in part and f"id=lamps&amp;ticket={key}" in part


@pytest.mark.parametrize("evil", ["[x](javascript:alert(1))", "<script>alert(1)</script>", "![x](https://evil.example)",
                                  "[x](data:text/html,x)"])  # fmt: skip
def test_an_article_brings_no_script_and_no_picture_from_elsewhere(evil: str) -> None:
    html = body(Article("x", "X", evil))
    assert "<script" not in html and "<img" not in html and 'href="javascript' not in html and 'href="data' not in html


def test_a_message_is_filled_in_changed_and_recorded(desk: Desk) -> None:
    folder = desk.parts.workspace.folder / "replies"
    folder.mkdir()
    (folder / "sorry.txt").write_text("About {{ reference }}\n\nDear {{ name or 'customer' }},\nwe & you.", "utf-8")
    amira, key = desk.browser("amira"), desk.ticket_of("R3").key
    page = amira.get(f"/tickets/{key}/help?reply=sorry").text
    assert f"About {key}" in page and "we &amp; you." in page
    assert f"mailto:cid@example.org?subject=About%20{key}&amp;body=Dear%20customer%2C%0Awe%20%26%20you." in page
    amira.post(f"/tickets/{key}/contact", {"how": "mail", "note": "Dear Cid, we and you."})
    assert "Dear Cid, we and you." in amira.get(f"/tickets/{key}").text


def test_a_draft_of_the_policy_is_tested_and_replayed_and_kept_nowhere(desk: Desk) -> None:
    mona, path = desk.browser("mona"), desk.parts.workspace.folder / "policy.yaml"
    live = path.read_text("utf-8")
    same = mona.post("/policy/backtest", {"policy": live, "days": "30"}).text
    assert "Every one of them would be decided as it was." in same and f"{len(WRITTEN)} responses" in same
    fewer = mona.post("/policy/backtest", {"policy": live.replace("at_most: 4", "at_most: 1"), "days": "30"}).text
    assert "would be decided otherwise." in fewer and "fired, would not" in fewer and "nps / R2" in fewer
    wrong = mona.post("/policy/backtest", {"policy": live.replace("at_most", "at_moost"), "days": "30"})
    assert wrong.status_code == 422 and "This policy does not load." in wrong.text and "at_moost" in wrong.text
    assert str(desk.parts.workspace.folder) not in wrong.text
    assert mona.post("/policy/backtest", {"policy": live, "days": "3000"}).status_code == 422
    assert path.read_text("utf-8") == live and not list(desk.parts.workspace.settings.state.glob("tmp*"))


def name_replies(desk: Desk) -> None:
    """The workspace lets people write to customers from the desk, and has a message for it."""
    folder = desk.parts.workspace.folder / "replies"
    folder.mkdir(exist_ok=True)
    (folder / "apology.txt").write_text("About {{ reference }}\n\nDear {{ name or 'customer' }},\n\nsorry.\n", "utf-8")
    closing = replace(desk.parts.workspace.closing, messages=(CustomerMessage.REPLY,))
    desk.parts.workspace = replace(desk.parts.workspace, closing=closing)


def test_a_message_goes_out_as_mail_and_is_the_first_touch(desk: Desk) -> None:
    name_replies(desk)
    amira, key = desk.browser("amira"), desk.ticket_of("R1").key
    page = amira.get(f"/tickets/{key}/help?reply=apology").text
    assert f'action="/tickets/{key}/write"' in page and f'value="About {key}"' in page and "Dear customer," in page
    body = {"subject": "About it\r\nBcc: evil@example.org", "text": "Dear Ann, {{ 7 * 7 }} sorry."}
    assert amira.post(f"/tickets/{key}/write", body).status_code == 303
    shown = amira.get(f"/tickets/{key}").text
    assert "The mail to the customer is on its way" in shown and "Dear Ann, {{ 7 * 7 }} sorry." in shown
    after = desk.ticket_of("R1")
    assert after.first_touched_at == desk.clock() and after.status is Status.OPEN
    delivery_of(desk.parts).due()
    folder = desk.parts.workspace.settings.state / "maildir" / "new"
    mails = [message_from_bytes(path.read_bytes(), policy=default) for path in folder.iterdir()]
    (mail,) = [one for one in mails if one["To"] == "ann@example.org"]
    assert mail["Subject"] == "About it Bcc: evil@example.org" and mail["Bcc"] is None
    assert mail["Auto-Submitted"] is None and mail["Message-ID"]
    text = mail.get_body(("plain",))
    assert text is not None and text.get_content().strip() == "Dear Ann, {{ 7 * 7 }} sorry."
    delivery_of(desk.parts).due()
    assert len(list(folder.iterdir())) == len(mails)


def test_it_is_said_when_a_customer_cannot_be_mailed(desk: Desk) -> None:
    amira, ticket = desk.browser("amira"), desk.ticket_of("R1")
    path, body = f"/tickets/{ticket.key}", {"subject": "Sorry", "text": "Sorry."}
    refused = amira.post(f"{path}/write", body)
    assert refused.status_code == 422 and "messages that people write are not sent" in refused.text.lower()
    name_replies(desk)
    assert amira.post(f"{path}/write", {"subject": " ", "text": "x"}).status_code == 422
    with desk.parts.ledger.begin() as uow:
        assert ticket.customer_id is not None
        erase_customer(uow, ticket.customer_id, at=desk.clock(), actor="privacy")
    page = amira.get(f"{path}/help?reply=apology").text
    assert "has left no mail address, or it was erased" in page and f'action="{path}/contact"' in page
    assert amira.post(f"{path}/write", body).status_code == 422
    assert amira.post(f"{path}/contact", {"how": "mail", "text": "I wrote."}).status_code == 303
    with desk.parts.ledger.read() as uow:
        assert EventKind.CUSTOMER_MESSAGED not in [event.kind for event in uow.tickets.events(ticket.key)]
    assert "I wrote." in amira.get(path).text


def test_a_ticket_cites_an_initiative_and_takes_it_back(desk: Desk) -> None:
    day = date(2026, 1, 5)
    add(desk.parts, Initiative("packing", "Better packing", "amira", ("delivery",), day, 0.3, date(2026, 6, 1)))
    amira, cleo, path = desk.browser("amira"), desk.browser("cleo"), f"/tickets/{desk.ticket_of('R1').key}"
    assert f'action="{path}/cite"' in amira.get(path).text and f'action="{path}/uncite"' not in amira.get(path).text
    assert amira.post(f"{path}/cite", {"initiative": "packing"}).status_code == 303
    page = amira.get(path).text
    assert f'action="{path}/uncite"' in page and f'action="{path}/cite"' not in page and "Better packing" in page
    assert amira.post(f"{path}/cite", {"initiative": "packing"}).status_code == 422  # it does already
    assert amira.post(f"{path}/cite", {"initiative": "nothing"}).status_code == 404
    assert cleo.post(f"{path}/uncite", {"initiative": "packing"}).status_code == 404
    assert amira.post(f"{path}/uncite", {"initiative": "packing"}).status_code == 303
    assert f'action="{path}/cite"' in amira.get(path).text


def test_a_storm_shows_its_problem_and_the_tickets_one_sees(desk: Desk) -> None:
    ben, mona = desk.browser("ben"), desk.browser("mona")
    assert "No storm has been seen" in ben.get("/storms").text
    problem, mine = desk.ticket_of("R2").key, desk.ticket_of("R1").key
    alarm = Alarm(("theme", "delivery"), Seen(9, 6), Seen(200, 4), 0.00001)
    with desk.parts.ledger.begin() as uow:
        store = SqlStormStore(uow.connection)
        storm = store.begin(alarm, problem, "6 of 9 responses in 6 hours", desk.clock())
        store.join(storm.id, [mine, desk.ticket_of("R5").key], desk.clock())
    seen, all_of_it = ben.get("/storms").text, mona.get("/storms").text
    assert "The problem is with another team. Its tickets that you see: 1" in seen and f"/tickets/{problem}" not in seen
    assert f'href="/tickets/{problem}"' in all_of_it and "you see: 2" in all_of_it and "Raging" in all_of_it
    assert "one problem ticket leads it" in mona.get(f"/tickets/{mine}").text
    with desk.parts.ledger.begin() as uow:
        SqlStormStore(uow.connection).end(storm.id, desk.clock())
    assert "Over since" in mona.get("/storms").text
