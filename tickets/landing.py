"""Fired responses on their way into tickets: what is known of each, the rules, and what became of it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from feedback.disposition import Disposition
from feedback.response import ResponseStatus
from feedback.scale import Scale
from tickets.episodes import ReopenWindow
from tickets.routing import RoutingFacts
from tickets.ticket import Priority, Ticket
from triggers.policy import Severity


@dataclass(frozen=True, slots=True)
class Candidate:
    """A response whose decision fired: what opening needs to know of it.

    `position` is its row in the batch. `why` says in a sentence why it fired (it may quote, so it is kept erasable).
    `existing` is the ticket that an earlier revision of the same response already has. `priority` and `team` are what
    its rule names instead of the SLA table's and the route's. `negative` is how probably the most negative comment is
    negative (None: unknown), `reachable` whether the customer left a mail address. `said` is what the customer wrote:
    only compared, never kept with the ticket.
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
    negative: float | None = None
    reachable: bool = False
    said: str = field(default="", repr=False)

    def facts(self) -> RoutingFacts:
        """What routing looks at."""
        return RoutingFacts(
            self.severity, self.survey, self.theme, self.language, self.channel, self.attributes, self.team
        )


@dataclass(frozen=True, slots=True)
class OpeningRules:
    """Which fired responses may open tickets: of these statuses, submitted at most `max_age` ago (None: ever).

    Within `reopen` of a ticket's resolution a response of its episode reopens it; None: it opens a follow-up.
    `alike`: where a theme is missing, words at least so like a ticket's (a cosine) belong to it; None: not asked.
    """

    statuses: tuple[ResponseStatus, ...] = (ResponseStatus.LIVE,)
    max_age: timedelta | None = None
    reopen: ReopenWindow | None = None
    alike: float | None = None


@dataclass(frozen=True, slots=True)
class Landed:
    """What became of one candidate; `ticket` is the key it belongs to, `reason` a sentence."""

    position: int
    disposition: Disposition
    reason: str
    ticket: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where a candidate belongs: to the stored `ticket`, to the one that candidate `opener` opens, or nowhere.

    `reopens` when that ticket is over and owed again; `follows` is the one that a new ticket follows up on. `likeness`
    is how like the words are where that decided; `learns` when the ticket then takes over the response's theme.
    """

    disposition: Disposition
    reason: str
    ticket: Ticket | None = None
    opener: int | None = None
    reopens: bool = False
    follows: Ticket | None = None
    likeness: float | None = None
    learns: bool = False


def headline(score: float | None, scale: Scale | None, place: str | None = None) -> str:
    """The subject of a ticket: score first, then the place, for example "NPS 2 – Leeds"; no personal data."""
    name = scale.kind.upper() if scale else "Score"
    told = f"{name} {score:g}" if score is not None else "No score"
    return f"{told} – {place}" if place else told
