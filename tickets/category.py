"""What a ticket is about, as a place in the team's taxonomy: proposed with confidence and evidence, and put right.

Three ways, asked in this order: the head learned from corrected tickets (once it has proved better than the rest), the
taxonomy's keyword queries, nearness of meaning to its seed sentences. None of them is asked to guess.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tickets.actions import SYSTEM, Acted
from tickets.events import EventKind
from tickets.lifecycle import LifecycleError, Move, destination
from tickets.ticket import Ticket

LEAST_SIMILAR = 0.4
"""Cosine below which a seed sentence says nothing."""
LEAST_PROBABLE = 0.5
"""What a learned category has to reach; below, the categories above it are asked."""


class Source(StrEnum):
    """Who or what said so."""

    PERSON = "person"
    LEARNED = "learned"
    BOTH = "keywords_and_similarity"
    KEYWORDS = "keywords"
    SIMILARITY = "similarity"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A category with who says so, how sure that is (0 to 1), and the words or sentences that speak for it.

    Of the learned head the confidence is its probability; of the other ways, how often people left theirs as it was.
    """

    category: str
    source: Source
    confidence: float
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Signs:
    """What is known of one ticket.

    `quotes` by theme that its queries found, `seeds`: the nearest one by theme with its cosine, `learned`: probability
    by theme (empty without a head in use).
    """

    quotes: Mapping[str, Sequence[str]]
    seeds: Mapping[str, tuple[float, str]]
    learned: Mapping[str, float]


TrackRecord = Mapping[Source, tuple[int, int]]
"""By way: how many of its proposals people looked at, and how many of those stood."""


def propose(signs: Signs, record: TrackRecord) -> Proposal | None:
    """The category of a ticket; None when nothing says anything."""
    if signs.learned and (found := _learned(signs)) is not None:
        return found
    keyword = min(signs.quotes, key=lambda theme: (-theme.count("."), -len(signs.quotes[theme]), theme), default=None)
    near = min(signs.seeds, key=lambda theme: (-signs.seeds[theme][0], theme), default=None)
    if near is not None and signs.seeds[near][0] < LEAST_SIMILAR:
        near = None
    if keyword is None and near is None:
        return None
    if keyword is None or near is None or not _related(keyword, near):
        chosen, source = (keyword, Source.KEYWORDS) if keyword is not None else (near, Source.SIMILARITY)
    else:
        chosen, source = max(keyword, near, key=len), Source.BOTH
    assert chosen is not None, "one of the two ways has said something"
    seen, stood = record.get(source, (0, 0))
    return Proposal(chosen, source, round((stood + 1) / (seen + 2), 3), _evidence(signs, keyword, near, source))


def _learned(signs: Signs) -> Proposal | None:
    """The most specific category that is probable enough, counting what lies below it."""
    summed: dict[str, float] = {}
    for theme, probability in signs.learned.items():
        for above in lineage(theme):
            summed[above] = summed.get(above, 0.0) + probability
    probable = [theme for theme, probability in summed.items() if probability >= LEAST_PROBABLE]
    if not probable:
        return None
    theme = max(probable, key=lambda one: (one.count("."), summed[one]))
    words = tuple(quote for found, quotes in signs.quotes.items() if _related(found, theme) for quote in quotes)
    told = (f"learned from corrected tickets: {summed[theme]:.0%}", *words[:3])
    return Proposal(theme, Source.LEARNED, round(summed[theme], 3), told)


def lineage(theme: str) -> list[str]:
    """A category and those above it: "a.b.c", "a.b", "a"."""
    parts = theme.split(".")
    return [".".join(parts[:depth]) for depth in range(len(parts), 0, -1)]


def _related(one: str, other: str) -> bool:
    """Whether one lies below the other, or is it."""
    return one == other or one.startswith(f"{other}.") or other.startswith(f"{one}.")


def _evidence(signs: Signs, keyword: str | None, near: str | None, source: Source) -> tuple[str, ...]:
    words = tuple(signs.quotes[keyword])[:3] if keyword is not None and source is not Source.SIMILARITY else ()
    if near is None or source is Source.KEYWORDS:
        return words
    cosine, seed = signs.seeds[near]
    return (*words, f"like: {seed} ({cosine:.2f})")


def categorise(ticket: Ticket, now: datetime, proposal: Proposal) -> Acted:
    """File the ticket as proposed; the evidence quotes the customer, so it is words that can be erased."""
    return _filed(ticket, SYSTEM, now, proposal, ())


def correct(
    ticket: Ticket, actor: str, now: datetime, category: str, before: tuple[str, str] | None, known: Sequence[str]
) -> Acted:
    """Put the category right, or confirm it; `before` is the one it had with who said so.

    What people say is never overruled by the machine. Raises LifecycleError for a category the taxonomy does not have.
    """
    if category not in known:
        raise LifecycleError(
            f"no category {category!r}",
            where=f"ticket {ticket.key}",
            allowed=", ".join(known),
            next_step="use one of these, or add it to themes.yaml",
        )
    was = (("from", before[0]), ("from_source", before[1])) if before else ()
    return _filed(ticket, actor, now, Proposal(category, Source.PERSON, 1.0, ()), was)


def _filed(ticket: Ticket, actor: str, now: datetime, proposal: Proposal, was: tuple[tuple[str, str], ...]) -> Acted:
    destination(ticket, Move.NOTE)
    data = (
        ("category", proposal.category),
        ("source", proposal.source.value),
        ("confidence", f"{proposal.confidence:g}"),
        *was,
    )
    return Acted(ticket, ()).then(
        EventKind.CATEGORISED, actor, now, data, f"filed under {proposal.category}", "\n".join(proposal.evidence)
    )
