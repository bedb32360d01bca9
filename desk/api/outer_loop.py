"""The outer loop over the API: themes and their names, alarms, drivers, initiatives, what teams have to expect.

It is read from the warehouse as it was last refreshed and is about every customer, so its scope knows no teams.
"""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from fastapi import Depends, Path, Query, Response
from pydantic import Field
from starlette.responses import JSONResponse

from desk.api.callers import Caller, allowed
from desk.api.documents import GrainName, Level, Seed, Survey, document
from desk.api.given import Few, Given, Words
from desk.api.versions import Match, require, tag
from models.discovery.history import ThemeEvent
from nanni import drivers as moving
from nanni import initiatives, theme_views
from nanni.documents.outer_loop import drives_document, nowcasts_document, operations_document, records
from nanni.documents.plain import plain
from nanni.initiative_messages import Telling, tell_customers
from nanni.operations import nowcasts, operations
from nanni.outer_loop import alarms as risen
from outerloop.alarm_reports import Watch
from outerloop.alarms import AlarmRule
from outerloop.initiatives import Initiative
from outerloop.reports import Grain
from tickets.access import Permission

Analyst = Annotated[Caller, Depends(allowed(Permission.READ_OUTER_LOOP))]
Shaper = Annotated[Caller, Depends(allowed(Permission.WORK_OUTER_LOOP))]
Id = Annotated[str, Path(max_length=100)]


class Rename(Given):
    """A name that stays through every discovery."""

    name: Few


class Join(Given):
    """The theme that this one becomes part of."""

    into: Few


class Pin(Given):
    """Whether it is held as it is."""

    pinned: bool = True


class NewInitiative(Given):
    """A systemic action; `expected` is the share of mentions it should take away by `expected_by`."""

    id: Few
    title: Few
    owner: Few
    themes: Annotated[list[Few], Field(min_length=1, max_length=20)]
    started: date
    expected: Annotated[float, Field(gt=0, le=1)]
    expected_by: date


class Tell(Given):
    """What was changed, as customers shall read it; without `send` the answer says whom it would reach."""

    words: Words
    send: bool = False


@dataclass(frozen=True, slots=True)
class ThemeName:
    """A theme and what it is called now."""

    theme: str
    name: str


def themes(
    caller: Analyst, version: Annotated[int | None, Query(ge=1, le=10**9)] = None
) -> list[theme_views.ShownTheme]:
    """Themes found in what the taxonomy leaves over, under the latest discovery or an older one."""
    return list(theme_views.listed(caller.parts, version))


def theme_history(caller: Analyst, theme: Annotated[str | None, Query(max_length=100)] = None) -> list[ThemeEvent]:
    """Everything that ever happened to themes, or to one."""
    return theme_views.history(caller.parts, theme)


def theme(
    caller: Analyst, id: Id, response: Response, quotes: Annotated[int, Query(ge=0, le=50)] = 5
) -> theme_views.ThemeStory:
    """One theme: its words, what customers say, what happened to it. Its ETag says how much that was."""
    caller.for_everybody("what customers say of a theme belongs")
    found = theme_views.told(caller.parts, id, quotes)
    response.headers["ETag"] = tag(len(theme_views.about(id, found.events)))
    return found


def rename_theme(caller: Shaper, id: Id, body: Rename, response: Response, if_match: Match = None) -> ThemeName:
    """Give a theme a name that stays."""
    theme_views.rename(caller.parts, id, body.name, caller.actor, _meant(id, if_match))
    _changed(caller, id, response)
    return ThemeName(id, body.name)


def merge_theme(caller: Shaper, id: Id, body: Join, response: Response, if_match: Match = None) -> list[ThemeEvent]:
    """Make a theme part of another, for good; the answer is its history."""
    theme_views.join(caller.parts, id, body.into, caller.actor, _meant(id, if_match))
    return _changed(caller, id, response)


def pin_theme(caller: Shaper, id: Id, body: Pin, response: Response, if_match: Match = None) -> list[ThemeEvent]:
    """Hold a theme as it is through every discovery, or let it go again; the answer is its history."""
    theme_views.pin(caller.parts, id, body.pinned, caller.actor, _meant(id, if_match))
    return _changed(caller, id, response)


def _meant(id: str, match: str | None) -> theme_views.Check:
    return lambda version: require(version, match, id)


def _changed(caller: Caller, id: str, response: Response) -> list[ThemeEvent]:
    """The theme's history, which is its version too."""
    told = theme_views.history(caller.parts, id)
    response.headers["ETag"] = tag(len(told))
    return told


def alarms(
    caller: Analyst,
    grain: GrainName = "week",
    by: Annotated[list[str] | None, Query(max_length=5)] = None,
    baseline: Annotated[int, Query(ge=2, le=200)] = 12,
    q: Annotated[float, Query(gt=0, lt=1)] = 0.1,
    least: Annotated[int, Query(ge=1, le=10**6)] = 5,
    until: date | None = None,
    last: Annotated[int, Query(ge=1, le=60)] = 1,
    season: bool | None = None,
) -> Watch:
    """Themes whose share of responses rose in the latest whole periods above that of the past.

    `season` compares with the same time of earlier years; left out, it does from two years of the past on.
    """
    rule = AlarmRule(q, baseline, least)
    return risen(caller.parts, Grain(grain), by or ["survey"], rule, until, last, season)


def drivers(
    caller: Analyst,
    level: Level = 1,
    survey: Survey = None,
    seed: Seed = 1,
    resamples: Annotated[int, Query(ge=20, le=2000)] = 1000,
) -> JSONResponse:
    """What each theme moves the NPS by, its relative weight, and whether it only costs, only brings, or both."""
    return document(drives_document(moving.drivers(caller.parts, level, survey, seed, resamples)))


def causes(caller: Analyst, level: Level = 1) -> JSONResponse:
    """Which root causes of closed tickets go with which themes more often than chance."""
    return document(records(moving.causes(caller.parts, level)))


def repeats(caller: Analyst, level: Level = 1, days: Annotated[int, Query(ge=1, le=3650)] = 90) -> JSONResponse:
    """How many customers come back with a theme after it was resolved for them."""
    return document(records(moving.repeats(caller.parts, level, days)))


def expected(
    caller: Analyst,
    grain: GrainName = "week",
    ahead: Annotated[int, Query(ge=1, le=26)] = 4,
    minutes: Annotated[float, Query(gt=0, le=10_000)] = 30.0,
    hours: Annotated[float, Query(gt=0, le=168)] = 30.0,
    promise: Literal["first_touch", "resolution"] = "resolution",
) -> JSONResponse:
    """Tickets to come, who is needed, which promises are at risk, missing knowledge, routing, everybody's work."""
    caller.for_everybody("what is told of tickets at risk belongs")
    return document(operations_document(operations(caller.parts, Grain(grain), ahead, minutes, hours, promise)))


def nowcast(caller: Analyst, grain: GrainName = "month") -> JSONResponse:
    """Closed tickets by when they were opened, and how many there will be."""
    return document(nowcasts_document(*nowcasts(caller.parts, Grain(grain))))


def all_initiatives(caller: Analyst) -> list[Initiative]:
    """The initiatives there are."""
    return list(initiatives.listed(caller.parts))


def add_initiative(caller: Shaper, body: NewInitiative) -> Initiative:
    """Record an initiative in initiatives.yaml."""
    new = Initiative(body.id, body.title, body.owner, tuple(body.themes), body.started, body.expected, body.expected_by)
    return initiatives.add(caller.parts, new)


def effect(
    caller: Analyst,
    id: Id,
    grain: GrainName | None = None,
    before: Annotated[int, Query(ge=4, le=520)] = 52,
    seed: Seed = 1,
) -> JSONResponse:
    """What an initiative brought so far, against the themes it does not touch."""
    found = initiatives.effect(caller.parts, id, Grain(grain) if grain else None, before, seed)
    return document({**plain(found), "sentence": found.sentence})


def tell(caller: Shaper, id: Id, body: Tell) -> Telling:
    """Tell customers whose trouble an initiative was about what was changed; each hears of it once."""
    caller.for_everybody("an initiative's message belongs")
    return tell_customers(caller.parts, id, body.words, caller.actor, body.send)
