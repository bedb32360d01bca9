"""Every page times every role: the table of routes and the table of grants are the whole truth."""

import re

import pytest

from desk.routes import PAGES
from desk.serving import Page
from tests.desk.site import PEOPLE, Browser, Desk
from tickets.access import GRANTS, Permission, Role

LOGINS = {role: login for login, role, _, _ in reversed(PEOPLE)}
PATHS = {
    "key": "N-1",
    "verb": "note",
    "name": "x",
    "id": "1",
    "token": "x",
    "view": "1",
    "row": "1",
    "number": "1",
    "item": "V-1",
}
STREAMS = ("/tickets/{key}/live",)


@pytest.fixture(scope="module")
def browsers(shared: Desk) -> dict[Role | None, Browser]:
    signed_in: dict[Role | None, Browser] = {role: shared.browser(login) for role, login in LOGINS.items()}
    return {**signed_in, None: shared.browser()}


def ask(browser: Browser, page: Page) -> int:
    path = re.sub(r"\{(\w+)\}", lambda match: PATHS[match.group(1)], page.path)
    browser.desk.clock.pass_by(seconds=1)  # the limit on requests is tested elsewhere
    if page.method == "GET":
        return int(browser.get(path).status_code)
    return int(browser.client.post(path, data={"csrf": "forged"}).status_code)


@pytest.mark.parametrize("page", [page for page in PAGES if page.needs != "open"], ids=lambda p: f"{p.method} {p.path}")
@pytest.mark.parametrize("role", Role)
def test_a_page_answers_only_who_is_granted_what_it_needs(
    page: Page, role: Role, browsers: dict[Role | None, Browser]
) -> None:
    if page.path in STREAMS and page.needs in GRANTS[role]:
        pytest.skip("a stream does not end; the browser test watches one")
    status = ask(browsers[role], page)
    if page.needs not in GRANTS[role]:
        assert status == 403
    elif page.method == "POST":
        assert status == 403  # granted, but the form is forged: no page changes anything without its token
    else:
        assert status not in (401, 403)


@pytest.mark.parametrize("page", [page for page in PAGES if page.needs != "open"], ids=lambda p: f"{p.method} {p.path}")
def test_nobody_gets_anything_without_signing_in(page: Page, browsers: dict[Role | None, Browser]) -> None:
    assert ask(browsers[None], page) == (303 if page.method == "GET" else 401)


def test_refusals_say_why_they_were_refused(shared: Desk) -> None:
    viewer = shared.browser("vera")
    refused = viewer.post("/inbox/bulk", {"verb": "acknowledge", "key": "N-1"})
    assert refused.status_code == 403
    assert "your role (viewer) may not do this" in refused.text.lower()


def test_only_signing_in_and_signed_links_are_open() -> None:
    opened = {f"{page.method} {page.path}" for page in PAGES if page.needs == "open"}
    assert opened <= {"GET /sign-in", "POST /sign-in", "GET /act/{token}", "POST /act/{token}",
                      "GET /sign-in/provider", "GET /sign-in/provider/back", 
                      "GET /s/{token}", "POST /s/{token}"}  # fmt: skip


def test_an_admin_may_everything_and_a_viewer_changes_no_ticket() -> None:
    assert GRANTS[Role.ADMIN] == frozenset(Permission)
    changing = {
        Permission.WORK_TICKETS, Permission.ASSIGN_TICKETS, Permission.PRIORITISE_TICKETS, Permission.BULK_TICKETS,
        Permission.RELEASE_QUARANTINE, Permission.MANAGE_ACCOUNTS, Permission.MANAGE_TEAMS,
    }  # fmt: skip
    assert not GRANTS[Role.VIEWER] & changing
