"""Signing in at an identity provider, end to end against one of our own over HTTP: who comes in, as what."""

import pytest

from feedback.errors import ConfigError
from ledger.accounts import account_by_login, add_account, change_account
from nanni.sign_in import SignInModel, granted, require_known_teams
from tests.desk.provided import MAPPING, come_in, configured, log
from tests.desk.provider import FakeProvider
from tests.desk.site import START, Desk
from tickets.access import Role


@pytest.fixture
def desk(by_provider: Desk) -> Desk:
    return by_provider


def test_somebody_of_a_mapped_group_comes_in_where_they_wanted_to_go(desk: Desk, provider: FakeProvider) -> None:
    browser = desk.browser()
    assert 'href="/sign-in/provider?next=/tickets/N-1"' in browser.get("/sign-in?next=/tickets/N-1").text
    answer = come_in(browser, provider, "/tickets/N-1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/tickets/N-1"), answer.text
    assert "Amira Khan" in browser.get("/inbox").text
    with desk.parts.ledger.read() as uow:
        made = account_by_login(uow.connection, "amira@example.org")
    assert (made.role, made.member, made.teams, made.password) == (Role.AGENT, "amira", ("care",), None)
    assert log(desk)[0] == ("sign in", True, "amira@example.org", "by Larkmoor")
    assert "HttpOnly" in answer.headers["set-cookie"]


def test_local_accounts_work_beside_it(desk: Desk, provider: FakeProvider) -> None:
    assert desk.browser("mona").get("/inbox").status_code == 200


def test_role_and_teams_follow_the_groups_at_each_sign_in(desk: Desk, provider: FakeProvider) -> None:
    first, second = desk.browser(), desk.browser()
    come_in(first, provider)
    provider.who["groups"] = ["cx-agents", "everything"]
    come_in(second, provider)
    with desk.parts.ledger.read() as uow:
        account = account_by_login(uow.connection, "amira@example.org")
    assert (account.role, account.teams) == (Role.MANAGER, None)
    assert first.get("/inbox").status_code == 303  # what had begun with another role is over
    assert second.get("/dashboard").status_code == 200
    provider.who["groups"] = ["nothing of ours"]
    assert come_in(desk.browser(), provider).status_code == 401


@pytest.mark.parametrize("groups", [[], ["strangers"], None, 7, "cx"])
def test_who_is_in_no_mapped_group_is_refused_and_written_down(
    desk: Desk, provider: FakeProvider, groups: object
) -> None:
    provider.who["groups"] = groups
    browser = desk.browser()
    answer = come_in(browser, provider)
    assert answer.status_code == 401 and "none of your groups may use this desk" in answer.text
    assert browser.get("/inbox").status_code == 303
    what, allowed, login, detail = log(desk)[0]
    assert (what, allowed, login) == ("sign in", False, None) and "subject s-1" in detail


def test_unknown_people_can_be_given_a_role(desk: Desk, provider: FakeProvider) -> None:
    configured(desk, provider, unknown="viewer")
    provider.who = {"email": "zoe@example.org", "email_verified": True}
    browser = desk.browser()
    assert come_in(browser, provider).status_code == 303
    with desk.parts.ledger.read() as uow:
        made = account_by_login(uow.connection, "zoe@example.org")
    assert (made.role, made.teams) == (Role.VIEWER, ())
    assert browser.get("/dashboard").status_code == 403


def test_without_mapped_roles_only_people_with_an_account_come_in(desk: Desk, provider: FakeProvider) -> None:
    configured(desk, provider, roles={}, teams={})
    assert come_in(desk.browser(), provider).status_code == 401
    with desk.parts.ledger.begin() as uow:
        add_account(uow.connection, login="amira@example.org", name="A", role=Role.LEAD, at=START, teams=("care",))
    assert come_in(desk.browser(), provider).status_code == 303
    with desk.parts.ledger.read() as uow:
        assert account_by_login(uow.connection, "amira@example.org").role is Role.LEAD
    provider.change = {"sub": "s-2"}  # the same address, given to somebody else since
    assert come_in(desk.browser(), provider).status_code == 401


def test_an_account_with_a_password_is_not_given_away(desk: Desk, provider: FakeProvider) -> None:
    configured(desk, provider, login="preferred_username")
    provider.who["preferred_username"] = "ROOT"
    answer = come_in(desk.browser(), provider)
    assert answer.status_code == 401 and "not yours to take" in answer.text
    with desk.parts.ledger.begin() as uow:
        change_account(uow.connection, "root", password=None)
    assert come_in(desk.browser(), provider).status_code == 303


def test_a_closed_account_stays_closed(desk: Desk, provider: FakeProvider) -> None:
    come_in(desk.browser(), provider)
    with desk.parts.ledger.begin() as uow:
        change_account(uow.connection, "amira@example.org", disabled=True)
    answer = come_in(desk.browser(), provider)
    assert answer.status_code == 401 and "closed" in answer.text
    assert log(desk)[0][:3] == ("sign in", False, "amira@example.org")


def test_userinfo_adds_groups_of_the_same_person_only(desk: Desk, provider: FakeProvider) -> None:
    configured(desk, provider, userinfo=True)
    del provider.who["groups"]
    provider.userinfo = {"sub": "s-1", "groups": ["cx-leads"], "email": "mona@example.org"}
    browser = desk.browser()
    assert come_in(browser, provider).status_code == 303
    assert "Amira Khan" in browser.get("/inbox").text  # what is signed stays
    provider.userinfo = {"sub": "s-9", "groups": ["everything"]}
    assert come_in(desk.browser(), provider).status_code == 401


def test_nobody_is_sent_to_another_site_and_signing_out_offers_to_end_both(desk: Desk, provider: FakeProvider) -> None:
    browser = desk.browser()
    assert come_in(browser, provider, "https://evil.example").headers["location"] == "/"
    left = browser.post("/sign-out")
    page = browser.get(left.headers["location"]).text
    assert f'href="{provider.issuer}/end?client_id=nanni&amp;post_logout_redirect_uri=' in page
    assert "/settings/password" not in page


def test_without_a_provider_the_pages_are_not_there(shared: Desk) -> None:
    browser = shared.browser()
    assert "/sign-in/provider" not in browser.get("/sign-in").text
    assert browser.get("/sign-in/provider").status_code == 404
    assert browser.get("/sign-in/provider/back").status_code == 404


def test_the_highest_role_of_all_groups_counts_and_teams_add_up() -> None:
    model = SignInModel.model_validate({"issuer": "https://id.example.org", "client_id": "x", **MAPPING})
    assert granted(["cx-leads", "cx-agents"], model).role is Role.LEAD
    assert granted(["team-shops"], model).teams == ("shops",)
    assert granted(["team-shops", "everything"], model).teams is None
    assert granted([], model).role is None
    with pytest.raises(ConfigError, match="unknown team 'shops'"):
        require_known_teams(model, ["care"], "nanni.yaml")


@pytest.mark.parametrize("issuer", ["http://id.example.org", "id.example.org", "ftp://id.example.org"])
def test_an_issuer_is_reached_by_https(issuer: str) -> None:
    with pytest.raises(ValueError, match="https address"):
        SignInModel(issuer=issuer, client_id="x")
