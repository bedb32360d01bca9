"""What makes a row untrusted, in the order in which it is told."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np

from feedback.columns import COMMENT_PREFIX
from feedback.errors import SourceError
from feedback.parsed import ParsedColumns
from feedback.rows import Reason
from feedback.times import shown

MAX_TEXT = 2**20
"""Characters a cell may have; a comment of one megabyte passes."""

MAX_KEY = 500
"""Characters an id or mail address may have: longer ones are text swallowed by a quoting fault."""

AHEAD = timedelta(days=1)
"""How far a submission time may lie in the future: clocks and zones differ by less."""

_JUDGED_FROM = 20

Faults = dict[int, list[tuple[Reason, str]]]
_Tell = Callable[[int, Reason, str], None]


def find_faults(parsed: ParsedColumns, now: datetime) -> Faults:
    """Faults of the rows that have any, by position: reason and sentence, the first one being the row's reason."""
    faults: Faults = {}

    def tell(i: int, reason: Reason, message: str) -> None:
        faults.setdefault(i, []).append((reason, message))

    _check_texts(parsed, tell)
    _check_id(parsed, tell)
    _check_times(parsed, now, tell)
    for i, (reason, message) in parsed.score.faults.items():
        tell(i, reason, message)
    for i, message in parsed.status.faults.items():
        tell(i, Reason.STATUS, message)
    return faults


def refuse_wrong_file(parsed: ParsedColumns) -> None:
    """Raise SourceError when no time, or no score, of the file's first batch can be read: the mapping is wrong.

    Judged from 20 filled cells on: fewer may all be bad by chance, and are quarantined one by one.
    """
    mapping = parsed.survey.mapping
    for role, name, faults in (
        ("submitted_at", mapping.submitted_at, dict(parsed.times["submitted_at"].faults)),
        ("score", mapping.score, {i: told for i, (_, told) in parsed.score.faults.items()}),
    ):
        filled = [i for i, cell in enumerate(parsed.text(role)) if cell]
        if len(filled) >= _JUDGED_FROM and all(i in faults for i in filled):
            raise SourceError(
                f"none of the {len(filled)} values of column {name!r} can be read as {role}: {faults[filled[0]]}",
                where=f"survey {parsed.survey.id}",
                next_step=f"correct the file of survey {parsed.survey.id} or take the right export; nothing was read",
            )


def _check_id(parsed: ParsedColumns, tell: _Tell) -> None:
    ids = parsed.texts["response_id"]
    if all(ids):
        return
    column = parsed.survey.mapping.response_id
    told = f"column {column!r} is empty: a row needs the id of its response"
    if column is None:
        told = f"every column of synthesise_id is empty ({', '.join(parsed.survey.mapping.synthesise_id)})"
    for i, cell in enumerate(ids):
        if not cell:
            tell(i, Reason.MISSING_ID, told)


def _check_times(parsed: ParsedColumns, now: datetime, tell: _Tell) -> None:
    for role, column in parsed.times.items():
        name = getattr(parsed.survey.mapping, role)
        for i, message in column.faults.items():
            tell(i, Reason.BAD_TIME, f"{name}: {message}")
    submitted = parsed.times["submitted_at"]
    name = parsed.survey.mapping.submitted_at
    for i in np.flatnonzero(np.isnat(submitted.values)).tolist():
        if i not in submitted.faults:
            tell(i, Reason.MISSING_TIME, f"{name} is empty: a response needs the time it was given")
    latest = np.datetime64((now + AHEAD).astimezone(UTC).replace(tzinfo=None), "us")
    for i in np.flatnonzero(submitted.values > latest).tolist():
        cell = parsed.texts["submitted_at"][i]
        tell(i, Reason.FUTURE_TIME, f"{name}: {shown(cell)} lies more than a day in the future (now {now:%Y-%m-%d})")


def _check_texts(parsed: ParsedColumns, tell: _Tell) -> None:
    keys = ("response_id", "respondent_id", "email")
    for role, cells in parsed.texts.items():
        limit = MAX_KEY if role in keys else MAX_TEXT
        name = role.removeprefix(COMMENT_PREFIX)
        together = "".join(cells)
        if len(together) > limit and max(map(len, cells)) > limit:
            for i, cell in enumerate(cells):
                if len(cell) > limit:
                    tell(i, Reason.TOO_LONG, f"{name} has {len(cell):,} characters; at most {limit:,} are taken")
        if "\0" in together or not _encodable(together):
            for i, cell in enumerate(cells):
                if "\0" in cell or not _encodable(cell):
                    tell(i, Reason.BAD_ENCODING, f"{name} holds bytes that are no text; mend the export's encoding")


def _encodable(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
