"""Where a ticket may go from where it stands: the transition table as data, and the error that names the way out."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from feedback.errors import NanniError
from tickets.ticket import Status, Ticket


class Move(StrEnum):
    """What a person can do to a ticket."""

    ACKNOWLEDGE = "acknowledge"
    START = "start"
    CONTACT = "contact"
    NOTE = "note"
    WAIT = "wait"
    HOLD = "hold"
    REASSIGN = "reassign"
    CHANGE_PRIORITY = "change_priority"
    CHECK = "check"
    ESCALATE = "escalate"
    ACKNOWLEDGE_ESCALATION = "acknowledge_escalation"
    MERGE = "merge"
    SPLIT = "split"
    RESOLVE = "resolve"
    CLOSE = "close"
    REOPEN = "reopen"


class LifecycleError(NanniError):
    """A move that the ticket's status or content does not allow; nothing was changed."""

    exit_code = 10


_STAYING = (
    Move.CONTACT,
    Move.NOTE,
    Move.REASSIGN,
    Move.CHANGE_PRIORITY,
    Move.CHECK,
    Move.ESCALATE,
    Move.ACKNOWLEDGE_ESCALATION,
    Move.MERGE,
    Move.SPLIT,
)
"""Moves that leave a live status as it is."""


def _live(here: Status, moves: Mapping[Move, Status]) -> Mapping[Move, Status]:
    """A live status: its own moves, and those that leave the status as it is."""
    return MappingProxyType({**dict.fromkeys(_STAYING, here), **moves, Move.RESOLVE: Status.RESOLVED})


TRANSITIONS: Mapping[Status, Mapping[Move, Status]] = MappingProxyType(
    {
        Status.NEW: _live(
            Status.NEW,
            {
                Move.ACKNOWLEDGE: Status.OPEN,
                Move.CONTACT: Status.OPEN,
                Move.START: Status.IN_PROGRESS,
                Move.WAIT: Status.WAITING,
                Move.HOLD: Status.ON_HOLD,
            },
        ),
        Status.OPEN: _live(
            Status.OPEN, {Move.START: Status.IN_PROGRESS, Move.WAIT: Status.WAITING, Move.HOLD: Status.ON_HOLD}
        ),
        Status.IN_PROGRESS: _live(Status.IN_PROGRESS, {Move.WAIT: Status.WAITING, Move.HOLD: Status.ON_HOLD}),
        Status.WAITING: _live(Status.WAITING, {Move.START: Status.IN_PROGRESS, Move.HOLD: Status.ON_HOLD}),
        Status.ON_HOLD: _live(Status.ON_HOLD, {Move.START: Status.IN_PROGRESS, Move.WAIT: Status.WAITING}),
        Status.RESOLVED: MappingProxyType(
            {
                Move.CONTACT: Status.RESOLVED,
                Move.NOTE: Status.RESOLVED,
                Move.CHECK: Status.RESOLVED,
                Move.CLOSE: Status.CLOSED,
                Move.REOPEN: Status.OPEN,
            }
        ),
        Status.CLOSED: MappingProxyType({Move.NOTE: Status.CLOSED, Move.REOPEN: Status.OPEN}),
    }
)
"""Per status, each allowed move and the status it leads to. Nothing leads back to NEW."""

STEPS = frozenset(
    {(here, to) for here, moves in TRANSITIONS.items() for to in moves.values() if to is not here}
    | {(Status.WAITING, Status.OPEN)}  # the customer has answered
)
"""Every pair of statuses that one event may lead from and to; the store refuses any other."""


def allowed(status: Status) -> tuple[Move, ...]:
    """The moves a ticket in this status allows, in the order of `Move`."""
    return tuple(move for move in Move if move in TRANSITIONS[status])


def destination(ticket: Ticket, move: Move) -> Status:
    """The status that a move leads to. Raises LifecycleError where the status, or a merge, does not allow the move."""
    if ticket.merged_into is not None:
        raise LifecycleError(
            f"{move} is not possible: it was merged into {ticket.merged_into}",
            where=f"ticket {ticket.key}",
            next_step=f"work on {ticket.merged_into}, or unmerge {ticket.key} first",
        )
    try:
        return TRANSITIONS[ticket.status][move]
    except KeyError:
        moves = allowed(ticket.status)
        raise LifecycleError(
            f"{move} is not possible while the ticket is {ticket.status}",
            where=f"ticket {ticket.key}",
            allowed=", ".join(moves),
            next_step=_way_to(move, moves),
        ) from None


def _way_to(move: Move, moves: tuple[Move, ...]) -> str:
    if move is Move.CLOSE and Move.RESOLVE in moves:
        return "resolve it first, with root cause and action taken"
    if Move.REOPEN in moves:
        return "reopen it first"
    return "nothing: it is already there" if move in (Move.ACKNOWLEDGE, Move.START) else "choose one of the moves above"
