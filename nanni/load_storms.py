"""The storms of a replayed history: when each begins and ends, whose responses it takes up, and what it keeps back."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from nanni.backtest_load import StormLoad, Terms
from nanni.firings import Firing
from tickets.routing import RoutingFacts
from triggers.policy import Severity
from triggers.storm_replay import Raged
from triggers.storms import Group

HOUR = 3_600
_LONGEST_DAY = timedelta(hours=25)


class StormRun:
    """A storm of the history, and what it does to notices."""

    def __init__(self, raged: Raged) -> None:
        self.raged = raged
        self.began = datetime.fromtimestamp((raged.first + 1) * HOUR, UTC)
        self.ended = None if raged.last is None else datetime.fromtimestamp((raged.last + 1) * HOUR, UTC)
        self.tickets = self.kept_back = 0

    @property
    def episode(self) -> str:
        """A name that no customer's episode has."""
        return "\x00".join((*self.group, str(self.raged.first)))

    @property
    def group(self) -> Group:
        """What it is about."""
        return self.raged.alarm.group

    def facts(self, severity: Severity) -> RoutingFacts:
        """What routing looks at, of its parent ticket."""
        kind, value = self.group
        attributes = () if kind in ("theme", "survey") else ((kind, value),)
        survey, theme = value if kind == "survey" else "", value if kind == "theme" else None
        return RoutingFacts(severity, survey, theme, attributes=attributes)

    def take(self, severity: Severity, terms: Terms) -> None:
        """One more ticket of this storm."""
        self.tickets += 1
        self.kept_back += terms.storm is None or severity.value not in terms.storm.always_told

    def load(self) -> StormLoad:
        """The storm as reported."""
        return StormLoad(self.group, self.began, self.ended, self.tickets, self.kept_back)


class StormRuns:
    """Those of a history, in order of time."""

    def __init__(self, storms: Sequence[Raged]) -> None:
        self._all = [StormRun(raged) for raged in storms]
        self._to_come = sorted(self._all, key=lambda one: one.began, reverse=True)
        self._raging: list[StormRun] = []

    @property
    def begun(self) -> int:
        """How many have begun."""
        return len(self._all) - len(self._to_come)

    def breaking(self, now: datetime) -> Iterator[StormRun]:
        """Those that are seen by now and were not before; forgets those that are over."""
        while self._to_come and self._to_come[-1].began <= now:
            self._raging.append(self._to_come.pop())
            yield self._raging[-1]
        # A batch is taken at its last moment, and storms that ended within its day still had some of it.
        self._raging = [one for one in self._raging if one.ended is None or one.ended > now - _LONGEST_DAY]

    def over(self, firing: Firing) -> StormRun | None:
        """The storm that a response belongs to."""
        return next((one for one in self._raging if one.group in firing.groups and _still(one, firing.at)), None)

    def loads(self) -> tuple[StormLoad, ...]:
        """All of them as reported."""
        return tuple(one.load() for one in self._all)


def _still(storm: StormRun, at: datetime) -> bool:
    return storm.ended is None or storm.ended > at
