"""How often one may ask: a bucket of requests for each session or address, filled again with time."""

from collections import OrderedDict
from collections.abc import Callable
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
