"""Who is there: absences with a stand-in for as long as they last, and working hours."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from tickets.calendar import Calendar, Clock, elapsed


@dataclass(frozen=True, slots=True)
class Absence:
    """Away from the first to the last day, both included, in the zone of the person; `delegate` stands in.

    With `hands_over` the tickets that the person holds go to somebody else too, not only the new ones.
    """

    first: date
    last: date
    delegate: str | None = None
    hands_over: bool = True

    def covers(self, day: date) -> bool:
        """Whether the person is away on this day."""
        return self.first <= day <= self.last

    def meets(self, other: "Absence") -> bool:
        """Whether there is a day in both."""
        return self.first <= other.last and other.first <= self.last


@dataclass(frozen=True, slots=True)
class Roster:
    """Absences and hours by member id; who is not in it is always there."""

    absences: Mapping[str, tuple[Absence, ...]]
    hours: Mapping[str, Calendar]
    timezone: str = "UTC"

    def away(self, member: str, now: datetime) -> Absence | None:
        """The absence that a member is in, if any."""
        found = self.absences.get(member, ())
        if not found:
            return None
        zone = self.hours[member].timezone if member in self.hours else self.timezone
        today = now.astimezone(ZoneInfo(zone)).date()
        return next((one for one in found if one.covers(today)), None)

    def on_shift(self, member: str, now: datetime) -> bool:
        """Whether it is working time for a member; always, for one without hours."""
        calendar = self.hours.get(member)
        return calendar is None or elapsed(now, now + _MOMENT, calendar, Clock.BUSINESS) == _MOMENT

    def stand_in(self, member: str, now: datetime) -> str | None:
        """Who answers for a member now: themselves, or the first at the end of their delegates who is there."""
        seen: set[str] = set()
        here: str | None = member
        while here is not None and here not in seen:
            absence = self.away(here, now)
            if absence is None:
                return here
            seen.add(here)
            here = absence.delegate
        return None


NOBODY_AWAY = Roster({}, {})
_MOMENT = datetime.resolution


def delegation_cycles(absences: Mapping[str, Iterable[Absence]]) -> list[tuple[str, ...]]:
    """Circles of people who on some day all stand in for each other, each named once, from its first member."""
    found: set[tuple[str, ...]] = set()

    def walk(path: tuple[str, ...], first: date, last: date) -> None:
        for absence in absences.get(path[-1], ()):
            since, until = max(first, absence.first), min(last, absence.last)
            if absence.delegate is None or since > until:
                continue
            if absence.delegate == path[0]:
                found.add(path)
            elif absence.delegate not in path and absence.delegate > path[0]:
                walk((*path, absence.delegate), since, until)

    for member in absences:
        walk((member,), date.min, date.max)
    return sorted(found)
