"""The one table of pages: an address that is not in it does not exist, and none is in it without its permission."""

from starlette.responses import RedirectResponse, Response

from desk.pages import (
    acting,
    audit,
    board,
    bulk,
    dashboard,
    files,
    helping,
    inbox,
    live,
    outer_loop,
    policy,
    provider,
    review,
    roster,
    runs,
    settings,
    signing,
    survey,
    teams,
    ticket,
)
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
    Page("GET", "/sign-in/provider", provider.start, "open"),
    Page("GET", "/sign-in/provider/back", provider.back, "open"),
    Page("GET", "/act/{token}", acting.show, "open"),
    Page("POST", "/act/{token}", acting.do, "open"),
    Page("GET", "/s/{token}", survey.show, "open"),
    Page("POST", "/s/{token}", survey.answer, "open"),
    Page("POST", "/sign-out", signing.sign_out, P.OWN_SETTINGS),
    Page("GET", "/inbox", inbox.show, P.READ_TICKETS),
    Page("POST", "/inbox/views", inbox.save, P.OWN_SETTINGS),
    Page("POST", "/inbox/views/drop", inbox.drop, P.OWN_SETTINGS),
    Page("POST", "/inbox/bulk", bulk.bulk, P.BULK_TICKETS),
    Page("POST", "/inbox/undo", bulk.undo, P.BULK_TICKETS),
    Page("GET", "/board", board.show, P.READ_TICKETS),
    Page("GET", "/teams", teams.show, P.READ_TEAMS),
    Page("POST", "/teams/hand-over", teams.hand_over, P.BULK_TICKETS),
    Page("GET", "/dashboard", dashboard.show, P.READ_DASHBOARD),
    Page("GET", "/outer-loop", outer_loop.show, P.READ_OUTER_LOOP),
    Page("GET", "/review", review.show, P.REVIEW),
    Page("POST", "/review/{item}/open", review.open_one, P.REVIEW),
    Page("POST", "/review/{item}/dismiss", review.dismiss, P.REVIEW),
    Page("GET", "/runs", runs.show, P.READ_RUNS),
    Page("GET", "/runs/quarantine/{row}", runs.row, P.READ_RUNS),
    Page("POST", "/runs/release", runs.let_go, P.RELEASE_QUARANTINE),
    Page("GET", "/policy", policy.show, P.READ_POLICY),
    Page("POST", "/policy/test", policy.test, P.READ_POLICY),
    Page("GET", "/audit", audit.show, P.READ_AUDIT),
    Page("POST", "/audit/prove", audit.prove, P.READ_AUDIT),
    Page("GET", "/settings", settings.show, P.OWN_SETTINGS),
    Page("POST", "/settings/theme", settings.theme, P.OWN_SETTINGS),
    Page("POST", "/settings/password", settings.password, P.OWN_SETTINGS),
    Page("GET", "/settings/teams", roster.show, P.WORK_TICKETS),
    Page("POST", "/settings/teams/absences", roster.add_absence, P.WORK_TICKETS),
    Page("POST", "/settings/teams/absences/drop", roster.drop_absence, P.WORK_TICKETS),
    Page("POST", "/settings/teams/leaders", roster.set_leaders, P.MANAGE_TEAMS),
    Page("POST", "/settings/teams/members", roster.add_member, P.MANAGE_TEAMS),
    Page("POST", "/settings/teams/members/change", roster.change_member, P.MANAGE_TEAMS),
    Page("POST", "/settings/teams/members/drop", roster.drop_member, P.MANAGE_TEAMS),
    Page("POST", "/settings/accounts", settings.add, P.MANAGE_ACCOUNTS),
    Page("POST", "/settings/accounts/change", settings.change, P.MANAGE_ACCOUNTS),
    Page("GET", "/tickets/{key}", ticket.show, P.READ_TICKETS),
    Page("GET", "/tickets/{key}/live", live.stream, P.READ_TICKETS),
    Page("POST", "/tickets/{key}/writing", live.writing, P.WORK_TICKETS),
    Page("GET", "/tickets/{key}/help", helping.show, P.READ_TICKETS),
    Page("POST", "/tickets/{key}/files", files.put, P.WORK_TICKETS, uploads=True),
    Page("GET", "/tickets/{key}/files/{number}", files.take, P.READ_TICKETS),
    Page("POST", "/tickets/{key}/files/{number}/drop", files.drop, P.WORK_TICKETS),
    Page("POST", "/tickets/{key}/{verb}", ticket.do, P.WORK_TICKETS),
)
