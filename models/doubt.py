"""How sure a cheaper tier has to be before the encoder is spared: the less a comment costs to read, the surer.

Reading a long comment costs the encoder as much as several short ones. What removes most wrong answers at a given cost
is asking where the chance of one is highest for its price (Dantzig 1957 on the knapsack). That chance grows about as
the square of the doubt, so the doubt is weighed against the square root of the price.

The doubt is the probability of the other classes, with that of neutral counted for more: neutral comments are the
fewest, so one that is missed costs macro F1 most.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.sentiment import CLASSES, Sentiment

# In characters: what an answer costs whatever is read, what is read of a question and of a comment, and the price of a
# comment to which the threshold applies as it stands.
_FIXED, _QUESTION, _COMMENT, _USUAL = 40, 100, 250, 150
# However dear the reading, an answer that is little more than a guess among three never stands.
_GUESS = 0.4
_NEUTRAL, _NEUTRAL_WEIGHT = CLASSES.index(Sentiment.NEUTRAL), 1.25


def sureness(probabilities: NDArray[np.float32], questions: Sequence[str], texts: Sequence[str]) -> NDArray[np.float64]:
    """1 less the doubt about each comment for its price (n,), to be compared with one threshold for all.

    It depends on the comment and its question alone and is 1 at most; -inf for a guess and for no answer (zeros).
    """
    read = [
        min(len(question), _QUESTION) + min(len(text), _COMMENT)
        for question, text in zip(questions, texts, strict=True)
    ]
    price = (_FIXED + np.array(read, np.float64)) / _USUAL
    others = probabilities.astype(np.float64)
    others[np.arange(len(others)), probabilities.argmax(axis=1)] = 0.0
    others[:, _NEUTRAL] *= _NEUTRAL_WEIGHT
    best = probabilities.max(axis=1, initial=0.0)
    return np.where(best >= _GUESS, 1.0 - others.sum(axis=1) / np.sqrt(price), -np.inf)
