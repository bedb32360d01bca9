"""Many queries over one text at once: every word looked up once, then only what the found words can decide."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from triggers.keywords import negation
from triggers.keywords.intervals import Interval, evaluate
from triggers.keywords.normalise import pieces
from triggers.keywords.program import Lexicons, Program, compile_queries, patterns_of
from triggers.keywords.query import QueryError
from triggers.keywords.tokens import Tokens, tokenise

Span = tuple[int, int]
"""Characters [start, end) of a text."""
Matches = Mapping[int, tuple[Span, ...]]
"""Where each query that matched, by its position, matched: in text order, without repeats."""

NOTHING: Matches = {}
_MOST_WORDS_KEPT = 400_000
_COMMONEST = ("the", "a", "and", "i", "to", "it", "is", "was", "of", "in", "for", "my", "very")


class KeywordEngine:
    """Queries compiled together against one dictionary of words.

    Every query is true only where one of its terms matches, so a text with none of their words is done after one
    look-up a word. The only state is a bounded cache of words seen, so equal texts always answer equally.
    """

    def __init__(self, queries: Sequence[str], lexicons: Lexicons | None = None) -> None:
        """Compile. Raises QueryError for a query that cannot be read or that matches nearly everything."""
        self.queries = tuple(queries)
        self._program = compile_queries(self.queries, lexicons or {})
        self._words = _Words(self._program)
        self._refuse_the_boundless()

    def match(self, tokens: Tokens) -> Matches:
        """The queries that match, with the characters that made them."""
        if not any(map(self._words.wanted.__getitem__, tokens.words)):
            return NOTHING
        return _Reading(self._program, self._words, tokens).matches()

    def match_text(self, text: str) -> Matches:
        """`match` for a text that nobody has cut yet."""
        return self.match(tokenise(text))

    def match_column(self, column: Sequence[Tokens | None]) -> dict[int, Matches]:
        """Matches by row, only of rows that have some; an object that repeats in the column is read once."""
        wanted = self._words.wanted.__getitem__
        read: dict[int, Matches] = {}
        rows: dict[int, Matches] = {}
        for row, tokens in enumerate(column):
            if tokens is None or not any(map(wanted, tokens.words)):
                continue
            matches = read.get(id(tokens))
            if matches is None:
                matches = read[id(tokens)] = _Reading(self._program, self._words, tokens).matches()
            if matches:
                rows[row] = matches
        self._words.trim()
        return rows

    def denied(self, query: int, tokens: Tokens) -> tuple[Span, ...]:
        """Where terms of this query stand in the text but do not count because a negation covers them."""
        reading = _Reading(self._program, self._words, tokens)
        return reading.denied(patterns_of(self._program.roots[query]))

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


class _Words:
    """What each written word means to the program; filled as words are met."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self.meanings: dict[str, tuple[tuple[str, tuple[int, ...]], ...]] = {}
        self.wanted = _Wanted(self)

    def read(self, word: str) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """The tokens of a written word, each with the tests it passes."""
        meaning = self.meanings.get(word)
        if meaning is None:
            meaning = tuple((piece, self._program.tests.passed(piece)) for piece in pieces(word))
            self.meanings[word] = meaning
        return meaning

    def trim(self) -> None:
        """Forget all words when there are very many."""
        if len(self.wanted) > _MOST_WORDS_KEPT:
            self.wanted.clear()
            self.meanings.clear()


class _Wanted(dict[str, bool]):
    """Whether a written word passes any test; the quick look-up before everything else."""

    def __init__(self, words: _Words) -> None:
        super().__init__()
        self._words = words

    def __missing__(self, word: str) -> bool:
        answer = self[word] = any(tests for _, tests in self._words.read(word))
        return answer


class _Reading:
    """One text being read: its tokens, the written word each came from, and where each test passed."""

    def __init__(self, program: Program, words: _Words, tokens: Tokens) -> None:
        self.program = program
        self.text = tokens
        self.tokens: list[str] = []
        self.word_of: list[int] = []
        self.passed: dict[int, list[int]] = defaultdict(list)
        for word, written in enumerate(tokens.words):
            for token, tests in words.read(written):
                for test in tests:
                    self.passed[test].append(len(self.tokens))
                self.tokens.append(token)
                self.word_of.append(word)
        self._sets: dict[int, set[int]] = {}

    def matches(self) -> Matches:
        found: dict[int, list[Interval]] = {}
        for test in self.passed:
            for pattern, offset in self.program.anchored.get(test, ()):
                if counted := self._counted(pattern, self._occurrences(pattern, offset)):
                    found[pattern] = counted
        touched = {query for pattern in found for query in self.program.users[pattern]}
        answers = {query: evaluate(self.program.roots[query], found) for query in sorted(touched)}
        return {query: self._spans(intervals) for query, intervals in answers.items() if intervals is not None}

    def denied(self, patterns: Sequence[int]) -> tuple[Span, ...]:
        wanted = set(patterns)
        return self._spans(
            [
                interval
                for test in self.passed
                for pattern, offset in self.program.anchored.get(test, ())
                if pattern in wanted and not self.program.patterns[pattern].even_negated
                for interval in self._occurrences(pattern, offset)
                if self._is_denied(interval[0])
            ]
        )

    def _occurrences(self, pattern: int, offset: int) -> list[Interval]:
        tests = self.program.patterns[pattern].tests
        starts = (at - offset for at in self.passed[tests[offset]])
        if len(tests) == 1:
            return [(start, start + 1) for start in starts]
        rest = [(step, self._places(test)) for step, test in enumerate(tests) if step != offset]
        return [(start, start + len(tests)) for start in starts if all(start + step in places for step, places in rest)]

    def _places(self, test: int) -> set[int]:
        if test not in self._sets:
            self._sets[test] = set(self.passed.get(test, ()))
        return self._sets[test]

    def _counted(self, pattern: int, intervals: list[Interval]) -> list[Interval]:
        if self.program.patterns[pattern].even_negated:
            return intervals
        return [interval for interval in intervals if not self._is_denied(interval[0])]

    def _is_denied(self, start: int) -> bool:
        cue = negation.cue_before(self.tokens, start)
        if cue is None:
            return False
        left, right = self.word_of[cue], self.word_of[start]
        return left == right or not negation.breaks(self.text.between(left, right))

    def _spans(self, intervals: Sequence[Interval]) -> tuple[Span, ...]:
        spans = {
            (self.text.span(self.word_of[start])[0], self.text.span(self.word_of[end - 1])[1])
            for start, end in intervals
        }
        return tuple(sorted(spans))
