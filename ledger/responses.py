"""Responses by natural key, inserted in bulk and read back as batches in bounded memory."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import repeat
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, or_, select

from feedback.disposition import Disposition
from feedback.errors import NotFoundError
from feedback.ports import KnownResponse, Landing, StoredResponse
from feedback.response import ResponseBatch
from feedback.rows import Flag
from feedback.survey import SurveyDefinition
from ledger import response_rows
from ledger.bulk import insert_rows, plain_rows, storable, within
from ledger.customers import keep_contacts, recognise
from ledger.identity import customer_name, customer_number, identity_key, intern, take_numbers
from ledger.packed import PackedPeople, PackedResponses, pack_people, pack_responses
from ledger.places import note_places
from ledger.runs import run_number
from ledger.schema import counters, customers, question_sets, responses, runs, surveys
from ledger.schema import flags as flag_rows

_COLUMNS = select(
    responses, question_sets.c.content.label("questions"),
    customers.c.external_id, customers.c.email, customers.c.name, customers.c.phone,
)  # fmt: skip
_PEOPLE = _COLUMNS.outerjoin_from(responses, question_sets).outerjoin(customers)
FULL = (
    _PEOPLE.add_columns(
        runs.c.id.label("run_id"), surveys.c.survey.label("survey_id"), surveys.c.title.label("survey_title"),
        surveys.c.source, surveys.c.scale,
    )
    .join(runs, runs.c.number == responses.c.run)
    .join(surveys, surveys.c.id == responses.c.survey)
)  # fmt: skip
_SERIES = "response"


@dataclass(frozen=True, slots=True, eq=False)
class LandedRows:
    """What became of packed rows, column by column (`feedback.ports.Landing` of one): customers by number."""

    revision: Sequence[int]
    customer: Sequence[int | None]
    disposition: Sequence[str]
    reason: Sequence[str | None]
    ticket: Sequence[str | None]


class SqlResponseStore:
    """`feedback.ports.ResponseStore` in SQL. `configured` says how to read a survey back into a batch."""

    def __init__(self, connection: Connection, configured: Mapping[str, SurveyDefinition]) -> None:
        self._connection = connection
        self._configured = configured

    def known(self, source: str, survey: str, response_ids: Sequence[str]) -> dict[str, KnownResponse]:
        """The latest held revision of those ids that the ledger has."""
        same = and_(surveys.c.source == source, surveys.c.survey == survey)
        number = self._connection.execute(select(surveys.c.id).where(same)).scalar_one_or_none()
        if number is None:
            return {}
        held = responses.c
        chosen = select(held.response_id, held.id, held.revision, held.content_hash, held.ticket)
        wanted = within(self._connection, held.response_id, [storable(name) for name in response_ids])
        rows = self._connection.execute(chosen.where(held.survey == number, wanted).order_by(held.revision))
        return {row[0]: KnownResponse(row[1], row[2], row[3], row[4]) for row in rows}

    def customers(self, batch: ResponseBatch) -> list[str | None]:
        """The customer id of each row, created where new; None for an anonymous response."""
        packed = pack_people(batch.respondents, identity_key(self._connection))
        return [customer_name(number) for number in self.recognise(packed)]

    def recognise(self, people: PackedPeople) -> list[int | None]:
        """`customers` of packed rows, as the numbers the store knows them by."""
        return recognise(self._connection, people)

    def identity_key(self) -> bytes:
        """The store's own key, by which rows are packed; made on first use, in a transaction that writes."""
        return identity_key(self._connection)

    def last_number(self) -> int:
        """The number of the newest response in the store."""
        wanted = select(counters.c.value).where(counters.c.name == _SERIES)
        return self._connection.execute(wanted).scalar_one_or_none() or 0

    def landed_after(self, number: int, survey: SurveyDefinition) -> set[str]:
        """Ids of this survey's responses that were stored after the one of that number."""
        same = and_(surveys.c.source == survey.source_name, surveys.c.survey == survey.id)
        own = select(surveys.c.id).where(same).scalar_subquery()
        # `+`: by number only, not through the index of ids, which would walk the whole survey.
        chosen = select(responses.c.response_id).where(responses.c.id > number, responses.c.survey + 0 == own)
        return {name for (name,) in plain_rows(self._connection, chosen)}

    def add(self, run_id: str, batch: ResponseBatch, landings: Sequence[Landing]) -> list[int]:
        """Insert one revision a row, in bulk; returns their ids in order."""
        if not len(batch):
            return []
        landed = LandedRows(
            revision=[landing.revision for landing in landings],
            customer=[customer_number(landing.customer_id) for landing in landings],
            disposition=[landing.disposition.value for landing in landings],
            reason=[landing.reason or None for landing in landings],
            ticket=[landing.ticket for landing in landings],
        )
        return list(self.insert(run_id, pack_responses(batch, identity_key(self._connection)), landed))

    def insert(self, run_id: str, packed: PackedResponses, landed: LandedRows) -> range:
        """`add` of packed rows."""
        size = len(packed)
        ids = take_numbers(self._connection, _SERIES, size)
        columns: dict[str, Iterable[Any]] = {
            **packed.columns,
            "id": ids,
            "survey": repeat(self._survey(packed.survey), size),
            "run": repeat(run_number(self._connection, run_id), size),
            "question_set": self._question_sets(packed.question_sets),
            "customer": self._people(packed.people, landed.customer),
            "revision": landed.revision,
            "disposition": landed.disposition,
            "disposition_reason": landed.reason,
            "ticket": landed.ticket,
        }
        names = response_rows.NAMES
        insert_rows(self._connection, responses, names, zip(*(columns[name] for name in names), strict=True))
        note_places(self._connection, zip(landed.ticket, packed.columns["attributes"], strict=True))
        return ids

    def _survey(self, survey: SurveyDefinition) -> int:
        key = {"source": survey.source_name, "survey": survey.id}
        scale = response_rows.scale_text(survey.scale)
        return intern(self._connection, surveys, key, title=survey.title, scale=scale)

    def _question_sets(self, contents: Sequence[str | None]) -> list[int | None]:
        ids: dict[str | None, int | None] = {None: None}
        ids |= {content: self._question_set(content) for content in set(contents) if content}
        return [ids[content] for content in contents]

    def _question_set(self, content: str) -> int:
        digest = hashlib.sha256(content.encode()).hexdigest()
        return intern(self._connection, question_sets, {"digest": digest}, content=content)

    def _people(self, people: PackedPeople, numbers: Sequence[int | None]) -> Sequence[int | None]:
        """The rows' customers, with those who can be written to but not recognised again."""
        unnamed = {row: contact for row, contact in people.unnamed.items() if numbers[row] is None}
        if not unnamed:
            return numbers
        kept = dict(zip(unnamed, keep_contacts(self._connection, list(unnamed.values())), strict=True))
        return [kept.get(row, number) for row, number in enumerate(numbers)]

    def find(self, response_id: str, survey: str | None = None) -> StoredResponse:
        """The latest revision of a response by its own id. Raises NotFoundError, also when several surveys have it."""
        chosen = FULL.where(
            responses.c.survey.in_(select(surveys.c.id)), responses.c.response_id == storable(response_id)
        )
        if survey is not None:
            chosen = chosen.where(surveys.c.survey == survey)
        found = self._connection.execute(chosen.order_by(responses.c.revision.desc())).all()
        named = sorted({row.survey_id for row in found})
        if not found:
            what = f"no response {response_id!r}" + (f" in survey {survey!r}" if survey else "")
            raise NotFoundError(what, next_step="check the id; `nanni quarantine list` shows rows that were not taken")
        if len(named) > 1:
            raise NotFoundError(
                f"response {response_id!r} exists in several surveys",
                allowed=", ".join(named),
                next_step="name the survey",
            )
        return self._stored(found[0])

    def get(self, number: int) -> StoredResponse:
        """A response revision by its number in the store. Raises NotFoundError."""
        row = self._connection.execute(FULL.where(responses.c.id == number)).one_or_none()
        if row is None:
            raise NotFoundError(f"no response {number}", next_step="run `nanni audit`")
        return self._stored(row)

    def of_ticket(self, key: str) -> list[StoredResponse]:
        """The responses a ticket is about, oldest first."""
        order = (responses.c.submitted_at, responses.c.id)
        rows = self._connection.execute(FULL.where(responses.c.ticket == key).order_by(*order))
        return [self._stored(row) for row in rows]

    def _stored(self, row: Row[Any]) -> StoredResponse:
        batch = response_rows.to_batch(response_rows.definition(self._configured, row), [row])
        return StoredResponse(
            id=row.id,
            revision=row.revision,
            run_id=row.run_id,
            customer_id=customer_name(row.customer),
            disposition=Disposition(row.disposition),
            disposition_reason=row.disposition_reason or "",
            ticket=row.ticket,
            response=batch.response(0),
        )

    def stream(
        self, survey: str, since: datetime | None = None, until: datetime | None = None, size: int = 10_000
    ) -> Iterator[tuple[Sequence[int], ResponseBatch]]:
        """Every stored revision of one survey by submission time in [since, until), as batches with their ids.

        Pages by key, so memory stays at one batch. Raises NotFoundError for a survey the store never saw.
        """
        known: Any = select(surveys.c.id, surveys.c.survey.label("survey_id"), surveys.c.title.label("survey_title"),
                       surveys.c.source, surveys.c.scale).where(surveys.c.survey == survey)  # fmt: skip
        found = self._connection.execute(known).all()
        if not found and survey not in self._configured:
            raise NotFoundError(f"no responses of survey {survey!r}", next_step="check the id of the survey")
        if found:
            wanted = _window(_PEOPLE, [row.id for row in found], since, until)
            read_as = response_rows.definition(self._configured, found[-1])
            yield from self._pages(read_as, wanted, size)

    def cuts(self, survey: str, since: datetime | None, until: datetime | None, size: int) -> list[datetime]:
        """Moments that cut what `stream` gives into spans of about `size` responses; none cuts equal times apart."""
        mine = select(surveys.c.id).where(surveys.c.survey == survey)
        numbers = list(self._connection.execute(mine).scalars())
        at = responses.c.submitted_at
        found: list[datetime] = []
        while True:
            later = _window(select(at), numbers, found[-1] if found else since, until)
            cut = self._connection.execute(later.order_by(at).offset(size).limit(1)).scalar_one_or_none()
            if cut is None:
                return found
            if found and cut <= found[-1]:
                return found  # more than `size` at one moment: the last span takes the rest
            found.append(cut)

    def _pages(
        self, survey: SurveyDefinition, wanted: Select[Any], size: int
    ) -> Iterator[tuple[Sequence[int], ResponseBatch]]:
        at, number = responses.c.submitted_at, responses.c.id
        ordered = wanted.order_by(at, number).limit(size)
        rows = self._connection.execute(ordered).all()
        while rows:
            yield [row.id for row in rows], response_rows.to_batch(survey, rows)
            last = rows[-1]
            beyond = or_(at > last.submitted_at, and_(at == last.submitted_at, number > last.id))
            rows = self._connection.execute(ordered.where(at >= last.submitted_at, beyond)).all()

    def flag(self, run_id: str, flags: Sequence[Flag]) -> None:
        """Keep the contract's warnings on accepted rows."""
        if not flags:
            return
        run = run_number(self._connection, run_id)
        rows = [(run, flag.row_number, flag.expectation, storable(flag.message)) for flag in flags]
        insert_rows(self._connection, flag_rows, ("run", "row_number", "expectation", "message"), rows)

    def count(self) -> int:
        """How many response revisions the store holds."""
        return int(self._connection.execute(select(func.count()).select_from(responses)).scalar_one())


def _window(
    chosen: Select[Any], survey_numbers: Sequence[int], since: datetime | None, until: datetime | None
) -> Select[Any]:
    chosen = chosen.where(responses.c.survey.in_(survey_numbers))
    if since is not None:
        chosen = chosen.where(responses.c.submitted_at >= since)
    return chosen if until is None else chosen.where(responses.c.submitted_at < until)
