"""Discovered themes in SQL: readings of parts of comments, discoveries, the theme ledger, mentions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import numpy as np
from sqlalchemy import Connection, Row, case, delete, func, insert, select, update

from feedback.response import ResponseStatus
from ledger.bulk import from_json, insert_rows, to_json, within
from ledger.identity import take_numbers
from ledger.schema import found_mentions, responses, segment_vectors, surveys, theme_events, theme_forms, theme_versions
from models.discovery.codes import Codes
from models.discovery.history import Act, ThemeEvent
from models.discovery.space import ThemeSpace, packed, unpacked


@dataclass(frozen=True, slots=True)
class ThemeForm:
    """What a theme was in one discovery; `place` is its row in the space."""

    place: int
    theme: str
    size: int
    stability: float
    tentative: bool
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ThemeVersion:
    """One discovery as it is kept.

    `texts_digest` is of the texts it looked at and how, `taxonomy` of the queries that left them over; `counts` and
    `mean` are its frozen term counts; `assigned_to` is the last response it has been asked about.
    """

    number: int
    at: datetime
    actor: str
    encoder: str
    taxonomy: str
    texts_digest: str
    fingerprint: str
    texts: int
    space: ThemeSpace
    counts: Mapping[str, int]
    mean: int
    assigned_to: int
    forms: tuple[ThemeForm, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """The themes by their place in the space."""
        return tuple(form.theme for form in self.forms)


class Comments(NamedTuple):
    """What one response says: its number and the texts by question."""

    response: int
    texts: tuple[str, ...]


class Mention(NamedTuple):
    """A part of a comment that names a theme."""

    response: int
    comment: int
    start: int
    end: int
    theme: str
    cosine: float


class SqlThemeStore:
    """Everything about discovered themes that is kept."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def codes(self, digests: Sequence[str], encoder: str) -> dict[str, Codes]:
        """The readings of those parts that this encoder has read."""
        mine = within(self._connection, segment_vectors.c.digest, digests)
        rows = self._connection.execute(select(segment_vectors).where(mine, segment_vectors.c.encoder == encoder))
        return {row.digest: np.frombuffer(row.code, np.int8) for row in rows}

    def keep_codes(self, codes: Mapping[str, Codes], encoder: str) -> None:
        """Keep readings that were not known."""
        known = self.codes(list(codes), encoder)
        rows = [(name, encoder, code.tobytes()) for name, code in codes.items() if name not in known]
        insert_rows(self._connection, segment_vectors, ("digest", "encoder", "code"), rows)

    def latest(self) -> ThemeVersion | None:
        """The latest discovery; None before the first."""
        number = self._connection.execute(select(func.max(theme_versions.c.number))).scalar_one()
        return None if number is None else self.version(number)

    def version(self, number: int) -> ThemeVersion | None:
        """One discovery; None when there is none of that number."""
        chosen = select(theme_versions).where(theme_versions.c.number == number)
        row = self._connection.execute(chosen).one_or_none()
        if row is None:
            return None
        wanted = select(theme_forms).where(theme_forms.c.version == number).order_by(theme_forms.c.place)
        return _version(row, self._connection.execute(wanted).all())

    def add(self, version: ThemeVersion) -> None:
        """Keep a discovery."""
        self._connection.execute(
            insert(theme_versions).values(
                number=version.number, at=version.at, actor=version.actor, encoder=version.encoder,
                taxonomy=version.taxonomy, texts_digest=version.texts_digest, fingerprint=version.fingerprint,
                texts=version.texts, space=packed(version.space), counts=to_json(dict(version.counts)),
                mean=version.mean, assigned_to=version.assigned_to,
            )
        )  # fmt: skip
        forms = [
            {"version": version.number, "place": form.place, "theme": form.theme, "size": form.size,
             "stability": form.stability, "tentative": form.tentative, "terms": to_json(list(form.terms))}
            for form in version.forms
        ]  # fmt: skip
        if forms:
            self._connection.execute(insert(theme_forms), forms)

    def events(self) -> list[ThemeEvent]:
        """The whole theme ledger, oldest first."""
        return [_event(row) for row in self._connection.execute(select(theme_events).order_by(theme_events.c.number))]

    def append(self, events: Sequence[ThemeEvent]) -> None:
        """Write to the theme ledger."""
        if not events:
            return
        numbers = take_numbers(self._connection, "theme_event", len(events))
        self._connection.execute(
            insert(theme_events), [_row(at, event) for at, event in zip(numbers, events, strict=True)]
        )

    def new_ids(self, count: int) -> list[str]:
        """Ids no theme ever had, nor can have in themes.yaml: a colon is not allowed there."""
        return [f"F:{number}" for number in take_numbers(self._connection, "theme", count)] if count else []

    def comments(self, after: int = 0, *, latest: bool = False, size: int = 5_000) -> Iterator[list[Comments]]:
        """What every response after that number says, oldest first, in pages; test responses are left out.

        `latest` leaves out revisions that were replaced.
        """
        said = (responses.c.comments.is_not(None), responses.c.status != ResponseStatus.TEST.value)
        wanted = select(responses.c.id, responses.c.comments).where(*said).order_by(responses.c.id).limit(size)
        if latest:
            last = select(func.max(responses.c.id)).group_by(responses.c.survey, responses.c.response_id)
            wanted = wanted.where(responses.c.id.in_(last))
        while True:
            page = self._connection.execute(wanted.where(responses.c.id > after)).all()
            if not page:
                return
            yield [Comments(row.id, tuple(from_json(row.comments))) for row in page]
            after = page[-1].id

    def forget_mentions(self) -> None:
        """Drop all mentions, before another discovery is asked about every response."""
        self._connection.execute(delete(found_mentions))

    def mention(self, version: int, mentions: Sequence[Mention], assigned_to: int) -> None:
        """Keep what a discovery says of responses up to `assigned_to`."""
        names = ("response", "comment", "span_start", "span_end", "theme", "cosine")
        insert_rows(self._connection, found_mentions, names, mentions)
        asked = update(theme_versions).where(theme_versions.c.number == version)
        self._connection.execute(asked.values(assigned_to=assigned_to))

    def counts(self, joined: Mapping[str, str]) -> dict[str, int]:
        """In how many responses each theme stands now, a joined one as the theme it belongs to.

        A response counts by its latest revision.
        """
        latest = select(func.max(responses.c.id)).group_by(responses.c.survey, responses.c.response_id)
        said = found_mentions.c.theme
        theme = (case(dict(joined), value=said, else_=said) if joined else said).label("theme")
        counted = func.count(found_mentions.c.response.distinct()).label("responses")
        mine = found_mentions.c.response.in_(latest)
        rows = self._connection.execute(select(theme, counted).where(mine).group_by(theme))
        return {row.theme: row.responses for row in rows}

    def named(self, numbers: Sequence[int]) -> dict[int, list[str]]:
        """The themes of each of these responses that names one, in the order of its words."""
        mine = within(self._connection, found_mentions.c.response, numbers)
        order = (found_mentions.c.response, found_mentions.c.comment, found_mentions.c.span_start)
        wanted = select(found_mentions.c.response, found_mentions.c.theme).where(mine).order_by(*order)
        found: dict[int, list[str]] = {}
        for response, theme in self._connection.execute(wanted):
            found.setdefault(response, []).append(theme)
        return found

    def tickets(self, themes: Sequence[str]) -> set[str]:
        """The tickets with a response that names one of these themes now."""
        mine = within(self._connection, found_mentions.c.theme, themes)
        on = found_mentions.c.response == responses.c.id
        wanted = select(responses.c.ticket).join(found_mentions, on).where(mine, responses.c.ticket.is_not(None))
        return set(self._connection.execute(wanted.distinct()).scalars())

    def typical(self) -> dict[str, str]:
        """Of each theme that is named now the words of the mention nearest to its middle."""
        order = (found_mentions.c.cosine.desc(), found_mentions.c.response, found_mentions.c.span_start)
        turn = func.row_number().over(partition_by=found_mentions.c.theme, order_by=order).label("turn")
        ranked = (
            select(found_mentions, responses.c.comments, turn)
            .join(responses, responses.c.id == found_mentions.c.response)
            .where(responses.c.comments.is_not(None))
            .subquery()
        )
        return {row.theme: _words(row) for row in self._connection.execute(select(ranked).where(ranked.c.turn == 1))}

    def nearest(self, themes: Sequence[str], limit: int) -> list[tuple[str, str, Mention, str]]:
        """Survey, response id, mention and words of the mentions nearest to the middle of these themes."""
        rows = self._connection.execute(
            select(found_mentions, responses.c.comments, responses.c.response_id, surveys.c.survey.label("survey_id"))
            .join(responses, responses.c.id == found_mentions.c.response)
            .join(surveys, surveys.c.id == responses.c.survey)
            .where(within(self._connection, found_mentions.c.theme, themes), responses.c.comments.is_not(None))
            .order_by(found_mentions.c.cosine.desc(), found_mentions.c.response)
            .limit(limit)
        )
        return [(row.survey_id, row.response_id, _mention(row), _words(row)) for row in rows]


def _mention(row: Row[tuple[object, ...]]) -> Mention:
    held = row._mapping
    return Mention(*(held[name] for name in ("response", "comment", "span_start", "span_end", "theme", "cosine")))


def _words(row: Row[tuple[object, ...]]) -> str:
    held = row._mapping
    return str(from_json(held["comments"])[held["comment"]])[held["span_start"] : held["span_end"]]


def _version(row: Row[tuple[object, ...]], forms: Sequence[Row[tuple[object, ...]]]) -> ThemeVersion:
    held = dict(row._mapping)
    told = tuple(
        ThemeForm(form.place, form.theme, form.size, form.stability, form.tentative, tuple(from_json(form.terms)))
        for form in forms
    )
    return ThemeVersion(**held | {"space": unpacked(held["space"]), "counts": from_json(held["counts"])}, forms=told)


def _event(row: Row[tuple[object, ...]]) -> ThemeEvent:
    held = row._mapping
    return ThemeEvent(
        held["version"], held["at"], held["actor"], Act(held["act"]), held["theme"], tuple(from_json(held["others"])),
        held["jaccard"], held["text"],
    )  # fmt: skip


def _row(number: int, event: ThemeEvent) -> dict[str, object]:
    return {
        "number": number, "version": event.version, "at": event.at, "actor": event.actor, "act": event.act.value,
        "theme": event.theme, "others": to_json(list(event.others)), "jaccard": event.jaccard, "text": event.text,
    }  # fmt: skip
