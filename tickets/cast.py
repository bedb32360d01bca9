"""How a ticket's story calls people and times."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from tickets.actions import SYSTEM

Data = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Cast:
    """What a story needs to know besides the ticket: names of people by id, the survey's title, the reader's zone."""

    people: Mapping[str, str]
    survey: str
    zone: ZoneInfo

    def name(self, actor: str) -> str:
        """How the story calls an actor."""
        return {SYSTEM: "Nanni", "customer": "The customer"}.get(actor) or self.people.get(actor, actor)

    def time(self, moment: datetime) -> str:
        """A time of day in the reader's zone."""
        return f"{moment.astimezone(self.zone):%H:%M}"

    def day(self, moment: datetime) -> str:
        """A day in the reader's zone, for example "Mon 9 March 2026"."""
        there = moment.astimezone(self.zone)
        return f"{there:%a} {there.day} {there:%B %Y}"


def noted(told: str, note: str) -> str:
    """A sentence with the words that somebody wrote, where the ledger still has them."""
    words = " ".join(note.split())
    stop = "" if words.endswith((".", "!", "?", "…")) else "."
    return f"{told}: “{words}{stop}”" if words else f"{told}."
