"""A batch ready to be committed: plain columns that cross to other processes, and what opening tickets wants."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from feedback.revision import RowState
from feedback.rows import Flag, Rejection
from ledger.packed import PackedDecisions, PackedResponses
from nanni.drift import Heard
from nanni.judged import Judged, Shadow
from tickets.landing import Candidate
from triggers.storms import Arrived


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """What was decided on a batch, as the store and the tickets take it.

    `candidates` are the fired rows that stand, without their customers' ids and tickets; `ambiguous` are the rows that
    wait for a person because of a doubtful comment; `fired` counts by rule, `arrived` by hour for the storm watch.
    """

    decisions: PackedDecisions
    ambiguous: Sequence[int]
    candidates: tuple[Candidate, ...]
    fired: Mapping[str, int]
    arrived: Sequence[Arrived] = ()
    shadow: Shadow | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A batch after every step that has no side effects: what is left is to commit it.

    `judged` is kept where the policy asks what only the commit can know: what customers told us before, and which
    responses wait for their comment. `heard` is for the drift watch.
    """

    number: int
    received: int
    rejected: tuple[Rejection, ...]
    flags: tuple[Flag, ...]
    duplicates: Sequence[str]
    seen: int
    states: Sequence[RowState]
    responses: PackedResponses
    verdict: Verdict
    judged: Judged | None = None
    heard: Heard | None = None
