"""What a term asks of consecutive tokens, and which of many such tests one token passes."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

from triggers.keywords.normalise import pieces
from triggers.keywords.query import QueryError, Term
from triggers.keywords.tokens import tokenise

SHORTEST_WILDCARD = 2
SHORTEST_FUZZY = {1: 4, 2: 7}


class MatchKind(StrEnum):
    """How a token is compared with the text of a test."""

    EXACT = "exact"
    PREFIX = "prefix"
    SUFFIX = "suffix"
    INFIX = "infix"
    FUZZY = "fuzzy"


@dataclass(frozen=True, slots=True)
class TokenTest:
    """One test of one token; `distance` is the number of edits a fuzzy test allows."""

    kind: MatchKind
    text: str
    distance: int = 0


def token_tests(term: Term) -> tuple[TokenTest, ...]:
    """The tests that consecutive tokens must pass, one each. Raises QueryError for a term that cannot be searched."""
    tests = tuple(test for chunk in term.text.split() for test in _chunk_tests(chunk, term))
    if not tests:
        raise QueryError("nothing to search for: no letter, digit or emoji", str(term))
    if not term.fuzzy:
        return tests
    if len(tests) > 1 or tests[0].kind is not MatchKind.EXACT:
        raise QueryError("~ works on one word without *", str(term), next_step="drop the ~ or the *")
    if len(tests[0].text) < SHORTEST_FUZZY[term.fuzzy]:
        raise QueryError(
            f"~{term.fuzzy} needs a word of at least {SHORTEST_FUZZY[term.fuzzy]} letters",
            str(term),
            next_step="list the misspellings with OR",
        )
    return (TokenTest(MatchKind.FUZZY, tests[0].text, term.fuzzy),)


def _chunk_tests(chunk: str, term: Term) -> Iterator[TokenTest]:
    core = chunk.strip("*")
    parts = [piece for word in tokenise(core).words for piece in pieces(word)]
    if "*" in core:
        raise QueryError("* stands at the start or the end of a word", str(term), next_step="split it into two words")
    if not parts and "*" in chunk:
        raise QueryError("* alone matches every word", str(term), next_step="write the beginning of a word before it")
    for at, part in enumerate(parts):
        first, last = at == 0 and chunk.startswith("*"), at == len(parts) - 1 and chunk.endswith("*")
        if (first or last) and len(part) < SHORTEST_WILDCARD:
            raise QueryError(
                f"{chunk!r} matches too many words",
                str(term),
                next_step=f"write at least {SHORTEST_WILDCARD} letters beside the *",
            )
        yield TokenTest(_kind(first, last), part)


def _kind(open_start: bool, open_end: bool) -> MatchKind:
    if open_start and open_end:
        return MatchKind.INFIX
    return MatchKind.SUFFIX if open_start else MatchKind.PREFIX if open_end else MatchKind.EXACT


class TokenTestIndex:
    """Every distinct token test of a set of queries; finds the tests one token passes without trying each.

    Exact, prefix and suffix tests cost one dictionary look-up for each distinct length, fuzzy ones a look-up for each
    way of leaving out letters (Garbe's symmetric deletion), infix ones a search each.
    """

    def __init__(self) -> None:
        self.tests: dict[TokenTest, int] = {}
        self._by_length: dict[MatchKind, dict[int, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
        self._infix: list[tuple[str, int]] = []
        self._deleted: dict[str, list[tuple[TokenTest, int]]] = defaultdict(list)
        self._fuzzy_lengths: dict[int, int] = {}

    def add(self, test: TokenTest) -> int:
        """The number of this test, the same for an equal one."""
        if test in self.tests:
            return self.tests[test]
        number = self.tests[test] = len(self.tests)
        if test.kind is MatchKind.INFIX:
            self._infix.append((test.text, number))
        elif test.kind is MatchKind.FUZZY:
            longest = self._fuzzy_lengths.get(test.distance, 0)
            self._fuzzy_lengths[test.distance] = max(longest, len(test.text) + test.distance)
            for short in _deletions(test.text, test.distance):
                self._deleted[short].append((test, number))
        else:
            self._by_length[test.kind][len(test.text)][test.text] = number
        return number

    def passed(self, token: str) -> tuple[int, ...]:
        """Numbers of the tests this normalised token passes, ascending."""
        size = len(token)
        found = {
            texts[part]
            for kind, lengths in self._by_length.items()
            for length, texts in lengths.items()
            if (length == size or (length < size and kind is not MatchKind.EXACT))
            and (part := token[size - length :] if kind is MatchKind.SUFFIX else token[:length]) in texts
        }
        found.update(number for text, number in self._infix if text in token)
        found.update(self._fuzzy(token))
        return tuple(sorted(found))

    def _fuzzy(self, token: str) -> Iterator[int]:
        reach = max((distance for distance, top in self._fuzzy_lengths.items() if len(token) <= top), default=0)
        if not reach:
            return
        for short in _deletions(token, reach):
            for test, number in self._deleted.get(short, ()):
                if within(token, test.text, test.distance):
                    yield number


def _deletions(word: str, most: int) -> set[str]:
    """The word with up to `most` letters left out."""
    size = len(word)
    return {
        "".join(word[i] for i in range(size) if i not in left_out)
        for count in range(most + 1)
        for left_out in combinations(range(size), count)
    }


def within(left: str, right: str, limit: int) -> bool:
    """Whether the words differ by at most `limit` insertions, deletions, changes or swaps of neighbours."""
    if abs(len(left) - len(right)) > limit:
        return False
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, letter in enumerate(left, 1):
        older, before, row = before, row, [i]
        for j, other in enumerate(right, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == right[j - 2] and left[i - 2] == other:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return row[-1] <= limit
