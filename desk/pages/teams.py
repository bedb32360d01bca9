"""Teams: who is there, what they hold, what is late, and handing work over."""

import json
from dataclasses import dataclass
from datetime import datetime

from starlette.responses import Response

from desk.errors import BadFormError
from desk.pages.bulk import Outcome, Undo, do_one
from desk.visit import Visit
from ledger.inbox_numbers import live_keys, live_load
from tickets.presence import Absence
from tickets.routing import Member


@dataclass(frozen=True, slots=True)
class MemberLine:
    """One member: what they hold against what they can, and whether they are there."""

    member: Member
    live: int
    late: int
    away: Absence | None
    on_shift: bool

    @property
    def share(self) -> float:
        """How full they are; over 1 is too much."""
        return self.live / self.member.capacity if self.member.capacity else 1.0


def show(visit: Visit) -> Response:
    """The teams that the person sees."""
    site, routing = visit.site, visit.site.parts.workspace.routing
    with site.parts.ledger.read() as uow:
        load = live_load(uow.connection, site.now)
    scope = visit.scope
    teams = [
        (team, [_line(visit, team.id, one, load, site.now) for one in team.members])
        for team in routing.teams
        if scope.teams is None or team.id in scope.teams
    ]
    return visit.page("teams.html", lines=teams)


def _line(
    visit: Visit, team: str, member: Member, load: dict[tuple[str, str], tuple[int, int]], now: datetime
) -> MemberLine:
    roster = visit.site.parts.workspace.routing.roster
    live, late = load.get((team, member.id), (0, 0))
    return MemberLine(member, live, late, roster.away(member.id, now), roster.on_shift(member.id, now))


def hand_over(visit: Visit) -> Response:
    """Give all live tickets of one person that the reader sees to another, with a way back."""
    giver, taker = visit.field("from"), visit.field("owner")
    if not giver or not taker or giver == taker:
        raise BadFormError("a hand-over needs two people", next_step="choose who gives and who takes")
    visit.site.parts.workspace.routing.member(taker)
    with visit.site.parts.ledger.read() as uow:
        keys = live_keys(uow.connection, visit.scope, giver)
    outcome = Outcome()
    for key in keys:
        do_one(visit, key, "assign", outcome)
    if not keys:
        return visit.go("/teams", json.dumps({"key": "teams.nothing", "who": visit.site.people.name(giver)}))
    return visit.go("/teams", outcome.flash("bulk.done"), Undo(tuple(outcome.back)).text())
