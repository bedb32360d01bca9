"""Signing in at an identity provider, end to end against one of our own over HTTP with real signatures."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import delete

from feedback.errors import ConfigError
from ledger.accounts import account_by_login, add_account, change_account, list_access
from ledger.schema import accounts, identities, sessions
from nanni.settings import DeskModel
from nanni.sign_in import SignInModel, granted, require_known_teams
from tests.desk.provider import CLIENT, SECRET, FakeProvider, providing
from tests.desk.site import HASH, START, Browser, Desk, open_desk
from tickets.access import Role

AMIRA = {"email": "amira@example.org", "email_verified": True, "name": "Amira Khan", "groups": ["cx-agents"]}
MAPPING: dict[str, Any] = {
    "roles": {"cx-agents": "agent", "cx-leads": "lead", "everything": "manager"},
    "teams": {"team-shops": "shops", "everything": "*"},
}


@pytest.fixture(scope="module")
def listening() -> Iterator[FakeProvider]:
    with providing() as found:
        yield found


@pytest.fixture
def provider(listening: FakeProvider) -> FakeProvider:
    fresh = FakeProvider(issuer=listening.issuer, key=listening.key, who=dict(AMIRA))
    listening.__dict__.update(fresh.__dict__)
    return listening


def configured(desk: Desk, provider: FakeProvider, **more: Any) -> None:
    """The desk, as if nanni.yaml and the environment said so."""
    from dataclasses import replace

    model = SignInModel.model_validate(
        {"issuer": provider.issuer, "client_id": CLIENT, "label": "Larkmoor", **MAPPING, **more}
    )
    settings = desk.parts.workspace.settings
    file = settings.file.model_copy(update={"desk": DeskModel(sign_in=model)})
    changed = replace(settings, file=file, oidc_client_secret=SecretStr(SECRET))
    desk.parts.workspace = replace(desk.parts.workspace, settings=changed)
    desk.app.state.site.__dict__.pop("provider", None)


@pytest.fixture(scope="module")
def steady(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One desk for all these tests; each begins with it as it was."""
    made = open_desk(shutil.copytree(filled, tmp_path_factory.mktemp("steady") / "w"))
    yield made
    made.parts.close()


@pytest.fixture
def desk(steady: Desk, provider: FakeProvider) -> Desk:
    with steady.parts.ledger.begin() as uow:
        for table in (identities, sessions):
            uow.connection.execute(delete(table))
        uow.connection.execute(delete(accounts).where(accounts.c.login.contains("@")))
        change_account(uow.connection, "root", password=HASH, role=Role.ADMIN.value, teams=None)
    steady.clock.pass_by(seconds=3)
    provider.now = steady.clock
    configured(steady, provider)
    return steady


def come_in(browser: Browser, provider: FakeProvider, wanted: str = "/", **answer: str) -> Any:
    """What a browser does: to the provider and back."""
    sent = browser.get("/sign-in/provider", params={"next": wanted})
    assert sent.status_code == 303, sent.text
    return browser.get("/sign-in/provider/back", params={**provider.authorize(sent.headers["location"]), **answer})


def log(desk: Desk) -> list[tuple[str, bool, str | None, str]]:
    with desk.parts.ledger.read() as uow:
        return [(one.what, one.allowed, one.login, one.detail) for one in list_access(uow.connection)]


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


@pytest.mark.parametrize(
    "change",
    [{"iss": "https://evil.example"}, {"aud": "another client"}, {"aud": ["another", CLIENT]}, {"nonce": "old"},
     {"nonce": None}, {"sub": None}, {"exp": int(START.timestamp()) - 600}, {"exp": None}, {"azp": "another"},
     {"iat": int(START.timestamp()) + 6_000}, {"at_hash": "of another token"}, {"email_verified": False},
     {"email_verified": None}],
    ids=str,
)  # fmt: skip
def test_a_token_that_is_not_for_us_lets_nobody_in(desk: Desk, provider: FakeProvider, change: dict[str, Any]) -> None:
    provider.change = change
    browser = desk.browser()
    assert come_in(browser, provider).status_code == 401
    assert browser.get("/inbox").status_code == 303
    assert log(desk)[0][1] is False


@pytest.mark.parametrize("how", ["another key", "HS256", "none"])
def test_a_token_that_the_provider_did_not_sign_lets_nobody_in(desk: Desk, provider: FakeProvider, how: str) -> None:
    if how == "another key":
        provider.signing = type(provider.key).generate_key("P-256", {"kid": "one"})
    elif how == "HS256":
        provider.forge_with("HS256")
    else:
        provider.algorithm = "none"
    assert come_in(desk.browser(), provider).status_code == 401


def test_new_keys_of_the_provider_are_found(desk: Desk, provider: FakeProvider) -> None:
    assert come_in(desk.browser(), provider).status_code == 303
    provider.key = type(provider.key).generate_key("P-256", {"kid": "one"})
    assert come_in(desk.browser(), provider).status_code == 401  # asked for a moment ago
    desk.clock.pass_by(seconds=90)
    assert come_in(desk.browser(), provider).status_code == 303
    assert provider.asked.count("/keys") == 2


def test_an_answer_belongs_to_the_browser_that_asked_and_counts_once(desk: Desk, provider: FakeProvider) -> None:
    mine, theirs = desk.browser(), desk.browser()
    sent = theirs.get("/sign-in/provider").headers["location"]
    assert mine.get("/sign-in/provider/back", params=provider.authorize(sent)).status_code in (401, 410)
    mine.get("/sign-in/provider")
    assert mine.get("/sign-in/provider/back", params=provider.authorize(sent)).status_code == 401  # their state
    cookie = {name: value for name, value in theirs.client.cookies.items() if name == "nanni_provider"}
    answer = provider.authorize(sent)
    assert theirs.get("/sign-in/provider/back", params=answer).status_code == 303
    again = desk.browser()
    again.client.cookies.update(cookie)
    assert again.get("/sign-in/provider/back", params=provider.authorize(sent)).status_code == 401
    late = desk.browser()
    sent = late.get("/sign-in/provider").headers["location"]
    desk.clock.pass_by(minutes=11)
    assert late.get("/sign-in/provider/back", params=provider.authorize(sent)).status_code == 401
    assert mine.get("/inbox").status_code == 303


@pytest.mark.parametrize("answer", [{"iss": "https://evil.example"}, {"code": "made-up"}, {"error": "access_denied"}])
def test_a_mixed_up_made_up_or_denied_answer_lets_nobody_in(
    desk: Desk, provider: FakeProvider, answer: dict[str, str]
) -> None:
    assert come_in(desk.browser(), provider, **answer).status_code == 401
    assert log(desk)[0][1] is False


@pytest.mark.parametrize("status", [200, 500])
def test_a_provider_out_of_order_is_told_as_such(desk: Desk, provider: FakeProvider, status: int) -> None:
    browser = desk.browser()
    query = provider.authorize(browser.get("/sign-in/provider").headers["location"])
    provider.broken = status
    answer = browser.get("/sign-in/provider/back", params=query)
    assert answer.status_code == 503 and "Larkmoor cannot be reached" in answer.text


def test_a_code_needs_the_verifier_of_the_browser_that_began(desk: Desk, provider: FakeProvider) -> None:
    browser = desk.browser()
    query = provider.authorize(browser.get("/sign-in/provider").headers["location"])
    assert provider.codes[query["code"]]["code_challenge_method"] == "S256"
    provider.codes[query["code"]]["code_challenge"] = "of another browser"
    assert browser.get("/sign-in/provider/back", params=query).status_code == 401


@pytest.mark.parametrize("told", [{"issuer": "https://evil.example"}, {"jwks_uri": "http://evil.example/keys"},
                                  {"token_endpoint": None}])  # fmt: skip
def test_a_provider_that_is_not_the_configured_one_is_not_asked(
    desk: Desk, provider: FakeProvider, told: dict[str, Any]
) -> None:
    provider.metadata = told
    assert desk.browser().get("/sign-in/provider").status_code == 503


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
