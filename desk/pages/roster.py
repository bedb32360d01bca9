"""Teams as they are set up: who is in them, who leads, how much each can hold, who is away and who stands in."""

import json
from datetime import date, timedelta

from starlette.responses import Response

from desk.errors import BadFormError, ForbiddenError
from desk.visit import Visit
from feedback.errors import ConfigError
from nanni import roster
from nanni.roster import Edit
from tickets.access import Permission
from tickets.routing import Team

LATELY = timedelta(days=7)
"""How long an absence that is over is still shown."""


def show(visit: Visit) -> Response:
    """The teams that the person may set up, and their own absences. A file changed by hand is read anew."""
    site, problem = visit.site, None
    version = roster.roster_version(site.parts)
    if version != site.roster_version:
        try:
            roster.reread(site.parts)
            site.roster_version = version
        except ConfigError as error:
            problem = error.what
    routing, today = site.parts.workspace.routing, site.now.astimezone(site.parts.workspace.settings.zone).date()
    people = {one.id: one.name for team in _mine(visit) for one in team.members}
    if visit.person.member:
        people.setdefault(visit.person.member, site.people.name(visit.person.member))
    absences = sorted(
        (one.first, one.last, name, one.delegate or "", one.hands_over)
        for name in people
        for one in routing.roster.absences.get(name, ())
        if one.last >= today - LATELY
    )
    return visit.page(
        "roster.html", lines=_mine(visit), people=people, absences=absences, today=today, version=version,
        every=visit.may(Permission.MANAGE_TEAMS) and visit.scope.teams is None, problem=problem,
        default_lead=site.people.name(routing.fallback.owner),
    )  # fmt: skip


def _mine(visit: Visit) -> list[Team]:
    if not visit.may(Permission.MANAGE_TEAMS):
        return []
    teams, scope = visit.site.parts.workspace.routing.teams, visit.scope
    return [team for team in teams if scope.teams is None or team.id in scope.teams]


def add_absence(visit: Visit) -> Response:
    """Somebody will be away; one's own absence needs no lead."""
    member, first, last = _person(visit), _day(visit, "from"), _day(visit, "until")
    edit = roster.away(member, first, last, visit.field("delegate"), visit.field("hands_over") == "1")
    return _changed(visit, "absence_added", {"member": member, "from": f"{first}", "until": f"{last}"}, edit)


def drop_absence(visit: Visit) -> Response:
    """An absence is called off."""
    member, first, last = _person(visit), _day(visit, "from"), _day(visit, "until")
    told = {"member": member, "from": f"{first}", "until": f"{last}"}
    return _changed(visit, "absence_dropped", told, roster.not_away(member, first, last))


def add_team(visit: Visit) -> Response:
    """A new team, by somebody who sees every team. Raises ForbiddenError."""
    if visit.scope.teams is not None:
        raise ForbiddenError("a new team is none of your teams", next_step="ask somebody who sees every team")
    team, name = _id(visit), _name(visit)
    first = visit.site.parts.workspace.routing.member(visit.field("member"))
    return _changed(visit, "team_added", {"team": team, "member": first.id}, roster.new_team(team, name, first))


def rename_team(visit: Visit) -> Response:
    """What a team is called."""
    team, name = _team(visit).id, _name(visit)
    return _changed(visit, "team_renamed", {"team": team, "name": name}, roster.renamed(team, name))


def set_leaders(visit: Visit) -> Response:
    """Who leads a team and who manages it."""
    team, lead, manager = _team(visit).id, visit.field("lead"), visit.field("manager")
    told = {"team": team, "lead": lead, "manager": manager}
    return _changed(visit, "team_leaders_changed", told, roster.leaders(team, lead, manager))


def add_member(visit: Visit) -> Response:
    """Somebody joins a team."""
    team, member = _team(visit).id, _id(visit)
    name, email = visit.field("name")[:120], visit.field("email")[:200]
    edit = roster.new_member(team, member, name, email, _room(visit))
    return _changed(visit, "team_member_added", {"team": team, "member": member}, edit)


def change_member(visit: Visit) -> Response:
    """How much somebody can hold."""
    team, member, room = _team(visit).id, visit.field("member"), _room(visit)
    told = {"team": team, "member": member, "capacity": str(room)}
    return _changed(visit, "team_capacity_changed", told, roster.capacity(team, member, room))


def drop_member(visit: Visit) -> Response:
    """Somebody leaves a team, once nobody waits for them."""
    team, member = _team(visit).id, visit.field("member")
    told, teams = {"team": team, "member": member}, visit.site.parts.workspace.routing.teams
    homes = sum(member in {one.id for one in each.members} for each in teams)
    also = roster.holds_nothing(member, homes)
    return _changed(visit, "team_member_dropped", told, roster.no_member(team, member), also)


def _changed(
    visit: Visit, action: str, told: dict[str, str], edit: Edit, also: roster.Check = roster.nothing
) -> Response:
    site = visit.site
    try:
        roster.change_roster(site.parts, visit.field("version"), visit.person.actor, action, told, edit, also)
    except ConfigError as error:
        next_step = error.next_step if also is not roster.nothing and not error.where else "choose something else"
        raise BadFormError(error.what, allowed=error.allowed, next_step=next_step) from error
    site.roster_version = roster.roster_version(site.parts)
    return visit.go("/settings/teams", json.dumps({"key": f"roster.{action}"}))


def _person(visit: Visit) -> str:
    """Whose absence it is: one's own, or somebody's of a team one may set up. Raises ForbiddenError."""
    member = visit.field("member")
    if member != visit.person.member and member not in {one.id for team in _mine(visit) for one in team.members}:
        raise ForbiddenError("this person is in none of your teams", next_step="ask their lead")
    return member


def _team(visit: Visit) -> Team:
    found = next((team for team in _mine(visit) if team.id == visit.field("team")), None)
    if found is None:
        raise ForbiddenError("this is none of your teams", next_step="ask its lead")
    return found


def _id(visit: Visit) -> str:
    found = visit.field("id")
    if not found or len(found) > 60 or not found.replace("-", "").replace("_", "").isalnum():
        raise BadFormError("an id is letters, digits and dashes, 60 at most", next_step="choose another one")
    return found


def _name(visit: Visit) -> str:
    name = " ".join(visit.field("name").split())
    if not name or len(name) > 120:
        raise BadFormError("a team has a name of 120 characters at most", next_step="give it one")
    return name


def _day(visit: Visit, name: str) -> date:
    try:
        return date.fromisoformat(visit.field(name))
    except ValueError:
        raise BadFormError(f"{name} is no day", allowed="YYYY-MM-DD") from None


def _room(visit: Visit) -> int:
    return visit.number("capacity") or 0
