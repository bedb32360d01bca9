from datetime import date
from pathlib import Path

import pytest

from feedback.errors import ConfigError
from tickets.adapters.ical import all_day_dates

YEARS = range(2026, 2030)


def dates(folder: Path, *events: str) -> list[date]:
    path = folder / "holidays.ics"
    body = "".join(f"BEGIN:VEVENT\r\n{event}\r\nEND:VEVENT\r\n" for event in events)
    path.write_bytes(f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{body}END:VCALENDAR\r\n".encode())
    return all_day_dates(path, YEARS)


def test_an_all_day_event_is_its_days_without_the_end(tmp_path: Path) -> None:
    event = "SUMMARY:Works\r\n  outing\r\nDTSTART;VALUE=DATE:20260803\r\nDTEND;VALUE=DATE:20260805"
    assert dates(tmp_path, event) == [date(2026, 8, 3), date(2026, 8, 4)]


def test_a_folded_line_is_one_line(tmp_path: Path) -> None:
    assert dates(tmp_path, "DTSTART;VALUE=DA\r\n TE:20260803") == [date(2026, 8, 3)]


@pytest.mark.parametrize(
    ("rule", "years"),
    [
        ("FREQ=YEARLY", [2026, 2027, 2028, 2029]),
        ("FREQ=YEARLY;COUNT=2", [2026, 2027]),
        ("FREQ=YEARLY;UNTIL=20280101", [2026, 2027]),
    ],
)
def test_a_yearly_event_is_expanded(tmp_path: Path, rule: str, years: list[int]) -> None:
    found = dates(tmp_path, f"DTSTART;VALUE=DATE:20260501\r\nRRULE:{rule}")
    assert found == [date(year, 5, 1) for year in years]


def test_the_leap_day_is_every_fourth_year(tmp_path: Path) -> None:
    assert dates(tmp_path, "DTSTART;VALUE=DATE:20240229\r\nRRULE:FREQ=YEARLY") == [
        date(2024, 2, 29),
        date(2028, 2, 29),
    ]


def test_meetings_and_what_was_cancelled_are_left_out(tmp_path: Path) -> None:
    found = dates(
        tmp_path,
        "DTSTART:20260803T090000Z",
        "DTSTART;VALUE=DATE:20260804\r\nSTATUS:CANCELLED",
        "DTSTART;VALUE=DATE:20260805",
    )
    assert found == [date(2026, 8, 5)]


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ("DTSTART;VALUE=DATE:20260803\r\nRRULE:FREQ=MONTHLY", "RRULE FREQ=MONTHLY, which is not read"),
        ("DTSTART;VALUE=DATE:20260803\r\nRRULE:FREQ=YEARLY;BYDAY=1MO", "which is not read"),
        ("DTSTART;VALUE=DATE:20260803\r\nRRULE:FREQ=YEARLY\r\nEXDATE:20270803", "EXDATE, which is not read"),
        ("DTSTART;VALUE=DATE:20261301", "'20261301' is not a date"),
        ("DTSTART:20260803T090000Z", "no all-day event"),
    ],
)
def test_what_could_be_read_wrongly_is_refused(tmp_path: Path, event: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        dates(tmp_path, event)


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot read the holidays"):
        all_day_dates(tmp_path / "none.ics", YEARS)
