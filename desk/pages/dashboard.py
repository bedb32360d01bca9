"""The manager's dashboard: numbers of a period, each the count of tickets that its link opens."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from urllib.parse import urlencode

from sqlalchemy import Connection
from starlette.responses import Response

from desk.pages.inbox import filter_of
from desk.visit import Visit
from ledger.inbox import matching
from ledger.inbox_numbers import live_load, middle_opening, opened_by_week, waits

DAYS = (7, 30, 90, 365)
DEFAULT_DAYS = 90
Query = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Tile:
    """One number: its name, how it reads, what it is out of, and the query of the tickets behind it."""

    name: str
    told: str
    of: str
    query: str


def show(visit: Visit) -> Response:
    """The numbers of the last days, of one team or of all that the person sees."""
    days = next((one for one in DAYS if str(one) == visit.query("days")), DEFAULT_DAYS)
    zone = visit.site.parts.workspace.settings.zone
    today = visit.site.now.astimezone(zone).date()
    since, until = today - timedelta(days=days - 1), today + timedelta(days=1)
    base = {"box": "all", "team": visit.query("team")}
    opened = {**base, "opened_from": since.isoformat(), "opened_until": until.isoformat()}
    resolved = {**base, "resolved_from": since.isoformat(), "resolved_until": until.isoformat()}
    with visit.site.parts.ledger.read() as uow:
        tiles = _tiles(visit, uow.connection, base, opened, resolved)
        by_team = _by_team(visit, uow.connection, opened, resolved)
        weeks = opened_by_week(uow.connection, filter_of(visit, opened), zone)
        load = live_load(uow.connection, visit.site.now)
    return visit.page(
        "dashboard.html",
        tiles=tiles,
        by_team=by_team,
        weeks=[(monday, count, _week(monday, since, until, opened)) for monday, count in weeks],
        line=_line([count for _, count in weeks]),
        days=days,
        choices=DAYS,
        team=visit.query("team"),
        load=_load(visit, load),
        since=since,
    )


def _week(monday: date, since: date, until: date, opened: Query) -> str:
    """The query of the tickets of a week, as much of it as lies within the period."""
    first, after = max(monday, since), min(monday + timedelta(days=7), until)
    return urlencode(_said({**opened, "opened_from": first.isoformat(), "opened_until": after.isoformat()}))


def _tiles(visit: Visit, connection: Connection, base: Query, opened: Query, resolved: Query) -> list[Tile]:
    """The period's numbers."""
    count = _Counter(visit, connection)
    touched = count.share("touched", opened, "touched_in_time", "touched_late")
    kept = count.share("resolved_kept", resolved, "resolved_in_time", "resolved_late")
    return [
        count.plain("opened", opened),
        touched,
        count.wait("touch_wait", opened, resolved=False),
        count.plain("resolved", resolved),
        kept,
        count.wait("resolution_wait", resolved, resolved=True),
        count.share("answered", resolved, "answered_happy", "answered_unhappy"),
        count.part("first_contact", resolved, "first_contact"),
        count.part("reopened", resolved, "reopened"),
        count.plain("live", {**base, "live": "1"}),
        count.age("age", {**base, "live": "1"}),
        count.plain("late", {**base, "box": "breaching", "late": "1"}),
    ]


@dataclass(frozen=True, slots=True)
class _Counter:
    visit: Visit
    connection: Connection

    def many(self, query: Query) -> int:
        return matching(self.connection, filter_of(self.visit, query))

    def plain(self, name: str, query: Query) -> Tile:
        return Tile(name, self.visit.reader.number(self.many(query)), "", urlencode(_said(query)))

    def share(self, name: str, query: Query, good: str, bad: str) -> Tile:
        """What was kept of what is decided; the link opens what was not."""
        right, wrong = self.many({**query, "kept": good}), self.many({**query, "kept": bad})
        reader, every = self.visit.reader, right + wrong
        told, of = reader.percent(right / every if every else None), f"{reader.number(right)} / {reader.number(every)}"
        if wrong:
            of = reader.texts("tile.others", share=of, others=reader.number(wrong))
        return Tile(name, told, of, urlencode(_said({**query, "kept": bad})))

    def part(self, name: str, query: Query, kept: str) -> Tile:
        some, every = self.many({**query, "kept": kept}), self.many(query)
        reader = self.visit.reader
        told = reader.percent(some / every if every else None)
        return Tile(
            name, told, f"{reader.number(some)} / {reader.number(every)}", urlencode(_said({**query, "kept": kept}))
        )

    def wait(self, name: str, query: Query, *, resolved: bool) -> Tile:
        hours = waits(self.connection, filter_of(self.visit, query), resolved=resolved)
        told = self.visit.reader.span(timedelta(hours=median(hours)) if hours else None)
        return Tile(name, told, "", urlencode(_said(query)))

    def age(self, name: str, query: Query) -> Tile:
        """How long ago half of what is there had been opened."""
        opened, reader = middle_opening(self.connection, filter_of(self.visit, query)), self.visit.reader
        return Tile(name, reader.span(self.visit.site.now - opened if opened else None), "", urlencode(_said(query)))


def _said(query: Query) -> dict[str, str]:
    return {name: value for name, value in query.items() if value}


def _by_team(visit: Visit, connection: Connection, opened: Query, resolved: Query) -> list[tuple[str, list[Tile]]]:
    count, scope = _Counter(visit, connection), visit.scope
    found = []
    for team in visit.site.parts.workspace.routing.teams:
        if (scope.teams is None or team.id in scope.teams) and opened["team"] in ("", team.id):
            mine, done = {**opened, "team": team.id}, {**resolved, "team": team.id}
            tiles = [
                count.plain("opened", mine),
                count.share("touched", mine, "touched_in_time", "touched_late"),
                count.plain("resolved", done),
                count.share("resolved_kept", done, "resolved_in_time", "resolved_late"),
                count.part("reopened", done, "reopened"),
                count.plain("live", {"box": "all", "live": "1", "team": team.id}),
            ]
            found.append((team.name, tiles))
    return found


def _load(visit: Visit, load: dict[tuple[str, str], tuple[int, int]]) -> list[tuple[str, str, int, int]]:
    """Live and late tickets by owner, most first, within the person's teams."""
    scope, team = visit.scope, visit.query("team")
    held: dict[str, tuple[int, int]] = {}
    for (of_team, owner), (live, late) in load.items():
        if (scope.teams is None or of_team in scope.teams) and team in ("", of_team):
            before = held.get(owner, (0, 0))
            held[owner] = (before[0] + live, before[1] + late)
    lines = [(owner, visit.site.people.name(owner), live, late) for owner, (live, late) in held.items()]
    return sorted(lines, key=lambda line: (-line[2], line[1]))[:20]


def _line(counts: list[int]) -> str:
    """An SVG path through the counts, in a box of 100 by 40."""
    if len(counts) < 2:
        return ""
    top = max(counts) or 1
    points = [(100 * i / (len(counts) - 1), 38 - 36 * count / top) for i, count in enumerate(counts)]
    return "M" + " L".join(f"{x:.1f} {y:.1f}" for x, y in points)
