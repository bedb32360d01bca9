"""Several engines over one text: the text is read once, for the policy's queries and the taxonomy's together."""

from collections.abc import Sequence

from triggers.keywords.match import KeywordEngine, Matches
from triggers.keywords.tokens import Tokens


class JointEngine:
    """Engines compiled into one. Raises QueryError when two of them mean different words by one lexicon's name."""

    def __init__(self, engines: Sequence[KeywordEngine]) -> None:
        self._parts: dict[int, tuple[int, int]] = {}
        self._engines = tuple(engines)  # keeps their identities from being given out again
        queries: list[str] = []
        for engine in engines:
            self._parts[id(engine)] = (len(queries), len(engine.queries))
            queries += engine.queries
        lexicons = {name: words for engine in engines for name, words in engine.lexicons.items()}
        self._engine = KeywordEngine(queries, lexicons)

    def match_column(self, column: Sequence[Tokens | None]) -> dict[int, Matches]:
        """Matches by row of all the engines' queries, one engine's after the other's."""
        return self._engine.match_column(column)

    def part(self, engine: KeywordEngine) -> tuple[int, int] | None:
        """The first query of an engine in this one, and how many it has; None for an engine that is not in it."""
        return self._parts.get(id(engine))
