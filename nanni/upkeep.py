"""What time alone brings about between a fired response and its ticket, done after each look into the inboxes."""

from ledger.replays import forget_replays
from nanni.late_landing import settle_due
from nanni.parts import Parts
from nanni.storms import sweep


def look_after(parts: Parts) -> None:
    """Act on responses whose wait for a comment is over, send digests that are due, end storms that have passed.

    Keys of programs whose time is over are forgotten too.
    """
    settle_due(parts)
    sweep(parts)
    with parts.ledger.begin() as uow:
        forget_replays(uow.connection, parts.clock())
