"""One thing done to many tickets, and taken back."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.responses import Response

from desk.errors import BadFormError, ForbiddenError
from desk.verbs import VERBS, Doing
from desk.visit import Visit, no_ticket
from feedback.errors import NanniError
from ledger.store import SqlUnitOfWork
from nanni.work import act
from tickets.access import GRANTS
from tickets.lifecycle import Move
from tickets.ticket import Status, Ticket

AT_ONCE = 200
BULK = ("acknowledge", "start", "wait", "hold", "assign", "prioritise")
_BACK: Mapping[Status, str] = {Status.IN_PROGRESS: "start", Status.WAITING: "wait", Status.ON_HOLD: "hold"}
"""How to come back to a status. NEW and OPEN cannot be come back to: that somebody has seen it stays true."""

Step = tuple[str, int, str, dict[str, str]]
"""A ticket, its version after what was done, the verb that takes it back, and its fields."""


@dataclass(frozen=True, slots=True)
class Undo:
    """What can be taken back: the steps, in the order they are to be done."""

    steps: tuple[Step, ...] = ()

    @property
    def told(self) -> int:
        """How many tickets it is about."""
        return len(self.steps)

    def text(self) -> str:
        """As kept on the session."""
        return json.dumps(self.steps) if self.steps else ""

    @staticmethod
    def read(text: str) -> "Undo":
        """From the session."""
        return Undo(tuple((key, version, verb, fields) for key, version, verb, fields in json.loads(text or "[]")))


@dataclass
class Outcome:
    """What came of it: tickets done, and for each one refused the reason."""

    done: int = 0
    refused: list[str] = field(default_factory=list)
    back: list[Step] = field(default_factory=list)

    def flash(self, key: str) -> str:
        """What to say on the next page."""
        return json.dumps(
            {"key": key, "done": self.done, "refused": len(self.refused), "why": "; ".join(self.refused[:3])}
        )


def bulk(visit: Visit) -> Response:
    """Do one verb to the chosen tickets, each in a transaction of its own."""
    keys, name = visit.form.get("key", []), visit.field("verb")
    if name not in BULK:
        raise BadFormError(f"{name or 'nothing'} cannot be done to many at once", allowed=", ".join(BULK))
    if not keys or len(keys) > AT_ONCE:
        raise BadFormError("no ticket is chosen" if not keys else f"more than {AT_ONCE} tickets are chosen")
    if VERBS[name].needs not in GRANTS[visit.person.role]:
        raise ForbiddenError(f"your role ({visit.person.role}) may not do this")
    outcome = Outcome()
    for key in dict.fromkeys(keys):
        do_one(visit, key, name, outcome)
    undo = Undo(tuple(outcome.back)).text()
    return visit.go(_return(visit), outcome.flash("bulk.done"), undo)


def do_one(visit: Visit, key: str, name: str, outcome: Outcome) -> None:
    """Do a verb to one ticket of many; a refusal is told, and does not stop the others."""
    parts, seen_before = visit.site.parts, list[Ticket]()

    def within(uow: SqlUnitOfWork, before: Ticket) -> None:
        if not visit.sees(before):
            raise no_ticket(key)
        seen_before.append(before)

    fields = {"owner": visit.field("owner"), "priority": visit.field("priority"), "reason": visit.field("reason")}
    doing = Doing(parts, visit.person.actor, parts.clock(), fields, key)
    try:
        after = act(parts, key, VERBS[name].build(doing), also=within)
    except NanniError as error:
        outcome.refused.append(f"{key}: {error.what}")
        return
    outcome.done += 1
    if (step := _step_back(name, seen_before[0], after)) is not None:
        outcome.back.append(step)


def _step_back(name: str, before: Ticket, after: Ticket) -> Step | None:
    reason = "undone"
    if name == "assign":
        return (after.key, after.version, "assign", {"owner": before.owner, "reason": reason})
    if name == "prioritise":
        return (after.key, after.version, "prioritise", {"priority": before.priority.value, "reason": reason})
    back = _BACK.get(before.status)
    return (after.key, after.version, back, {}) if back and VERBS[name].move is not Move.ACKNOWLEDGE else None


def undo(visit: Visit) -> Response:
    """Take the last thing done to many back, where nobody has changed the ticket since."""
    kept = Undo.read(visit.session.undo if visit.session else "")
    outcome, parts = Outcome(), visit.site.parts
    for key, version, name, fields in kept.steps:
        doing = Doing(parts, visit.person.actor, parts.clock(), fields, key)
        try:
            act(parts, key, VERBS[name].build(doing), seen=version)
            outcome.done += 1
        except NanniError as error:
            outcome.refused.append(f"{key}: {error.what}")
    if visit.session:
        visit.site.sessions.change(visit.session, undo="")
    return visit.go(_return(visit), outcome.flash("bulk.undone"))


def _return(visit: Visit) -> str:
    query = visit.field("query")[:1_000]
    return f"/inbox?{query}" if query else "/inbox"
