"""Signing in: lock-out, fixation, expiry, the log, and what a response carries."""

from datetime import timedelta

from desk.security.sessions import IDLE, LONGEST, TRIES, WINDOW
from ledger.accounts import change_account, list_access
from tests.desk.site import PASSWORD, Desk


def test_a_right_password_opens_the_desk_and_leads_where_one_wanted_to_go(desk: Desk) -> None:
    browser = desk.browser()
    asked = browser.get("/tickets/N-1?x=1")
    assert (asked.status_code, asked.headers["location"]) == (303, "/sign-in?next=%2Ftickets%2FN-1%3Fx%3D1")
    data = {"csrf": browser.csrf("/sign-in"), "login": "MONA", "password": PASSWORD, "next": "/tickets/N-1?x=1"}
    answer = browser.client.post("/sign-in", data=data)
    assert (answer.status_code, answer.headers["location"]) == (303, "/tickets/N-1?x=1")
    assert browser.get("/tickets/N-1").status_code == 200


def test_nobody_is_sent_to_another_site(desk: Desk) -> None:
    for evil in ("https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/\tx"):
        browser = desk.browser()
        data = {"csrf": browser.csrf("/sign-in"), "login": "mona", "password": PASSWORD, "next": evil}
        assert browser.client.post("/sign-in", data=data).headers["location"] == "/"


def test_the_session_is_new_at_every_sign_in(desk: Desk) -> None:
    browser = desk.browser()
    browser.client.cookies.set("nanni", "chosen-by-somebody-else", domain="127.0.0.1")
    browser.sign_in("mona")
    assert browser.client.cookies["nanni"] != "chosen-by-somebody-else"
    again = desk.browser()
    again.client.cookies.set("nanni", "chosen-by-somebody-else")
    assert again.get("/inbox").status_code == 303
    cookie = desk.browser().sign_in("mona").headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie


def test_signing_out_ends_the_session_on_the_server(desk: Desk) -> None:
    browser = desk.browser("mona")
    token = browser.client.cookies["nanni"]
    assert browser.post("/sign-out").status_code == 303
    browser.client.cookies.set("nanni", token)
    assert browser.get("/inbox").status_code == 303


def test_five_wrong_passwords_lock_the_account_for_a_while(desk: Desk) -> None:
    browser = desk.browser()
    for _ in range(TRIES):
        assert browser.sign_in("mona", "wrong").status_code == 401
    locked = browser.sign_in("mona")
    assert locked.status_code == 429
    assert "too many wrong attempts" in locked.text
    assert desk.browser().sign_in("ben").status_code == 303  # only this account
    desk.clock.pass_by(seconds=WINDOW.total_seconds() + 1)
    assert browser.sign_in("mona").status_code == 303


def test_an_unknown_name_is_told_the_same_as_a_wrong_password(desk: Desk) -> None:
    browser = desk.browser()
    wrong, unknown = browser.sign_in("mona", "wrong"), browser.sign_in("nobody", "wrong")
    assert wrong.status_code == unknown.status_code == 401
    assert "do not go together" in wrong.text and "do not go together" in unknown.text


def test_a_session_ends_when_idle_and_when_old(desk: Desk) -> None:
    browser = desk.browser("mona")
    desk.clock.pass_by(seconds=(IDLE - timedelta(minutes=1)).total_seconds())
    assert browser.get("/inbox").status_code == 200  # which counts as use
    desk.clock.pass_by(seconds=(IDLE + timedelta(minutes=1)).total_seconds())
    assert browser.get("/inbox").status_code == 303
    browser = desk.browser("mona")
    for _ in range(int(LONGEST / timedelta(hours=4))):
        assert browser.get("/inbox").status_code == 200
        desk.clock.pass_by(hours=4)
    desk.clock.pass_by(minutes=1)
    assert browser.get("/inbox").status_code == 303


def test_a_disabled_account_is_out_at_once(desk: Desk) -> None:
    browser = desk.browser("mona")
    with desk.parts.ledger.begin() as uow:
        change_account(uow.connection, "mona", disabled=True)
    assert browser.get("/inbox").status_code == 303
    assert browser.sign_in("mona").status_code == 401


def test_every_sign_in_and_refusal_is_written_down_without_what_was_typed(desk: Desk) -> None:
    browser = desk.browser()
    browser.sign_in("my secret password", "oops")
    browser.sign_in("vera")
    browser.post("/inbox/bulk", {"verb": "acknowledge", "key": "N-1"})
    with desk.parts.ledger.read() as uow:
        log = list_access(uow.connection)
    assert [(one.what, one.allowed, one.login) for one in log] == [
        ("POST /inbox/bulk", False, "vera"), ("sign in", True, "vera"), ("sign in", False, None),
    ]  # fmt: skip
    assert not any("secret" in f"{one}" for one in log)


def test_the_sign_in_form_of_another_browser_is_refused(desk: Desk) -> None:
    theirs, mine = desk.browser(), desk.browser()
    token = theirs.csrf("/sign-in")
    mine.get("/sign-in")
    answer = mine.client.post("/sign-in", data={"csrf": token, "login": "mona", "password": PASSWORD})
    assert answer.status_code == 403
    assert mine.get("/inbox").status_code == 303


def test_too_many_requests_are_told_to_wait(desk: Desk) -> None:
    browser = desk.browser("mona")
    statuses = {browser.get("/inbox").status_code for _ in range(130)}
    assert statuses == {200, 429}
    assert int(browser.get("/inbox").headers["retry-after"]) >= 1


def test_what_every_page_carries(shared: Desk) -> None:
    answer = shared.browser("mona").get("/inbox")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert shared.browser().client.get("/sign-in", headers={"host": "evil.example"}).status_code == 400
