"""Whether trouble has left its usual range: an exact test on rates, with responses as the exposure.

Given how many fired responses there are in all, those of the last hours are binomial under any ratio of the two rates
(Przyborowski and Wilenski 1940). What is asked is how likely so many or more would be if the rate had become `ratio`
times the usual one, and no more. Each look tests every group that could raise a storm, so the bound on chance is
shared among them (Bonferroni). A look is made with every batch: the bound holds for one look, not for a year of them.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

import numpy as np
from scipy.special import betainc

from feedback.response import ResponseStatus
from triggers.handling import StormPolicy
from triggers.outcome import Outcome
from triggers.signals import Signals
from triggers.themes import main_theme

FEWEST_USUAL = 100
"""Responses before the window without which nobody can say what is usual."""

EVERYTHING = ("all", "")
"""The group of all responses: the exposure of themes, which a quiet response does not name."""

Group = tuple[str, str]
"""What a storm is looked for in, and the value: ("theme", "delivery.late"), ("store", "Leeds")."""


class Seen(NamedTuple):
    """Responses, and how many of them fired."""

    responses: int = 0
    fired: int = 0

    @property
    def rate(self) -> float:
        """Fired responses a response."""
        return self.fired / self.responses if self.responses else 0.0


class Alarm(NamedTuple):
    """A group that has left its usual range; `chance` is the test's probability, not yet shared among groups."""

    group: Group
    now: Seen
    usual: Seen
    chance: float


def chance_of(now: Seen, usual: Seen, ratio: float = 1.0) -> float:
    """The probability of so many fired or more in `now`, were its rate `ratio` times that of `usual`."""
    if now.fired <= 0:
        return 1.0
    exposed = ratio * now.responses
    share = exposed / (exposed + usual.responses)
    return float(betainc(now.fired, usual.fired + 1, share))


def alarms(policy: StormPolicy, seen: Mapping[Group, tuple[Seen, Seen]]) -> list[Alarm]:
    """The groups whose last hours (first of the pair) are beyond what is usual (second), the least likely first."""
    testable = {
        group: (now, usual)
        for group, (now, usual) in seen.items()
        if usual.responses >= FEWEST_USUAL and now.fired >= policy.at_least
    }
    found = [Alarm(group, now, usual, chance_of(now, usual, policy.ratio)) for group, (now, usual) in testable.items()]
    limit = policy.chance / max(1, len(seen))
    return sorted((one for one in found if one.chance <= limit), key=lambda one: (one.chance, one.group))


def calm(policy: StormPolicy, now: Seen, usual: Seen) -> bool:
    """Whether a storm is over: too few fired to raise one, or a rate within the allowed ratio of the usual one."""
    return now.fired < policy.at_least or now.rate <= policy.ratio * usual.rate


def whole_hours(length: timedelta) -> int:
    """Whole hours of a length."""
    return length // timedelta(hours=1)


Span = tuple[int, int]
"""Hours (after, until]."""


def apart(spans: Iterable[Span], first: int, last: int) -> list[Span]:
    """The part of these spans that lies in (first, last], no hour in two of them."""
    found: list[Span] = []
    for after, until in sorted((max(after, first), min(until, last)) for after, until in spans):
        begins = max(after, found[-1][1]) if found else after
        if begins < until:
            found.append((begins, until))
    return found


class Arrived(NamedTuple):
    """What came in one hour (since 1970) in one group."""

    group: Group
    hour: int
    seen: Seen


def tally(policy: StormPolicy, signals: Signals, outcome: Sequence[int], rows: Sequence[int]) -> list[Arrived]:
    """Arrivals of these rows by group and hour; test responses do not count."""
    batch = signals.batch
    hours = (batch.submitted_at[list(rows)].astype("datetime64[h]").astype(np.int64)).tolist() if rows else []
    came: Counter[tuple[Group, int]] = Counter()
    fired: Counter[tuple[Group, int]] = Counter()
    for row, hour in zip(rows, hours, strict=True):
        if batch.status[row] is ResponseStatus.TEST:
            continue
        fires = int(outcome[row]) == Outcome.FIRED
        for group in _groups(policy, signals, row, fires):
            came[group, hour] += 1
            fired[group, hour] += fires
    return [Arrived(group, hour, Seen(count, fired[group, hour])) for (group, hour), count in came.items()]


def groups_of(policy: StormPolicy, theme: str | None, survey: str, attributes: Mapping[str, str | None]) -> list[Group]:
    """The groups that a fired response belongs to."""
    values = {"theme": theme, "survey": survey}
    found = ((kind, values[kind] if kind in values else attributes.get(kind)) for kind in policy.by)
    return [(kind, value) for kind, value in found if value]


def _groups(policy: StormPolicy, signals: Signals, row: int, fires: bool) -> list[Group]:
    batch = signals.batch
    theme = main_theme(signals.themes[row]) if fires else None
    attributes = {name: column[row] for name, column in batch.attributes.items() if name in policy.by}
    return [EVERYTHING, *groups_of(policy, theme, batch.survey.id, attributes)]
