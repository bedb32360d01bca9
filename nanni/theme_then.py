"""The warehouse as an older discovery would tell it: its themes, asked about every response there is today."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from models.discovery.history import KnownTheme, joined_to, known_themes, today
from nanni.facts import LedgerFacts
from nanni.parts import Parts
from nanni.theme_facts import FoundThemes, told_as
from nanni.theme_mentions import mentions_in, pages_of
from nanni.theme_views import readable_version
from outerloop.adapters.duckdb_warehouse import open_reader, refresh
from outerloop.facts import ThemeFact
from outerloop.warehouse import Warehouse


@contextmanager
def warehouse_then(parts: Parts, number: int) -> Iterator[Warehouse]:
    """A whole warehouse of today's ledger under discovery `number`; it is gone afterwards, the workspace's own stays.

    Raises NotFoundError without that discovery, ConfigError when it was made with another encoder.
    """
    found = found_then(parts, number)
    settings = parts.workspace.settings
    with TemporaryDirectory() as folder:
        path = Path(folder) / "then.duckdb"
        with parts.ledger.read() as uow:
            facts = LedgerFacts(uow.connection, parts.workspace, found)
            refresh(path, facts, parts.clock(), settings.zone, whole=True)
        with open_reader(path) as warehouse:
            yield warehouse


def found_then(parts: Parts, number: int) -> FoundThemes:
    """The themes of an older discovery as reports tell them, with what they are called today where they ended."""
    with parts.ledger.read() as uow:
        version, themes = readable_version(uow, parts, number), known_themes(uow.themes.events())
    told = told_as(version, themes)
    joined = joined_to(themes)
    mentions: dict[int, dict[str, None]] = {}
    for page in pages_of(parts, latest=True):
        for one in mentions_in(parts, version, page):
            mentions.setdefault(one.response, {})[joined.get(one.theme, one.theme)] = None
    facts = tuple(ThemeFact(fact.theme, name_then(fact.theme, themes), None) for fact in told.facts)
    return FoundThemes(facts, joined, told.state, {row: tuple(said) for row, said in mentions.items()})


def name_then(theme: str, themes: Mapping[str, KnownTheme]) -> str:
    """A theme's name; of one that ended also the names of those that took it over."""
    heirs = today(theme, themes)
    if heirs == (theme,):
        return themes[theme].name
    return f"{themes[theme].name} (today: {', '.join(themes[heir].name for heir in heirs) or 'none'})"
