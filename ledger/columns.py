"""Column types that read the same on SQLite and PostgreSQL."""

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import BigInteger, CheckConstraint, DateTime, Dialect, Integer, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

BigId = BigInteger().with_variant(Integer, "sqlite")
"""A 64-bit surrogate key; on SQLite only a plain INTEGER is the row's own address."""


class UtcTime(TypeDecorator[datetime]):
    """An instant: timestamptz on PostgreSQL, fixed-width ISO text ending in Z on SQLite (text order is time order).

    Only aware datetimes are taken, and every one comes back in UTC. Raises ValueError for a naive one.
    """

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[datetime] | TypeEngine[str]:
        """Text on SQLite, timestamptz elsewhere."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(Text())
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | str | None:
        """Refuse naive times; write text on SQLite."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone cannot be stored: {value.isoformat()}")
        return iso(value) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | str | None, dialect: Dialect) -> datetime | None:
        """Read back in UTC."""
        if value is None:
            return None
        return datetime.fromisoformat(value) if isinstance(value, str) else value.astimezone(UTC)


@lru_cache(maxsize=4096)  # a batch writes few different moments, many times each
def iso(value: datetime) -> str:
    """An aware time as the text stored on SQLite, which PostgreSQL also reads."""
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def iso_column(times: NDArray[np.datetime64]) -> list[str | None]:
    """A UTC datetime64 column as the same text, None for NaT."""
    texts = np.char.add(np.datetime_as_string(times.astype("datetime64[us]")), "Z").tolist()
    if not np.isnat(times).any():
        return list(texts)
    return [None if missing else text for text, missing in zip(texts, np.isnat(times).tolist(), strict=True)]


def utc_column(times: list[datetime | None]) -> NDArray[np.datetime64]:
    """Aware times as a UTC datetime64[us] column, NaT for None."""
    naive = [None if time is None else time.astimezone(UTC).replace(tzinfo=None) for time in times]
    return np.array(naive, dtype="datetime64[us]")


def driver_times(times: Sequence[str | datetime]) -> NDArray[np.datetime64]:
    """Times as the driver gives them, SQLite's text or aware datetimes, as a UTC datetime64[us] column."""
    if times and isinstance(times[0], datetime):
        return utc_column([time for time in times if isinstance(time, datetime)])
    # Cutting off the Z leaves what NumPy reads by itself, without a warning about zones.
    return np.array(times, dtype="U26").astype("datetime64[us]")


def one_of(column: str, kinds: type[StrEnum]) -> CheckConstraint:
    """A CHECK that the column holds a value of the enum; named after the column."""
    # Not IN: SQLite builds a table of the list anew for every row, which cost more than the whole insert.
    allowed = " OR ".join(f"{column} = '{kind.value}'" for kind in kinds)
    return CheckConstraint(allowed, name=f"{column}_known")
