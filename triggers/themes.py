"""The taxonomy: what comments are about, found by keyword queries, coarse themes above fine ones."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from feedback.errors import ConfigError
from feedback.response import ResponseBatch
from triggers.keywords.index import TextIndex
from triggers.keywords.match import KeywordEngine
from triggers.keywords.query import QueryError
from triggers.signals import ThemeHit


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme; `keywords` may be empty where only its children name it. A child's id is `<parent's id>.<name>`.

    `seeds` are sentences a customer of this theme might write: what resembles them is proposed to belong to it.
    """

    id: str
    name: str
    keywords: str = ""
    children: tuple["Theme", ...] = ()
    seeds: tuple[str, ...] = ()


class Taxonomy:
    """Themes with their queries compiled together."""

    def __init__(self, themes: Sequence[Theme]) -> None:
        """Compile. Raises ConfigError for ids that repeat or do not nest, and for a query that cannot be used."""
        self.themes = tuple(themes)
        self._by_id: dict[str, Theme] = {}
        for theme in _walk(self.themes, None):
            if theme.id in self._by_id:
                raise ConfigError("the id is used twice", where=f"theme {theme.id}", next_step="rename one of the two")
            self._by_id[theme.id] = theme
        self._searched = tuple(theme for theme in self._by_id.values() if theme.keywords)
        for theme in self._searched:
            _check(theme)
        self.engine = KeywordEngine([theme.keywords for theme in self._searched])

    def __reduce__(self) -> tuple[type["Taxonomy"], tuple[tuple[Theme, ...]]]:
        return Taxonomy, (self.themes,)

    @property
    def ids(self) -> tuple[str, ...]:
        """Every theme's id, parents before children."""
        return tuple(self._by_id)

    @property
    def every(self) -> tuple[Theme, ...]:
        """Every theme, parents before children."""
        return tuple(self._by_id.values())

    @property
    def searched(self) -> tuple[Theme, ...]:
        """The themes with a query, in the order of the queries in `engine`."""
        return self._searched

    @property
    def digest(self) -> str:
        """What is searched for, as 24 hexadecimal digits: the same for taxonomies that tell the same themes."""
        told = repr([(theme.id, theme.keywords) for theme in self._searched])
        return sha256(told.encode()).hexdigest()[:24]

    def name(self, theme: str) -> str:
        """The name people read; the id itself for a theme that is no longer in the taxonomy."""
        return self._by_id[theme].name if theme in self._by_id else theme

    def hits(self, texts: ResponseBatch | TextIndex) -> list[tuple[ThemeHit, ...]]:
        """The themes each response names, by comment and place: one hit a theme and comment, at its first match."""
        index = texts if isinstance(texts, TextIndex) else TextIndex(texts)
        hits: list[list[ThemeHit]] = [[] for _ in range(index.size)]
        for k, question in enumerate(index.question_ids):
            for row, matches in index.matches(self.engine, k).items():
                found = [ThemeHit(self._searched[at].id, question, *matches.first(at)) for at in matches]
                if len(found) > 1:
                    found.sort(key=lambda hit: (hit.start, hit.end, hit.theme))
                hits[row] += found
        return [tuple(row) for row in hits]


def main_theme(hits: Sequence[ThemeHit]) -> str | None:
    """The theme a ticket is filed under: the most specific, then the first in the text; None without a hit."""
    return max(hits, key=lambda hit: hit.theme.count(".")).theme if hits else None


def _walk(themes: Sequence[Theme], parent: Theme | None) -> Iterator[Theme]:
    for theme in themes:
        if parent and not theme.id.startswith(f"{parent.id}."):
            raise ConfigError(
                f"stands below {parent.id!r}",
                where=f"theme {theme.id}",
                allowed=f"an id that starts with {parent.id!r} and a dot",
                next_step=f"rename it to {parent.id}.{theme.id.rpartition('.')[2]}",
            )
        yield theme
        yield from _walk(theme.children, theme)


def _check(theme: Theme) -> None:
    try:
        KeywordEngine([theme.keywords])
    except QueryError as error:
        raise ConfigError(error.what, where=f"theme {theme.id}", next_step=error.next_step) from error
