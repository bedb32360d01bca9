"""Many texts searched at once: all their words are looked up in one go, and only those that say something are read.

This is the inverted way round: where a text by itself asks of each word which tests it passes, here each test that
passed anywhere in the batch has the list of its places, and its patterns are tried there. Words that pass no test,
nearly all of them, cost one look-up each in C and nothing more.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from triggers.keywords.intervals import Interval
from triggers.keywords.program import Program
from triggers.keywords.reading import Meanings
from triggers.keywords.tokens import Tokens

NOTHING = 0
"""The code of words that pass no test, are one token, and deny nothing."""


class Codes(dict[str, int]):
    """A small number for each written word: `NOTHING`, or where its tests and its kind stand."""

    def __init__(self, program: Program, meanings: Meanings) -> None:
        super().__init__()
        self._required, self._meanings = program.required, meanings
        self.tests: list[tuple[int, ...]] = [()]
        self.wanted: list[bool] = [False]
        self.several: list[bool] = [False]
        self.cues: list[bool] = [False]

    def __missing__(self, word: str) -> int:
        meanings = self._meanings
        meanings[word]
        passed = meanings.tests[word]
        several, cue = word in meanings.several, word in meanings.cues
        if not (several or cue or any(passed)):
            self[word] = NOTHING
            return NOTHING
        code = self[word] = len(self.tests)
        self.tests.append(passed[0] if len(passed) == 1 else ())
        self.wanted.append(any(not self._required.isdisjoint(tests) for tests in passed))
        self.several.append(several)
        self.cues.append(cue)
        return code

    def clear(self) -> None:
        """Forget every word."""
        super().clear()
        for kept in (self.tests, self.wanted, self.several, self.cues):
            del kept[1:]


class Found:
    """What a batch of texts holds. In `split` texts a word stands for several tokens: they have to be read one by one.

    `patterns` tells of the others; those in `cued` hold a word that may deny what is found in them.
    """

    def __init__(self, program: Program, codes: Codes, texts: Sequence[Tokens]) -> None:
        words = [text.words for text in texts]
        lengths = np.fromiter(map(len, words), np.intp, len(words))
        self._program = program
        self._starts = np.cumsum(lengths) - lengths
        flat = map(codes.__getitem__, chain.from_iterable(words))
        self._codes = np.fromiter(flat, np.intp, int(lengths.sum()))
        telling = np.flatnonzero(self._codes)
        rows = np.searchsorted(self._starts, telling, side="right") - 1
        wanted, several, cued = (
            self._marked(rows, telling, kinds, len(texts)) for kinds in (codes.wanted, codes.several, codes.cues)
        )
        self.split: list[int] = np.flatnonzero(wanted & several).tolist()
        self.cued: list[bool] = cued.tolist()
        plain = (wanted & ~several)[rows]
        self._places = self._passed(codes, telling[plain], rows[plain])

    def _marked(
        self, rows: NDArray[np.intp], telling: NDArray[np.intp], kinds: Sequence[bool], size: int
    ) -> NDArray[np.bool_]:
        """The texts (size,) that hold a word of a kind."""
        marked = np.zeros(size, bool)
        marked[rows[np.array(kinds)[self._codes[telling]]]] = True
        return marked

    def _passed(self, codes: Codes, places: NDArray[np.intp], rows: NDArray[np.intp]) -> dict[int, dict[int, int]]:
        """By test, where it passed: the place among all words, and the text."""
        passed: dict[int, dict[int, int]] = defaultdict(dict)
        tests = codes.tests
        for place, row, code in zip(places.tolist(), rows.tolist(), self._codes[places].tolist(), strict=True):
            for test in tests[code]:
                passed[test][place] = row
        return passed

    def patterns(self) -> dict[int, dict[int, list[Interval]]]:
        """By text, the patterns that stand in it and the words [start, end) at which they do."""
        found: dict[int, dict[int, list[Interval]]] = defaultdict(lambda: defaultdict(list))
        starts: list[int] = self._starts.tolist()
        for test in self._places:
            for pattern, offset in self._program.anchored.get(test, ()):
                size = len(self._program.patterns[pattern].tests)
                for place, row in self._standing(test, pattern, offset):
                    first = place - starts[row] - offset
                    found[row][pattern].append((first, first + size))
        return found

    def _standing(self, anchor: int, pattern: int, offset: int) -> Iterator[tuple[int, int]]:
        """Places of the pattern's anchor at which the whole pattern stands, each with its text."""
        tests, nowhere = self._program.patterns[pattern].tests, dict[int, int]()
        here = self._places[anchor]
        if len(tests) == 1:
            yield from here.items()
            return
        rest = [(step - offset, self._places.get(test, nowhere)) for step, test in enumerate(tests) if step != offset]
        for place, row in here.items():
            # A neighbour in the list of all words may be another text's.
            if all(places.get(place + step) == row for step, places in rest):
                yield place, row
