"""What most teams use instead: the VADER lexicon, and TF-IDF with logistic regression."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from feedback.errors import MissingExtraError
from models.metrics import Labels
from models.sentiment import ScoreInput

# Hutto and Gilbert's own limits of the compound score.
VADER_EDGE = 0.05
FOLDS = 5
MIN_ROWS, MIN_PER_CLASS = 100, 10


def vader_compounds(texts: Sequence[str]) -> NDArray[np.float64]:
    """VADER's compound score (n,) in -1..1; raises MissingExtraError without vaderSentiment."""
    try:
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer
    except ImportError as error:
        raise MissingExtraError(
            "vaderSentiment is not installed", next_step="pip install vaderSentiment to compare with it"
        ) from error
    polarity = SentimentIntensityAnalyzer().polarity_scores
    return np.array([polarity(text)["compound"] for text in texts], np.float64)


def vader_calls(compounds: NDArray[np.float64]) -> Labels:
    """Class numbers by the limits its authors recommend."""
    return np.where(compounds <= -VADER_EDGE, 0, np.where(compounds >= VADER_EDGE, 2, 1)).astype(np.int64)


def tfidf_pipeline() -> Any:
    """Words and pairs of words by TF-IDF into a balanced logistic regression, scikit-learn's defaults otherwise."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, token_pattern=r"(?u)\b\w+\b")
    return make_pipeline(words, LogisticRegression(C=4.0, class_weight="balanced", max_iter=2000))


def with_question(items: Sequence[ScoreInput]) -> list[str]:
    """Each text led by its question as one made-up word, so that a bag of words can use it."""
    return [
        f"q{sha256(item.question.lower().encode()).hexdigest()[:8]} {item.text}" if item.question else item.text
        for item in items
    ]


def tfidf_out_of_fold(items: Sequence[ScoreInput], labels: Labels, groups: NDArray[np.int64]) -> NDArray[np.float64]:
    """Probabilities (n, 3) of each row by a model fitted on the other groups' rows (five folds).

    Raises ValueError when there are too few rows to fit on.
    """
    counts = np.bincount(labels, minlength=3)
    present = counts[counts > 0]
    if len(labels) < MIN_ROWS or len(present) < 2 or present.min() < MIN_PER_CLASS:
        raise ValueError(f"needs {MIN_ROWS} rows and {MIN_PER_CLASS} of each class to fit on")
    from sklearn.model_selection import StratifiedGroupKFold

    texts = with_question(items)
    probabilities = np.zeros((len(labels), 3))
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=0)
    for train, test in folds.split(texts, labels, groups):
        model = tfidf_pipeline()
        model.fit([texts[i] for i in train], labels[train])
        columns = model.classes_
        probabilities[np.ix_(test, columns)] = model.predict_proba([texts[i] for i in test])
    return probabilities
