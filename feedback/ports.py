"""What ingestion asks of the store: runs, responses, quarantine.

Implemented by `ledger`; everything is inside the caller's unit of work, so a batch commits whole or not at all.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from feedback.disposition import Disposition
from feedback.pickling import Portable
from feedback.response import ResponseBatch, SurveyResponse
from feedback.rows import Flag, Rejection


class RunState(StrEnum):
    """Where an ingestion run stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Run:
    """One ingestion of one file's bytes: unique by survey and content hash, resumable by batch number.

    Batches are numbered for `batch_size` rows each, so a resumed run keeps the size it began with. `taxonomy` is the
    digest of the queries that told its responses' themes, "" where they were not all told by the same.
    """

    id: str
    survey: str
    source: str
    file_name: str
    content_hash: str
    state: RunState
    started_at: datetime
    finished_at: datetime | None = None
    batch_size: int = 10_000
    received: int = 0
    counts: Mapping[Disposition, int] | None = None
    error: str = ""
    taxonomy: str = ""


class RunStore(Protocol):
    """Runs and their committed batches."""

    def start(self, run: Run) -> Run:
        """Record the run, or return the one that already has this survey and content hash."""
        ...

    def get(self, run_id: str) -> Run:
        """The run with its summed counts. Raises NotFoundError."""
        ...

    def list(self, limit: int = 50) -> Sequence[Run]:
        """Latest runs first."""
        ...

    def committed_batches(self, run_id: str) -> frozenset[int]:
        """Numbers of the batches already in the ledger: what a resumed run skips."""
        ...

    def record_batch(self, run_id: str, number: int, received: int, counts: Mapping[Disposition, int]) -> None:
        """Record a batch's counts; a second record of the same number raises StaleWriteError (and so rolls back)."""
        ...

    def finish(self, run_id: str, at: datetime, state: RunState, error: str = "") -> None:
        """Close the run."""
        ...


@dataclass(frozen=True, slots=True)
class KnownResponse(Portable):
    """What the ledger holds of a response id: its latest revision."""

    id: int
    revision: int
    content_hash: str
    ticket: str | None


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """A response revision as kept, with what became of it."""

    id: int
    revision: int
    run_id: str
    customer_id: str | None
    disposition: Disposition
    disposition_reason: str
    ticket: str | None
    response: SurveyResponse


@dataclass(frozen=True, slots=True)
class Landing:
    """What became of row i of a batch: written with the response."""

    revision: int
    customer_id: str | None
    disposition: Disposition
    reason: str = ""
    ticket: str | None = None


class ResponseStore(Protocol):
    """Responses by natural key; (source, survey, response id, revision) is unique."""

    def known(self, source: str, survey: str, response_ids: Sequence[str]) -> dict[str, KnownResponse]:
        """The latest held revision of those ids that the ledger has."""
        ...

    def customers(self, batch: ResponseBatch) -> list[str | None]:
        """The customer id of each row, created where new; None for an anonymous response."""
        ...

    def add(self, run_id: str, batch: ResponseBatch, landings: Sequence[Landing]) -> list[int]:
        """Insert one revision a row, in bulk; returns their ids in order."""
        ...

    def find(self, response_id: str, survey: str | None = None) -> StoredResponse:
        """The latest revision of a response by its own id. Raises NotFoundError, or asks for `survey`."""
        ...

    def stream(
        self, survey: str, since: datetime | None = None, until: datetime | None = None, size: int = 10_000
    ) -> Iterator[tuple[Sequence[int], ResponseBatch]]:
        """Stored responses of one survey by submission time, as batches with their ids."""
        ...

    def flag(self, run_id: str, flags: Sequence[Flag]) -> None:
        """Keep the contract's warnings on accepted rows."""
        ...


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """A rejected row as kept: everything needed to understand, mend and release it."""

    id: int
    run_id: str
    survey: str
    rejection: Rejection
    at: datetime
    released_in: str | None = None


class QuarantineStore(Protocol):
    """Rows that are not trusted yet; none is ever deleted but by erasure."""

    def add(self, run_id: str, survey: str, rejections: Sequence[Rejection], at: datetime) -> None:
        """Keep rejected rows with their raw cells."""
        ...

    def list(
        self, survey: str | None = None, include_released: bool = False, limit: int = 200
    ) -> Sequence[QuarantinedRow]:
        """Quarantined rows, oldest first."""
        ...

    def get(self, row_id: int) -> QuarantinedRow:
        """One row. Raises NotFoundError."""
        ...

    def release(self, row_ids: Sequence[int], run_id: str) -> int:
        """Mark rows as taken up again by a later run; returns how many were not before."""
        ...
