"""The queue as a board: a lane a status, in the order of work."""

from starlette.responses import Response

from desk.pages.inbox import filter_of
from desk.visit import Visit
from ledger.inbox import COUNTED, inbox_page, matching
from tickets.ticket import LIVE

IN_A_LANE = 30


def show(visit: Visit) -> Response:
    """The live tickets of a team, or of all teams that the person sees."""
    lanes = []
    with visit.site.parts.ledger.read() as uow:
        for status in LIVE:
            query = {"box": "all", "live": "1", "status": status.value, "team": visit.query("team")}
            wanted = filter_of(visit, query)
            page = inbox_page(uow.connection, wanted, IN_A_LANE)
            count = matching(uow.connection, wanted, COUNTED) if page.next else len(page.rows)
            lanes.append((status, page.rows, count))
    return visit.page("board.html", lanes=lanes, team=visit.query("team"))
