"""The inbox in SQL: pages by key, in the order of due times that an index holds, and the number in each box."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Row, Select, func, literal, select, tuple_

from ledger.bulk import from_json, within
from ledger.inbox_filter import SOON, asked_for, conditions, of_box, parts_of
from ledger.schema import customers, responses
from ledger.schema import tickets as rows
from ledger.ticket_rows import NEVER, as_ticket
from tickets.access import Scope
from tickets.inbox import Box, Cursor, InboxFilter, InboxPage, InboxRow
from tickets.ticket import Ticket

WORDS_SHOWN = 240
NOTHING_SAID = ("", None, "")
COUNTED = 1_000
"""Boxes are counted up to here: "999+" tells a person as much as the exact number, at the price of one page."""


def inbox_page(connection: Connection, wanted: InboxFilter, limit: int | None = None) -> InboxPage:
    """One page. A ticket that is changed between two pages may be missed or met twice, never an unchanged one."""
    wanted = _with_stray(connection, wanted)
    size, by = limit or wanted.limit, rows.c.next_due if wanted.by_due else rows.c.opened_at
    order = (by, rows.c.key) if wanted.by_due else (by.desc(), rows.c.key.desc())
    asked = [*asked_for(wanted), *([_beyond(by, wanted.after, wanted.by_due)] if wanted.after else [])]
    parts = parts_of(wanted)
    found = list[Row[Any]]()
    for part in parts:  # each in its own order off its own index: an OR of them would be sorted whole
        found += connection.execute(select(rows).where(part, *asked).order_by(*order).limit(size + 1)).all()
    if len(parts) > 1:
        found.sort(key=lambda row: (row._mapping[by], row.key), reverse=not wanted.by_due)
    page = [(as_ticket(row), row.next_due) for row in found[:size]]
    last = found[size - 1] if len(found) > size else None
    following = Cursor(last._mapping[by], last.key) if last else None
    return InboxPage(tuple(_rows(connection, page)), following)


def box_counts(connection: Connection, wanted: InboxFilter, boxes: Sequence[Box]) -> dict[Box, int]:
    """How many tickets are in each box, counted up to `COUNTED`."""
    stray = _with_stray(connection, replace(wanted, box=Box.UNASSIGNED)).stray
    statement, parts = _counting(tuple(boxes), wanted.scope, wanted.member, wanted.fallback, stray)
    found = iter(connection.execute(statement, {SOON: wanted.soon or NEVER}).one())
    return {box: min(sum(next(found) for _ in range(count)), COUNTED) for box, count in zip(boxes, parts, strict=True)}


@lru_cache(maxsize=512)  # building it takes as long as counting
def _counting(
    boxes: tuple[Box, ...], scope: Scope, member: str | None, fallback: str | None, stray: tuple[str, ...]
) -> tuple[Select[Any], list[int]]:
    """Counts up to `COUNTED`, one for each part of each box, and how many parts a box has."""
    viewed = InboxFilter(scope=scope, member=member, fallback=fallback, stray=stray)
    asked = [replace(viewed, box=box) for box in boxes]
    parts = [[select(rows.c.key).where(part, *of_box(one)) for part in parts_of(one)] for one in asked]
    some = [part.limit(COUNTED).subquery() for one in parts for part in one]
    counts = (select(func.count()).select_from(one).scalar_subquery().label(f"n{i}") for i, one in enumerate(some))
    return select(*counts), [len(one) for one in parts]


def _with_stray(connection: Connection, wanted: InboxFilter) -> InboxFilter:
    """The filter with the owners who cannot work, where it asks for them.

    Found by stepping from one owner to the next in an index: "not one of those present" would read every ticket.
    """
    if wanted.box is not Box.UNASSIGNED:
        return wanted
    owners = select(func.min(rows.c.owner).label("owner")).cte("owners", recursive=True)
    following = select(func.min(rows.c.owner)).where(rows.c.owner > owners.c.owner).scalar_subquery()
    every = owners.union_all(select(following).where(owners.c.owner.is_not(None)))
    found = connection.execute(select(every.c.owner).where(every.c.owner.is_not(None))).scalars()
    return replace(wanted, stray=tuple(owner for owner in found if owner not in wanted.present))


def matching(connection: Connection, wanted: InboxFilter, most: int | None = None) -> int:
    """How many tickets match: exactly, or counted up to `most`."""
    wanted = _with_stray(connection, wanted)
    if most is not None:
        some = select(rows.c.key).where(*conditions(wanted)).limit(most).subquery()
        return int(connection.execute(select(func.count()).select_from(some)).scalar_one())
    return int(connection.execute(select(func.count()).select_from(rows).where(*conditions(wanted))).scalar_one())


def _beyond(by: Column[datetime], after: Cursor, ascending: bool) -> ColumnElement[bool]:
    """What comes after a row, as one comparison of pairs: an index is entered at the place, not read up to it."""
    place, row = tuple_(literal(after.at, by.type), literal(after.key)), tuple_(by, rows.c.key)
    return row > place if ascending else row < place


def _rows(connection: Connection, page: Sequence[tuple[Ticket, datetime | None]]) -> list[InboxRow]:
    """Each ticket with the latest response it is about."""
    told: dict[str, tuple[str, float | None, str]] = {}
    wanted = (
        select(responses.c.ticket, responses.c.score, responses.c.comments, customers.c.name, customers.c.email)
        .join_from(responses, customers, customers.c.id == responses.c.customer, isouter=True)
        .where(within(connection, responses.c.ticket, [ticket.key for ticket, _ in page]))
        .order_by(responses.c.submitted_at, responses.c.id)
    )
    for ticket, score, comments, name, mail in connection.execute(wanted).all():
        words = " ".join(" ".join(text for text in from_json(comments or "[]") if text).split())
        told[ticket] = (name or mail or "", score, words[:WORDS_SHOWN])
    return [
        InboxRow(ticket, due if due != NEVER else None, *told.get(ticket.key, NOTHING_SAID)) for ticket, due in page
    ]
