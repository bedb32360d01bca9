"""The pictures of docs/desk.md, made anew: `python -m tests.desk.pictures DEMO_WORKSPACE`.

It works on a copy of the workspace (`make demo` makes one) and writes docs/images/desk/*.png; look at them before they
are committed.
"""

import shutil
import sys
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import sync_playwright

from desk.demo import demo_clock, give_accounts, this_morning
from nanni.closing import address_of_survey
from nanni.parts import Parts
from nanni.roster import away, change_roster, roster_version
from nanni.wiring import system_clock, wire
from tests.desk.browsers import CHROMIUM, serving
from tests.desk.site import LIGHT
from tickets.ports import TicketFilter
from tickets.ticket import Status

FOLDER = Path(__file__).parents[2] / "docs" / "images" / "desk"
WIDE, NARROW = {"width": 1180, "height": 740}, {"width": 360, "height": 740}


def main(workspace: Path) -> None:
    """Take every picture."""
    with TemporaryDirectory() as folder:
        copy = shutil.copytree(workspace, Path(folder) / "w")
        parts = wire(copy)
        parts.clock = demo_clock(parts, system_clock)
        somebody_is_away(parts)
        this_morning(parts)
        _, password = give_accounts(parts, LIGHT, system_clock())
        with serving(parts) as url, sync_playwright() as running:
            browser = running.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
            take(browser, url, password, parts)
            browser.close()
        parts.close()


def somebody_is_away(parts: Parts) -> None:
    """An absence for the page of absences to show."""
    first = parts.clock().date() - timedelta(days=3)
    edit = away("rhys", first, first + timedelta(days=11), "amira", True)
    change_roster(parts, roster_version(parts), "pictures", "absence_added", {"member": "rhys"}, edit)


def take(browser: Any, url: str, password: str, parts: Parts) -> None:
    """The pages as their people see them."""
    words, mirror = ticket_about(parts, "burned"), ticket_about(parts, "mirror")
    nobody = visitor(browser, url, "", password, WIDE)
    picture(nobody, "sign-in", "/sign-in")
    nora = visitor(browser, url, "head-of-care", password, WIDE)
    for name, path in {
        "inbox": "/inbox?box=all&live=1&opened_from=" + f"{parts.clock():%Y-%m-%d}", "ticket": f"/tickets/{mirror}",
        "board": "/board", "review": "/review", "storms": "/storms", "knowledge": "/knowledge",
        "article": f"/knowledge/article?id=damaged-on-arrival&ticket={mirror}", "dashboard": "/dashboard",
        "message": f"/tickets/{mirror}/help?reply=damaged", "regroup": f"/tickets/{mirror}/regroup", "teams": "/teams",
        "roster": "/settings/teams", "outer-loop": "/outer-loop", "policy": "/policy", "runs": "/runs",
        "audit": "/audit",
    }.items():  # fmt: skip
        picture(nora, name, path)
    picture(visitor(browser, url, "admin", password, WIDE), "settings", "/settings")
    dark = visitor(browser, url, "lukas", password, WIDE, "dark")
    picture(dark, "inbox-dark", "/inbox?box=mine")
    phone = visitor(browser, url, "lukas", password, NARROW)
    picture(phone, "inbox-phone", "/inbox?box=mine")
    small = visitor(browser, url, "head-of-care", password, NARROW)
    picture(small, "runs-phone", "/runs")
    picture(small, "outer-loop-phone", "/outer-loop")
    picture(phone, "ticket-phone", f"/tickets/{words}")
    picture(visitor(browser, url, "", password, NARROW), "follow-up-phone", follow_up(parts))


def visitor(browser: Any, url: str, login: str, password: str, size: dict[str, int], scheme: str = "light") -> Any:
    """A page of somebody who is signed in, or of nobody."""
    context = browser.new_context(
        viewport=size, color_scheme=scheme, locale="en-GB", timezone_id="Europe/London", base_url=url
    )
    context.set_default_navigation_timeout(180_000)  # the first page with help loads the encoder
    page = context.new_page()
    if login:
        page.goto("/sign-in")
        page.get_by_label("Sign-in name").fill(login)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/inbox")
    return page


def picture(page: Any, name: str, path: str) -> None:
    """What is seen of a page without scrolling."""
    page.goto(path)
    FOLDER.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=FOLDER / f"{name}.png")


def ticket_about(parts: Parts, word: str) -> str:
    """The latest ticket whose customer used a word."""
    with parts.ledger.read() as uow:
        found = uow.tickets.list(TicketFilter(limit=100_000))
        said = [
            ticket
            for ticket in found
            for stored in uow.tickets.responses(ticket.key)
            if any(word in comment.text for comment in stored.response.comments)
        ]
    return max(said, key=lambda ticket: ticket.opened_at).key


def follow_up(parts: Parts) -> str:
    """Where a customer whose ticket was just resolved says how it was."""
    with parts.ledger.read() as uow:
        closed = uow.tickets.list(TicketFilter(statuses=(Status.RESOLVED, Status.CLOSED), limit=100_000))
        asked = [
            ticket
            for ticket in closed
            if {event.kind.value for event in uow.tickets.events(ticket.key)} >= {"customer_messaged"}
            and "customer_answered" not in {event.kind.value for event in uow.tickets.events(ticket.key)}
        ]
    latest = max(asked, key=lambda ticket: ticket.resolved_at or ticket.opened_at)
    return "/s/" + address_of_survey(parts, latest.key).rpartition("/s/")[2]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
