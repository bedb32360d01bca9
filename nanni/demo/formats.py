"""Answers in the four export formats of the demo: header rows, one row an answer, and the bytes around them."""

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zlib import crc32
from zoneinfo import ZoneInfo

from nanni.demo.plan import Answer

LONDON = ZoneInfo("Europe/London")


@dataclass(frozen=True, slots=True)
class Format:
    """How one survey's export looks. `places` gives the cells that a spoilt row may have wrong."""

    suffix: str
    encoding: str
    header: tuple[tuple[str, ...], ...]
    row: Callable[[Answer, int], tuple[str, ...]]
    line: Callable[[Sequence[str]], str]
    places: dict[str, int]


_QUALTRICS = (
    ("StartDate", "Start Date", "startDate"),
    ("EndDate", "End Date", "endDate"),
    ("Status", "Response Type", "status"),
    ("Progress", "Progress", "progress"),
    ("Duration (in seconds)", "Duration (in seconds)", "duration"),
    ("Finished", "Finished", "finished"),
    ("RecordedDate", "Recorded Date", "recordedDate"),
    ("ResponseId", "Response ID", "_recordId"),
    ("RecipientLastName", "Recipient Last Name", "recipientLastName"),
    ("RecipientFirstName", "Recipient First Name", "recipientFirstName"),
    ("RecipientEmail", "Recipient Email", "recipientEmail"),
    ("ExternalReference", "External Data Reference", "externalDataReference"),
    ("DistributionChannel", "Distribution Channel", "distributionChannel"),
    ("UserLanguage", "User Language", "userLanguage"),
    ("Q1", "How likely are you to recommend Larkmoor Home to a friend?", "QID1"),
    ("Q2", "What is the main reason for your score?", "QID2_TEXT"),
    ("Q3", "What is the one thing we could do better?", "QID3_TEXT"),
    ("Store", "Store", "Store"),
    ("Region", "Region", "Region"),
    ("Tier", "Tier", "Tier"),
)
_DATES = ("startDate", "endDate", "recordedDate")


def _import_id(name: str) -> str:
    cell = {"ImportId": name} | ({"timeZone": "Europe/London"} if name in _DATES else {})
    return json.dumps(cell, separators=(",", ":"))


def _qualtrics_row(answer: Answer, _number: int) -> tuple[str, ...]:
    seconds = 40 + _stable(answer) % 200
    recorded = _local(answer.at)
    started = _local(datetime.fromtimestamp(answer.at.timestamp() - seconds, tz=LONDON))
    customer = answer.customer
    person = (customer.last, customer.first, customer.email, customer.id) if not answer.anonymous else ("",) * 4
    return (
        started, recorded, answer.status, "100" if answer.finished else "66", str(seconds),
        "1" if answer.finished else "0", recorded, answer.id, *person, answer.channel,
        answer.language.upper(), answer.score, answer.comment, answer.improve, answer.store, customer.region,
        customer.tier,
    )  # fmt: skip


def _web_row(answer: Answer, _number: int) -> tuple[str, ...]:
    customer = answer.customer
    at = answer.at.astimezone(LONDON).strftime("%d/%m/%Y %H:%M")
    basket = f"{12 + _stable(answer) % 480},{_stable(answer) % 97:02d}"
    return (
        answer.id, at, answer.score, answer.comment, basket, customer.id, customer.email, answer.channel,
        answer.language, customer.tier,
    )  # fmt: skip


def _support_row(answer: Answer, _number: int) -> tuple[str, ...]:
    at = answer.at.astimezone(LONDON).isoformat(timespec="seconds")
    customer = answer.customer
    return (
        answer.id, at, answer.score, answer.comment, answer.channel, customer.id, customer.email, customer.first,
        answer.language, f"CASE-{20_000 + _stable(answer) % 70_000}", customer.tier,
    )  # fmt: skip


def _delivery_row(answer: Answer, number: int) -> tuple[str, ...]:
    at = answer.at.strftime("%Y-%m-%d %H:%M:%S UTC")
    customer = answer.customer
    return (
        str(number), answer.id, at, "Yes" if answer.finished else "No", "cmdelivery0larkmoor",
        f"fb{answer.id[2:14]}", customer.id, "", answer.score, answer.comment, customer.email, customer.first,
        answer.language, answer.channel, customer.region, "Swiftlet Parcels",
    )  # fmt: skip


_SUPPORT_FIELDS = (
    "id", "answered_at", "ease", "comment", "channel", "customer_id", "email", "first_name", "language", "case", "tier",
)  # fmt: skip


def _json_line(cells: Sequence[str]) -> str:
    record: dict[str, str | int | None] = dict(zip(_SUPPORT_FIELDS, cells, strict=True))
    score = str(record["ease"])
    record["ease"] = int(score) if score.isdigit() else score or None
    return json.dumps(record, ensure_ascii=False) + "\n"


def _csv_line(delimiter: str, ending: str, quote_all: bool = False) -> Callable[[Sequence[str]], str]:
    def line(cells: Sequence[str]) -> str:
        out = io.StringIO()
        writer = csv.writer(
            out,
            delimiter=delimiter,
            lineterminator=ending,
            quoting=csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL,
        )
        writer.writerow(cells)
        return out.getvalue()

    return line


def _stable(answer: Answer) -> int:
    """A number that an answer keeps in every export, so that a repeated row repeats wholly."""
    return crc32(answer.id.encode())


def _local(at: datetime) -> str:
    return at.astimezone(LONDON).strftime("%Y-%m-%d %H:%M:%S")


FORMATS = {
    "store_nps": Format(
        "csv", "utf-8",
        (
            tuple(name for name, _, _ in _QUALTRICS),
            tuple(text for _, text, _ in _QUALTRICS),
            tuple(_import_id(name) for _, _, name in _QUALTRICS),
        ),
        _qualtrics_row, _csv_line(",", "\n"), {"id": 7, "time": 6, "score": 14, "status": 2, "comment": 15},
    ),
    "web_csat": Format(
        "csv", "windows-1252",
        ((
            "Response", "Submitted", "Rating", "Comment", "Basket value", "Customer", "E-mail", "Device", "Language",
            "Tier",
        ),),
        _web_row, _csv_line(";", "\r\n"), {"id": 0, "time": 1, "score": 2, "comment": 3},
    ),
    "support_ces": Format(
        "jsonl", "utf-8", (), _support_row, _json_line, {"id": 0, "time": 1, "score": 2, "comment": 3},
    ),
    "delivery_nps": Format(
        "csv", "utf-8-sig",
        ((
            "No.", "Response ID", "Timestamp", "Finished", "Survey ID", "Formbricks ID (internal)", "User ID", "Tags",
            "1. How likely are you to recommend our delivery to a friend?", "2. What made you choose that score?",
            "person.email", "person.firstName", "person.language", "channel", "region", "carrier",
        ),),
        _delivery_row, _csv_line(",", "\n", quote_all=True), {"id": 1, "time": 2, "score": 8, "comment": 9},
    ),
}  # fmt: skip
"""The export format of each survey."""
