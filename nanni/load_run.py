"""Plays fired responses in order of time against the people, budgets and storms that would meet them."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime
from heapq import heappop, heappush

from nanni.backtest_load import Load, StormLoad, Terms
from nanni.firings import Firing, Firings
from nanni.load_people import People
from tickets.episodes import NO_THEME
from tickets.routes import Turns
from tickets.routing import RoutingFacts
from tickets.ticket import episode_of
from triggers.policy import Severity
from triggers.storm_replay import Raged

HOUR = 3_600

Episode = tuple[int, str]
"""Who, and about what."""


def simulate(firings: Firings, terms: Terms, days: int) -> Load:
    """Open, route and, after the handling time, close tickets in order of time; `days` is the length of the window.

    Responses come one by one, where a budget ranks those of a batch; the number that it lets through is the same.
    """
    run = _Run(terms)
    for firing in firings:
        run.take(firing)
    run.close_until(None)
    return run.load(days)


class _Run:
    def __init__(self, terms: Terms) -> None:
        self.terms, self.people = terms, People(terms.routing)
        self.live: dict[int, dict[str, str]] = {}
        self.last: dict[int, datetime] = {}
        self.answered: set[int] = set()
        self.done: dict[Episode, tuple[datetime, str]] = {}
        self.closing: list[tuple[datetime, str, int, str]] = []
        self.counts: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.severities: Counter[Severity] = Counter()
        self.given: Counter[tuple[str, date]] = Counter()
        self.reviews: Counter[str] = Counter()
        self.turns: dict[str, tuple[datetime, int]] = {}
        self.storms = [_Weather(raged) for raged in terms.storms]
        self.breaking = sorted(self.storms, key=lambda one: one.began, reverse=True)
        self.raging: list[_Weather] = []

    def take(self, firing: Firing) -> None:
        """What becomes of one response, in the order in which `tickets.landing` and what stands before it decide."""
        self._weather(firing.at)
        self.close_until(firing.at)
        live, episode = self.live.get(firing.who, {}), episode_of(firing.facts.theme)
        if firing.response in self.answered:
            self.counts["attached"] += 1
        elif firing.refused:
            self.refused[firing.refused] += 1
        elif self._cooling(firing, live):
            self.counts["suppressed"] += 1
        elif live and (episode in live or episode == NO_THEME):
            self.counts["attached"] += 1
            self.answered.add(firing.response)
        elif (owner := self._reopens(firing, episode)) is not None:
            self.counts["attached"] += 1
            self.counts["reopened"] += 1
            self._hold(firing, episode, owner)
        else:
            self._open(firing, episode)

    def _cooling(self, firing: Firing, live: Mapping[str, str]) -> bool:
        last = self.last.get(firing.who)
        return firing.cool_down is not None and not live and last is not None and firing.at - last < firing.cool_down

    def _reopens(self, firing: Firing, episode: str) -> str | None:
        """The owner of the episode's last ticket, while its customer can still bring it back."""
        before, window = self.done.get((firing.who, episode)), self.terms.reopen
        if before is None or window is None or not window.spans(before[0], firing.at):
            return None
        return before[1]

    def _open(self, firing: Firing, episode: str) -> None:
        turns: Turns | None = self.turns if self.terms.routing.takes_turns else None
        assignment = self.terms.routing.route(firing.facts, self.people.live, firing.at, turns)
        storm = next((one for one in self.raging if one.raged.alarm.group in firing.groups), None)
        if storm is None and self._over_budget(firing, assignment.owner):
            self.counts["reviewed"] += 1
            self.reviews[assignment.owner] += 1
            return
        self.counts["opened"] += 1
        self.counts["overflow"] += assignment.queue is not None
        self.severities[firing.facts.severity] += 1
        self.last[firing.who] = firing.at
        self.turns[assignment.owner] = firing.at, self.turns.get(assignment.owner, (firing.at, 0))[1] + 1
        self.people.tickets[assignment.owner] += 1
        if storm is not None:
            storm.take(firing.facts.severity, self.terms)
        self._hold(firing, episode, assignment.owner)

    def _over_budget(self, firing: Firing, owner: str) -> bool:
        """Whether the owner's day is full; a ticket that is given counts towards it."""
        budget = self.terms.budget
        if budget is None or firing.facts.severity.value in budget.always:
            return False
        today = owner, firing.at.astimezone(self.terms.zone).date()
        if self.given[today] >= budget.tickets_a_day:
            return True
        self.given[today] += 1
        return False

    def _hold(self, firing: Firing, episode: str, owner: str) -> None:
        self.answered.add(firing.response)
        self.live.setdefault(firing.who, {})[episode] = owner
        self.people.hold(owner, firing.at)
        heappush(self.closing, (firing.at + self.terms.handling, owner, firing.who, episode))

    def close_until(self, now: datetime | None) -> None:
        """Close what has been handled by now; None: everything."""
        while self.closing and (now is None or self.closing[0][0] <= now):
            at, owner, who, episode = heappop(self.closing)
            held = self.live[who]
            del held[episode]
            if not held:
                del self.live[who]
            if self.terms.reopen is not None:
                self.done[who, episode] = at, owner
            self.people.release(owner, at)

    def _weather(self, now: datetime) -> None:
        """Begin the storms that are seen by now, each with its parent ticket, and end those that are over."""
        while self.breaking and self.breaking[-1].began <= now:
            storm = self.breaking.pop()
            self.close_until(storm.began)
            kind, value = storm.raged.alarm.group
            severity = Severity(self.terms.storm.severity) if self.terms.storm else Severity.HIGH
            attributes = () if kind in ("theme", "survey") else ((kind, value),)
            facts = RoutingFacts(
                severity, value if kind == "survey" else "", value if kind == "theme" else None, attributes=attributes
            )
            owner = self.terms.routing.route(facts, self.people.live, storm.began).owner
            self.people.hold(owner, storm.began)
            heappush(self.closing, (storm.began + self.terms.handling, owner, *self._parent(storm, owner)))
            self.raging.append(storm)
        self.raging = [one for one in self.raging if one.ended is None or one.ended > now]

    def _parent(self, storm: "_Weather", owner: str) -> tuple[int, str]:
        episode = "\x00".join((*storm.raged.alarm.group, str(storm.raged.first)))
        self.live.setdefault(0, {})[episode] = owner
        return 0, episode

    def load(self, days: int) -> Load:
        """What it came to."""
        counts = self.counts
        return Load(
            days=days,
            opened=counts["opened"],
            attached=counts["attached"],
            overflow=counts["overflow"],
            suppressed=counts["suppressed"],
            owners=self.people.loads(days, self.reviews),
            peaks=dict(self.people.peaks),
            severities=dict(self.severities),
            reopened=counts["reopened"],
            reviewed=counts["reviewed"],
            problems=len(self.storms) - len(self.breaking),
            refused=dict(self.refused),
            storms=tuple(storm.load() for storm in self.storms),
        )


class _Weather:
    """A storm of the history, and what it does to notices."""

    def __init__(self, raged: Raged) -> None:
        self.raged = raged
        self.began = datetime.fromtimestamp((raged.first + 1) * HOUR, UTC)
        self.ended = None if raged.last is None else datetime.fromtimestamp((raged.last + 1) * HOUR, UTC)
        self.tickets = self.kept_back = 0

    def take(self, severity: Severity, terms: Terms) -> None:
        """One more ticket of this storm."""
        self.tickets += 1
        self.kept_back += terms.storm is None or severity.value not in terms.storm.always_told

    def load(self) -> StormLoad:
        """The storm as reported."""
        return StormLoad(self.raged.alarm.group, self.began, self.ended, self.tickets, self.kept_back)
