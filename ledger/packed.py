"""A batch as the store takes it: plain columns that cross to other processes, made before anything is locked.

The committing process only numbers the rows, adds what became of them, and writes. Everything here is text and
numbers as the driver wants them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from feedback.response import Respondent, ResponseBatch
from feedback.survey import SurveyDefinition
from ledger import response_rows
from ledger import scores as packing
from ledger.bulk import storable, to_json
from ledger.identity import identity_hash
from ledger.traces import themes_text, trace_texts
from triggers.decision import Decisions, DecisionTrace
from triggers.signals import Signals

Contact = tuple[str | None, str | None, str | None, str | None]
"""External id, mail address, name and phone."""


@dataclass(frozen=True, slots=True, eq=False)
class PackedPeople:
    """Who answered: `hashes` by row (None: nothing to recognise them by), the `latest` contact by hash.

    `unnamed` holds the contact of rows that gave a name or phone and nothing to recognise them by again.
    """

    hashes: Sequence[str | None]
    latest: Mapping[str, Contact]
    unnamed: Mapping[int, Contact]


@dataclass(frozen=True, slots=True, eq=False)
class PackedResponses:
    """The responses of a batch; `columns` are the table's own, `question_sets` the JSON text of each row's."""

    survey: SurveyDefinition
    columns: Mapping[str, Sequence[Any]]
    question_sets: Sequence[str | None]
    people: PackedPeople

    def __len__(self) -> int:
        return len(self.question_sets)


@dataclass(frozen=True, slots=True, eq=False)
class PackedDecisions:
    """What was decided on a batch; `scored` are the rows whose probabilities `cells` holds.

    `hashes` names the policy of each row where not all were decided under `policy_hash`.
    """

    policy_hash: str
    model_id: str
    outcome: Sequence[int]
    fired: Sequence[str | None]
    unscored: Sequence[str]
    themes: Sequence[str | None]
    traces: Sequence[str | None]
    scored: Sequence[int]
    cells: Sequence[bytes]
    hashes: Sequence[str] | None = None


def pack_responses(batch: ResponseBatch, key: bytes) -> PackedResponses:
    """The batch's rows; `key` is the store's own, by which customers are recognised."""
    return PackedResponses(
        survey=batch.survey,
        columns=response_rows.own_columns(batch),
        question_sets=response_rows.question_sets(batch),
        people=pack_people(batch.respondents, key),
    )


def pack_people(respondents: Sequence[Respondent], key: bytes) -> PackedPeople:
    """Respondents by keyed hash; of several contacts of one person the last received wins, field by field."""
    known: dict[str, str] = {}
    hashes: list[str | None] = []
    latest: dict[str, Contact] = {}
    unnamed: dict[int, Contact] = {}
    for row, person in enumerate(respondents):
        identity = person.identity()
        if identity is None:
            hashes.append(None)
            if person.id or person.email or person.name or person.phone:
                unnamed[row] = contact_of(person)
            continue
        name = known.get(identity)
        if name is None:
            name = known[identity] = identity_hash(identity, key)
            latest[name] = contact_of(person)
        else:
            latest[name] = merged(latest[name], contact_of(person))
        hashes.append(name)
    return PackedPeople(hashes, latest, unnamed)


def contact_of(respondent: Respondent) -> Contact:
    """The four personal fields as they are stored."""
    external_id, email, name, phone = respondent.id, respondent.email, respondent.name, respondent.phone
    return (
        storable(external_id) if external_id else None,
        storable(email) if email else None,
        storable(name) if name else None,
        storable(phone) if phone else None,
    )


def merged(older: Contact, newer: Contact) -> Contact:
    """Contact data last received wins; an absent field erases nothing."""
    return newer[0] or older[0], newer[1] or older[1], newer[2] or older[2], newer[3] or older[3]


def pack_decisions(signals: Signals, decisions: Decisions, traces: Mapping[int, DecisionTrace]) -> PackedDecisions:
    """Signals and decisions of a batch; `traces` by position in it."""
    size = len(signals)
    unscored = packing.letters(signals.sentiment, size)
    scored = [i for i, code in enumerate(unscored) if packing.SCORED in code]
    fired: list[str | None] = [None] * size
    names = cache(to_json)
    for i, rules in decisions.fired():
        fired[i] = names(rules)
    texts: list[str | None] = [None] * size
    for i, text in trace_texts(traces).items():
        texts[i] = storable(text)
    return PackedDecisions(
        policy_hash=decisions.policy_hash,
        model_id=decisions.model_id,
        outcome=decisions.outcome.tolist(),
        fired=fired,
        unscored=unscored,
        themes=[themes_text(hits) if hits else None for hits in signals.themes],
        traces=texts,
        scored=scored,
        cells=packing.pack(signals.sentiment, scored) if scored else (),
    )
