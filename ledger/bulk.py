"""Writing and looking up many rows at once, the fast way of each database."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from json import JSONDecoder, JSONEncoder
from typing import Any

import orjson
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Select,
    Table,
    Text,
    bindparam,
    func,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

Row = Sequence[str | int | float | bytes | None]
_patient_json = JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_patient_reader = JSONDecoder().decode
_CHUNK = 10_000


def to_json(content: object) -> str:
    """Compact JSON, without escapes beyond the necessary; what orjson refuses (lone surrogates) goes the slow way."""
    try:
        return orjson.dumps(content).decode()
    except TypeError:
        return _patient_json(content)


def from_json(text: str) -> Any:
    """JSON as it was written by `to_json`; what orjson refuses (escaped lone surrogates) is read the slow way."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return _patient_reader(text)


def all_from_json(texts: Sequence[str | None]) -> list[Any]:
    """Many JSON texts read as one, None for None."""
    said = [text for text in texts if text is not None]
    try:
        read = iter(orjson.loads(f"[{','.join(said)}]"))
    except orjson.JSONDecodeError:
        read = map(from_json, said)
    return [None if text is None else next(read) for text in texts]


def insert_rows(connection: Connection, table: Table, names: Sequence[str], rows: Iterable[Row]) -> None:
    """Insert tuples in the order of the columns `names`: executemany on SQLite, COPY on PostgreSQL.

    Nothing is converted on the way: times are ISO text, enums their values.
    """
    columns = ", ".join(f'"{name}"' for name in names)
    if connection.dialect.name == "sqlite":
        # Not "OR ABORT", the default: to undo one row of a table with a trigger, SQLite first copies each page that the
        # row touches. Here a refused row ends the whole transaction.
        statement = f'INSERT OR FAIL INTO "{table.name}" ({columns}) VALUES ({", ".join("?" * len(names))})'
        remaining = iter(rows)
        while chunk := list(islice(remaining, _CHUNK)):
            connection.exec_driver_sql(statement, chunk)
        return
    driver: Any = connection.connection.cursor()
    with driver, driver.copy(f'COPY "{table.name}" ({columns}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row(row)


def within(connection: Connection, column: Column[Any], values: Sequence[str] | Sequence[int]) -> ColumnElement[bool]:
    """`column` is one of `values`, however many: they travel as one parameter."""
    if connection.dialect.name == "sqlite":
        given = func.json_each(bindparam(None, to_json(list(values)), Text)).table_valued("value")
        return column.in_(select(given.c.value))
    kind = BigInteger() if isinstance(column.type, BigInteger) else Text()
    return column == func.any(bindparam(None, list(values), ARRAY(kind)))


def plain_rows(connection: Connection, chosen: Select[Any]) -> list[tuple[Any, ...]]:
    """Every row as the driver gives it, for columns that need no conversion: a quarter of the usual time for many."""
    with connection.execute(chosen) as result:
        assert result.cursor is not None, "a SELECT has a cursor"
        return list(result.cursor.fetchall())


def insert_new(connection: Connection, table: Table, **values: object) -> bool:
    """Insert one row unless it breaks a uniqueness; whether it was inserted."""
    build = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    inserted = build(table).values(**values).on_conflict_do_nothing().returning(*table.primary_key)
    return connection.execute(inserted).first() is not None


def insert_missing(connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Insert rows in bulk, leaving out those that break a uniqueness."""
    if rows:
        build = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
        connection.execute(build(table).on_conflict_do_nothing(), rows)


def storable(text: str) -> str:
    """The text as both databases can hold it: U+0000 and lone surrogates become U+FFFD."""
    if text.isascii() and "\x00" not in text:
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\x00", "\ufffd")


def storable_column(texts: Sequence[str | None]) -> Sequence[str | None]:
    """The column itself when it can be stored as it is, which one pass finds out; else its storable copy."""
    joined = "".join(filter(None, texts))
    if "\x00" not in joined and not _has_surrogates(joined):
        return texts
    return [text and storable(text) for text in texts]


def _has_surrogates(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False
