"""Where each fired response belongs: a ticket of its own, one that is already there, or none for a stated reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from feedback.disposition import Disposition
from feedback.response import ResponseStatus
from feedback.scale import Scale
from tickets.routing import RoutingFacts
from tickets.ticket import LIVE, Priority, Ticket
from triggers.policy import Severity


@dataclass(frozen=True, slots=True)
class Candidate:
    """A response whose decision fired: what opening needs to know of it, without what the customer wrote.

    `position` is its row in the batch. `why` says in a sentence why it fired (it may quote, so it is kept erasable).
    `existing` is the ticket that an earlier revision of the same response already has. `priority` and `team` are what
    its rule names instead of the SLA table's and the route's.
    """

    position: int
    response_id: str
    customer_id: str | None
    survey: str
    submitted_at: datetime
    severity: Severity
    rule: str
    status: ResponseStatus = ResponseStatus.LIVE
    theme: str | None = None
    language: str | None = None
    channel: str | None = None
    attributes: tuple[tuple[str, str], ...] = ()
    subject: str = ""
    why: str = ""
    policy_hash: str = ""
    existing: Ticket | None = None
    priority: Priority | None = None
    team: str | None = None

    def facts(self) -> RoutingFacts:
        """What routing looks at."""
        return RoutingFacts(
            self.severity, self.survey, self.theme, self.language, self.channel, self.attributes, self.team
        )


@dataclass(frozen=True, slots=True)
class OpeningRules:
    """Which fired responses may open tickets: of these statuses, submitted at most `max_age` ago (None: ever)."""

    statuses: tuple[ResponseStatus, ...] = (ResponseStatus.LIVE,)
    max_age: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Landed:
    """What became of one candidate; `ticket` is the key it belongs to, `reason` a sentence."""

    position: int
    disposition: Disposition
    reason: str
    ticket: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where a candidate belongs: to the stored `ticket`, to the one that candidate `opener` opens, or nowhere."""

    disposition: Disposition
    reason: str
    ticket: Ticket | None = None
    opener: int | None = None


def classify(
    candidates: Sequence[Candidate], live: Mapping[str, Ticket], rules: OpeningRules, now: datetime
) -> list[Verdict]:
    """One verdict a candidate, in order. `live` holds the live ticket of each customer that has one.

    A customer has at most one live ticket, so a second candidate of the same customer in the batch joins the first's;
    so does a second revision of one response. Anonymous responses each stand alone.
    """
    openers: dict[str, int] = {}
    seen: dict[tuple[str, str], Verdict] = {}
    verdicts: list[Verdict] = []
    for i, candidate in enumerate(candidates):
        key = (candidate.survey, candidate.response_id)
        verdict = _again(seen[key]) if key in seen else _verdict(candidate, live, openers, rules, now)
        if verdict.disposition is Disposition.OPENED:
            verdict = Verdict(verdict.disposition, verdict.reason, opener=i)
            if candidate.customer_id is not None:
                openers[candidate.customer_id] = i
        if verdict.disposition is not Disposition.SUPPRESSED:
            seen[key] = verdict
        verdicts.append(verdict)
    return verdicts


def count_openings(
    candidates: Sequence[Candidate], live: Mapping[str, Ticket], rules: OpeningRules, now: datetime
) -> int:
    """How many new ticket keys `opening.plan` will take."""
    return sum(verdict.disposition is Disposition.OPENED for verdict in classify(candidates, live, rules, now))


def _again(first: Verdict) -> Verdict:
    """A second revision of one response in a batch goes where the first went."""
    return Verdict(Disposition.REVISED, "revision of a response in the same batch", first.ticket, first.opener)


def _verdict(
    candidate: Candidate,
    live: Mapping[str, Ticket],
    openers: Mapping[str, int],
    rules: OpeningRules,
    now: datetime,
) -> Verdict:
    if (earlier := candidate.existing) is not None:
        state = "" if earlier.status in LIVE else f", which is {earlier.status}"
        reason = f"revision of a response that already has ticket {earlier.key}{state}"
        return Verdict(Disposition.REVISED, reason, ticket=earlier)
    if candidate.status not in rules.statuses:
        return Verdict(Disposition.SUPPRESSED, f"{candidate.status} response")
    if rules.max_age is not None and now - candidate.submitted_at > rules.max_age:
        return Verdict(Disposition.SUPPRESSED, f"submitted more than {rules.max_age.days} days ago")
    if candidate.customer_id is None:
        return Verdict(Disposition.OPENED, "anonymous response: a ticket of its own")
    if (ticket := live.get(candidate.customer_id)) is not None:
        return Verdict(Disposition.ATTACHED, f"the customer has live ticket {ticket.key}", ticket=ticket)
    if (opener := openers.get(candidate.customer_id)) is not None:
        return Verdict(Disposition.ATTACHED, "the customer's ticket was opened in the same batch", opener=opener)
    return Verdict(Disposition.OPENED, "the customer has no live ticket")


def headline(score: float | None, scale: Scale | None, place: str | None = None) -> str:
    """The subject of a ticket: score first, then the place, for example "NPS 2 – Leeds"; no personal data."""
    name = scale.kind.upper() if scale else "Score"
    told = f"{name} {score:g}" if score is not None else "No score"
    return f"{told} – {place}" if place else told
