"""`nanni tickets`: working a ticket from its first touch to its end."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from feedback.errors import ConfigError
from nanni.cli.app import COMMON, Common, opened
from nanni.cli.output import show
from nanni.cli.tickets import By
from tickets import actions
from tickets.ticket import Closure, Priority, Status, Ticket

if TYPE_CHECKING:
    from nanni.parts import Parts
    from nanni.work import Action


Seen = Annotated[
    int | None, Parameter(help="The version you looked at; refused, with what you missed, if there is more.")
]


def _act(common: Common, key: str, seen: int | None, *verbs: "Callable[[Parts], Action]", tell: str = "") -> None:
    """Do the verbs to a ticket in one transaction and say what it is now."""
    from nanni.work import act

    with opened(common) as parts:
        after = act(parts, key, *(verb(parts) for verb in verbs), seen=seen, tell=tell)
    told = f"{after.key} is {after.status}, owned by {after.owner} of {after.team}."
    show(after, lambda screen: screen.print(told), common.json)


def acknowledge(key: str, *, by: By = "cli", seen: Seen = None, common: Common = COMMON) -> None:
    """Say that somebody has seen it: the first touch, or an escalation that is then not repeated."""

    def verb(parts: "Parts") -> "Action":
        def seen(ticket: Ticket) -> actions.Acted:
            known = ticket.escalated and ticket.status is not Status.NEW
            done = actions.acknowledge_escalation if known else actions.acknowledge
            return done(ticket, by, parts.clock())

        return seen

    _act(common, key, seen, verb)


def start(key: str, *, by: By = "cli", seen: Seen = None, common: Common = COMMON) -> None:
    """Begin work, or go on after waiting."""
    _act(common, key, seen, lambda parts: lambda ticket: actions.start(ticket, by, parts.clock()))


def contact(key: str, *, how: str, note: str = "", by: By = "cli", seen: Seen = None, common: Common = COMMON) -> None:
    """Record that the customer was contacted.

    Parameters
    ----------
    how
        phone, mail, in person, ...
    note
        What was said.
    """
    _act(common, key, seen, lambda parts: lambda ticket: actions.contact(ticket, by, parts.clock(), how, note))


def wait(key: str, *, note: str = "", by: By = "cli", seen: Seen = None, common: Common = COMMON) -> None:
    """The next step is the customer's."""
    _act(common, key, seen, lambda parts: lambda ticket: actions.wait(ticket, by, parts.clock(), note))


def hold(key: str, *, note: str = "", by: By = "cli", seen: Seen = None, common: Common = COMMON) -> None:
    """The next step is somebody else's."""
    _act(common, key, seen, lambda parts: lambda ticket: actions.hold(ticket, by, parts.clock(), note))


def assign(
    key: str, owner: str, *, reason: str = "by hand", by: By = "cli", seen: Seen = None, common: Common = COMMON
) -> None:
    """Hand it to another owner of routing.yaml."""

    def verb(parts: "Parts") -> "Action":
        to = parts.workspace.routing.assign_to(owner, reason)
        return lambda ticket: actions.reassign(ticket, by, parts.clock(), to)

    _act(common, key, seen, verb)


def priority(
    key: str, to: Priority, *, reason: str, by: By = "cli", seen: Seen = None, common: Common = COMMON
) -> None:
    """Set the priority by hand; deadlines follow."""
    _act(
        common,
        key,
        seen,
        lambda parts: (
            lambda ticket: actions.change_priority(ticket, by, parts.clock(), to, reason, parts.workspace.sla)
        ),
    )


def resolve(
    key: str,
    *,
    root_cause: str,
    action: str,
    resolved: bool,
    tell: str = "",
    by: By = "cli",
    seen: Seen = None,
    common: Common = COMMON,
) -> None:
    """Say what the cause was, what was done and whether it helped the customer.

    Parameters
    ----------
    root_cause
        One of root_causes in sla.yaml: `nanni tickets causes`.
    action
        What was done.
    resolved
        Whether it was resolved for the customer (--no-resolved if not).
    tell
        Words for the customer, in the resolution message (where closing.yaml wants one).
    """
    _act(common, key, seen, _resolve(root_cause, action, resolved, by), tell=tell)


def close(
    key: str,
    *,
    root_cause: str | None = None,
    action: str | None = None,
    resolved: bool | None = None,
    checked: tuple[str, ...] = (),
    by: By = "cli",
    seen: Seen = None,
    common: Common = COMMON,
) -> None:
    """Close a ticket: a resolved one as it is, a live one by resolving it in the same step.

    Parameters
    ----------
    root_cause
        One of root_causes in sla.yaml (to resolve a live ticket).
    action
        What was done (to resolve a live ticket).
    resolved
        Whether it was resolved for the customer (to resolve a live ticket).
    checked
        Items of the closing checklist that are done.
    """
    verbs: list[Callable[[Parts], Action]] = []
    if (root_cause, action, resolved) != (None, None, None):
        if root_cause is None or action is None or resolved is None:
            raise ConfigError("resolving needs --root-cause, --action and --resolved or --no-resolved", where=key)
        verbs.append(_resolve(root_cause, action, resolved, by))
    _act(common, key, seen, *verbs, _tick(checked, by), _close(by))


def _tick(items: tuple[str, ...], by: str) -> "Callable[[Parts], Action]":
    return lambda parts: (
        lambda ticket: (
            actions.check(ticket, by, parts.clock(), items, parts.workspace.closing.items)
            if items
            else actions.Acted(ticket, ())
        )
    )


def _close(by: str) -> "Callable[[Parts], Action]":
    return lambda parts: lambda ticket: actions.close(ticket, by, parts.clock(), parts.workspace.closing.items)


def check(key: str, items: list[str], *, by: By = "cli", seen: Seen = None, common: Common = COMMON) -> None:
    """Tick items of the closing checklist; a ticket closes when all are.

    Parameters
    ----------
    items
        Their ids in closing.yaml.
    """
    _act(common, key, seen, _tick(tuple(items), by))


def escalate(key: str, *, to: str, reason: str, by: By = "cli", seen: Seen = None, common: Common = COMMON) -> None:
    """Ask for help: expertise is needed that the owner does not have.

    Parameters
    ----------
    to
        A member of routing.yaml, who is told until somebody acknowledges.
    reason
        What is needed.
    """

    def verb(parts: "Parts") -> "Action":
        parts.workspace.routing.member(to)
        return lambda ticket: actions.ask_for_help(ticket, by, parts.clock(), reason, to)

    _act(common, key, seen, verb)


def reopen(key: str, *, reason: str, by: By = "cli", seen: Seen = None, common: Common = COMMON) -> None:
    """Owe it again."""
    _act(
        common,
        key,
        seen,
        lambda parts: lambda ticket: actions.reopen(ticket, by, parts.clock(), reason, parts.workspace.sla),
    )


def _resolve(root_cause: str, action: str, resolved: bool, by: str) -> "Callable[[Parts], Action]":
    closure = Closure(root_cause, action, resolved)
    return lambda parts: (
        lambda ticket: actions.resolve(ticket, by, parts.clock(), closure, parts.workspace.sla.root_causes)
    )


COMMANDS: tuple[tuple[str, Callable[..., None]], ...] = (
    ("acknowledge", acknowledge),
    ("start", start),
    ("contact", contact),
    ("wait", wait),
    ("hold", hold),
    ("assign", assign),
    ("priority", priority),
    ("resolve", resolve),
    ("close", close),
    ("check", check),
    ("escalate", escalate),
    ("reopen", reopen),
)
"""Verbs of `nanni tickets` that live here."""
