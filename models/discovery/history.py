"""The theme ledger read: from everything that ever happened to themes, what each is called and stands for now."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models.discovery.lineage import Descent


class Act(StrEnum):
    """What can happen to a theme: its fates in discoveries, and what analysts do."""

    BORN = "born"
    KEPT = "kept"
    SPLIT = "split"
    MERGED = "merged"
    DIED = "died"
    RENAMED = "renamed"
    JOINED = "joined"
    PINNED = "pinned"
    UNPINNED = "unpinned"


@dataclass(frozen=True, slots=True)
class ThemeEvent:
    """One thing that happened to a theme, under a version (a discovery's number).

    `others`: parents of a SPLIT, heirs of a MERGED or DIED, the theme a JOINED one now belongs to. `text`: the name
    given at birth or by RENAMED. `jaccard` is the evidence of a fate, if others are part of it.
    """

    version: int
    at: datetime
    actor: str
    act: Act
    theme: str
    others: tuple[str, ...] = ()
    jaccard: float | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class KnownTheme:
    """A theme now. `joined` is the theme an analyst made it part of; `heirs` those that took it over when it ended."""

    id: str
    name: str
    born: int
    named_by: str = ""
    pinned: bool = False
    joined: str | None = None
    ended: int | None = None
    heirs: tuple[str, ...] = ()


def known_themes(events: Iterable[ThemeEvent]) -> dict[str, KnownTheme]:
    """Every theme there ever was, by id, in order of birth."""
    found: dict[str, KnownTheme] = {}
    for event in events:
        found[event.theme] = _after(found.get(event.theme), event)
    return found


def _after(theme: KnownTheme | None, event: ThemeEvent) -> KnownTheme:
    if theme is None:
        return KnownTheme(event.theme, event.text, event.version)
    match event.act:
        case Act.RENAMED:
            return replace(theme, name=event.text, named_by=event.actor)
        case Act.JOINED:
            return replace(theme, joined=event.others[0])
        case Act.PINNED | Act.UNPINNED:
            return replace(theme, pinned=event.act is Act.PINNED)
        case Act.MERGED | Act.DIED:
            return replace(theme, ended=event.version, heirs=event.others)
        case _:
            return theme


def shown_as(theme: str, themes: Mapping[str, KnownTheme]) -> str:
    """The theme an analyst made this one part of, at the end of the chain; itself otherwise."""
    while (joined := themes[theme].joined) is not None:
        theme = joined
    return theme


def joined_to(themes: Mapping[str, KnownTheme]) -> dict[str, str]:
    """Of each theme an analyst made part of another: that other, at the end of the chain."""
    return {one.id: shown_as(one.id, themes) for one in themes.values() if one.joined is not None}


def today(theme: str, themes: Mapping[str, KnownTheme]) -> tuple[str, ...]:
    """What a theme of an old report is called today: itself, the themes that took it over, or () when it died out."""
    shown = shown_as(theme, themes)
    if themes[shown].ended is None:
        return (shown,)
    found = (later for heir in themes[shown].heirs for later in today(heir, themes))
    return tuple(dict.fromkeys(found))


def events_of(
    descents: "Sequence[Descent]",
    ids: Mapping[int, str],
    names: Mapping[int, str],
    version: int,
    at: datetime,
    actor: str,
) -> list[ThemeEvent]:
    """The fates of one discovery as events; `ids` and `names` are of the new places."""
    found = []
    for one in descents:
        theme = one.theme or ids[one.place or 0]
        act = Act(one.fate.value)
        evidence = round(one.jaccard, 4) if act is Act.KEPT or one.parents or one.heirs else None
        others = one.parents or tuple(ids[place] for place in one.heirs)
        text = names[one.place] if one.place is not None and act is not Act.KEPT else ""
        found.append(ThemeEvent(version, at, actor, act, theme, others, evidence, text))
    return found
