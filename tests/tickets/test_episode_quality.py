"""How well responses find their episode, on customers whose troubles are known: precision and recall of pairs.

The generator decides which trouble each response is about; the theme that is read from it is missing or wrong at
stated rates. Two responses of a customer are predicted to be one episode when they end on one ticket, or on one that
follows it up.
"""

from datetime import timedelta
from itertools import combinations
from random import Random

import pytest

from tests.tickets.builders import NOW, ROUTING, SLA, candidate, keys
from tickets.actions import resolve
from tickets.episodes import ReopenWindow, episodes_of
from tickets.landing import OpeningRules
from tickets.opening import plan
from tickets.ticket import Closure, Ticket

THEMES = ("delivery.late", "damaged", "billing", "staff", "website")
RULES = OpeningRules(reopen=ReopenWindow(timedelta(hours=72), SLA.calendar))
DONE = Closure("product", "Sent another.", True)
Said = tuple[float, int, str | None]
"""Day, trouble, and the theme that was read."""


def customer(rng: Random, missing: float, wrong: float) -> list[Said]:
    """One to three troubles, apart in theme, each told in one to four responses over two weeks."""
    said: list[Said] = []
    for trouble, theme in enumerate(rng.sample(THEMES, rng.randint(1, 3))):
        start = rng.uniform(0, 60)
        for _ in range(rng.randint(1, 4)):
            dice = rng.random()
            read = None if dice < missing else rng.choice(THEMES) if dice < missing + wrong else theme
            said.append((start + rng.uniform(0, 14), trouble, read))
    return sorted(said, key=lambda one: one[0])


def chains(said: list[Said], rng: Random) -> list[str]:
    """The ticket each response ends on, by the first of its chain of follow-ups; tickets end in 2 to 9 days."""
    held: dict[str, Ticket] = {}
    roots: dict[str, str] = {}
    ends: list[str] = []
    for number, (day, _, theme) in enumerate(said):
        now = NOW + timedelta(days=day)
        for ticket in [one for one in held.values() if one.live]:
            end = ticket.opened_at + timedelta(days=rng.uniform(2, 9))
            if end <= now:
                held[ticket.key] = resolve(ticket, "amira", end, DONE, SLA.root_causes).ticket
        one = candidate(number, response=f"R-{number}", theme=theme)
        result = plan([one], {"c-1": episodes_of(held.values())}, keys(len(held) + 1), ROUTING, SLA, {}, now, RULES)
        held |= {t.key: t for t in result.opened} | {change.after.key: change.after for change in result.changes}
        for opened in result.opened:
            roots[opened.key] = roots[opened.follow_up_of] if opened.follow_up_of else opened.key
        landed = result.landed[0].ticket
        assert landed is not None
        ends.append(roots[landed])
    return ends


def quality(missing: float, wrong: float, customers: int = 400) -> tuple[float, float]:
    """Pairwise precision and recall."""
    rng = Random(1750)
    both = predicted = true = 0
    for _ in range(customers):
        said = customer(rng, missing, wrong)
        ends = chains(said, rng)
        for i, j in combinations(range(len(said)), 2):
            same, together = said[i][1] == said[j][1], ends[i] == ends[j]
            both, predicted, true = both + (same and together), predicted + together, true + same
    return both / predicted, both / true


@pytest.mark.parametrize(
    ("missing", "wrong", "precision", "recall"), [(0.0, 0.0, 1.0, 1.0), (0.1, 0.05, 0.85, 0.7), (0.3, 0.1, 0.65, 0.4)]
)
def test_pairs_of_one_trouble_end_together(missing: float, wrong: float, precision: float, recall: float) -> None:
    found = quality(missing, wrong)
    assert found[0] >= precision and found[1] >= recall, found
