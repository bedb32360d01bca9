"""routing.yaml into a `Routing` whose every name is known: what loads can route every ticket (invariant 5)."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from feedback.adapters.yaml_file import FileModel, load_yaml
from feedback.errors import ConfigError
from tickets.adapters.calendar_model import CalendarModel, build_calendar, zone
from tickets.calendar import Calendar
from tickets.message import is_address
from tickets.presence import Absence, Roster, delegation_cycles
from tickets.routing import Assignment, Hierarchy, Member, Route, Routing, Strategy, Team
from triggers.policy import Severity


def _as_list(value: object) -> object:
    """One value may be written without brackets."""
    return value if isinstance(value, list) or value is None else [value]


def _address(value: str) -> str:
    if not is_address(value):
        raise ValueError("not a mail address")
    return value


Id = Annotated[str, Field(min_length=1)]
Names = Annotated[tuple[Id, ...], BeforeValidator(_as_list)]


class AbsenceModel(FileModel):
    """Away from the first to the last day, both included; `delegate` stands in for as long.

    `tickets` says whether those that the person holds already are handed over too; without it the file's
    `hand_over_absences_of` (days) decides.
    """

    first: date = Field(alias="from")
    until: date
    delegate: Id | None = None
    tickets: Literal["hand_over", "keep"] | None = None


class MemberModel(FileModel):
    """One person of a team; without hours they are always on shift."""

    id: Id
    name: str = ""
    email: Annotated[str, AfterValidator(_address)]
    capacity: int = Field(default=20, ge=1)
    skills: Names = ()
    languages: Names = ()
    hours: CalendarModel | None = None
    absences: tuple[AbsenceModel, ...] = ()


class TeamModel(FileModel):
    """One team; at least one member."""

    id: Id
    name: str = ""
    members: tuple[MemberModel, ...] = Field(min_length=1)
    lead: Id | None = None
    manager: Id | None = None


class WhenModel(FileModel):
    """A route's conditions, all of which must hold; at least one."""

    theme: Names = ()
    severity: Annotated[tuple[Severity, ...], BeforeValidator(_as_list)] = ()
    survey: Names = ()
    language: Names = ()
    channel: Names = ()
    attributes: dict[str, Names] = Field(default_factory=dict)


class RouteModel(FileModel):
    """One route; the first that matches wins."""

    when: WhenModel
    team: Id
    assign: Strategy = Strategy.LEAST_LOADED
    skills: Names = ()
    speaks: bool = False
    account_attribute: Id = "account_owner"


class HierarchyModel(FileModel):
    """Who answers for a place: by attribute, narrowest first, an owner for each value; head office for the rest."""

    levels: dict[str, dict[str, Id]] = Field(min_length=1)
    head_office: Id


class FallbackModel(FileModel):
    """Who owns what no route or capacity can place."""

    team: Id
    owner: Id


class RoutingModel(FileModel):
    """routing.yaml as written."""

    teams: tuple[TeamModel, ...] = Field(min_length=1)
    routes: tuple[RouteModel, ...] = ()
    fallback: FallbackModel
    hierarchy: HierarchyModel | None = None
    timezone: Annotated[str, AfterValidator(zone)] = "UTC"
    hand_over_absences_of: int = Field(default=1, ge=1)


def load_routing(path: Path) -> Routing:
    """Read routing.yaml. Raises ConfigError for anything that could leave a ticket without an owner."""
    model = load_yaml(path, RoutingModel)
    for place, what, allowed in _faults(model):
        raise ConfigError(
            what, where=f"{path}: {place}", allowed=allowed, next_step="correct that name and run `nanni check`"
        )
    return Routing(
        teams=tuple(
            Team(
                team.id,
                team.name or team.id,
                tuple(_member(member) for member in team.members),
                team.lead or "",
                team.manager or "",
            )
            for team in model.teams
        ),
        routes=tuple(_route(route) for route in model.routes),
        fallback=Assignment(model.fallback.team, model.fallback.owner, "fallback"),
        hierarchy=_hierarchy(model.hierarchy),
        roster=_roster(model, path),
    )


def _hierarchy(model: HierarchyModel | None) -> Hierarchy | None:
    if model is None:
        return None
    levels = tuple(
        (name, {value.casefold(): owner for value, owner in of.items()}) for name, of in model.levels.items()
    )
    return Hierarchy(levels, model.head_office)


def _roster(model: RoutingModel, path: Path) -> Roster:
    """Absences and hours; of somebody in several teams, all the absences and the first hours."""
    absences: dict[str, tuple[Absence, ...]] = {}
    hours: dict[str, Calendar] = {}
    for team in model.teams:
        for member in team.members:
            away = tuple(_absence(one, model.hand_over_absences_of) for one in member.absences)
            if away:
                absences[member.id] = (*absences.get(member.id, ()), *away)
            if member.hours is not None and member.id not in hours:
                hours[member.id] = build_calendar(member.hours, path, f"hours of {member.id}")
    for circle in delegation_cycles(absences):
        raise ConfigError(
            f"{', '.join(circle)} stand in for each other while they are all away",
            where=f"{path}: absences",
            next_step="let somebody who is there stand in for one of them",
        )
    return Roster(absences, hours, model.timezone)


def _absence(model: AbsenceModel, days: int) -> Absence:
    long = (model.until - model.first).days + 1 >= days
    return Absence(
        model.first, model.until, model.delegate, long if model.tickets is None else model.tickets == "hand_over"
    )


def _faults(model: RoutingModel) -> Iterator[tuple[str, str, str]]:
    """Names that repeat or lead nowhere: place, what is wrong, what is allowed."""
    teams = [team.id for team in model.teams]
    for i, team in enumerate(model.teams):
        if team.id in teams[:i]:
            yield f"teams[{i}]", f"team {team.id!r} is defined twice", ""
        members = [member.id for member in team.members]
        if len(set(members)) < len(members):
            yield f"teams[{i}].members", f"team {team.id!r} names a member twice", ""
    for i, route in enumerate(model.routes):
        if route.team not in teams:
            yield f"routes[{i}].team", f"unknown team {route.team!r}", ", ".join(teams)
        if route.when == WhenModel():
            yield f"routes[{i}].when", "a route without conditions would hide all after it; that is `fallback`", ""
    if model.fallback.team not in teams:
        yield "fallback.team", f"unknown team {model.fallback.team!r}", ", ".join(teams)
    yield from _unknown(model)
    owners = [member.id for team in model.teams if team.id == model.fallback.team for member in team.members]
    if model.fallback.owner not in owners:
        yield "fallback.owner", f"{model.fallback.owner!r} is no member of {model.fallback.team}", ", ".join(owners)


def _unknown(model: RoutingModel) -> Iterator[tuple[str, str, str]]:
    """People and skills that are named but nowhere defined: place, what is wrong, what is allowed."""
    people = [member for team in model.teams for member in team.members]
    known = {member.id for member in people}
    named = [
        (f"absences of {member.id}", absence.delegate)
        for member in people
        for absence in member.absences
        if absence.delegate
    ]
    named += [(f"team {team.id}", name) for team in model.teams for name in (team.lead, team.manager) if name]
    if model.hierarchy is not None:
        named.append(("hierarchy.head_office", model.hierarchy.head_office))
        for level, owners in model.hierarchy.levels.items():
            named += [(f"hierarchy.levels.{level}.{value}", owner) for value, owner in owners.items()]
    yield from (
        (place, f"unknown member {name!r}", ", ".join(sorted(known))) for place, name in named if name not in known
    )
    for member in people:
        if any(absence.until < absence.first for absence in member.absences):
            yield f"absences of {member.id}", "an absence ends before it starts", "from on or before until"
    for i, route in enumerate(model.routes):
        team = [member for team in model.teams if team.id == route.team for member in team.members]
        if team and not any(set(route.skills) <= set(member.skills) for member in team):
            yield f"routes[{i}].skills", f"nobody of {route.team} has {', '.join(route.skills)}", ""
        if route.assign is Strategy.HIERARCHY and model.hierarchy is None:
            yield f"routes[{i}].assign", "there is no `hierarchy` to look up", ""


def _member(model: MemberModel) -> Member:
    return Member(
        model.id, model.name or model.id, model.email, model.capacity, frozenset(model.skills), model.languages
    )


def _route(model: RouteModel) -> Route:
    when = model.when
    return Route(
        team=model.team,
        themes=when.theme,
        severities=when.severity,
        surveys=when.survey,
        languages=when.language,
        channels=when.channel,
        attributes=tuple(when.attributes.items()),
        strategy=model.assign,
        skills=frozenset(model.skills),
        speaks=model.speaks,
        account_attribute=model.account_attribute,
    )
