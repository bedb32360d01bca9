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
