"""What a team agrees on beside routing and service levels: the tags there are, and what may be attached."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from feedback.errors import ConfigError
from tickets.attachments import Limits

RESOLUTION = "resolution"
"""The group of tags that says how a ticket was resolved; a ticket has at most one of it."""

DEFAULT_TAGS: Mapping[str, tuple[str, ...]] = {
    RESOLUTION: ("refund", "replacement", "repair", "goodwill", "explanation", "apology", "process_change")
}


@dataclass(frozen=True, slots=True)
class Teamwork:
    """Tags by group, and the limits of attachments."""

    tags: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: DEFAULT_TAGS)
    attachments: Limits = field(default_factory=Limits)

    def tag(self, name: str) -> str:
        """A tag of the list, in its own spelling. Raises ConfigError naming those there are."""
        known = {one.casefold(): one for group in self.tags.values() for one in group}
        try:
            return known[name.strip().casefold()]
        except KeyError:
            raise ConfigError(
                f"no tag {name!r}",
                where="teamwork.yaml: tags",
                allowed=", ".join(known.values()),
                next_step="use one of these, or add it to a group of teamwork.yaml",
            ) from None

    def rivals(self, name: str) -> tuple[str, ...]:
        """The tags that a tag takes the place of: the others of how a ticket was resolved."""
        group = self.tags.get(RESOLUTION, ())
        return tuple(one for one in group if one != name) if name in group else ()
