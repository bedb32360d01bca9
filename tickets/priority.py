"""The stated table that says how urgent a new ticket is: the first row whose every condition holds decides."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from tickets.ticket import Priority
from triggers.policy import Severity


@dataclass(frozen=True, slots=True)
class PriorityFacts:
    """What the table looks at. None is unknown: no tier given, no comment read, no amount at stake known.

    `negative` is how probably the most negative comment is negative (0 to 1), `contacts` how many tickets the customer
    was given within the table's span before this one, `impact` the number in the table's impact attribute.
    """

    severity: Severity
    tier: str | None = None
    negative: float | None = None
    contacts: int = 0
    impact: float | None = None


@dataclass(frozen=True, slots=True)
class PriorityRow:
    """One row: conditions (empty or None: any) and the priority it gives. Tiers compare without case.

    A condition on what is unknown does not hold: unknown is not calm, but it is no evidence either.
    """

    priority: Priority
    severities: tuple[Severity, ...] = ()
    tiers: tuple[str, ...] = ()
    negative_at_least: float | None = None
    contacts_at_least: int | None = None
    impact_at_least: float | None = None

    def takes(self, facts: PriorityFacts) -> bool:
        """Whether every condition holds."""
        return (
            (not self.severities or facts.severity in self.severities)
            and (not self.tiers or (facts.tier or "").casefold() in {tier.casefold() for tier in self.tiers})
            and _reaches(facts.negative, self.negative_at_least)
            and _reaches(facts.contacts, self.contacts_at_least)
            and _reaches(facts.impact, self.impact_at_least)
        )

    def told(self) -> str:
        """The conditions in words, for example "severity high, tier gold"."""
        told = (
            f"severity {' or '.join(self.severities)}" if self.severities else "",
            f"tier {' or '.join(self.tiers)}" if self.tiers else "",
            f"comment negative with at least {self.negative_at_least:g}" if self.negative_at_least is not None else "",
            f"at least {self.contacts_at_least} tickets before" if self.contacts_at_least is not None else "",
            f"at least {self.impact_at_least:g} at stake" if self.impact_at_least is not None else "",
        )
        return ", ".join(one for one in told if one) or "anything"


@dataclass(frozen=True, slots=True)
class Rated:
    """A priority and the sentence that says which row gave it."""

    priority: Priority
    why: str


@dataclass(frozen=True, slots=True)
class PriorityTable:
    """Rows in order, where to read business impact, and how far back earlier tickets count as repeat contact."""

    rows: tuple[PriorityRow, ...] = ()
    impact_attribute: str | None = None
    repeat_within: timedelta = timedelta(days=30)

    def rate(self, facts: PriorityFacts, otherwise: Mapping[Severity, Priority]) -> Rated:
        """The priority of these facts; `otherwise` answers by severity alone when no row does."""
        for number, row in enumerate(self.rows, 1):
            if row.takes(facts):
                return Rated(row.priority, f"row {number} of the priority table: {row.told()}")
        return Rated(otherwise[facts.severity], f"severity {facts.severity}")

    def impact(self, attributes: Mapping[str, str]) -> float | None:
        """What is at stake, read from a response's attributes; None when it is not there or no number."""
        told = attributes.get(self.impact_attribute, "") if self.impact_attribute else ""
        try:
            return float(told.replace(",", ""))
        except ValueError:
            return None


SEVERITY_ALONE = PriorityTable()


def _reaches(value: float | None, least: float | None) -> bool:
    return least is None or (value is not None and value >= least)
