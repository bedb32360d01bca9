"""Names in a month's report that the warehouse does not hold, and customers' words."""

from collections.abc import Mapping
from dataclasses import dataclass, field

SCORES = {"nps": "NPS", "csat": "Satisfied (CSAT)", "ces": "Easy (CES)"}


@dataclass(frozen=True, slots=True)
class Told:
    """What the warehouse does not hold: names of people, teams and surveys by id, and comments by response.

    `quotes` has a comment for each response that still has one; `withheld` says that comments were left out on purpose.
    `discovery` says so where the themes are an older discovery's.
    """

    people: Mapping[str, str] = field(default_factory=dict)
    teams: Mapping[str, str] = field(default_factory=dict)
    surveys: Mapping[str, str] = field(default_factory=dict)
    quotes: Mapping[int, str] = field(default_factory=dict)
    withheld: bool = False
    discovery: str = ""

    def person(self, who: str) -> str:
        """A name, or the id of who is known no more."""
        return self.people.get(who, who)
