"""The transition table held by the store itself: a ticket's row cannot make a move between statuses that there is not.

The texts are made from `tickets.lifecycle.STEPS`, so the store and the code cannot disagree in a fresh store.
"""

from itertools import groupby

from tickets.lifecycle import STEPS
from tickets.ticket import Status

_TRIGGER = "tickets_status_move"
_REFUSAL = "a ticket cannot go between these statuses"


def guards(dialect: str) -> list[str]:
    """The DDL that holds the transition table in this dialect ("sqlite" or "postgresql")."""
    event = f"CREATE TRIGGER {_TRIGGER} BEFORE UPDATE OF status ON tickets"
    illegal = f"NEW.status <> OLD.status AND NOT ({_legal()})"
    if dialect == "sqlite":
        return [f"{event} WHEN {illegal} BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"]
    return [
        f"CREATE OR REPLACE FUNCTION {_TRIGGER}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_REFUSAL}' USING ERRCODE = '23001'; END $$",
        f"{event} FOR EACH ROW WHEN ({illegal}) EXECUTE FUNCTION {_TRIGGER}()",
    ]


def _legal() -> str:
    def start(step: tuple[Status, Status]) -> Status:
        return step[0]

    lines = []
    for here, steps in groupby(sorted(STEPS), key=start):
        there = ", ".join(f"'{to.value}'" for _, to in steps)
        lines.append(f"(OLD.status = '{here.value}' AND NEW.status IN ({there}))")
    return " OR ".join(lines)
