"""Customers whose troubles are known, told in words: how well responses find their episode.

The generator decides which trouble each response is about; the theme that is read from it is missing or wrong at
stated rates. Two responses of a customer are predicted to be one episode when they end on one ticket, or on one that
follows it up.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import cache
from itertools import combinations
from random import Random
from typing import NamedTuple

import numpy as np
from numpy.random import default_rng
from numpy.typing import NDArray

from models.encoder import TextEncoder
from nanni.demo.comments import THEMES, Commenter, Prompt
from nanni.demo.dice import Dice
from nanni.demo.grammar import load_grammar
from nanni.demo.styles import STYLES
from tests.tickets.builders import NOW, ROUTING, SLA, candidate, keys
from tickets.actions import resolve
from tickets.episodes import ReopenWindow, episodes_of
from tickets.landing import Candidate, OpeningRules
from tickets.opening import plan
from tickets.placing import Likeness, unlike
from tickets.ticket import Closure, Ticket

DONE = Closure("product", "Sent another.", True)


class Said(NamedTuple):
    """One response: its day, the trouble it is about, the theme that was read from it, and its words."""

    day: float
    trouble: int
    theme: str | None
    words: str


class Voice(NamedTuple):
    """What there is to complain of, and what somebody would write about it."""

    themes: Sequence[str]
    say: Callable[[str, Random], str]


class Spoilt(NamedTuple):
    """Shares of responses whose theme is not read, or read wrongly."""

    missing: float
    wrong: float = 0.0


class Quality(NamedTuple):
    """Pairs of responses by customer: rightly together, together, and of one trouble."""

    right: NDArray[np.int64]
    together: NDArray[np.int64]
    same: NDArray[np.int64]

    @property
    def precision(self) -> float:
        """Of the pairs put together, how many are of one trouble."""
        return float(self.right.sum() / self.together.sum())

    @property
    def recall(self) -> float:
        """Of the pairs of one trouble, how many were put together."""
        return float(self.right.sum() / self.same.sum())

    def intervals(self, draws: int = 1_000) -> tuple[tuple[float, float], tuple[float, float]]:
        """95 % intervals of precision and recall, by a bootstrap over customers."""
        rows = default_rng(1750).integers(0, len(self.right), (draws, len(self.right)))
        right = self.right[rows].sum(1)
        found = [np.quantile(right / of[rows].sum(1), [0.025, 0.975]).tolist() for of in (self.together, self.same)]
        return tuple(found[0]), tuple(found[1])


def demo_voice() -> Voice:
    """The demo's customers: complaints about ten themes, each from a grammar, in six styles of typing."""
    commenter, styles = Commenter({"en": load_grammar("en")}), list(STYLES)

    def say(theme: str, rng: Random) -> str:
        (style,) = rng.choices(styles, [STYLES[one] for one in styles])
        return commenter.write(Prompt(theme, "bad", "en", "Leeds", style), Dice(default_rng(rng.getrandbits(32))))

    return Voice(THEMES, say)


def sentences_voice(sentences: Mapping[str, Sequence[str]]) -> Voice:
    """Customers who say what real ones wrote, sentences by theme."""
    return Voice(sorted(sentences), lambda theme, rng: rng.choice(sentences[theme]))


class Reader:
    """Likeness over the words that a world's responses hold, as the ledger's reading has it: each text read once."""

    def __init__(self, encoder: TextEncoder) -> None:
        self._vector = cache(lambda text: encoder.vectors([text])[0])
        self.words: dict[str, str] = {}

    def __call__(self, one: Candidate, other: Ticket | Candidate) -> float:
        theirs = self.words[other.key] if isinstance(other, Ticket) else other.said
        return round(float(self._vector(one.said) @ self._vector(theirs)), 3)


def customer(rng: Random, voice: Voice, spoilt: Spoilt) -> list[Said]:
    """One to three troubles, apart in theme, each told in one to four responses over two weeks."""
    said: list[Said] = []
    for trouble, theme in enumerate(rng.sample(voice.themes, rng.randint(1, 3))):
        start = rng.uniform(0, 60)
        for _ in range(rng.randint(1, 4)):
            dice, other, words = rng.random(), rng.choice(voice.themes), voice.say(theme, rng)
            wrong = dice < spoilt.missing + spoilt.wrong
            read = None if dice < spoilt.missing else other if wrong else theme
            said.append(Said(start + rng.uniform(0, 14), trouble, read, words))
    return sorted(said)


def chains(said: Sequence[Said], rng: Random, alike: float | None, reader: Reader | None) -> list[str]:
    """The ticket each response ends on, by the first of its chain of follow-ups; tickets end in 2 to 9 days."""
    rules = OpeningRules(reopen=ReopenWindow(timedelta(hours=72), SLA.calendar), alike=alike)
    likeness: Likeness = reader or unlike
    held: dict[str, Ticket] = {}
    roots: dict[str, str] = {}
    words: dict[str, str] = {}
    ends: list[str] = []
    if reader is not None:
        reader.words = words
    for number, one in enumerate(said):
        now = NOW + timedelta(days=one.day)
        for ticket in [ticket for ticket in held.values() if ticket.live]:
            end = ticket.opened_at + timedelta(days=rng.uniform(2, 9))
            if end <= now:
                held[ticket.key] = resolve(ticket, "amira", end, DONE, SLA.root_causes).ticket
        fired = candidate(number, response=f"R-{number}", theme=one.theme, said=one.words)
        known = {"c-1": episodes_of(held.values())}
        result = plan([fired], known, keys(len(held) + 1), ROUTING, SLA, {}, now, rules, likeness=likeness)
        held |= {t.key: t for t in result.opened} | {change.after.key: change.after for change in result.changes}
        for opened in result.opened:
            roots[opened.key] = roots[opened.follow_up_of] if opened.follow_up_of else opened.key
        landed = result.landed[0].ticket
        assert landed is not None
        words[landed] = "\n".join(filter(None, (words.get(landed), one.words)))
        ends.append(roots[landed])
    return ends


def quality(
    voice: Voice, spoilt: Spoilt, customers: int, alike: float | None = None, encoder: TextEncoder | None = None
) -> Quality:
    """How the pairs of these customers come out; every customer draws from dice of their own, so runs are paired."""
    reader = Reader(encoder) if encoder is not None else None
    counts = np.zeros((customers, 3), np.int64)
    for number in range(customers):
        rng = Random(f"1750.{number}")
        said = customer(rng, voice, spoilt)
        ends = chains(said, rng, alike, reader)
        for i, j in combinations(range(len(said)), 2):
            same, together = said[i].trouble == said[j].trouble, ends[i] == ends[j]
            counts[number] += (same and together, together, same)
    return Quality(*counts.T)
