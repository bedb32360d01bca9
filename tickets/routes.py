"""What routing is made of: people in teams, routes with their conditions, places with who answers for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from triggers.policy import Severity


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who can own tickets; `capacity` is how many live ones at most, and their weight in a share."""

    id: str
    name: str
    email: str
    capacity: int
    skills: frozenset[str] = frozenset()
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Team:
    """Members in the order that breaks ties; who leads it and who manages it ("": the fallback's owner does)."""

    id: str
    name: str
    members: tuple[Member, ...]
    lead: str = ""
    manager: str = ""


@dataclass(frozen=True, slots=True)
class RoutingFacts:
    """What routes look at: facts of one fired response. `wanted` is the team that its rule names, routes aside."""

    severity: Severity
    survey: str
    theme: str | None = None
    language: str | None = None
    channel: str | None = None
    attributes: tuple[tuple[str, str], ...] = ()
    wanted: str | None = None


class Strategy(StrEnum):
    """How a route picks one person."""

    LEAST_LOADED = "least_loaded"
    ROUND_ROBIN = "round_robin"
    ACCOUNT_OWNER = "account_owner"
    HIERARCHY = "hierarchy"


@dataclass(frozen=True, slots=True)
class Route:
    """Conditions that must all hold (each on one of its values; empty: any), and the team they lead to.

    A theme includes those below it ("delivery" takes "delivery.late"), a language its regions ("de" takes "de-AT").
    Languages and attribute values compare without case. Of the team only members with all `skills` are asked, and with
    `speaks` only those who speak the customer's language. An account owner, whom `account_attribute` names by id or
    mail address, may be in any team; where it names nobody, the least loaded of `team` is asked.
    """

    team: str
    themes: tuple[str, ...] = ()
    severities: tuple[Severity, ...] = ()
    surveys: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    attributes: tuple[tuple[str, tuple[str, ...]], ...] = ()
    strategy: Strategy = Strategy.LEAST_LOADED
    skills: frozenset[str] = frozenset()
    speaks: bool = False
    account_attribute: str = "account_owner"

    def takes(self, facts: RoutingFacts) -> bool:
        """Whether every condition holds."""
        return self.missing(facts) is None

    def missing(self, facts: RoutingFacts) -> str | None:
        """The first condition that does not hold, in words; None when all do."""
        if self.severities and facts.severity not in self.severities:
            return _other("severity", facts.severity, self.severities)
        if self.surveys and facts.survey not in self.surveys:
            return _other("survey", facts.survey, self.surveys)
        if self.channels and facts.channel not in self.channels:
            return _other("channel", facts.channel, self.channels)
        if self.themes and not below(facts.theme, self.themes, "."):
            return _other("theme", facts.theme, self.themes)
        if self.languages and not below(facts.language, self.languages, "-"):
            return _other("language", facts.language, self.languages)
        told = dict(facts.attributes)
        wrong = ((name, values) for name, values in self.attributes if not _has(facts.attributes, name, values))
        return next((_other(name, told.get(name), values) for name, values in wrong), None)

    def asks(self, member: Member, facts: RoutingFacts) -> bool:
        """Whether a member has the skills and the language that this route requires."""
        fluent = not self.speaks or facts.language is None or below(facts.language, member.languages, "-")
        return fluent and self.skills <= member.skills


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """Who answers for a place: attributes from the narrowest (store, region), owners by value, and head office."""

    levels: tuple[tuple[str, Mapping[str, str]], ...]
    head_office: str

    def places(self, member: str) -> frozenset[tuple[str, str]]:
        """The places that somebody answers for: attribute and folded value, at every level."""
        return frozenset(
            (name, value) for name, table in self.levels for value, owner in table.items() if owner == member
        )

    def chain(self, facts: RoutingFacts) -> list[tuple[str, str]]:
        """Level and owner, narrowest first; head office last."""
        known = {name: value.casefold() for name, value in facts.attributes}
        found = [(name, table[known[name]]) for name, table in self.levels if known.get(name) in table]
        return [*found, ("head office", self.head_office)]


@dataclass(frozen=True, slots=True)
class Assignment:
    """The one accountable owner, and why it is them.

    With `queue` the owner only holds the ticket: it waits for somebody of that team to have capacity left.
    """

    team: str
    owner: str
    reason: str
    queue: str | None = None


Turns = Mapping[str, tuple[datetime, int]]
"""By owner, when their last ticket was opened and how many they have had: what round robin goes by."""


def _other(name: str, value: str | None, wanted: Sequence[str]) -> str:
    return f"{name} is {value or 'unknown'}, not {' or '.join(wanted)}"


def below(value: str | None, wanted: tuple[str, ...], separator: str) -> bool:
    """Whether a value is one of those wanted, or below one in its hierarchy; without case."""
    if value is None:
        return False
    folded = value.casefold()
    return any(folded == one.casefold() or folded.startswith(one.casefold() + separator) for one in wanted)


def _has(attributes: tuple[tuple[str, str], ...], name: str, values: tuple[str, ...]) -> bool:
    folded = {value.casefold() for value in values}
    return any(key == name and value.casefold() in folded for key, value in attributes)
