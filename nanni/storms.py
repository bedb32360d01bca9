"""Storm mode: one parent problem, its tickets told of in digests, and an end that nobody has to remember."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from ledger.journal import record as journal
from ledger.store import SqlUnitOfWork
from ledger.storms import HOUR, SqlStormStore, Storm
from nanni.assignment import facts_of
from nanni.parts import Parts
from tickets.landing import Candidate
from tickets.lifecycle import LifecycleError
from tickets.notice import Notice, NoticeKind
from tickets.opening import Plan
from tickets.ports import TicketFilter
from tickets.problem import RULE, Problem, digest, open_problem, over
from tickets.ticket import LIVE, Ticket
from triggers.handling import StormPolicy
from triggers.policy import Severity
from triggers.storms import Alarm, Arrived, Group, Seen, alarms, calm, groups_of, whole_hours

MOST = 100_000


class Weather:
    """The storms that rage while a batch is carried out; without storm mode there are none."""

    def __init__(self, uow: SqlUnitOfWork, policy: StormPolicy | None) -> None:
        self.policy = policy
        self._store = SqlStormStore(uow.connection)
        self._raging = {storm.group: storm for storm in self._store.active()} if policy else {}

    def storm_of(self, candidate: Candidate) -> Storm | None:
        """The oldest storm that a fired response belongs to."""
        if self.policy is None or not self._raging:
            return None
        groups = groups_of(self.policy, candidate.theme, candidate.survey, dict(candidate.attributes))
        found = [self._raging[group] for group in groups if group in self._raging]
        return min(found, key=lambda storm: storm.id, default=None)

    def let_through(self, candidates: Sequence[Candidate], planned: Plan, now: datetime) -> list[Notice]:
        """The notices to send now. Those of a storm's new tickets are kept back, each a row with its reason."""
        storms = self._joined(candidates, planned, now)
        always = self.policy.always_told if self.policy else ()
        told_at_once = {ticket.key for ticket in planned.opened if ticket.severity.value in always}
        sent: list[Notice] = []
        kept: dict[int, list[Notice]] = {}
        for notice in planned.notices:
            storm = storms.get(notice.ticket)
            if storm is None or notice.kind is not NoticeKind.TICKET_OPENED or notice.ticket in told_at_once:
                sent.append(notice)
            else:
                kept.setdefault(storm.id, []).append(notice)
        for storm in self._raging.values():
            if storm.id in kept:
                reason = f"{storm.ticket} is one problem behind many tickets: told in its digest"
                self._store.keep_back(storm.id, kept[storm.id], reason)
        return sent

    def _joined(self, candidates: Sequence[Candidate], planned: Plan, now: datetime) -> dict[str, Storm]:
        """The storm of each ticket that this batch opens in one."""
        by_position = {one.position: one for one in candidates}
        new = {ticket.key for ticket in planned.opened}
        found: dict[str, Storm] = {}
        for landed in planned.landed:
            storm = self.storm_of(by_position[landed.position]) if landed.ticket in new else None
            if landed.ticket is not None and storm is not None:
                found.setdefault(landed.ticket, storm)
        for key, storm in found.items():
            self._store.join(storm.id, [key], now)
        return found


def watch(uow: SqlUnitOfWork, parts: Parts, arrived: Sequence[Arrived], survey: str) -> list[Storm]:
    """Count what came, and begin the storms that this shows, each with its parent ticket."""
    policy, now = parts.workspace.policy.policy.storm, parts.clock()
    if policy is None:
        return []
    store = SqlStormStore(uow.connection)
    store.count(arrived)
    if not any(one.seen.fired for one in arrived):
        return []
    seen = store.seen(int(now.timestamp() // HOUR), whole_hours(policy.window), whole_hours(policy.usual))
    raging = {storm.group for storm in store.active()} | store.ended_by_hand(now - policy.window)
    return [_begin(uow, parts, policy, alarm, survey) for alarm in alarms(policy, seen) if alarm.group not in raging]


def sweep(parts: Parts) -> tuple[int, int]:
    """Send the digests that are due and end the storms that are over; returns how many of each."""
    policy, now = parts.workspace.policy.policy.storm, parts.clock()
    told = ended = 0
    with parts.ledger.begin() as uow:
        store = SqlStormStore(uow.connection)
        raging = store.active()
        seen = _seen(store, policy, now) if policy and raging else {}
        for storm in raging:
            ends = policy is None or _ends(policy, storm, seen.get(storm.group, Seen()), now)
            if ends or (policy is not None and now - storm.told_at >= policy.digest_every):
                told += _digest(uow, parts, storm, now)
            if ends:
                _end(uow, storm, _calmed(seen.get(storm.group, Seen())), now)
                ended += 1
    return told, ended


def _seen(store: SqlStormStore, policy: StormPolicy, now: datetime) -> Mapping[Group, Seen]:
    hour = int(now.timestamp() // HOUR)
    return {group: pair[0] for group, pair in store.seen(hour, whole_hours(policy.window), 0).items()}


def _ends(policy: StormPolicy, storm: Storm, now_seen: Seen, now: datetime) -> bool:
    return now - storm.began_at >= policy.window and calm(policy, now_seen, storm.usual)


def _begin(uow: SqlUnitOfWork, parts: Parts, policy: StormPolicy, alarm: Alarm, survey: str) -> Storm:
    workspace, now = parts.workspace, parts.clock()
    kind, value = alarm.group
    reason = _told(policy, alarm)
    problem = Problem(
        Severity(policy.severity),
        value if kind == "survey" else survey,
        f"Problem: {kind} {value}",
        reason,
        value if kind == "theme" else None,
        () if kind in ("theme", "survey") else ((kind, value),),
        workspace.policy.policy.hash,
    )
    (key,) = uow.tickets.next_keys(1)
    load = uow.tickets.load()
    acted, told = open_problem(key, problem, workspace.routing, workspace.sla, load, now, workspace.audience)
    uow.tickets.open([acted.ticket], acted.events)
    uow.outbox.add(told)
    store = SqlStormStore(uow.connection)
    storm = store.begin(alarm, key, reason, now)
    store.join(storm.id, [ticket.key for ticket in _recent(uow, policy, alarm.group, now)], now)
    return storm


def _recent(uow: SqlUnitOfWork, policy: StormPolicy, group: Group, now: datetime) -> list[Ticket]:
    """Live tickets of the window that made the alarm: opened before anyone could know that they belong together."""
    live = uow.tickets.list(TicketFilter(statuses=LIVE, limit=MOST))
    found = []
    for ticket in live:
        if ticket.rule == RULE or now - ticket.opened_at >= policy.window:
            continue
        facts = facts_of(uow, ticket)
        if group in groups_of(policy, ticket.theme, ticket.survey, dict(facts.attributes)):
            found.append(ticket)
    return found


def _told(policy: StormPolicy, alarm: Alarm) -> str:
    now, usual = alarm.now, alarm.usual
    return (
        f"{now.fired} of {now.responses} responses in {whole_hours(policy.window)} hours, usually "
        f"{usual.rate * now.responses:.1f}; were it no more than {policy.ratio:g} times the usual, the chance of so "
        f"many is {alarm.chance:.1e} (exact test of two Poisson rates)"
    )


def _calmed(seen: Seen) -> str:
    return f"the storm is over: {seen.fired} of {seen.responses} responses in the last hours"


def _digest(uow: SqlUnitOfWork, parts: Parts, storm: Storm, now: datetime) -> int:
    store, workspace = SqlStormStore(uow.connection), parts.workspace
    untold = store.untold(storm.id)
    if not untold:
        return 0
    parent = uow.tickets.get(storm.ticket)
    acted, notices = digest(parent, untold, workspace.routing, workspace.audience, now)
    uow.tickets.change(parent, acted.ticket, acted.events)
    uow.outbox.add(notices)
    store.told(storm.id, acted.ticket.version, now)
    return len(notices)


def close(parts: Parts, number: int, by: str, reason: str) -> Storm:
    """End a storm by hand, with a last digest of what is untold; none of its kind begins within a window from now.

    Raises NotFoundError, LifecycleError without a reason or for one that is over.
    """
    if not reason.strip():
        raise LifecycleError(
            "ending a storm needs a reason", where=f"storm {number}", next_step="say it in a few words"
        )
    with parts.ledger.begin() as uow:
        store, now = SqlStormStore(uow.connection), parts.clock()
        storm = store.get(number)
        if storm.ended_at is not None:
            raise LifecycleError(f"storm {number} is over since {storm.ended_at:%Y-%m-%d %H:%M} UTC")
        _digest(uow, parts, storm, now)
        _end(uow, storm, f"{by} ended the storm: {reason.strip()}", now, by)
        kind, value = storm.group
        journal(uow.connection, now, by, "storm_ended", {"storm": str(number), "kind": kind, "value": value})
        return store.get(number)


def _end(uow: SqlUnitOfWork, storm: Storm, told: str, now: datetime, by: str | None = None) -> None:
    parent = uow.tickets.get(storm.ticket)
    acted = over(parent, told, now)
    uow.tickets.change(parent, acted.ticket, acted.events)
    SqlStormStore(uow.connection).end(storm.id, now, by)
