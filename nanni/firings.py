"""Responses that fire under a policy, as the simulation of load needs them: packed, since a year has very many."""

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tickets.budget import rank
from tickets.routing import RoutingFacts
from triggers.storms import Group

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Firing:
    """One response that fires and may open a ticket, at the time it would be acted on.

    `who` tells customers apart, `response` responses (its revisions share it); equal where nobody knows who answered.
    `cool_down` is that of the rule that decides, `groups` are what a storm could be looked for in, `refused` is why
    the policy opens no ticket on it ("": it may). `ran_at` is when its run began: those of one run came together.
    """

    at: datetime
    who: int
    facts: RoutingFacts
    cool_down: timedelta | None = None
    response: int = 0
    groups: tuple[Group, ...] = ()
    refused: str = ""
    ran_at: datetime = _EPOCH


class _Kind(NamedTuple):
    """What many firings share."""

    facts: RoutingFacts
    cool_down: timedelta | None
    groups: tuple[Group, ...]
    refused: str


@dataclass(eq=False)
class Firings:
    """Firings in columns of 32 bytes each."""

    _kinds: dict[_Kind, int] = field(default_factory=dict)
    _runs: dict[datetime, int] = field(default_factory=dict)
    _at: "array[int]" = field(default_factory=lambda: array("q"))
    _who: "array[int]" = field(default_factory=lambda: array("q"))
    _response: "array[int]" = field(default_factory=lambda: array("q"))
    _kind: "array[int]" = field(default_factory=lambda: array("i"))
    _run: "array[int]" = field(default_factory=lambda: array("i"))

    def add(self, one: Firing) -> None:
        """Keep one more."""
        self._at.append((one.at - _EPOCH) // _MICROSECOND)
        self._who.append(one.who)
        self._response.append(one.response)
        kind = _Kind(one.facts, one.cool_down, one.groups, one.refused)
        self._kind.append(self._kinds.setdefault(kind, len(self._kinds)))
        self._run.append(self._runs.setdefault(one.ran_at, len(self._runs)))

    def extend(self, other: "Firings") -> None:
        """Keep another's as well."""
        mine = [self._kinds.setdefault(kind, len(self._kinds)) for kind in other._kinds]
        runs = [self._runs.setdefault(run, len(self._runs)) for run in other._runs]
        self._at.extend(other._at)
        self._who.extend(other._who)
        self._response.extend(other._response)
        self._kind.extend(mine[kind] for kind in other._kind)
        self._run.extend(runs[run] for run in other._run)

    def __len__(self) -> int:
        return len(self._at)

    def by_time(self) -> Iterator[tuple[datetime, Firing]]:
        """Each at its own time; at one moment in an order that does not depend on who kept them first."""
        at, response = self._at, self._response
        for one in self._firings(sorted(range(len(self)), key=lambda row: (at[row], response[row]))):
            yield one.at, one

    def by_batch(self, zone: ZoneInfo) -> Iterator[tuple[datetime, Firing]]:
        """Those of one run and one day of this zone together, at the time of their last, in the order of their rank.

        The times that come with them never go back.
        """
        days = {at: (_EPOCH + timedelta(microseconds=at)).astimezone(zone).toordinal() for at in set(self._at)}
        runs = list(self._runs)
        batches: dict[tuple[int, datetime], list[int]] = {}
        for row, (at, run) in enumerate(zip(self._at, self._run, strict=True)):
            batches.setdefault((days[at], runs[run]), []).append(row)
        now = _EPOCH
        for _, rows in sorted(batches.items()):
            together = sorted(self._firings(rows), key=lambda one: rank(one.facts.severity, one.at, one.response))
            now = max(now, max(one.at for one in together))
            for one in together:
                yield now, one

    def _firings(self, rows: Iterable[int]) -> Iterator[Firing]:
        kinds, runs = list(self._kinds), list(self._runs)
        for row in rows:
            facts, cool_down, groups, refused = kinds[self._kind[row]]
            at, run = _EPOCH + timedelta(microseconds=self._at[row]), runs[self._run[row]]
            yield Firing(at, self._who[row], facts, cool_down, self._response[row], groups, refused, run)


def packed(found: Iterable[Firing]) -> Firings:
    """Firings packed."""
    packed = Firings()
    for one in found:
        packed.add(one)
    return packed


def response_number(survey: str, response_id: str) -> int:
    """A number for a response that its revisions share: negative, as no customer's is.

    Of 63 bits: two of ten million responses share one in five of a million histories.
    """
    digest = blake2b(f"{survey}\x1f{response_id}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return -1 - (int.from_bytes(digest, "big") >> 1)
