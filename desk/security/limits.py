"""How often one may ask: a bucket of requests for each session or address, and a number of guesses at a password."""

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock

from desk.errors import TooManyError

REMEMBERED = 10_000


class RateLimit:
    """At most `burst` requests at once and `per_second` in the long run, for each key."""

    def __init__(self, burst: int, per_second: float, clock: Callable[[], float]) -> None:
        self._burst, self._rate, self._clock = burst, per_second, clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def take(self, key: str) -> None:
        """Count one request. Raises TooManyError when the bucket is empty."""
        with self._lock:
            now = self._clock()
            left, since = self._left.pop(key, (float(self._burst), now))
            left = min(self._burst, left + (now - since) * self._rate)
            self._left[key] = (left - 1 if left >= 1 else left, now)
            while len(self._left) > REMEMBERED:
                self._left.popitem(last=False)
        if left < 1:
            raise TooManyError("too many requests", max(1, round((1 - left) / self._rate)), next_step="wait a moment")


class Guesses:
    """At most so many guesses within a window, for each key; a guess counts from its start, so many at once do too."""

    def __init__(self, window: timedelta) -> None:
        self._window = window
        self._begun: OrderedDict[str, list[datetime]] = OrderedDict()
        self._lock = Lock()

    def take(self, key: str, most: int, now: datetime) -> bool:
        """One more, unless there were `most` within the window."""
        with self._lock:
            begun = [at for at in self._begun.pop(key, []) if now - at <= self._window]
            left = len(begun) < most
            self._begun[key] = [*begun, now] if left else begun
            while len(self._begun) > REMEMBERED:
                self._begun.popitem(last=False)
        return left

    def forget(self, key: str) -> None:
        """The last one was right, and those before it were slips."""
        with self._lock:
            self._begun.pop(key, None)

    def give_back(self, key: str, begun: datetime) -> None:
        """The one begun then was right; the others stay."""
        with self._lock:
            kept = self._begun.get(key, [])
            if begun in kept:
                kept.remove(begun)
