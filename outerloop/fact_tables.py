"""Facts as Arrow tables: one schema a type of fact, made from its fields."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import date, datetime
from types import NoneType, UnionType
from typing import Any, get_args, get_type_hints

import pyarrow as pa

from outerloop.facts import (
    ArticleFact,
    Fact,
    InitiativeFact,
    MemberFact,
    NoticeFact,
    QuestionScore,
    ResponseFact,
    RunFact,
    SlaFact,
    SurveyFact,
    ThemeFact,
    TicketEventFact,
    TicketFact,
)

_SCORE = QuestionScore.__annotations__
_ARROW = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
    date: pa.date32(),
    datetime: pa.timestamp("us", "UTC"),
    tuple[str, ...]: pa.list_(pa.string()),
    tuple[tuple[str, str], ...]: pa.map_(pa.string(), pa.string()),
    tuple[tuple[str, int], ...]: pa.map_(pa.string(), pa.int64()),
    tuple[QuestionScore, ...]: pa.list_(
        pa.struct([(name, pa.string() if hint is str else pa.float64()) for name, hint in _SCORE.items()])
    ),
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
SLA_FACTS = schema_of(SlaFact)
NOTICES = schema_of(NoticeFact)
RUNS = schema_of(RunFact)
INITIATIVES = schema_of(InitiativeFact)
MEMBERS = schema_of(MemberFact)
ARTICLES = schema_of(ArticleFact)


def table_of(fact: type[Fact], rows: Sequence[Fact]) -> Any:
    """The rows as an Arrow table of their schema; for producers that have rows rather than columns."""
    schema = schema_of(fact)
    columns = [pa.array([getattr(row, column.name) for row in rows], column.type) for column in schema]
    return pa.Table.from_arrays(columns, schema=schema)
