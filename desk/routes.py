"""The one table of pages: an address that is not in it does not exist, and none is in it without its permission."""

from starlette.responses import RedirectResponse, Response

from desk.pages import bulk, inbox, live, signing, ticket
from desk.serving import Page
from desk.visit import Visit
from tickets.access import Permission as P


def home(visit: Visit) -> Response:
    """The start page is the inbox."""
    return RedirectResponse("/inbox", 303)


PAGES: tuple[Page, ...] = (
    Page("GET", "/", home, P.READ_TICKETS),
    Page("GET", "/sign-in", signing.show, "open"),
    Page("POST", "/sign-in", signing.sign_in, "open"),
    Page("POST", "/sign-out", signing.sign_out, P.OWN_SETTINGS),
    Page("GET", "/inbox", inbox.show, P.READ_TICKETS),
    Page("POST", "/inbox/views", inbox.save, P.OWN_SETTINGS),
    Page("POST", "/inbox/views/drop", inbox.drop, P.OWN_SETTINGS),
    Page("POST", "/inbox/bulk", bulk.bulk, P.BULK_TICKETS),
    Page("POST", "/inbox/undo", bulk.undo, P.BULK_TICKETS),
    Page("GET", "/tickets/{key}", ticket.show, P.READ_TICKETS),
    Page("GET", "/tickets/{key}/live", live.stream, P.READ_TICKETS),
    Page("POST", "/tickets/{key}/writing", live.writing, P.WORK_TICKETS),
    Page("POST", "/tickets/{key}/{verb}", ticket.do, P.WORK_TICKETS),
)
