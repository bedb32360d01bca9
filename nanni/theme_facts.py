"""Discovered themes as facts: beside the taxonomy's in every report of the warehouse, but for tentative ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, select

from ledger.bulk import from_json, within
from ledger.schema import responses
from ledger.themes import SqlThemeStore, ThemeVersion
from models.discovery.history import KnownTheme, joined_to, known_themes, shown_as
from models.discovery.space import packed
from outerloop.facts import ThemeFact
from triggers.keywords.tokens import tokenise_all
from triggers.themes import Taxonomy


@dataclass(frozen=True, slots=True)
class FoundThemes:
    """A discovery as reports tell it; `joined` says which themes analysts made part of another.

    `state` changes when responses that were told already must be told anew. `mentions`: the themes of each response, as
    shown; None for the latest discovery, whose mentions the ledger keeps.
    """

    facts: tuple[ThemeFact, ...]
    joined: Mapping[str, str]
    state: str
    mentions: Mapping[int, tuple[str, ...]] | None = None

    def named(self, connection: Connection, responses: Sequence[int]) -> dict[int, tuple[str, ...]]:
        """The discovered themes of each of these responses that names one that is told."""
        if not self.facts:
            return {}
        firm = {fact.theme for fact in self.facts}
        if self.mentions is not None:
            shown = {row: dict.fromkeys(self.mentions.get(row, ())) for row in responses}
        else:
            found = SqlThemeStore(connection).named(responses)
            shown = {row: dict.fromkeys(self.joined.get(one, one) for one in said) for row, said in found.items()}
        return {row: tuple(theme for theme in said if theme in firm) for row, said in shown.items()}


def read_anew(connection: Connection, taxonomy: Taxonomy, page: Sequence[Row[Any]]) -> dict[int, tuple[str, ...]]:
    """The taxonomy's themes of the responses of a page (of `fact_queries.RESPONSES`) that other queries had read.

    So the past is told under today's taxonomy: a query written today would else begin to match today. Their decisions
    stay as they were made.
    """
    stale = [row.id for row in page if row.has_comment and row.taxonomy != taxonomy.digest]
    if not stale:
        return {}
    chosen = select(responses.c.id, responses.c.comments).where(within(connection, responses.c.id, stale))
    said = [(row.id, text) for row in connection.execute(chosen) for text in from_json(row.comments)]
    found: dict[int, dict[str, None]] = {number: {} for number in stale}
    for at, matches in taxonomy.engine.match_column(tokenise_all([text for _, text in said])).items():
        found[said[at][0]] |= dict.fromkeys(taxonomy.searched[query].id for query in matches)
    return {number: tuple(themes) for number, themes in found.items()}


def found_themes(connection: Connection) -> FoundThemes:
    """Those of the latest discovery; without one there are none."""
    store = SqlThemeStore(connection)
    latest = store.latest()
    return FoundThemes((), {}, "") if latest is None else told_as(latest, known_themes(store.events()))


def told_as(version: ThemeVersion, themes: Mapping[str, KnownTheme]) -> FoundThemes:
    """A discovery's themes that are not tentative, as analysts call them now."""
    joined = joined_to(themes)
    tentative: dict[str, bool] = {}
    for form in version.forms:
        shown = shown_as(form.theme, themes)
        tentative[shown] = tentative.get(shown, True) and form.tentative
    facts = [ThemeFact(theme, themes[theme].name, None) for theme, unsure in sorted(tentative.items()) if not unsure]
    told = repr((version.taxonomy, version.ids, packed(version.space), facts, sorted(joined.items())))
    return FoundThemes(tuple(facts), joined, sha256(told.encode()).hexdigest())
