"""Stored responses with what was decided on them, read for a replay: one query, and only what a policy looks at.

Reading a row as `SqlResponseStore.stream` does, with everything a page shows, cost more than deciding it. Here the
driver's own values are turned into columns at once, and comments, attributes and themes are decoded when first asked
for. A batch that comes out lacks what no rule reads: who answered, other times than the submission, the zone, the row.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeVar, overload

import numpy as np
from sqlalchemy import Column, Connection, Select, Text, and_, func, literal, select, type_coerce

from feedback.errors import NotFoundError
from feedback.response import CommentColumn, Respondent, ResponseBatch, ResponseStatus
from feedback.survey import SurveyDefinition
from ledger import scores as packing
from ledger.bulk import all_from_json, from_json
from ledger.columns import driver_times
from ledger.response_rows import definition
from ledger.schema import customers, decisions, models, policies, question_sets, responses, runs, scores, surveys
from ledger.traces import read_themes
from models.sentiment import CLASSES, SentimentScores, UnknownReason
from triggers.signals import ThemeHit

T = TypeVar("T")
_NOBODY = Respondent()
_STATUS = {status.value: status for status in ResponseStatus}


@dataclass(frozen=True, slots=True, eq=False)
class PastRows:
    """A page of the past, column by column: signals as they were stored, what was decided, and what came of it.

    `policy` are hashes, `fired` the stored JSON of the rules' ids, `ran_at` when each row was ingested.
    """

    ids: Sequence[int]
    batch: ResponseBatch
    sentiment: tuple[SentimentScores, ...]
    themes: Sequence[tuple[ThemeHit, ...]]
    customers: Sequence[int | None]
    tickets: Sequence[str | None]
    revisions: Sequence[int]
    ran_at: Sequence[datetime]
    outcome: Sequence[int]
    fired: Sequence[str | None]
    policy: Sequence[str]

    def __len__(self) -> int:
        return len(self.ids)


class Later(Sequence[T]):
    """A column that is made when it is first looked at."""

    __slots__ = ("_made", "_make", "_size")

    def __init__(self, size: int, make: Callable[[], Sequence[T]]) -> None:
        self._size, self._make = size, make
        self._made: Sequence[T] | None = None

    def _column(self) -> Sequence[T]:
        if self._made is None:
            self._made = self._make()
        return self._made

    @overload
    def __getitem__(self, at: int) -> T: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[T]: ...
    def __getitem__(self, at: int | slice) -> T | Sequence[T]:
        return self._column()[at]

    def __iter__(self) -> Iterator[T]:
        return iter(self._column())

    def __len__(self) -> int:
        return self._size


def past_rows(
    connection: Connection,
    configured: Mapping[str, SurveyDefinition],
    survey: str,
    since: datetime | None,
    until: datetime | None,
    size: int,
    scored: bool = True,
) -> Iterator[PastRows]:
    """Every revision of a survey submitted in [since, until), oldest first, without those whose words were erased.

    `scored`: whether sentiment is asked for; without it all of it is unknown. Raises NotFoundError for a response that
    was never decided.
    """
    reader = _Reader(connection, configured, scored)
    mine = select(surveys.c.id, surveys.c.survey.label("survey_id"), surveys.c.title.label("survey_title"),
                  surveys.c.source, surveys.c.scale).where(surveys.c.survey == survey)  # fmt: skip
    for row in connection.execute(mine).all():
        wanted = _window(_chosen(row.id, scored), since, until).where(~_erased())
        found = connection.execution_options(stream_results=True).execute(wanted)
        for rows in found.yield_per(size).partitions():
            yield reader.page(definition(configured, row), list(zip(*rows, strict=True)))


def erased_rows(connection: Connection, survey: str, since: datetime | None, until: datetime | None) -> int:
    """How many revisions of that window cannot be replayed because their words were erased."""
    counted = select(func.count()).select_from(responses.join(surveys)).where(surveys.c.survey == survey, _erased())
    return int(connection.execute(_window(counted, since, until)).scalar_one())


def _erased() -> Any:
    gone = select(customers.c.id).where(customers.c.erased)
    return and_(responses.c.customer.is_not(None), responses.c.customer.in_(gone))


def _window(chosen: Select[Any], since: datetime | None, until: datetime | None) -> Select[Any]:
    if since is not None:
        chosen = chosen.where(responses.c.submitted_at >= since)
    return chosen if until is None else chosen.where(responses.c.submitted_at < until)


def _chosen(survey: int, scored: bool) -> Select[Any]:
    r, d = responses.c, decisions.c
    joined = responses.outerjoin(decisions, d.response == r.id)
    packed: Any = literal(None)
    if scored:
        joined = joined.outerjoin(scores, and_(scores.c.response == d.response, scores.c.model == d.model))
        packed = scores.c.packed
    # The driver's own text of the time on SQLite: reading each as a datetime took longer than the query.
    at = type_coerce(r.submitted_at, Text())
    return (
        select(
            r.id, r.response_id, r.revision, r.content_hash, at, r.status, r.score, r.channel, r.language,
            r.question_set, r.comments, r.attributes, r.customer, r.ticket, r.run, d.outcome, d.fired, d.policy,
            d.model, d.unscored, d.themes, packed,
        )
        .select_from(joined)
        .where(r.survey == survey)
        .order_by(r.submitted_at, r.id)
    )  # fmt: skip


class _Reader:
    """Makes pages of rows, with the small tables that the rows point into."""

    def __init__(self, connection: Connection, configured: Mapping[str, SurveyDefinition], scored: bool) -> None:
        self._configured, self._scored = configured, scored
        self._policies = _names(connection, policies.c.id, policies.c.hash)
        self._models = _names(connection, models.c.id, models.c.model_id)
        self._runs = _names(connection, runs.c.number, runs.c.started_at)
        contents = _names(connection, question_sets.c.id, question_sets.c.content)
        self._questions: dict[int | None, tuple[tuple[str, str], ...]] = {
            number: tuple((name, text) for name, text in from_json(content)) for number, content in contents.items()
        }
        self._questions[None] = ()

    def page(self, survey: SurveyDefinition, columns: Sequence[Sequence[Any]]) -> PastRows:
        """One page from its columns, in the order of `_chosen`."""
        (ids, names, revisions, hashes, times, status, score, channel, language, asked, told, attributes, people,
         tickets, ran, outcome, fired, policy, model, unscored, themes, packed) = columns  # fmt: skip
        if None in outcome:
            missing = ids[outcome.index(None)]
            raise NotFoundError(f"no decision on response {missing}", next_step="run `nanni audit`")
        size = len(ids)
        nowhen = np.full(size, np.datetime64("NaT"), "datetime64[us]")
        comments = self._comments(survey, asked, told)
        batch = ResponseBatch(
            survey=survey,
            row_number=np.zeros(size, np.int64),
            response_id=names,
            content_hash=hashes,
            submitted_at=driver_times(times),
            started_at=nowhen,
            recorded_at=nowhen,
            timezone=["UTC"] * size,
            status=[_STATUS[one] for one in status],
            score=np.array(score, dtype=np.float64),  # None becomes NaN
            comments=comments,
            respondents=[_NOBODY] * size,
            channel=channel,
            language=language,
            attributes=_attributes(survey, attributes),
        )
        return PastRows(
            ids, batch, self._sentiment(comments, asked, unscored, packed, model), _Themes(themes), people, tickets,
            revisions, [self._runs[one] for one in ran], outcome, fired, [self._policies[one] for one in policy],
        )  # fmt: skip

    def _comments(
        self, survey: SurveyDefinition, asked: Sequence[int | None], told: Sequence[str | None]
    ) -> tuple[CommentColumn, ...]:
        configured = [question.id for question in survey.mapping.comments]
        ids = dict.fromkeys([*configured, *(name for one in set(asked) for name, _ in self._questions[one])])
        places = {one: {name: at for at, (name, _) in enumerate(self._questions[one])} for one in set(asked)}
        said = Later(len(told), lambda: all_from_json(told))

        def texts(name: str) -> list[str]:
            where = {one: place.get(name) for one, place in places.items()}
            return [
                row[at] if row and (at := where[one]) is not None else "" for row, one in zip(said, asked, strict=True)
            ]

        def questions(name: str) -> list[str]:
            worded = {one: dict(self._questions[one]).get(name, "") for one in places}
            return [worded[one] for one in asked]

        size = len(told)
        return tuple(
            CommentColumn(name, Later(size, partial(questions, name)), Later(size, partial(texts, name)))
            for name in ids
        )

    def _sentiment(
        self,
        comments: Sequence[CommentColumn],
        asked: Sequence[int | None],
        unscored: Sequence[str],
        packed: Sequence[bytes | None],
        model: Sequence[int],
    ) -> tuple[SentimentScores, ...]:
        if not self._scored:
            return tuple(_unread(len(asked)) for _ in comments)
        ids = {one: tuple(name for name, _ in self._questions[one]) for one in set(asked)}
        named = packing.single_model({one: self._models[one] for one in set(model)})
        asked_of = [ids[one] for one in asked]
        stored = list(zip(asked_of, unscored, packed, strict=True))
        return tuple(packing.unpack(named, column.question_id, stored) for column in comments)


class _Themes(Sequence[tuple[ThemeHit, ...]]):
    """Theme hits by row, read when somebody looks; most rows have none."""

    __slots__ = ("_made", "_texts")

    def __init__(self, texts: Sequence[str | None]) -> None:
        self._texts = texts
        self._made: dict[int, tuple[ThemeHit, ...]] = {}

    @overload
    def __getitem__(self, at: int) -> tuple[ThemeHit, ...]: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[tuple[ThemeHit, ...]]: ...
    def __getitem__(self, at: int | slice) -> tuple[ThemeHit, ...] | Sequence[tuple[ThemeHit, ...]]:
        if isinstance(at, slice):
            return _Themes(self._texts[at])
        text = self._texts[at]
        if text is None:
            return ()
        found = self._made.get(at)
        if found is None:
            found = self._made[at] = read_themes(text)
        return found

    def __len__(self) -> int:
        return len(self._texts)


def _names(connection: Connection, key: Column[Any], value: Column[Any]) -> dict[Any, Any]:
    return {row[0]: row[1] for row in connection.execute(select(key, value))}


def _attributes(survey: SurveyDefinition, texts: Sequence[str | None]) -> dict[str, Sequence[str | None]]:
    distinct = list(dict.fromkeys(texts))
    known = dict(zip(distinct, all_from_json(distinct), strict=True))
    names = dict.fromkeys(name for name, _ in survey.mapping.attributes)
    names |= dict.fromkeys(name for held in known.values() if held for name in held)

    def column(name: str) -> list[str | None]:
        value = {text: held.get(name) if held else None for text, held in known.items()}
        return [value[text] for text in texts]

    return {name: Later(len(texts), partial(column, name)) for name in names}


def _unread(size: int) -> SentimentScores:
    nothing = np.full((size, len(CLASSES)), np.nan, np.float32)
    return SentimentScores("not read", nothing, (UnknownReason.MODEL_OFF,) * size)
