"""Plays fired responses in order of time against the people, budgets and storms that would meet them."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from heapq import heappop, heappush

from nanni.backtest_load import Load, Terms
from nanni.firings import Firing, Firings
from nanni.load_people import People
from nanni.load_storms import StormRuns
from tickets.budget import Allowance, DayBudget
from tickets.episodes import NO_THEME
from tickets.routes import Assignment, Turns
from tickets.ticket import episode_of
from triggers.policy import Severity

HOUR = timedelta(hours=1)

Episode = tuple[int, str]
"""Who, and about what."""


def simulate(firings: Firings, terms: Terms, days: int) -> Load:
    """Open, route and, after the handling time, close tickets in order of time; `days` is the length of the window.

    Responses come one by one when they were given. `terms.ranked`, those of one batch and day come together, in the
    order in which a budget is given out.
    """
    run = _Run(terms)
    for now, firing in firings.by_batch(terms.zone) if terms.ranked else firings.by_time():
        run.take(firing, now)
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
        self.allowance: tuple[date, Allowance] | None = None
        self.reviews: Counter[str] = Counter()
        self.turns: dict[str, tuple[datetime, int]] = {}
        self.storms = StormRuns(terms.storms)

    def take(self, firing: Firing, now: datetime) -> None:
        """What becomes of one response, in the order in which `tickets.landing` and what stands before it decide."""
        self._weather(now)
        self.close_until(now)
        live, episode = self.live.get(firing.who, {}), episode_of(firing.facts.theme)
        if firing.response in self.answered:
            self.counts["attached"] += 1
        elif firing.refused:
            self.refused[firing.refused] += 1
        elif self._cooling(firing, live, now):
            self.counts["suppressed"] += 1
        elif live and (episode in live or episode == NO_THEME):
            self.counts["attached"] += 1
            self.answered.add(firing.response)
        elif (owner := self._reopens(firing, episode, now)) is not None:
            self.counts["attached"] += 1
            self.counts["reopened"] += 1
            self._hold(firing, episode, owner, now)
        else:
            self._open(firing, episode, now)

    def _cooling(self, firing: Firing, live: Mapping[str, str], now: datetime) -> bool:
        last = self.last.get(firing.who)
        return firing.cool_down is not None and not live and last is not None and now - last < firing.cool_down

    def _reopens(self, firing: Firing, episode: str, now: datetime) -> str | None:
        """The owner of the episode's last ticket, while its customer can still bring it back."""
        before, window = self.done.get((firing.who, episode)), self.terms.reopen
        if before is None or window is None or not window.spans(before[0], now):
            return None
        return before[1]

    def _open(self, firing: Firing, episode: str, now: datetime) -> None:
        storm = self.storms.over(firing)
        assignment, fits = self._assignment(firing, now, storm is not None)
        if not fits:
            self.counts["reviewed"] += 1
            self.reviews[assignment.owner] += 1
            return
        self.counts["opened"] += 1
        self.counts["overflow"] += assignment.queue is not None
        self.severities[firing.facts.severity] += 1
        self.last[firing.who] = now
        self.turns[assignment.owner] = now, self.turns.get(assignment.owner, (now, 0))[1] + 1
        self.people.tickets[assignment.owner] += 1
        if storm is not None:
            storm.take(firing.facts.severity, self.terms)
        self._hold(firing, episode, assignment.owner, now)

    def _assignment(self, firing: Firing, now: datetime, exempt: bool) -> tuple[Assignment, bool]:
        """Whose a new ticket is, and whether they have room for it on its day."""
        routing, budget = self.terms.routing, self.terms.budget
        turns: Turns | None = self.turns if routing.takes_turns else None
        if budget is None:
            return routing.route(firing.facts, self.people.live, now, turns), True
        today = firing.at.astimezone(self.terms.zone).date()
        if self.allowance is None or self.allowance[0] != today:
            self.allowance = today, Allowance(DayBudget(budget))
        return self.allowance[1].route(routing, firing.facts, self.people.live, now, turns, exempt)

    def _hold(self, firing: Firing, episode: str, owner: str, now: datetime) -> None:
        self.answered.add(firing.response)
        self.live.setdefault(firing.who, {})[episode] = owner
        self.people.hold(owner, now)
        heappush(self.closing, (now + self.terms.handling, owner, firing.who, episode))

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
        """Open the parent ticket of each storm that is seen by now; what comes together is counted first, as live."""
        severity = Severity(self.terms.storm.severity) if self.terms.storm else Severity.HIGH
        for storm in self.storms.breaking(now + HOUR if self.terms.ranked else now):
            at = min(storm.began, now)
            self.close_until(at)
            owner = self.terms.routing.route(storm.facts(severity), self.people.live, at).owner
            self.people.hold(owner, at)
            self.live.setdefault(0, {})[storm.episode] = owner
            heappush(self.closing, (at + self.terms.handling, owner, 0, storm.episode))

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
            problems=self.storms.begun,
            refused=dict(self.refused),
            storms=self.storms.loads(),
        )
