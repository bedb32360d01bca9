"""An initiative: one action against the cause of a theme, with an owner and what it is expected to bring."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from feedback.errors import ConfigError, NotFoundError


@dataclass(frozen=True, slots=True)
class Initiative:
    """A systemic action. `started` is the day it took effect; `expected` the share of mentions it should take away.

    `expected_by` is the day by which it should have. Sub-themes of `themes` are touched too.
    """

    id: str
    title: str
    owner: str
    themes: tuple[str, ...]
    started: date
    expected: float
    expected_by: date

    def __post_init__(self) -> None:
        wrong = None
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", self.id) or not self.title.strip():
            wrong = "it needs an id of small letters, digits, - and _, and a title"
        elif not self.themes:
            wrong = "it names no theme"
        elif not 0 < self.expected <= 1:
            wrong = f"an expected drop of {self.expected}: it is a share, above 0 and at most 1"
        elif self.expected_by <= self.started:
            wrong = f"it is expected to have worked by {self.expected_by}, but starts on {self.started}"
        if wrong:
            raise ConfigError(wrong, where=f"initiative {self.id}", next_step="correct it and try again")


def find(initiatives: Iterable[Initiative], wanted: str) -> Initiative:
    """The initiative of that id. Raises NotFoundError listing those there are."""
    known = {one.id: one for one in initiatives}
    if wanted in known:
        return known[wanted]
    raise NotFoundError(
        f"no initiative {wanted!r}",
        where="initiatives.yaml",
        allowed=", ".join(known) or "none yet",
        next_step="name one of those, or add one with `nanni outer-loop initiatives add`",
    )
