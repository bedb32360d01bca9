"""What a policy says of responses that fire: which may open tickets, with which fields, how many, and how soon."""

from dataclasses import dataclass
from datetime import timedelta

from feedback.response import ResponseStatus


@dataclass(frozen=True, slots=True)
class TicketFields:
    """What a rule writes into the ticket itself; None leaves it to the SLA table, to routing and to the themes found.

    `priority` is a name that sla.yaml knows, `team` one of routing.yaml, `theme` one of themes.yaml.
    """

    priority: str | None = None
    team: str | None = None
    theme: str | None = None

    def or_else(self, other: "TicketFields") -> "TicketFields":
        """These fields, with the other's where they are silent."""
        return TicketFields(self.priority or other.priority, self.team or other.team, self.theme or other.theme)


NO_FIELDS = TicketFields()


@dataclass(frozen=True, slots=True)
class ResponsePolicy:
    """Which fired responses may open tickets; the others are suppressed with the reason, never dropped.

    `late_after`: how long after it was given a response still may (None: for ever). `edited`: whether a later revision
    may open one that the earlier did not.
    """

    statuses: tuple[ResponseStatus, ...] = (ResponseStatus.LIVE, ResponseStatus.IMPORTED)
    late_after: timedelta | None = None
    edited: bool = True


@dataclass(frozen=True, slots=True)
class SettleWindow:
    """Responses of these surveys (empty: of all) that came without a comment wait so long for it before they act."""

    wait: timedelta
    surveys: tuple[str, ...] = ()

    def covers(self, survey: str) -> bool:
        """Whether responses of this survey wait."""
        return not self.surveys or survey in self.surveys


@dataclass(frozen=True, slots=True)
class StormPolicy:
    """When fired responses of one theme, survey or attribute's value have left their usual range, and what then.

    Looked for in each of `by` ("theme", "survey" or an attribute's name): in the last `window` against the time
    `usual` before it, at least `at_least` fired, at more than `ratio` times the usual rate a response, which by chance
    alone would be seen with probability `chance` at most. Owners are told of a storm's tickets in a digest every
    `digest_every`; tickets of the severities `always_told` are told of at once all the same.
    """

    by: tuple[str, ...]
    window: timedelta = timedelta(hours=6)
    usual: timedelta = timedelta(days=28)
    at_least: int = 8
    ratio: float = 2.0
    chance: float = 0.0001
    digest_every: timedelta = timedelta(hours=4)
    severity: str = "high"
    always_told: tuple[str, ...] = ("critical",)


@dataclass(frozen=True, slots=True)
class BudgetPolicy:
    """At most so many new tickets an owner a day; what is beyond goes to the review queue, the least severe first.

    Severities in `always` neither wait nor count.
    """

    tickets_a_day: int
    always: tuple[str, ...] = ("critical",)
