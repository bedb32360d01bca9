"""A ledger for `benchmarks.outer_loop`, written straight into its tables: what ingestion and work would leave.

Two years of one NPS survey. Themes, their effect on the score and on how long tickets take are drawn from a seed. Three
in five responses have a comment, made of clauses as in `benchmarks.ingest`; most sentences occur once. The themes of
the team's own taxonomy that a response counts under are drawn, not read from it. Event hashes are placeholders (nothing
measured here reads them).
"""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, insert, select

from benchmarks.ingest_workspace import comment_of, make_workspace
from feedback.disposition import Disposition
from ledger.bulk import insert_rows, to_json
from ledger.columns import iso, iso_column
from ledger.response_rows import scale_text
from ledger.schema import (
    counters,
    customers,
    decisions,
    models,
    outbox,
    policies,
    question_sets,
    responses,
    run_batches,
    runs,
    scores,
    sla_facts,
    surveys,
    ticket_events,
    tickets,
)
from ledger.scores import CELL
from nanni.parts import Parts
from nanni.wiring import wire

NOW = datetime.fromisoformat("2026-07-01T08:00:00+00:00")
START = NOW - timedelta(days=730)
TICKETS = 0.105
"""Of responses; the latest of them are still open."""
COMMENTED = 0.6
"""Of responses."""
_CHUNK = 50_000
_STORES = ("Ambleford", "Castlewick", "Stannerby", "Millbourne")
_CAUSES = ("courier", "system", "staffing", "policy", "product", "training")
_HASH = "0" * 64
Rows = list[tuple[Any, ...]]


def make(folder: Path) -> Parts:
    """An empty workspace and its ledger, at `NOW`."""
    return wire(make_workspace(folder), lambda: NOW)


class Filler:
    """Adds responses with their tickets to a ledger; one seed always the same."""

    def __init__(self, parts: Parts, seed: int = 1) -> None:
        self._parts, self._draw, self._say = parts, np.random.default_rng(seed), random.Random(seed)
        self._themes = [theme for theme in parts.workspace.taxonomy.ids]
        self._moves = self._draw.normal(-1.5, 1.0, len(self._themes))
        self._slow = self._draw.uniform(20, 120, len(self._themes))
        self._owners = [(home[0].id, home[1].id) for name in parts.workspace.routing.people
                        if (home := parts.workspace.routing.home(name)) is not None]  # fmt: skip
        self._run = self._response = self._ticket = 0

    def add(self, size: int, since: datetime = START, until: datetime = NOW) -> None:
        """So many responses, submitted evenly between two moments, in chunks of one run each."""
        edges = np.linspace(0, size, -(-size // _CHUNK) + 1).astype(int)
        step = (until - since) / max(size, 1)
        for low, high in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
            with self._parts.ledger.begin() as uow:
                self._chunk(uow.connection, high - low, since + step * low, since + step * high)

    def _chunk(self, connection: Connection, size: int, since: datetime, until: datetime) -> None:
        if not self._run:
            self._shared(connection)
        self._run += 1
        draw, first = self._draw, self._response + 1
        moments = np.sort(draw.integers(_micros(since), _micros(until), size)).astype("datetime64[us]")
        named = [draw.choice(len(self._themes), draw.integers(1, 3), False) if has else ()
                 for has in draw.random(size) < 0.45]  # fmt: skip
        mood = draw.normal(8.6, 1.6, size) + np.array([sum(self._moves[k] for k in some) for some in named])
        score = np.clip(np.round(mood), 0, 10)
        opens = np.zeros(size, bool)
        opens[np.argsort(mood + draw.normal(0, 1, size))[: round(size * TICKETS)]] = True
        keys = iter([f"N-{self._ticket + k + 1}" for k in range(int(opens.sum()))])
        tickets_of = [next(keys) if opened else None for opened in opens.tolist()]
        people = draw.integers(1, self._people + 1, size).tolist()
        self._runs(connection, size, int(opens.sum()), until)
        self._tickets(connection, moments[opens], [named[k] for k in np.flatnonzero(opens)],
                      [people[k] for k in np.flatnonzero(opens)])  # fmt: skip
        self._responses(connection, first, moments, score, people, tickets_of)
        self._decisions(connection, first, opens, named, score)
        self._response, self._ticket = self._response + size, self._ticket + int(opens.sum())
        for name, value in (("response", self._response), ("ticket", self._ticket)):
            connection.execute(counters.delete().where(counters.c.name == name))
            connection.execute(insert(counters).values(name=name, value=value))

    def _shared(self, connection: Connection) -> None:
        survey = self._parts.workspace.survey("store_nps")
        connection.execute(
            insert(surveys).values(id=1, source=survey.source_name, survey=survey.id, title=survey.title,
                                   scale=scale_text(survey.scale))
        )  # fmt: skip
        connection.execute(insert(question_sets).values(id=1, digest="q", content=to_json([["why", "Why?"]])))
        connection.execute(insert(policies).values(id=1, hash="policy-1"))
        connection.execute(insert(models).values(id=1, model_id="model-1"))
        self._people = 300_000
        rows: Rows = [(k, f"hash-{k}", False) for k in range(1, self._people + 1)]
        insert_rows(connection, customers, ("id", "identity_hash", "erased"), rows)

    def _runs(self, connection: Connection, size: int, opened: int, at: datetime) -> None:
        names = ("number", "id", "survey", "source", "file_name", "content_hash", "batch_size", "state", "started_at",
                 "finished_at", "taxonomy")  # fmt: skip
        name = f"run-{self._run}"
        read_by = self._parts.workspace.taxonomy.digest
        rows: Rows = [
            (self._run, name, "store_nps", "shop", f"{name}.csv", name, size, "done", iso(at), iso(at), read_by)
        ]
        insert_rows(connection, runs, names, rows)
        counts = {Disposition.OPENED: opened, Disposition.QUIET: size - opened}
        kinds = tuple(Disposition)
        batch = [(self._run, 0, size, *(counts.get(kind, 0) for kind in kinds))]
        insert_rows(connection, run_batches, ("run", "number", "received", *(kind.value for kind in kinds)), batch)

    def _responses(
        self, connection: Connection, first: int, moments: NDArray[np.datetime64], score: NDArray[np.float64],
        people: Sequence[int], keys: Sequence[str | None],
    ) -> None:  # fmt: skip
        names = ("id", "survey", "response_id", "revision", "content_hash", "submitted_at", "timezone", "status",
                 "score", "channel", "language", "question_set", "comments", "attributes", "customer", "run",
                 "row_number", "disposition", "ticket")  # fmt: skip
        where = [to_json({"store": store, "tier": tier}) for store in _STORES for tier in ("gold", "none")]
        places = self._draw.integers(0, len(where), len(moments)).tolist()
        at, values = iso_column(moments), score.tolist()
        said = [to_json([comment_of(self._say, int(value))]) if self._say.random() < COMMENTED else None
                for value in values]  # fmt: skip
        rows: Rows = [
            (first + k, 1, f"R{first + k}", 1, "h", at[k], "Europe/London", "live", values[k], "email", "en", 1,
             said[k], where[places[k]], people[k], self._run, k + 1, "opened" if keys[k] else "quiet", keys[k])
            for k in range(len(moments))
        ]  # fmt: skip
        insert_rows(connection, responses, names, rows)

    def _decisions(
        self, connection: Connection, first: int, opens: NDArray[np.bool_], named: Sequence[Any],
        score: NDArray[np.float64],
    ) -> None:  # fmt: skip
        size, fired = len(opens), to_json(["detractor"])
        hits = [to_json([[self._themes[k], "why", 0, 4] for k in some]) if len(some) else None for some in named]
        rows: Rows = [
            (first + k, 2 if opened else 0, 1, 1, fired if opened else None, ".", hits[k])
            for k, opened in enumerate(opens.tolist())
        ]
        columns = ("response", "outcome", "policy", "model", "fired", "unscored", "themes")
        insert_rows(connection, decisions, columns, rows)
        cells = np.zeros(size, CELL)
        odds = np.stack([7 - score, np.full(size, 1.0), score - 6], axis=1) + self._draw.normal(0, 1, (size, 3))
        likely = np.exp(odds)
        cells["probabilities"] = likely / likely.sum(axis=1, keepdims=True)
        packed: Rows = [(first + k, 1, cells[k].tobytes()) for k in range(size) if len(named[k]) or opens[k]]
        insert_rows(connection, scores, ("response", "model", "packed"), packed)

    def _tickets(
        self, connection: Connection, opened: NDArray[np.datetime64], named: Sequence[Any], people: Sequence[int]
    ) -> None:
        draw, size = self._draw, len(opened)
        slow = np.array([self._slow[some[0]] if len(some) else 60.0 for some in named])
        steps = np.cumsum(np.stack([draw.exponential(4, size), draw.exponential(slow), draw.exponential(24, size)]), 0)
        waits = (steps * 3600e6).astype("timedelta64[us]")
        now = np.datetime64(NOW.replace(tzinfo=None), "us")
        rows: Rows = []
        told: Rows = []
        facts: Rows = []
        sent: Rows = []
        for k in range(size):
            one = _Life(f"N-{self._ticket + k + 1}", opened[k], [moment for moment in opened[k] + waits[:, k]], now)
            team, owner = self._owners[int(draw.integers(len(self._owners)))]
            theme = self._themes[named[k][0]] if len(named[k]) else None
            cause = _CAUSES[int(draw.integers(len(_CAUSES)))] if one.resolved else None
            rows.append(one.row(team, owner, theme, people[k], cause))
            told += one.events(team, owner, bool(draw.random() < 0.06), self._owners)
            facts += one.facts()
            sent.append((f"n-{one.key}", "ticket_opened", one.key, 2, "mail", "-", one.at[0], "delivered", 1,
                         one.at[0], "", one.at[0]))  # fmt: skip
        insert_rows(connection, tickets, _TICKET, rows)
        insert_rows(connection, ticket_events, _EVENT, told)
        insert_rows(connection, sla_facts, ("ticket", "metric", "number", "kind", "at", "target_seconds"), facts)
        insert_rows(connection, outbox, _NOTICE, sent)


_TICKET = ("key", "status", "severity", "priority", "team", "owner", "survey", "theme", "rule", "customer", "opened_at",
           "first_touch_due", "resolution_due", "version", "subject", "first_touched_at", "resolved_at", "closed_at",
           "root_cause", "action_taken", "resolved", "responses", "policy_hash", "episode", "escalated")  # fmt: skip
_EVENT = ("ticket", "sequence", "kind", "actor", "at", "reason", "data", "note_digest", "previous", "hash", "note",
          "salt")  # fmt: skip
_NOTICE = ("id", "kind", "ticket", "event_sequence", "channel", "target", "created_at", "state", "attempts",
           "next_attempt_at", "last_error", "delivered_at")  # fmt: skip
_DUE = (timedelta(hours=8), timedelta(days=5))


class _Life:
    """One ticket: opened, first touched, resolved, closed, as far as that is past; `at` are the stored moments."""

    def __init__(self, key: str, opened: np.datetime64, later: Sequence[np.datetime64], now: np.datetime64) -> None:
        self.key, self.opened = key, opened
        past = [opened, *(moment for moment in later if moment <= now)]
        self.at = [str(text) for text in iso_column(np.array(past))]
        self.due = [str(text) for text in iso_column(np.array([opened + np.timedelta64(due) for due in _DUE]))]

    @property
    def resolved(self) -> bool:
        return len(self.at) > 2

    def row(self, team: str, owner: str, theme: str | None, person: int, cause: str | None) -> tuple[Any, ...]:
        """Its row of `tickets`."""
        at: list[str | None] = [*self.at, None, None, None]
        status = ("new", "in_progress", "resolved", "closed")[len(self.at) - 1]
        return (
            self.key, status, "medium", "normal", team, owner, "store_nps", theme, "detractor", person, at[0],
            *self.due, len(self.at) + 1, "-", at[1], at[2], at[3], cause, "-" if cause else None,
            True if cause else None, 1, "policy-1", self.key, "",
        )  # fmt: skip

    def events(self, team: str, owner: str, moved: bool, owners: Sequence[tuple[str, str]]) -> Rows:
        """Its events; a moved one was first with somebody else."""
        first = owners[len(self.key) % len(owners)] if moved else (team, owner)
        found: list[tuple[str, str, str, Any]] = [("opened", "nanni", self.at[0], [["severity", "medium"]])]
        found.append(("assigned", "nanni", self.at[0], [["team", first[0]], ["owner", first[1]]]))
        if moved:
            found.append(("assigned", first[1], self.at[0], [["team", team], ["owner", owner]]))
        kinds = ("acknowledged", "resolved", "closed")
        found += [(kind, owner, at, [["to", kind]]) for kind, at in zip(kinds, self.at[1:], strict=False)]
        return [
            (self.key, number, kind, actor, at, "", to_json(data), "", _HASH, f"{self.key}-{number}", "", "")
            for number, (kind, actor, at, data) in enumerate(found, start=1)
        ]

    def facts(self) -> Rows:
        """SLA facts of both promises, as recorded."""
        rows: Rows = []
        for metric, place, due in (("first_touch", 1, _DUE[0]), ("resolution", 2, _DUE[1])):
            rows.append((self.key, metric, 1, "activate", self.at[0], None))
            rows.append((self.key, metric, 1, "apply", self.at[0], due.total_seconds()))
            if len(self.at) > place:
                rows.append((self.key, metric, 1, "fulfil", self.at[place], None))
        return rows


def _micros(moment: datetime) -> int:
    return int(moment.timestamp() * 1e6)


def counted(parts: Parts) -> int:
    """Closed tickets in the ledger."""
    with parts.ledger.read() as uow:
        return len(uow.connection.execute(select(tickets.c.key).where(tickets.c.status == "closed")).all())
