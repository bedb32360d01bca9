"""Which of a team's own labels a comment has, several or none, learned from comments that people have labelled.

A logistic regression a label, over the encoder's vector, words and pairs of words, their letters three to five at a
time (which survive misspelling and inflection), and what else is known of the comment (its question, say). Each label's
threshold is the one of the best F1 on comments of people it was not learned from: labels are rare, and a half would
miss most of them. The rarer a label, the more its threshold is drawn towards the one that is best for all labels
together: the best of a handful of comments is mostly luck.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from models.encoder import Vectors

FOLDS = 4
_CANDIDATES, _EVEN = 80, 30
_LETTERS = 0.7
"""How much letters weigh beside words: chosen by folds within what `benchmarks.survey_themes` learns from."""
Labels = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class LabelledTexts:
    """Texts with their vectors (n, dimensions), what is known of each (a short code), and whom it is from."""

    texts: Sequence[str]
    vectors: Vectors
    known: Sequence[str]
    groups: Sequence[str]


class ThemeHead:
    """Labels by their columns. Fitted once; always the same for the same texts in the same order."""

    def __init__(self, texts: LabelledTexts, labels: Labels) -> None:
        """Learn from texts and labels (n, labels); each label at least once with and once without."""
        self._words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2).fit(texts.texts)
        letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, min_df=3)
        self._letters = letters.fit(texts.texts)
        self._codes = {code: at for at, code in enumerate(sorted(set(texts.known)))}
        features = self._features(texts)
        self._thresholds = _thresholds(_unseen(features, labels, texts.groups), labels)
        self._models = [_model().fit(features, column) for column in labels.T]

    def probabilities(self, texts: LabelledTexts) -> NDArray[np.float64]:
        """(n, labels), each by itself in [0, 1]; not calibrated, since rare labels are weighted up."""
        features = self._features(texts)
        return np.column_stack([model.predict_proba(features)[:, 1] for model in self._models])

    def labels(self, texts: LabelledTexts) -> Labels:
        """(n, labels): every label above its threshold; where none is, none."""
        return np.asarray(self.probabilities(texts) >= self._thresholds)

    def _features(self, texts: LabelledTexts) -> Any:
        places = [(row, self._codes[code]) for row, code in enumerate(texts.known) if code in self._codes]
        rows, columns = zip(*places, strict=True) if places else ((), ())
        known = csr_matrix((np.ones(len(places)), (rows, columns)), shape=(len(texts.texts), len(self._codes)))
        said = (self._words.transform(texts.texts), _LETTERS * self._letters.transform(texts.texts))
        return hstack([csr_matrix(2 * texts.vectors), *said, known]).tocsr()


def _model() -> LogisticRegression:
    return LogisticRegression(C=1.0, class_weight="balanced", max_iter=300, solver="liblinear", random_state=0)


def _unseen(features: Any, labels: Labels, groups: Sequence[str]) -> NDArray[np.float64]:
    """(n, labels) probabilities from other people's texts; NaN where none of those has the label."""
    found = np.full(labels.shape, np.nan)
    for train, test in GroupKFold(min(FOLDS, len(set(groups)))).split(features, groups=list(groups)):
        for place, wanted in enumerate(labels.T):
            if 0 < wanted[train].sum() < len(train):
                found[test, place] = _model().fit(features[train], wanted[train]).predict_proba(features[test])[:, 1]
    return found


def _thresholds(found: NDArray[np.float64], labels: Labels) -> NDArray[np.float64]:
    """Each label's own best threshold, weighted as its number of texts is to `_EVEN`, with that of all together."""
    common = _best(found.ravel(), labels.ravel())
    own = np.array([_best(column, wanted) for column, wanted in zip(found.T, labels.T, strict=True)])
    weight = labels.sum(axis=0) / (labels.sum(axis=0) + _EVEN)
    return np.asarray(weight * own + (1 - weight) * common)


def _best(found: NDArray[np.float64], wanted: NDArray[np.bool_]) -> float:
    """The probability of the best F1; a half where a label is of one person alone."""
    known = ~np.isnan(found)
    if not (wanted & known).any():
        return 0.5
    tried = np.unique(np.quantile(found[known], np.linspace(0.5, 0.999, _CANDIDATES)))
    scores = [_f1(wanted[known], found[known] >= limit) for limit in tried]
    return float(tried[int(np.argmax(scores))])


def _f1(wanted: NDArray[np.bool_], said: NDArray[np.bool_]) -> float:
    return float(2 * (wanted & said).sum() / max(wanted.sum() + said.sum(), 1))
