"""Facts: what the ledger hands over to the warehouse, one frozen type a row and one Arrow schema a table.

No fact holds a comment, a name or an address: people are the ledger's own opaque customer ids (invariant 9).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from types import NoneType, UnionType
from typing import Any, Protocol, get_args, get_type_hints

import pyarrow as pa


@dataclass(frozen=True, slots=True)
class SurveyFact:
    """A survey as configured. The scale is the current one; each response keeps its own."""

    survey: str
    title: str
    touchpoint: str
    source: str
    scale_kind: str | None
    scale_minimum: float | None
    scale_maximum: float | None
    higher_is_better: bool | None


@dataclass(frozen=True, slots=True)
class ThemeFact:
    """A theme of the taxonomy; `parent` is the theme above it, None at the top."""

    theme: str
    name: str
    parent: str | None


@dataclass(frozen=True, slots=True)
class ResponseFact:
    """The latest revision of one response. `response` is the ledger's own number, `response_id` the export's.

    `disposition`, `band` and `status` are values of the enums of those names. `themes` are the theme ids as found,
    parents not implied, repeats allowed. `sentiment` and the three probabilities are those of its most negative
    comment; all None where unknown. `ticket` is the ticket it opened or joined.
    """

    response: int
    survey: str
    source: str
    response_id: str
    run: str
    submitted_at: datetime
    status: str
    score: float | None
    scale_kind: str | None
    scale_minimum: float | None
    scale_maximum: float | None
    band: str | None
    channel: str | None
    language: str | None
    customer: str | None
    has_comment: bool
    sentiment: str | None
    negative: float | None
    neutral: float | None
    positive: float | None
    disposition: str
    ticket: str | None
    themes: tuple[str, ...]
    attributes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class TicketFact:
    """The current state of one ticket.

    The two business durations are working seconds by the SLA calendar: None while the clock runs, or when the producer
    does not compute them.
    """

    ticket: str
    survey: str
    theme: str | None
    rule: str
    severity: str
    priority: str
    status: str
    team: str
    owner: str
    customer: str | None
    opened_at: datetime
    first_touched_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    first_touch_due: datetime | None
    resolution_due: datetime | None
    first_touch_business_s: float | None
    resolution_business_s: float | None
    root_cause: str | None
    action_taken: str | None
    resolved: bool | None
    responses: int


@dataclass(frozen=True, slots=True)
class TicketEventFact:
    """One event of a ticket, without the note people wrote."""

    ticket: str
    sequence: int
    kind: str
    actor: str
    happened_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class RunFact:
    """One ingestion run; `dispositions` counts its rows by what became of them."""

    run: str
    survey: str
    source: str
    file_name: str
    state: str
    started_at: datetime
    finished_at: datetime | None
    received: int
    dispositions: tuple[tuple[str, int], ...]


Fact = SurveyFact | ThemeFact | ResponseFact | TicketFact | TicketEventFact | RunFact

_ARROW = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
    datetime: pa.timestamp("us", "UTC"),
    tuple[str, ...]: pa.list_(pa.string()),
    tuple[tuple[str, str], ...]: pa.map_(pa.string(), pa.string()),
    tuple[tuple[str, int], ...]: pa.map_(pa.string(), pa.int64()),
}


def schema_of(fact: type[Fact]) -> Any:
    """The Arrow schema of a fact's table: its fields in order, a `datetime` as timestamp[us, UTC].

    A field that may be None is nullable, no other is.
    """
    hints = get_type_hints(fact)
    return pa.schema([_field(field.name, hints[field.name]) for field in fields(fact)])


def _field(name: str, hint: Any) -> Any:
    inner = [part for part in get_args(hint) if part is not NoneType] if isinstance(hint, UnionType) else [hint]
    return pa.field(name, _ARROW[inner[0]], nullable=isinstance(hint, UnionType))


SURVEYS = schema_of(SurveyFact)
THEMES = schema_of(ThemeFact)
RESPONSES = schema_of(ResponseFact)
TICKETS = schema_of(TicketFact)
TICKET_EVENTS = schema_of(TicketEventFact)
RUNS = schema_of(RunFact)


def table_of(fact: type[Fact], rows: Sequence[Fact]) -> Any:
    """The rows as an Arrow table of their schema; for producers that have rows rather than columns."""
    schema = schema_of(fact)
    columns = [pa.array([getattr(row, column.name) for row in rows], column.type) for column in schema]
    return pa.Table.from_arrays(columns, schema=schema)


@dataclass(frozen=True, slots=True)
class FactCounts:
    """Rows the source means to hand over: what a refresh checks itself against before it is believed."""

    surveys: int
    themes: int
    responses: int
    tickets: int
    ticket_events: int
    runs: int


class FactSource(Protocol):
    """The ledger (and the workspace's taxonomy) as facts, all read from one snapshot.

    Every table yielded is a pyarrow.Table of the schema named; any order, any number of tables, empty ones allowed.
    """

    def counts(self) -> FactCounts:
        """Rows of each kind in the snapshot, counted by the store rather than by what is yielded."""
        ...

    def surveys(self) -> Iterator[Any]:
        """Tables of `SURVEYS`."""
        ...

    def themes(self) -> Iterator[Any]:
        """Tables of `THEMES`: the whole taxonomy."""
        ...

    def responses(self) -> Iterator[Any]:
        """Tables of `RESPONSES`: one row a response, its latest revision."""
        ...

    def tickets(self) -> Iterator[Any]:
        """Tables of `TICKETS`."""
        ...

    def ticket_events(self) -> Iterator[Any]:
        """Tables of `TICKET_EVENTS`."""
        ...

    def runs(self) -> Iterator[Any]:
        """Tables of `RUNS`."""
        ...
