"""Plays the demo year: exports arrive month by month, tickets live their lives, on a clock that the plan sets."""

import heapq
import shutil
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
from nanni.demo.exports import MONTHS, exported_at
from nanni.demo.grammar import Grammar, load_grammar
from nanni.demo.lives import Step, plan_life
from nanni.escalation import escalate
from nanni.notices import delivery_of
from nanni.parts import Parts
from nanni.work import act
from tickets import actions
from tickets.actions import Acted
from tickets.lifecycle import Move
from tickets.ports import TicketFilter
from tickets.ticket import Ticket

MARKER = ".nanni-demo"
SEED = 1750
AFTERWARDS = timedelta(days=16)
"""How long the year is followed after its last export, so that most tickets find their end."""

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
    _order: Iterator[int] = field(default_factory=count)

    def play(self) -> Iterator[str]:
        """Play month by month, yielding each month's name when it is done."""
        phrases = load_grammar("lives")
        for month in MONTHS:
            now = exported_at(month)
            self._live_until(now)
            self._export(month, now)
            self.taken += self.ingest(now)
            self._plan(now, phrases)
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

    def _plan(self, now: datetime, phrases: Grammar) -> None:
        parts = self.wire(now)
        with parts.ledger.read() as uow:
            opened = [t for t in uow.tickets.list(TicketFilter(limit=1_000_000)) if t.key not in self.seen]
        for ticket in sorted(opened, key=lambda ticket: int(ticket.key.removeprefix("N-"))):
            self.seen.add(ticket.key)
            rng = np.random.default_rng([SEED, int(ticket.key.removeprefix("N-"))])
            for step in plan_life(ticket, rng, parts.workspace.sla.calendar, phrases).steps:
                heapq.heappush(self.waiting, (step.at, next(self._order), ticket.key, step))
        parts.close()

    def _live_until(self, now: datetime) -> None:
        """Every step of every life that lies before `now`, with a look at overdue work each week."""
        while self.waiting and self.waiting[0][0] < now:
            week = min(self.waiting[0][0] + timedelta(days=7), now)
            self._live_a_week(week)
            self._sweep(week)
        self._sweep(now)

    def _live_a_week(self, until: datetime) -> None:
        """The steps before `until`, each ticket's in one transaction."""
        steps: dict[str, list[Step]] = {}
        while self.waiting and self.waiting[0][0] < until:
            _, _, key, step = heapq.heappop(self.waiting)
            steps.setdefault(key, []).append(step)
        for key, lived in steps.items():
            parts = self.wire(lived[-1].at)
            act(parts, key, *(partial(apply, parts, step=step) for step in lived))

    def _sweep(self, now: datetime) -> None:
        self.escalated += escalate(self.wire(now))

    def _send(self, now: datetime) -> None:
        delivery = delivery_of(self.wire(now))
        while attempts := delivery.due(500).attempts:
            self.delivered += len(attempts)


def apply(parts: Parts, ticket: Ticket, step: Step) -> Acted:
    """A step of a life as the ticket action it stands for. Raises LifecycleError when the ticket does not allow it."""
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
