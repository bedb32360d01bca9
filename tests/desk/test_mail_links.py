"""Links in mails: looking changes nothing, the button acts once, forged, old and handed-on links do nothing."""

import re
from datetime import timedelta

from desk.site import Site
from nanni.mail_actions import GOOD_FOR, PURPOSE
from nanni.notices import delivery_of
from nanni.work import act
from tests.desk.site import Desk
from tickets import actions
from tickets.links import signed
from tickets.ticket import Status


def link(desk: Desk, ticket: str, actor: str, purpose: str = PURPOSE) -> str:
    site: Site = desk.app.state.site
    fields = {"ticket": ticket, "verb": "acknowledge", "actor": actor}
    return f"/act/{signed(site.link_key, purpose, fields, desk.clock() + GOOD_FOR)}"


def status(desk: Desk, key: str) -> Status:
    with desk.parts.ledger.read() as uow:
        return uow.tickets.get(key).status


def test_a_link_shows_first_and_acts_once(desk: Desk) -> None:
    ticket, nobody = desk.ticket_of("R3"), desk.browser()
    path = link(desk, ticket.key, ticket.owner)
    shown = nobody.get(path)
    assert shown.status_code == 200 and "burned" not in shown.text  # the mail has the words, the link need not
    assert status(desk, ticket.key) is Status.NEW
    assert "the first touch is kept" in nobody.client.post(path, data={}).text
    assert status(desk, ticket.key) is Status.OPEN
    with desk.parts.ledger.read() as uow:
        assert [e.actor for e in uow.tickets.events(ticket.key) if e.kind == "acknowledged"] == [ticket.owner]
    again = nobody.client.post(path, data={})
    assert again.status_code in (200, 410)
    with desk.parts.ledger.read() as uow:
        assert len([e for e in uow.tickets.events(ticket.key) if e.kind == "acknowledged"]) == 1


def test_a_changed_forged_or_foreign_link_does_nothing(desk: Desk) -> None:
    ticket, nobody = desk.ticket_of("R3"), desk.browser()
    path = link(desk, ticket.key, ticket.owner)
    forged = [
        path[:-2] + ("AA" if not path.endswith("AA") else "BB"), path.replace("/act/", "/act/A"), "/act/x.y",
        "/act/é.é", link(desk, ticket.key, ticket.owner, purpose="follow-up"),
    ]  # fmt: skip
    for one in forged:
        assert nobody.client.post(one, data={}).status_code == 410, one
        assert nobody.get(one).status_code == 410, one
    assert status(desk, ticket.key) is Status.NEW


def test_an_old_link_and_one_of_a_ticket_handed_on_do_nothing(desk: Desk) -> None:
    ticket, nobody = desk.ticket_of("R3"), desk.browser()
    path = link(desk, ticket.key, ticket.owner)
    other = "ben" if ticket.owner != "ben" else "amira"
    to = desk.parts.workspace.routing.assign_to(other)
    act(desk.parts, ticket.key, lambda t: actions.reassign(t, "test", desk.clock(), to))
    assert "handed to somebody else" in nobody.client.post(path, data={}).text
    fresh = link(desk, ticket.key, other)
    desk.clock.pass_by(seconds=(GOOD_FOR + timedelta(seconds=1)).total_seconds())
    assert "too old" in nobody.client.post(fresh, data={}).text
    assert status(desk, ticket.key) is Status.NEW


def test_mails_of_a_workspace_with_a_desk_carry_the_links(desk: Desk) -> None:
    assert desk.app.state.site.link_key
    delivery_of(desk.parts).due(100)
    folder = desk.parts.workspace.settings.state / "maildir" / "new"
    texts = [path.read_text("utf-8").replace("=\n", "").replace("=3D", "=") for path in folder.iterdir()]
    assert len(texts) == 6
    for text in texts:
        assert re.search(r"https://desk\.example\.org/tickets/N-\d", text)
        found = re.search(r"https://desk\.example\.org(/act/[\w.-]+)", text)
        assert found and desk.browser().get(found.group(1)).status_code == 200
