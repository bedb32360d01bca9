"""What the schedules do and the operator looks at, over the API: health, notices, service levels, queues, refresh."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Path
from pydantic import Field
from starlette.responses import JSONResponse

from desk.api.callers import Caller, allowed
from desk.api.documents import After, Limit, document, page
from desk.api.given import Few, Given
from desk.api.operations import IN_QUARANTINE, Watcher
from desk.api.told import TicketOut
from desk.cursors import place_text, read_number, read_place
from desk.days import instant
from ledger.chain_audit import ChainReport, chain_report
from nanni import assignment, closing, queues
from nanni.documents.tickets import fact_document
from nanni.escalation import escalate
from nanni.health import Finding, examine
from nanni.notices import delivery_of
from nanni.outer_loop import refresh as refresh_warehouse
from nanni.reminding import remind_due
from nanni.sla_facts import record_facts
from nanni.timing import retime
from tickets.access import Permission
from tickets.metric_events import MetricEventKind
from tickets.notice import DeliveryState
from tickets.sla import Metric

Operator = Annotated[Caller, Depends(allowed(Permission.OPERATE))]
Auditor = Annotated[Caller, Depends(allowed(Permission.READ_AUDIT))]
Reader = Annotated[Caller, Depends(allowed(Permission.READ_TICKETS))]
Teams = Annotated[Caller, Depends(allowed(Permission.READ_TEAMS))]
Bulk = Annotated[Caller, Depends(allowed(Permission.BULK_TICKETS))]
OF_ALL = "this is about the whole store and belongs"


class Ids(Given):
    """Ids of dead notices."""

    notices: Annotated[list[Few], Field(min_length=1, max_length=500)]


class Away(Given):
    """Whose tickets are handed over; of everybody who is away today unless somebody is named."""

    person: Few | None = None


class Whole(Given):
    """Whether everything is read anew, not only what changed; both give the same."""

    whole: bool = False


@dataclass(frozen=True, slots=True)
class Count:
    """How many tickets or notices it was."""

    count: int


@dataclass(frozen=True, slots=True)
class Delivered:
    """Attempts by outcome, and what stood in the way."""

    counts: dict[str, int]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refreshed:
    """The warehouse as it is now: rows by table, the hash of its content, and whether all was read anew."""

    rows: dict[str, int]
    content_hash: str
    whole: bool


def doctor(caller: Watcher) -> list[Finding]:
    """Whether installation and workspace are in order, and what to do about each thing that is not."""
    caller.for_everybody(OF_ALL)
    return examine(caller.parts)


def chains(caller: Auditor) -> ChainReport:
    """Verify the hash chains, and rebuild each ticket from its events; reads the whole store."""
    with caller.parts.ledger.read() as uow:
        return chain_report(uow)


def quarantined(caller: Watcher, row: Annotated[int, Path(ge=1, le=2**53)]) -> JSONResponse:
    """One quarantined row whole: where it came from, its raw cells, and why it is here."""
    caller.for_everybody(IN_QUARANTINE)
    with caller.parts.ledger.read() as uow:
        return document(uow.quarantine.get(row))


def notices(caller: Watcher, state: DeliveryState | None = None, cursor: After = "", limit: Limit = 50) -> JSONResponse:
    """The outbox, oldest first."""
    caller.for_everybody(OF_ALL)
    with caller.parts.ledger.read() as uow:
        after = uow.outbox.get(read_place(cursor)).notice if cursor else None
        found = uow.outbox.list(state, limit, after)
    return page(found, place_text(found[-1].notice.id) if len(found) == limit else None)


def deliver(caller: Operator, limit: Limit = 500) -> Delivered:
    """Deliver what is due now."""
    caller.for_everybody(OF_ALL)
    report = delivery_of(caller.parts).due(limit)
    counts = Counter(attempt.outcome.value for attempt in report.attempts)
    return Delivered(dict(counts), tuple(dict.fromkeys(report.problems)))


def replay(caller: Operator, body: Ids) -> Count:
    """Make dead notices pending again."""
    caller.for_everybody(OF_ALL)
    with caller.parts.ledger.begin() as uow:
        return Count(uow.outbox.replay(body.notices, caller.parts.clock()))


def close_the_loop(caller: Operator) -> closing.Swept:
    """Queue the follow-up surveys whose hour has come, and close resolved tickets that nobody answered."""
    caller.for_everybody(OF_ALL)
    return closing.close_the_loop(caller.parts)


def sla_facts(
    caller: Watcher,
    since: datetime | None = None,
    kind: MetricEventKind | None = None,
    metric: Metric | None = None,
    cursor: After = "",
    limit: Limit = 100,
) -> JSONResponse:
    """Kept SLA facts over all tickets, the latest first."""
    caller.for_everybody(OF_ALL)
    moment = instant(since, caller.parts.workspace.settings.zone, "since")
    before = read_number(cursor) if cursor else None
    with caller.parts.ledger.read() as uow:
        found = uow.sla_facts.page(moment, kind, metric, limit, before)
    return page([fact_document(fact) for _, fact in found], place_text(found[-1][0]) if len(found) == limit else None)


def record_sla(caller: Operator) -> Count:
    """Bring the kept SLA facts of all tickets up to now."""
    caller.for_everybody(OF_ALL)
    return Count(record_facts(caller.parts))


def climb(caller: Operator) -> Count:
    """Record and queue what the escalation ladder asks for now; the answer is how many tickets were escalated."""
    caller.for_everybody(OF_ALL)
    return Count(escalate(caller.parts))


def send_reminders(caller: Operator) -> Count:
    """Tell everybody whose reminder has come, once; the answer is how many reminders."""
    caller.for_everybody(OF_ALL)
    return Count(len(remind_due(caller.parts)))


def recompute_sla(caller: Operator) -> Count:
    """Count all the open time of all open tickets anew by today's sla.yaml; the answer is how many changed."""
    caller.for_everybody(OF_ALL)
    return Count(retime(caller.parts, None, caller.actor))


def coverage(caller: Teams) -> assignment.Coverage:
    """Which route takes how many of the stored tickets, what reaches the fallback, and who gets nothing."""
    caller.for_everybody(OF_ALL)
    return assignment.coverage(caller.parts)


def queue(caller: Reader) -> list[TicketOut]:
    """Tickets that wait for somebody to have capacity left, oldest first."""
    with caller.parts.ledger.read() as uow:
        return [TicketOut.of(one) for one in queues.queued(uow) if caller.token.scope.sees(one)]


def drain(caller: Operator) -> list[queues.HandedOver]:
    """Give out what waits to whoever has capacity now."""
    caller.for_everybody(OF_ALL)
    return queues.drain_queues(caller.parts)


def hand_over(caller: Bulk, body: Away) -> list[queues.HandedOver]:
    """Hand over the live tickets of everybody who is away today, or of one person whatever routing.yaml says."""
    caller.for_everybody(OF_ALL)
    return queues.hand_over(caller.parts, body.person, caller.actor)


def refresh(caller: Operator, body: Whole) -> Refreshed:
    """Bring the warehouse up to date and swap it in."""
    caller.for_everybody(OF_ALL)
    done = refresh_warehouse(caller.parts, body.whole)
    return Refreshed(done["rows"], done["content_hash"], done["whole"])
