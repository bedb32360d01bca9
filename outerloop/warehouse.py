"""The warehouse as those who read it see it: a query in, a table out; and the account of a refresh."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

import pandas as pd

from feedback.errors import StoreError

SCHEMA_VERSION = 3
"""Raised whenever a table or view changes; a reader refuses a file of another version, a refresh replaces it."""


class NoWarehouseError(StoreError):
    """Nothing was refreshed yet, so there is nothing to read."""


class Warehouse(Protocol):
    """An open, read-only warehouse."""

    def frame(self, sql: str, parameters: Mapping[str, object] | None = None) -> pd.DataFrame:
        """The result of one query; `$name` in it is replaced by `parameters["name"]`."""
        ...


@dataclass(frozen=True, slots=True)
class RefreshReport:
    """What a refresh wrote.

    `rows` is by table; `content_hash` depends on the facts, the zone and `as_of` only, never on the order in which
    facts arrived (invariant 8) or whether the refresh was `whole`; `cleared` counts files left by refreshes that were
    killed.
    """

    path: Path
    as_of: datetime
    zone: str
    rows: Mapping[str, int]
    content_hash: str
    bytes: int
    first_on: date | None
    last_on: date | None
    cleared: int
    whole: bool
