"""routing.yaml into a `Routing` whose every name is known: what loads can route every ticket (invariant 5)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from feedback.adapters.yaml_file import FileModel, load_yaml
from feedback.errors import ConfigError
from tickets.message import is_address
from tickets.routing import Assignment, Member, Route, Routing, Team
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


class MemberModel(FileModel):
    """One person of a team."""

    id: Id
    name: str = ""
    email: Annotated[str, AfterValidator(_address)]
    capacity: int = Field(default=20, ge=1)


class TeamModel(FileModel):
    """One team; at least one member."""

    id: Id
    name: str = ""
    members: tuple[MemberModel, ...] = Field(min_length=1)


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


class FallbackModel(FileModel):
    """Who owns what no route or capacity can place."""

    team: Id
    owner: Id


class RoutingModel(FileModel):
    """routing.yaml as written."""

    teams: tuple[TeamModel, ...] = Field(min_length=1)
    routes: tuple[RouteModel, ...] = ()
    fallback: FallbackModel


def load_routing(path: Path) -> Routing:
    """Read routing.yaml. Raises ConfigError for anything that could leave a ticket without an owner."""
    model = load_yaml(path, RoutingModel)
    for place, what, allowed in _faults(model):
        raise ConfigError(
            what, where=f"{path}: {place}", allowed=allowed, next_step="correct that name and run `nanni check`"
        )
    return Routing(
        teams=tuple(
            Team(team.id, team.name or team.id, tuple(_member(member) for member in team.members))
            for team in model.teams
        ),
        routes=tuple(_route(route) for route in model.routes),
        fallback=Assignment(model.fallback.team, model.fallback.owner, "fallback"),
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
    owners = [member.id for team in model.teams if team.id == model.fallback.team for member in team.members]
    if model.fallback.owner not in owners:
        yield "fallback.owner", f"{model.fallback.owner!r} is no member of {model.fallback.team}", ", ".join(owners)


def _member(model: MemberModel) -> Member:
    return Member(model.id, model.name or model.id, model.email, model.capacity)


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
    )
