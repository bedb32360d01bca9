"""What a provider, or somebody between, answers that must let nobody in: tokens, codes, keys, addresses."""

from typing import Any

import pytest

from tests.desk.provided import come_in, log
from tests.desk.provider import CLIENT, FakeProvider
from tests.desk.site import START, Desk


@pytest.fixture
def desk(by_provider: Desk) -> Desk:
    return by_provider


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
