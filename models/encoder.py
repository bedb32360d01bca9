"""What turns texts into vectors that can be compared: the port, and comparing."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


class TextEncoder(Protocol):
    """Texts to vectors of length one; a text that it cannot read, or without words, is all zeros and like nothing."""

    @property
    def name(self) -> str:
        """Which encoder made a stored vector; vectors of different encoders do not compare."""
        ...

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """(n, dimensions), the rows in the order of the texts."""
        ...


def cosines(one: Vectors, others: Vectors) -> NDArray[np.float32]:
    """(n,) cosines of a vector (dimensions,) with each row of others (n, dimensions), all of length one or zero."""
    return np.asarray(others @ one, np.float32)
