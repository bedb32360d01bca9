"""Many queries over one text at once: every word looked up once, then only what the found words can decide."""

from collections.abc import Iterator, Mapping, Sequence

from triggers.keywords.columns import Codes, Found
from triggers.keywords.intervals import Interval, evaluate
from triggers.keywords.program import Lexicons, compile_queries, patterns_of
from triggers.keywords.query import QueryError
from triggers.keywords.reading import Placed, Reading, Span, Words
from triggers.keywords.tokens import Tokens, tokenise

_COMMONEST = ("the", "a", "and", "i", "to", "it", "is", "was", "of", "in", "for", "my", "very")


class Matches(Mapping[int, tuple[Span, ...]]):
    """Where each query that matched, by its position, matched: characters in text order, without repeats.

    Which queries matched is known at once; the characters are worked out when asked for.
    """

    __slots__ = ("_intervals", "_placed")

    def __init__(self, placed: Placed | None = None, intervals: Mapping[int, Sequence[Interval]] | None = None) -> None:
        self._placed = placed
        self._intervals = intervals or {}

    def __getitem__(self, query: int) -> tuple[Span, ...]:
        intervals = self._intervals[query]
        return self._placed.spans(intervals) if self._placed else ()

    def first(self, query: int) -> Span:
        """The characters of a query's first match in the text."""
        assert self._placed is not None, "an empty Matches has no query"
        return self._placed.span(min(self._intervals[query]))

    def of(self, first: int, count: int) -> "Matches":
        """The matches of `count` queries from the `first` on, numbered from 0."""
        chosen = {at - first: found for at, found in self._intervals.items() if 0 <= at - first < count}
        return Matches(self._placed, chosen) if chosen else NOTHING

    def __contains__(self, query: object) -> bool:
        return query in self._intervals

    def __iter__(self) -> Iterator[int]:
        return iter(self._intervals)

    def __len__(self) -> int:
        return len(self._intervals)


NOTHING = Matches()


class KeywordEngine:
    """Queries compiled together against one dictionary of words.

    Every query is true only where one of its terms matches, so a text with none of their words is done after one
    look-up a word. The only state is a bounded cache of words seen, so equal texts always answer equally.
    """

    def __init__(self, queries: Sequence[str], lexicons: Lexicons | None = None) -> None:
        """Compile. Raises QueryError for a query that cannot be read or that matches nearly everything."""
        self.queries = tuple(queries)
        self.lexicons = lexicons or {}
        self._program = compile_queries(self.queries, self.lexicons)
        self._words = Words(self._program)
        self._codes = Codes(self._program, self._words.meanings)
        self._refuse_the_boundless()

    def match(self, tokens: Tokens) -> Matches:
        """The queries that match, with the characters that made them."""
        return self._read(tokens) if any(map(self._words.wanted.__getitem__, tokens.words)) else NOTHING

    def match_text(self, text: str) -> Matches:
        """`match` for a text that nobody has cut yet."""
        return self.match(tokenise(text))

    def match_column(self, column: Sequence[Tokens | None]) -> dict[int, Matches]:
        """Matches by row, only of rows that have some; an object that repeats in the column is read once."""
        if self._words.trim():
            self._codes.clear()
        texts = list({id(tokens): tokens for tokens in column if tokens is not None}.values())
        read = {id(texts[at]): matches for at, matches in self._read_all(texts) if matches}
        return {row: matches for row, tokens in enumerate(column) if (matches := read.get(id(tokens))) is not None}

    def _read_all(self, texts: Sequence[Tokens]) -> Iterator[tuple[int, Matches]]:
        """Texts by position with what matches them; most that match nothing are left out."""
        found = Found(self._program, self._codes, texts)
        for at, patterns in found.patterns().items():
            denies = found.cued[at] and not all(self._program.patterns[pattern].even_negated for pattern in patterns)
            yield at, self._read(texts[at]) if denies else self._answers(Placed(texts[at]), patterns)
        for at in found.split:
            yield at, self._read(texts[at])

    def denied(self, query: int, tokens: Tokens) -> tuple[Span, ...]:
        """Where terms of this query stand in the text but do not count because a negation covers them."""
        if not any(map(self._words.wanted.__getitem__, tokens.words)) or not self._words.negates(tokens):
            return ()
        reading = Reading(self._program, self._words, tokens)
        return reading.spans(reading.denied(patterns_of(self._program.roots[query])))

    def _read(self, tokens: Tokens) -> Matches:
        reading = Reading(self._program, self._words, tokens)
        found = reading.found()
        return self._answers(reading, found) if found else NOTHING

    def _answers(self, placed: Placed, found: Mapping[int, Sequence[Interval]]) -> Matches:
        """What the patterns that were found make of the queries."""
        program = self._program
        answers: dict[int, list[Interval]] = {}
        joined: set[int] = set()
        for pattern, intervals in found.items():
            for query in program.users[pattern]:
                if query in program.plain:
                    answers.setdefault(query, []).extend(intervals)
                else:
                    joined.add(query)
        for query in joined:
            held = evaluate(program.roots[query], found)
            if held is not None:
                answers[query] = held
        return Matches(placed, dict(sorted(answers.items()))) if answers else NOTHING

    def _refuse_the_boundless(self) -> None:
        for text, root in zip(self.queries, self._program.roots, strict=True):
            if evaluate(root, {}) is not None:
                raise QueryError(
                    f"the query {text!r} matches every comment that lacks its words",
                    text,
                    next_step="join NOT with something that must be there: late AND NOT parcel",
                )
        for word in _COMMONEST:
            for number in self.match_text(word):
                text = self.queries[number]
                raise QueryError(
                    f"the query {text!r} matches {word!r} and so nearly every comment",
                    text,
                    next_step="drop that word, or make it part of a phrase",
                )
