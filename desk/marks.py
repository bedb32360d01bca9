"""The small signs of the desk as HTML: severity, status, due times, people. Drawn in Python because lists have many.

Each says in shape and word what it says in colour. Everything that comes from data is escaped.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from html import escape
from zoneinfo import ZoneInfo

from markupsafe import Markup

from desk.reader import Reader

SOON_SECONDS = 4 * 3600
_ICON = Markup('<svg class="icon" aria-hidden="true"><use href="#i-{}"/></svg>')
_SIGN = Markup('<span class="sign sign-{}">{}{}</span>')
_STATUS = Markup('<span class="status">{}</span>')
_AVATAR = Markup('<span class="avatar" title="{}" aria-hidden="true">{}</span>')


@dataclass(frozen=True, slots=True)
class Marks:
    """The signs as one reader sees them."""

    reader: Reader

    def icon(self, name: str) -> Markup:
        """A picture of the sprite in base.html; it says nothing to a screen reader."""
        return _icon(name)

    def severity(self, value: str) -> Markup:
        """How bad it is."""
        return _severity(str(value), self.reader.texts.word("severity", value))

    def status(self, value: str) -> Markup:
        """Where a ticket stands."""
        return _status(self.reader.texts.word("status", value))

    def avatar(self, name: str) -> Markup:
        """Somebody's initials."""
        return _avatar(name)

    def options(self, pairs: Iterable[tuple[str, str]], chosen: object, family: str) -> Markup:
        """What a choice offers: value and word, or value and value of a family of words."""
        word = self.reader.texts.word
        told = tuple((str(value), word(family, name) if family else str(name)) for value, name in pairs)
        return _options(told, str(chosen))

    def due(self, at: datetime | None) -> Markup:
        """A due time as the time that is left; the desk's script counts it on."""
        if at is None:
            return Markup()
        left = at - self.reader.now
        seconds = left.total_seconds()
        how = " due-late" if seconds < 0 else " due-soon" if seconds < SOON_SECONDS else ""
        told = self.reader.texts("due.late" if seconds < 0 else "due.left", span=self.reader.span(left))
        return Markup(
            f'<span class="due{how}" {_when(at, self.reader.zone)}<span data-told>{escape(told)}</span></span>'
        )


@lru_cache(maxsize=4_000)  # the same tickets are on the page again and again
def _when(at: datetime, zone: ZoneInfo) -> str:
    title = escape(f"{at.astimezone(zone):%Y-%m-%d %H:%M %Z}")
    return f'data-due="{at.isoformat()}" title="{title}">{_icon("clock")}'


@lru_cache(maxsize=512)
def _options(options: tuple[tuple[str, str], ...], chosen: str) -> Markup:
    told = (
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(word)}</option>\n'
        for value, word in options
    )
    return Markup("".join(told))


def initials(name: str) -> str:
    """Two letters for a person."""
    words = [word for word in name.replace("-", " ").split() if word[:1].isalnum()]
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper() or "?"


@lru_cache(maxsize=64)
def _icon(name: str) -> Markup:
    return _ICON.format(name)


@lru_cache(maxsize=64)
def _severity(value: str, label: str) -> Markup:
    return _SIGN.format(value, _icon(value), label)


@lru_cache(maxsize=64)
def _status(label: str) -> Markup:
    return _STATUS.format(label)


@lru_cache(maxsize=2_000)
def _avatar(name: str) -> Markup:
    return _AVATAR.format(name, initials(name))
