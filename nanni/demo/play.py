"""Plays the demo year: exports arrive month by month, tickets live their lives, on a clock that the plan sets."""

import heapq
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from os import utime
from pathlib import Path
from typing import Any

import numpy as np

from feedback.errors import ConfigError
from nanni.closing import Became, address_of_survey, close_the_loop, record_answer
from nanni.demo.exports import MONTHS, exported_at
from nanni.demo.grammar import Grammar, load_grammar
from nanni.demo.lives import Life, Step, plan_life, plan_recovery, survey_answer
from nanni.escalation import escalate
from nanni.notices import delivery_of
from nanni.parts import Parts
from nanni.work import Action, act
from tickets import actions
from tickets.actions import Acted
from tickets.collaboration import cite
from tickets.lifecycle import Move, allowed
from tickets.ports import TicketFilter
from tickets.ticket import Ticket

MARKER = ".nanni-demo"
SEED = 1750
AFTERWARDS = timedelta(days=16)
"""How long the year is followed after its last export, so that most tickets find their end."""

INITIATIVE, CITED_FOR = "new-packaging", "packaging"
"""The initiative of the demo workspace, cited by tickets with this root cause."""

LOOK = timedelta(days=3)
"""How far apart overdue work and follow-up surveys are looked at: a survey is never asked days too late."""

Ingest = Callable[[datetime], list[dict[str, Any]]]
Wire = Callable[[datetime], Parts]


def fresh_workspace(source: Path, folder: Path) -> Path:
    """A demo workspace without its inbox; an earlier demo there is replaced, anything else is left alone.

    Raises ConfigError when the folder holds something that is not an earlier demo.
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / MARKER).is_file():
        raise ConfigError(
            "the folder is not empty and no earlier demo",
            where=str(folder),
            next_step="name another one: `nanni demo DIR`",
        )
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("inbox", ".gitattributes"))
    (folder / MARKER).write_text("Made by `nanni demo`; it is replaced when that runs again.\n")
    return folder


@dataclass
class Year:
    """The demo year while it is being played. `wire` gives the parts with the clock at an instant."""

    source: Path
    folder: Path
    wire: Wire
    ingest: Ingest
    waiting: list[tuple[datetime, int, str, Step]] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    taken: list[dict[str, Any]] = field(default_factory=list)
    delivered: int = 0
    escalated: int = 0
    surveys: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    ended: set[str] = field(default_factory=set)
    _order: Iterator[int] = field(default_factory=count)
    _phrases: Grammar = field(default_factory=lambda: load_grammar("lives"))

    def play(self) -> Iterator[str]:
        """Play month by month, yielding each month's name when it is done."""
        for month in MONTHS:
            now = exported_at(month)
            self._live_until(now)
            self._export(month, now)
            self.taken += self.ingest(now)
            self._plan(now)
            self._send(now)
            yield month
        end = exported_at(MONTHS[-1]) + AFTERWARDS
        self._live_until(end)
        self._send(end)
        yield "afterwards"

    def _export(self, month: str, now: datetime) -> None:
        """The month's files appear in the inbox, an hour before they are taken."""
        for file in sorted((self.source / "inbox").glob(f"*/{month}.*")):
            target = self.folder / "inbox" / file.parent.name / file.name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
            arrived = (now - timedelta(hours=1)).timestamp()
            utime(target, (arrived, arrived))

    def _plan(self, now: datetime) -> None:
        """Lives for new tickets, and second ones for those that a customer has reopened."""
        parts = self.wire(now)
        with parts.ledger.read() as uow:
            tickets = list(uow.tickets.list(TicketFilter(limit=1_000_000)))
        for ticket in sorted(tickets, key=lambda ticket: int(ticket.key.removeprefix("N-"))):
            if ticket.key not in self.seen:
                self.seen.add(ticket.key)
                self._wait(ticket, plan_life(ticket, self._dice(ticket), parts.workspace.sla.calendar, self._phrases))
            elif ticket.live and ticket.key in self.ended:
                self._recover(parts, ticket, now)
        parts.close()

    def _recover(self, parts: Parts, ticket: Ticket, now: datetime) -> None:
        self.ended.discard(ticket.key)
        rng = self._dice(ticket, ticket.version)
        self._wait(ticket, plan_recovery(ticket, now, rng, parts.workspace.sla.calendar, self._phrases))

    def _wait(self, ticket: Ticket, life: Life) -> None:
        for step in life.steps:
            heapq.heappush(self.waiting, (step.at, next(self._order), ticket.key, step))

    def _dice(self, ticket: Ticket, more: int = 0) -> np.random.Generator:
        return np.random.default_rng([SEED, int(ticket.key.removeprefix("N-")), *([more] if more else [])])

    def _live_until(self, now: datetime) -> None:
        """Every step of every life that lies before `now`, with a look at what time brings every few days."""
        while self.waiting and self.waiting[0][0] < now:
            moment = min(self.waiting[0][0] + LOOK, now)
            self._live_a_while(moment)
            self._sweep(moment)
        self._sweep(now)

    def _live_a_while(self, until: datetime) -> None:
        """The steps before `until`, each ticket's in one transaction."""
        steps: dict[str, list[Step]] = {}
        while self.waiting and self.waiting[0][0] < until:
            _, _, key, step = heapq.heappop(self.waiting)
            steps.setdefault(key, []).append(step)
        for key, lived in steps.items():
            parts = self.wire(lived[-1].at)
            act(parts, key, *(partial(apply, parts, step=step) for step in lived), *self._citing(parts, key, lived))
            if any(step.move is Move.RESOLVE for step in lived):
                self.ended.add(key)

    def _citing(self, parts: Parts, key: str, lived: list[Step]) -> list[Action]:
        """What lets a ticket cite the initiative about its cause, once: when it is first resolved with that cause."""
        causes = {step.closure.root_cause for step in lived if step.closure is not None}
        if key in self.ended or CITED_FOR not in causes:
            return []
        return [lambda ticket: cite(ticket, ticket.owner, lived[-1].at, INITIATIVE, ())]

    def _sweep(self, now: datetime) -> None:
        """Escalations, follow-up surveys, and what customers answer."""
        parts = self.wire(now)
        self.escalated += escalate(parts)
        asked = close_the_loop(parts).surveys
        self.surveys += len(asked)
        for key in asked:
            self._answer(parts, key, now)

    def _answer(self, parts: Parts, key: str, now: datetime) -> None:
        with parts.ledger.read() as uow:
            ticket = uow.tickets.get(key)
        rng = self._dice(ticket, ticket.version)
        said = survey_answer(ticket.closure, rng, self._phrases) if ticket.closure else None
        if said is None:
            return
        token = address_of_survey(parts, key).rpartition("/")[2]
        done = record_answer(parts, token, *said)
        self.answers[done.became] += 1
        if done.became is Became.REOPENED:
            with parts.ledger.read() as uow:
                self._recover(parts, uow.tickets.get(key), now)

    def _send(self, now: datetime) -> None:
        delivery = delivery_of(self.wire(now))
        while attempts := delivery.due(500).attempts:
            self.delivered += len(attempts)


def apply(parts: Parts, ticket: Ticket, step: Step) -> Acted:
    """A step of a life as the ticket action it stands for; one that the customer has made pointless is left out."""
    if step.move not in allowed(ticket.status) or ticket.merged_into is not None:
        return Acted(ticket, ())
    owner, at, sla = ticket.owner, step.at, parts.workspace.sla
    match step.move:
        case Move.ACKNOWLEDGE:
            return actions.acknowledge(ticket, owner, at)
        case Move.START:
            return actions.start(ticket, owner, at)
        case Move.CONTACT:
            return actions.contact(ticket, owner, at, step.how, step.text)
        case Move.NOTE:
            return actions.note(ticket, owner, at, step.text)
        case Move.WAIT:
            return actions.wait(ticket, owner, at, step.text)
        case Move.HOLD:
            return actions.hold(ticket, owner, at, step.text)
        case Move.RESOLVE if step.closure is not None:
            return actions.resolve(ticket, owner, at, step.closure, sla.root_causes)
        case Move.CLOSE:
            return actions.close(ticket, owner, at)
    raise ValueError(f"a life has no step {step.move}")
