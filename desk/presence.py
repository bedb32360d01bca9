"""Who is looking at a ticket and who is writing, in this process; forgotten when they stop saying so."""

from dataclasses import dataclass
from threading import Lock

SEEN_FOR = 20.0
"""Seconds after which somebody who has not been heard of is gone."""
MOST = 50


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody at a ticket."""

    name: str
    writing: bool


class Presence:
    """By ticket, who was there when; times are monotonic seconds."""

    def __init__(self) -> None:
        self._seen: dict[str, dict[str, tuple[float, bool]]] = {}
        self._lock = Lock()

    def note(self, ticket: str, name: str, now: float, *, writing: bool | None = None) -> None:
        """Somebody is there; `writing` of None leaves what was said last."""
        with self._lock:
            here = self._seen.setdefault(ticket, {})
            before = here.get(name, (0.0, False))[1]
            if name in here or len(here) < MOST:
                here[name] = (now, before if writing is None else writing)

    def leave(self, ticket: str, name: str) -> None:
        """Somebody closed the page."""
        with self._lock:
            here = self._seen.get(ticket, {})
            here.pop(name, None)
            if not here:
                self._seen.pop(ticket, None)

    def others(self, ticket: str, name: str, now: float) -> list[Present]:
        """Who else is there, by name."""
        with self._lock:
            here = self._seen.get(ticket, {})
            for gone in [who for who, (at, _) in here.items() if now - at > SEEN_FOR]:
                del here[gone]
            return [Present(who, writing) for who, (_, writing) in sorted(here.items()) if who != name]


class Streams:
    """How many live pages each person has open."""

    def __init__(self) -> None:
        self._open: dict[int, int] = {}
        self._lock = Lock()

    def enter(self, person: int, most: int) -> bool:
        """One more, unless there are `most` already."""
        with self._lock:
            if self._open.get(person, 0) >= most:
                return False
            self._open[person] = self._open.get(person, 0) + 1
            return True

    def leave(self, person: int) -> None:
        """One less."""
        with self._lock:
            left = self._open.get(person, 1) - 1
            if left:
                self._open[person] = left
            else:
                self._open.pop(person, None)
