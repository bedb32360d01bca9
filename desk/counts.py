"""How many tickets lie in each box, kept for a moment: a person's own change shows at once, others' within it."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from tickets.inbox import Box

GOOD_FOR = 20.0
REMEMBERED = 1_000
Counts = dict[Box, int]


class BoxCache:
    """Counts by account; times are monotonic seconds."""

    def __init__(self) -> None:
        self._kept: OrderedDict[int, tuple[float, Counts]] = OrderedDict()
        self._lock = Lock()

    def get(self, account: int, now: float, count: Callable[[], Counts]) -> Counts:
        """The counts as they were at most `GOOD_FOR` ago, counted anew when they are older."""
        with self._lock:
            kept = self._kept.get(account)
        if kept is not None and now - kept[0] < GOOD_FOR:
            return kept[1]
        counts = count()
        with self._lock:
            self._kept[account] = (now, counts)
            while len(self._kept) > REMEMBERED:
                self._kept.popitem(last=False)
        return counts

    def forget(self, account: int) -> None:
        """Somebody changed something."""
        with self._lock:
            self._kept.pop(account, None)
