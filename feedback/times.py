"""Times as exports write them, to UTC: ISO 8601 or declared formats; a naive time needs a zone and is never guessed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

ISO_FORMAT = "iso8601"
"""The entry of `time_formats` that means ISO 8601; also what an empty list means."""

EARLIEST = np.datetime64("1990-01-01", "us")
"""No survey response is older: earlier values are zeroes and typing errors of the exporting program."""

_ISO = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)([.,]\d{1,9})?\s?"
    r"(Z|z|[+-]\d\d(?::?\d\d)?|(?:UTC|GMT)(?:[+-]\d{1,2}(?::?\d\d)?)?|[A-Z]{2,5})?)?"
)
_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2}):?(\d\d)?")
_SERIAL = re.compile(r"\d{4,5}(?:\.\d+)?")
_SLASHED = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}.*", re.DOTALL)


@dataclass(frozen=True, slots=True, eq=False)
class TimeColumn:
    """Parsed times of a column: `values` datetime64[us] in UTC (NaT: absent or at fault), `zones` the original zone.

    `faults` says by position why a cell did not parse; `zoneless` lists naive cells for which no zone is known.
    """

    values: NDArray[np.datetime64]
    zones: list[str]
    faults: dict[int, str]
    zoneless: tuple[int, ...] = ()


def parse_times(cells: Sequence[str], formats: Sequence[str] = (), zone: str | None = None) -> TimeColumn:
    """Times of cleaned cells ("" absent), by the strptime `formats` in their order, or as ISO 8601 when there are none.

    A naive time is read in the IANA `zone`. Of an hour that occurs twice (clocks going back) the first is taken; a
    time that does not exist (clocks going forward) is a fault.
    """
    column = TimeColumn(np.full(len(cells), "NaT", "datetime64[us]"), [""] * len(cells), {})
    left = [i for i, cell in enumerate(cells) if cell]
    zoneless: list[int] = []
    for time_format in formats or (ISO_FORMAT,):
        if not left:
            break
        naive, zones = _iso(cells, left) if time_format == ISO_FORMAT else _strptime(cells, left, time_format)
        hit = ~np.isnat(naive)
        rows = [i for i, found in zip(left, hit.tolist(), strict=True) if found]
        written = [z for z, found in zip(zones, hit.tolist(), strict=True) if found]
        zoneless += _settle(cells, column, rows, naive[hit], written, zone)
        left = [i for i, found in zip(left, hit.tolist(), strict=True) if not found]
    for i in left:
        column.faults[i] = _why_not(cells[i], formats)
    for i in np.flatnonzero(column.values < EARLIEST).tolist():
        column.values[i] = np.datetime64("NaT")
        column.faults[i] = f"{shown(cells[i])} is before 1990, which is no real submission time"
    return TimeColumn(column.values, column.zones, column.faults, tuple(sorted(zoneless)))


def shown(value: str, limit: int = 60) -> str:
    """A cell's value quoted for a message, cut to `limit` characters."""
    return repr(value if len(value) <= limit else value[:limit] + "…")


def _iso(cells: Sequence[str], rows: list[int]) -> tuple[NDArray[np.datetime64], list[str]]:
    """Naive local times of the ISO 8601 cells and the zone each is written with ("" none)."""
    texts: list[str | None] = []
    zones: list[str] = []
    for i in rows:
        match = _ISO.fullmatch(cells[i])
        if match is None:
            texts.append(None)
            zones.append("")
            continue
        day, clock, fraction, zone = match.groups()
        texts.append(f"{day}T{clock}{fraction.replace(',', '.')}" if fraction else f"{day}T{clock or '00:00'}")
        zones.append(zone or "")
    return _datetimes(pd.to_datetime(pd.Series(texts, dtype=object), format="ISO8601", errors="coerce")), zones


def _strptime(cells: Sequence[str], rows: list[int], time_format: str) -> tuple[NDArray[np.datetime64], list[str]]:
    aware = "%z" in time_format
    texts = pd.Series([cells[i] for i in rows], dtype=object)
    parsed = pd.to_datetime(texts, format=time_format, errors="coerce", utc=aware)
    if aware:
        parsed = parsed.dt.tz_localize(None)
    return _datetimes(parsed), ["Z" if aware else ""] * len(rows)


def _datetimes(parsed: "pd.Series[pd.Timestamp]") -> NDArray[np.datetime64]:
    return parsed.to_numpy().astype("datetime64[us]")


def _settle(
    cells: Sequence[str], column: TimeColumn, rows: list[int], naive: NDArray[np.datetime64], written: list[str],
    zone: str | None,
) -> list[int]:  # fmt: skip
    """Bring local times to UTC zone by zone; returns the positions for which no zone is known."""
    zoneless: list[int] = []
    positions = np.asarray(rows, dtype=np.intp)
    names = np.asarray(written, dtype=object)
    for name in dict.fromkeys(written):
        chosen = names == name if name else names == ""
        where = positions[chosen]
        offset = _offset(name)
        if offset is not None:
            column.values[where] = naive[chosen] - np.timedelta64(offset)
            _label(column, where, "UTC" if not offset else name)
        elif zone is None:
            zoneless += where.tolist()
        else:
            _localise(cells, column, where, naive[chosen], name, zone)
    return zoneless


def _localise(
    cells: Sequence[str],
    column: TimeColumn,
    where: NDArray[np.intp],
    naive: NDArray[np.datetime64],
    name: str,
    zone: str,
) -> None:
    """Read local times in an IANA zone; `name` is the abbreviation in the cells ("" none), and must be right."""
    first = np.ones(len(naive), dtype=bool)
    if name:
        first = np.array(
            [datetime.fromisoformat(str(t)).replace(tzinfo=ZoneInfo(zone)).tzname() == name for t in naive]
        )
    local = pd.DatetimeIndex(naive).tz_localize(zone, ambiguous=first, nonexistent="NaT")
    column.values[where] = local.tz_convert("UTC").tz_localize(None).to_numpy().astype("datetime64[us]")
    _label(column, where, zone)
    for i in where[np.isnat(column.values[where])].tolist():
        column.faults[i] = f"{shown(cells[i])} does not exist in {zone}: the clocks went forward over it"
    if name:
        _check_abbreviation(cells, column, where, local, name, zone)


def _check_abbreviation(
    cells: Sequence[str], column: TimeColumn, where: NDArray[np.intp], local: pd.DatetimeIndex, name: str, zone: str
) -> None:
    for i, instant in zip(where.tolist(), local, strict=True):
        if i not in column.faults and instant.tzname() != name:
            column.values[i] = np.datetime64("NaT")
            column.faults[i] = f"{shown(cells[i])}: {name} is not what {zone} is called at that time"


def _label(column: TimeColumn, where: NDArray[np.intp], zone: str) -> None:
    for i in where.tolist():
        column.zones[i] = zone


def _offset(name: str) -> timedelta | None:
    """The fixed offset from UTC that a written zone states; None for none and for mere abbreviations."""
    if name in ("Z", "z", "UTC", "GMT"):
        return timedelta(0)
    match = _OFFSET.fullmatch(name)
    if match is None:
        return None
    size = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
    return size if match[1] == "+" else -size


def _why_not(cell: str, formats: Sequence[str]) -> str:
    if _SERIAL.fullmatch(cell):
        return f"{shown(cell)} is a spreadsheet's serial number, not a time; export the column as text"
    if formats:
        return f"{shown(cell)} is no time in any of the declared formats: {', '.join(formats)}"
    if _SLASHED.fullmatch(cell):
        return f"{shown(cell)} could be day or month first; say which under time_formats, for example %d/%m/%Y"
    return f"{shown(cell)} is no real time in ISO 8601 form (2026-01-31T09:30:00Z)"
