"""Evaluate a model on labelled comments, beside VADER and TF-IDF with logistic regression."""

import time
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from feedback.errors import ConfigError, MissingExtraError
from models.adapters.baselines import tfidf_out_of_fold, vader_calls, vader_compounds
from models.evaluate import (
    Comparison,
    LabelledComment,
    MethodResult,
    count_unscored,
    group_numbers,
    label_numbers,
    method_result,
)
from models.metrics import Labels, evaluate, evaluate_calls
from models.sentiment import SentimentModel

Groups = NDArray[np.int64]


def compare(comments: Sequence[LabelledComment], model: SentimentModel, *, baselines: bool = True) -> Comparison:
    """Score the comments with the model and the baselines; all are judged on the rows the model could score.

    TF-IDF is fitted on the other respondents' rows of this very file, so it knows the survey; the model and VADER do
    not. Raises ConfigError when no row could be scored.
    """
    started = time.perf_counter()
    scores = model.score([comment.item for comment in comments])
    seconds = time.perf_counter() - started
    rows = [row for row, reason in enumerate(scores.unknown) if reason is None]
    if not rows:
        raise ConfigError("the model could score no row", where="evaluation")
    kept = [comments[row] for row in rows]
    labels, groups = label_numbers(kept), group_numbers(kept)
    probabilities = scores.probabilities[rows]
    report = evaluate(labels, probabilities)
    results = [method_result(model.model_id, report, labels, probabilities.argmax(axis=1), groups, seconds)]
    skipped: dict[str, str] = {}
    if baselines:
        _add_baselines(kept, labels, groups, results, skipped)
    return Comparison(len(comments), count_unscored(scores.unknown), tuple(results), skipped)


def _add_baselines(
    comments: Sequence[LabelledComment],
    labels: Labels,
    groups: Groups,
    results: list[MethodResult],
    skipped: dict[str, str],
) -> None:
    methods: dict[str, Callable[[Sequence[LabelledComment], Labels, Groups], MethodResult]] = {
        "VADER": _vader,
        "TF-IDF + logistic regression (5-fold)": _tfidf,
    }
    for name, measure in methods.items():
        try:
            results.append(measure(comments, labels, groups))
        except (MissingExtraError, ValueError) as error:
            skipped[name] = str(error)


def _vader(comments: Sequence[LabelledComment], labels: Labels, groups: Groups) -> MethodResult:
    started = time.perf_counter()
    compounds = vader_compounds([comment.item.text for comment in comments])
    seconds = time.perf_counter() - started
    calls = vader_calls(compounds)
    return method_result("VADER", evaluate_calls(labels, calls, -compounds), labels, calls, groups, seconds)


def _tfidf(comments: Sequence[LabelledComment], labels: Labels, groups: Groups) -> MethodResult:
    started = time.perf_counter()
    probabilities = tfidf_out_of_fold([comment.item for comment in comments], labels, groups)
    seconds = time.perf_counter() - started
    name, calls = "TF-IDF + logistic regression (5-fold)", probabilities.argmax(axis=1)
    return method_result(name, evaluate(labels, probabilities), labels, calls, groups, seconds)
