"""The manager's day in a real browser, on a desk's screen and on a phone; and what axe says of every page."""

from collections.abc import Iterator
from typing import Any

import pytest

from nanni.closing import address_of_survey
from nanni.ingestion import ingest_file
from nanni.wiring import system_clock
from tests.desk.browsers import CHROMIUM, serving
from tests.desk.provided import AMIRA, configured
from tests.desk.provider import providing
from tests.desk.site import PASSWORD, Desk
from tests.workspaces import make_rows, write_csv

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")

pytestmark = [
    pytest.mark.skipif(not CHROMIUM.is_file(), reason=f"there is no {CHROMIUM}"),
    pytest.mark.slow,
    # Playwright's own loop is closed by its garbage collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
PAGES = ("/inbox?box=all", "/board", "/teams", "/dashboard?days=365", "/outer-loop", "/runs", "/review", "/policy",
         "/audit", "/settings", "/settings/teams", "/storms", "/knowledge", "/knowledge/article?id=lamps")  # fmt: skip
WIDTHS = (1280, 360)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()


class Person:
    """Somebody at a browser of their own; every error on the console is remembered."""

    def __init__(self, chromium: Any, url: str, width: int, scheme: str = "light") -> None:
        self.url, self.errors = url, list[str]()
        self.context = chromium.new_context(
            viewport={"width": width, "height": 800}, color_scheme=scheme, locale="en-GB", timezone_id="Europe/Vienna",
            base_url=url,
        )  # fmt: skip
        self.page = self.context.new_page()
        self.page.on("console", lambda told: self.errors.append(told.text) if told.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def sign_in(self, login: str) -> None:
        self.page.goto("/sign-in")
        self.page.get_by_label("Sign-in name").fill(login)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url("**/inbox")

    def action(self, name: str) -> Any:
        """An action of a ticket, opened."""
        drawer = self.page.locator("details", has=self.page.locator("summary", has_text=name)).last
        if drawer.get_attribute("open") is None:
            drawer.locator("summary").first.click()
        return drawer

    def sees(self, words: str) -> None:
        playwright.expect(self.page.get_by_text(words).first).to_be_visible()


@pytest.mark.parametrize("width", WIDTHS)
def test_the_managers_day(desk: Desk, chromium: Any, width: int) -> None:
    key = desk.ticket_of("R3").key
    with serving(desk.parts) as url:
        ben, amira = Person(chromium, url, width), Person(chromium, url, width)
        ben.sign_in("ben")
        ben.page.keyboard.press("g")
        ben.page.keyboard.press("b")
        ben.page.wait_for_url("**/board")
        ben.page.goto("/inbox?box=team")
        ben.page.locator("a.row-link", has_text="The lamp burned my hand").click()
        ben.sees("Opened because the customer wrote")
        assert ben.page.locator("mark").first.inner_text() == "burned"
        ben.page.keyboard.press("a")  # straight to the button
        assert ben.page.evaluate("document.activeElement.textContent") == "Acknowledge"
        ben.page.keyboard.press("Enter")
        ben.sees("the first touch is kept")

        ben.page.keyboard.press("h")  # fetched into the page when it is opened
        ben.sees("No article of kb/ is about this.")
        contact = ben.action("Record a contact")
        contact.get_by_label("Phone").check()
        contact.get_by_label("What was said").fill("She is well; the lamp is at home.")
        contact.get_by_role("button", name="Record a contact").click()
        ben.sees("The contact is written down.")
        ben.page.get_by_label("A note for colleagues").fill("@amira please send another lamp.")
        ben.page.get_by_role("button", name="Add note").click()
        ben.sees("@amira please send another lamp.")

        amira.sign_in("amira")
        amira.page.goto(f"/tickets/{key}")
        ben.sees("Amira is looking at this too")
        amira.page.get_by_label("A note for colleagues").fill("On it")
        ben.sees("Amira is writing")
        mine = ben.action("Resolve")
        mine.get_by_label("Root cause").select_option("product")
        mine.get_by_label("What was done").fill("Ben's own words.")
        mine.get_by_label("Yes").check()
        theirs = amira.action("Resolve")
        theirs.get_by_label("Root cause").select_option("people")
        theirs.get_by_label("What was done").fill("Sent another lamp.")
        theirs.get_by_label("Yes").check()
        theirs.get_by_role("button", name="Resolve").click()
        amira.sees(f"{key} is resolved.")
        ben.sees("Somebody has just changed this ticket.")
        mine.get_by_role("button", name="Resolve").click()  # too late: told what happened
        ben.sees("Not saved.")
        ben.sees("Amira Khan resolved it, root cause people")

        survey = "/s/" + address_of_survey(desk.parts, key).rpartition("/s/")[2]
        customer = Person(chromium, url, width)
        customer.page.goto(survey)
        customer.page.get_by_label("1 – not at all").check()
        customer.page.get_by_label("Would you like to tell us more?").fill("The new one burned too.")
        customer.page.get_by_role("button", name="Send").click()
        customer.sees("Thank you")
        ben.page.goto(f"/tickets/{key}")
        ben.sees("The new one burned too.")
        ben.sees("reopened it")
        again = ben.action("Resolve")
        again.get_by_label("Root cause").select_option("product")
        again.get_by_label("What was done").fill("Recalled every lamp.")
        again.get_by_label("Yes").check()
        again.get_by_role("button", name="Resolve").click()
        ben.page.get_by_role("button", name="Close", exact=True).click()
        ben.sees(f"{key} is closed.")
        expected = "409"  # the browser itself reports the refused save, and nothing else
        assert [error for error in (*ben.errors, *amira.errors, *customer.errors) if expected not in error] == []
        for one in (ben, amira, customer):
            one.context.close()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(
    desk: Desk, chromium: Any, width: int, scheme: str
) -> None:
    found: list[str] = []
    _quarantined(desk)
    _written(desk)
    with serving(desk.parts) as url:
        root = Person(chromium, url, width, scheme)
        root.page.goto("/sign-in")
        found += judged(root, "/sign-in")
        root.sign_in("root")
        survey = "/s/" + _survey(desk)
        ticket = f"/tickets/{desk.ticket_of('R1').key}"
        for path in (*PAGES, ticket, f"{ticket}/help?reply=sorry", f"{ticket}/regroup", survey, "/tickets/N-99"):
            root.page.goto(path)
            found += judged(root, path)
        root.context.close()
    assert found == []


def judged(person: Person, path: str) -> list[str]:
    """What is wrong with the page that is shown."""
    results = axe.Axe().run(person.page).response["violations"]
    told = [f"{path}: {one['id']} {one['nodes'][0]['html'][:160]}" for one in results]
    wide = person.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    tables = person.page.evaluate(
        "[...document.querySelectorAll('.table-wrap')].filter((one) => one.scrollWidth > one.clientWidth + 1).length"
    )
    told += [f"{path}: {wide} px wider than the screen"] if wide > 0 else []
    return told + ([f"{path}: {tables} tables scroll sideways"] if tables else [])


def _quarantined(desk: Desk) -> None:
    """A row that waits in quarantine, with all that its table has to show."""
    row = {**make_rows(1)[0], "id": "Q1", "score": "a score that nobody can read " * 3}
    file = write_csv(desk.parts.workspace.folder / "inbox" / "bad.csv", [row])
    ingest_file(desk.parts, desk.parts.workspace.survey("nps"), file)


def _written(desk: Desk) -> None:
    """An article, a message, and somebody who is away."""
    for name, text in (
        ("kb/lamps.md", "# Lamps\n\n- [one](https://example.org)"),
        ("replies/sorry.txt", "Sorry\n\nDear."),
    ):
        path = desk.parts.workspace.folder / name
        path.parent.mkdir()
        path.write_text(text, "utf-8")
    routing = desk.parts.workspace.folder / "routing.yaml"
    away = "capacity: 100, absences: [{from: 2026-03-01, until: 2026-03-20, delegate: amira}]"
    routing.write_text(routing.read_text("utf-8").replace("ben@example.org, capacity: 100", f"ben@example.org, {away}"))


def _survey(desk: Desk) -> str:
    from nanni.work import act
    from tickets import actions
    from tickets.ticket import Closure

    key, causes = desk.ticket_of("R5").key, desk.parts.workspace.sla.root_causes
    closure = Closure("product", "Done.", True)
    act(desk.parts, key, lambda t: actions.resolve(t, "cleo", desk.clock(), closure, causes))
    return address_of_survey(desk.parts, key).rpartition("/s/")[2]


def test_signing_in_by_a_provider_of_another_site_and_out_again(desk: Desk, chromium: Any) -> None:
    with providing() as provider:
        provider.who, provider.now = AMIRA, system_clock
        configured(desk, provider)
        with serving(desk.parts) as url:
            context = chromium.new_context(base_url=url)
            page = context.new_page()
            page.goto("/teams")
            page.click("text=Sign in with Larkmoor")
            page.wait_for_url("**/teams")
            playwright.expect(page.locator(".menu").first.get_by_text("Amira Khan")).to_be_visible()
            page.click("text=Sign out")
            away = page.get_by_role("link", name="Sign out of Larkmoor too")
            assert away.get_attribute("href").startswith(f"{provider.issuer}/end?client_id=nanni")
            page.goto("/teams")
            assert "/sign-in?next=" in page.url
            context.close()


def test_the_desk_works_without_a_script(desk: Desk, chromium: Any) -> None:
    key = desk.ticket_of("R1").key
    with serving(desk.parts) as url:
        context = chromium.new_context(java_script_enabled=False, base_url=url)
        page = context.new_page()
        page.goto("/sign-in")
        page.fill("input[name=login]", "ben")
        page.fill("input[name=password]", PASSWORD)
        page.click("button")
        page.goto(f"/tickets/{key}")
        page.click("text=Acknowledge")
        playwright.expect(page.get_by_text("the first touch is kept")).to_be_visible()
        context.close()
