"""Responses that fire under a policy, as the simulation of load needs them: packed, since a year has very many."""

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import NamedTuple

from tickets.routing import RoutingFacts
from triggers.storms import Group

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Firing:
    """One response that fires and may open a ticket, at the time it would be acted on.

    `who` tells customers apart, `response` responses (its revisions share it); equal where nobody knows who answered.
    `cool_down` is that of the rule that decides, `groups` are what a storm could be looked for in, `refused` is why
    the policy opens no ticket on it ("": it may).
    """

    at: datetime
    who: int
    facts: RoutingFacts
    cool_down: timedelta | None = None
    response: int = 0
    groups: tuple[Group, ...] = ()
    refused: str = ""


class _Kind(NamedTuple):
    """What many firings share."""

    facts: RoutingFacts
    cool_down: timedelta | None
    groups: tuple[Group, ...]
    refused: str


@dataclass(eq=False)
class Firings:
    """Firings in columns of 28 bytes each."""

    _kinds: dict[_Kind, int] = field(default_factory=dict)
    _at: "array[int]" = field(default_factory=lambda: array("q"))
    _who: "array[int]" = field(default_factory=lambda: array("q"))
    _response: "array[int]" = field(default_factory=lambda: array("q"))
    _kind: "array[int]" = field(default_factory=lambda: array("i"))

    def add(self, one: Firing) -> None:
        """Keep one more."""
        self._at.append((one.at - _EPOCH) // _MICROSECOND)
        self._who.append(one.who)
        self._response.append(one.response)
        kind = _Kind(one.facts, one.cool_down, one.groups, one.refused)
        self._kind.append(self._kinds.setdefault(kind, len(self._kinds)))

    def extend(self, other: "Firings") -> None:
        """Keep another's as well."""
        mine = [self._kinds.setdefault(kind, len(self._kinds)) for kind in other._kinds]
        self._at.extend(other._at)
        self._who.extend(other._who)
        self._response.extend(other._response)
        self._kind.extend(mine[kind] for kind in other._kind)

    def __len__(self) -> int:
        return len(self._at)

    def __iter__(self) -> Iterator[Firing]:
        """In order of time; at one moment in an order that does not depend on who kept them first."""
        kinds, at, response = list(self._kinds), self._at, self._response
        for row in sorted(range(len(self)), key=lambda row: (at[row], response[row])):
            kind = kinds[self._kind[row]]
            moment = _EPOCH + timedelta(microseconds=at[row])
            yield Firing(moment, self._who[row], kind.facts, kind.cool_down, response[row], kind.groups, kind.refused)


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
