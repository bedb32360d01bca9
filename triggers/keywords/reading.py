"""One text under one program: which tests each token passed, where patterns stand, and which of them are denied."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from triggers.keywords import negation
from triggers.keywords.intervals import Interval
from triggers.keywords.normalise import pieces
from triggers.keywords.program import Program
from triggers.keywords.tokens import Tokens

Span = tuple[int, int]
"""Characters [start, end) of a text."""

_MOST_WORDS_KEPT = 400_000


class Words:
    """What each written word means to a program: worked out when first met, then looked up."""

    def __init__(self, program: Program) -> None:
        self.meanings = Meanings(program)
        self.wanted = _Wanted(program, self.meanings)
        self.telling = _Telling(self.meanings)

    def negates(self, text: Tokens) -> bool:
        """Whether the text holds a word that can deny another."""
        for word in text.words:
            self.meanings[word]
        return not self.meanings.cues.isdisjoint(text.words)

    def trim(self) -> bool:
        """Forget all words when there are very many; whether it did."""
        if len(self.meanings) > _MOST_WORDS_KEPT:
            read = self.meanings
            for known in (self.wanted, self.telling, read, read.tests, read.several, read.cues):
                known.clear()
            return True
        return False


class Meanings(dict[str, tuple[str, ...]]):
    """The tokens of each written word; beside them the tests each token passes, and which words need care."""

    def __init__(self, program: Program) -> None:
        super().__init__()
        self._program = program
        self.tests: dict[str, tuple[tuple[int, ...], ...]] = {}
        self.several: set[str] = set()
        self.cues: set[str] = set()

    def __missing__(self, word: str) -> tuple[str, ...]:
        tokens = pieces(word)
        self.tests[word] = tuple(map(self._program.tests.passed, tokens))
        if len(tokens) != 1:
            self.several.add(word)
        if not negation.CUES.keys().isdisjoint(tokens):
            self.cues.add(word)
        self[word] = tokens
        return tokens


class _Wanted(dict[str, bool]):
    """Whether a written word passes a test without which no query matches; the look-up before everything else."""

    def __init__(self, program: Program, meanings: Meanings) -> None:
        super().__init__()
        self._required = program.required
        self._meanings = meanings

    def __missing__(self, word: str) -> bool:
        self._meanings[word]
        answer = self[word] = any(not self._required.isdisjoint(passed) for passed in self._meanings.tests[word])
        return answer


class _Telling(dict[str, tuple[tuple[int, ...], ...]]):
    """The tests that each token of a written word passes; () for the many words that pass none."""

    def __init__(self, meanings: Meanings) -> None:
        super().__init__()
        self._meanings = meanings

    def __missing__(self, word: str) -> tuple[tuple[int, ...], ...]:
        self._meanings[word]
        tests = self._meanings.tests[word]
        answer = self[word] = tests if any(tests) else ()
        return answer


class Placed:
    """One text whose token positions can be told as characters; here each word is one token."""

    __slots__ = ("_text", "_word_of")

    def __init__(self, text: Tokens) -> None:
        self._text = text
        self._word_of: list[int] | None = None

    def spans(self, intervals: Iterable[Interval]) -> tuple[Span, ...]:
        """The characters of token positions, in text order, without repeats."""
        return tuple(sorted(set(map(self.span, intervals))))

    def span(self, interval: Interval) -> Span:
        """The characters of token positions [start, end)."""
        start, end = interval
        return self._text.span(self._word(start))[0], self._text.span(self._word(end - 1))[1]

    def _word(self, token: int) -> int:
        return token if self._word_of is None else self._word_of[token]


class Reading(Placed):
    """One text being read."""

    __slots__ = ("_meanings", "_passed", "_places", "_program", "_tokens")

    def __init__(self, program: Program, words: Words, text: Tokens) -> None:
        super().__init__(text)
        self._program = program
        self._meanings = words.meanings
        self._tokens: list[str] | None = None
        self._places: dict[int, set[int]] = {}
        self._passed: dict[int, list[int]] = defaultdict(list)
        telling = [(at, passed) for at, word in enumerate(text.words) if (passed := words.telling[word])]
        if self._meanings.several.isdisjoint(text.words):
            for at, tests in telling:
                for test in tests[0]:
                    self._passed[test].append(at)
        else:
            self._place_each_token()

    def found(self) -> dict[int, list[Interval]]:
        """Every pattern that counts somewhere, with the token positions where it does."""
        program, careful = self._program, not self._meanings.cues.isdisjoint(self._text.words)
        found: dict[int, list[Interval]] = {}
        for test in self._passed:
            for pattern, offset in program.anchored.get(test, ()):
                intervals = self._occurrences(pattern, offset)
                if careful and not program.patterns[pattern].even_negated:
                    intervals = [interval for interval in intervals if not self._is_denied(interval[0])]
                if intervals:
                    found[pattern] = intervals
        return found

    def denied(self, patterns: Sequence[int]) -> list[Interval]:
        """Where one of these patterns stands but does not count."""
        wanted = {pattern for pattern in patterns if not self._program.patterns[pattern].even_negated}
        return [
            interval
            for test in self._passed
            for pattern, offset in self._program.anchored.get(test, ())
            if pattern in wanted
            for interval in self._occurrences(pattern, offset)
            if self._is_denied(interval[0])
        ]

    def _place_each_token(self) -> None:
        self._word_of, at = [], 0
        for number, word in enumerate(self._text.words):
            for tests in self._meanings.tests[word]:
                for test in tests:
                    self._passed[test].append(at)
                self._word_of.append(number)
                at += 1

    def _occurrences(self, pattern: int, offset: int) -> list[Interval]:
        tests = self._program.patterns[pattern].tests
        places = self._passed[tests[offset]]
        if len(tests) == 1:
            return [(at, at + 1) for at in places]
        rest = [(step - offset, self._set(test)) for step, test in enumerate(tests) if step != offset]
        return [
            (at - offset, at - offset + len(tests))
            for at in places
            if all(at + step in allowed for step, allowed in rest)
        ]

    def _set(self, test: int) -> set[int]:
        if test not in self._places:
            self._places[test] = set(self._passed.get(test, ()))
        return self._places[test]

    def _is_denied(self, start: int) -> bool:
        if self._tokens is None:
            self._tokens = [token for word in self._text.words for token in self._meanings[word]]
        cue = negation.cue_before(self._tokens, start)
        if cue is None:
            return False
        left, right = self._word(cue), self._word(start)
        return left == right or not negation.breaks(self._text.between(left, right))
