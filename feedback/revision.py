"""Which rows of a batch are new, which revise a response we hold, and which say nothing new."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from feedback.pickling import Portable
from feedback.ports import KnownResponse


class Novelty(StrEnum):
    """What a row adds to what the ledger holds."""

    NEW = "new"
    REVISION = "revision"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class RowState(Portable):
    """A row's novelty; `held` is the revision before this batch; `superseded`: a later row of the batch replaces it."""

    novelty: Novelty
    revision: int
    held: KnownResponse | None
    superseded: bool = False


_NEW = RowState(Novelty.NEW, 1, None)


def sort_rows(
    response_ids: Sequence[str], content_hashes: Sequence[str], known: Mapping[str, KnownResponse]
) -> list[RowState]:
    """The state of each row, in order: same id and content is a duplicate, same id and other content a revision."""
    latest: dict[str, tuple[int, str, int | None]] = {
        key: (held.revision, held.content_hash, None) for key, held in known.items()
    }
    states: list[RowState] = []
    for row, (key, content) in enumerate(zip(response_ids, content_hashes, strict=True)):
        held = known.get(key)
        revision, seen, position = latest.get(key, (0, "", None))
        if revision and seen == content:
            states.append(RowState(Novelty.DUPLICATE, revision, held))
            continue
        if position is not None:
            earlier = states[position]
            states[position] = RowState(earlier.novelty, earlier.revision, earlier.held, superseded=True)
        states.append(RowState(Novelty.REVISION, revision + 1, held) if revision else _NEW)
        latest[key] = (revision + 1, content, row)
    return states
