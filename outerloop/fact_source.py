"""Where facts come from: the port that the ledger implements for the warehouse."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class FactCounts:
    """Rows the source means to hand over: what a refresh checks itself against before it is believed."""

    surveys: int
    themes: int
    responses: int
    tickets: int
    ticket_events: int
    runs: int
    sla_facts: int = 0
    notices: int = 0
    initiatives: int = 0
    members: int = 0
    articles: int = 0


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a source was read: `position` is the source's own; on another `basis` every row may read differently."""

    basis: str
    position: str


@dataclass(frozen=True, slots=True)
class Changes:
    """Responses (by the ledger's number) and tickets (by key) that are new or read differently than before.

    A revision that another took the place of need not be named: the new one has its survey and response id. `erased`:
    a person is among them who must leave no trace, not even in space that is free.
    """

    responses: Sequence[int]
    tickets: Sequence[str]
    erased: bool = False


class FactSource(Protocol):
    """The ledger (and the workspace's taxonomy) as facts, all read from one snapshot.

    Every table yielded is a pyarrow.Table of the schema named in `outerloop.fact_tables`; any order, any number of
    tables, empty ones allowed. `only` asks for the rows of these responses or tickets, as far as there are any; without
    it everything is meant.
    """

    def mark(self) -> Mark:
        """How far this snapshot goes."""
        ...

    def changes(self, since: Mark) -> Changes | None:
        """What came or changed after that mark; None when this cannot be told and everything is to be read again."""
        ...

    def counts(self) -> FactCounts:
        """Rows of each kind in the snapshot, counted by the store rather than by what is yielded."""
        ...

    def surveys(self) -> Iterator[Any]:
        """Tables of `SURVEYS`."""
        ...

    def themes(self) -> Iterator[Any]:
        """Tables of `THEMES`: the whole taxonomy."""
        ...

    def responses(self, only: Sequence[int] | None = None) -> Iterator[Any]:
        """Tables of `RESPONSES`: one row a response, its latest revision."""
        ...

    def tickets(self, only: Sequence[str] | None = None) -> Iterator[Any]:
        """Tables of `TICKETS`."""
        ...

    def ticket_events(self, only: Sequence[str] | None = None) -> Iterator[Any]:
        """Tables of `TICKET_EVENTS`."""
        ...

    def sla_facts(self, only: Sequence[str] | None = None) -> Iterator[Any]:
        """Tables of `SLA_FACTS`, as last recorded."""
        ...

    def notices(self, only: Sequence[str] | None = None) -> Iterator[Any]:
        """Tables of `NOTICES`."""
        ...

    def runs(self) -> Iterator[Any]:
        """Tables of `RUNS`."""
        ...

    def initiatives(self) -> Iterator[Any]:
        """Tables of `INITIATIVES`."""
        ...

    def members(self) -> Iterator[Any]:
        """Tables of `MEMBERS`: each person once."""
        ...

    def articles(self) -> Iterator[Any]:
        """Tables of `ARTICLES`."""
        ...
