"""Merging, unmerging and splitting over the API; every ticket concerned must be within the token's scope."""

from typing import Annotated, Any

from fastapi import Depends

from desk.api.callers import Caller, allowed, seen, ticket_of
from desk.api.given import Merge, Split, Unmerge
from desk.api.tickets import Key, require_version, told
from desk.api.versions import Match
from desk.errors import BadFormError
from nanni import regrouping
from tickets.access import Permission
from tickets.merging import Log

Worker = Annotated[Caller, Depends(allowed(Permission.WORK_TICKETS))]


def merge_ticket(caller: Worker, key: Key, body: Merge, if_match: Match = None) -> Any:
    """Another live ticket of the same customer is taken over by this one; the answer is this one."""
    parts, also = caller.parts, _checked(caller, key, if_match)
    return told(regrouping.merge_tickets(parts, body.child, key, caller.actor, body.reason, also))


def unmerge_ticket(caller: Worker, key: Key, body: Unmerge, if_match: Match = None) -> Any:
    """A ticket that was merged into another stands alone again; the answer is this one."""
    parts, also = caller.parts, _checked(caller, key, if_match)
    return told(regrouping.unmerge_ticket(parts, key, caller.actor, body.reason, also))


def split_ticket(caller: Worker, key: Key, body: Split, if_match: Match = None) -> Any:
    """Some responses become a ticket of their own; the answer is the new one."""
    parts, also = caller.parts, _checked(caller, key, if_match)
    if body.theme not in parts.workspace.taxonomy.ids:
        raise BadFormError(f"there is no theme {body.theme!r}", allowed=", ".join(parts.workspace.taxonomy.ids))
    actor = caller.actor
    return told(regrouping.split_ticket(parts, key, body.responses, body.theme, actor, body.reason, also))


def _checked(caller: Caller, key: str, match: str | None) -> regrouping.Check:
    with caller.parts.ledger.read() as uow:
        ticket_of(caller, uow, key)

    def also(log: Log) -> None:
        seen(caller, log.ticket)
        if log.ticket.key == key:
            require_version(log.ticket, match)

    return also
