"""Seeded choices for the demo, all drawn from uniform numbers so that files stay the same across NumPy versions."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from numpy.random import Generator

T = TypeVar("T")


class Dice:
    """A source of choices over one NumPy generator."""

    def __init__(self, rng: Generator) -> None:
        self._rng = rng

    def share(self) -> float:
        """A number in [0, 1)."""
        return float(self._rng.random())

    def chance(self, probability: float) -> bool:
        """True with this probability."""
        return self.share() < probability

    def below(self, count: int) -> int:
        """A whole number from 0 up to but not including `count`."""
        return int(self.share() * count)

    def pick(self, choices: Sequence[T]) -> T:
        """One of the choices, each as likely."""
        return choices[self.below(len(choices))]

    def weighted(self, weights: Mapping[T, float]) -> T:
        """One of the keys, as likely as its weight."""
        left = self.share() * sum(weights.values())
        for key, weight in weights.items():
            left -= weight
            if left < 0:
                return key
        return key

    def code(self, alphabet: str, length: int) -> str:
        """A random code."""
        return "".join(self.pick(alphabet) for _ in range(length))

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """The items in random order."""
        keyed = sorted((self.share(), place) for place in range(len(items)))
        return [items[place] for _, place in keyed]
