"""Compare sentiment methods on the same labelled rows, in one table."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.metrics import Labels, Report, bootstrap_macro_f1, wilson
from models.sentiment import CLASSES, ScoreInput, Sentiment, UnknownReason

BOOTSTRAP_SEED = 0


@dataclass(frozen=True, slots=True)
class LabelledComment:
    """One comment with what a person called it; `group` keeps a respondent's rows together, "" when unknown."""

    item: ScoreInput
    label: Sentiment
    group: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class MethodResult:
    """How one method did: its report, intervals (95 %, respondents resampled; Wilson) and comments per second."""

    method: str
    report: Report
    macro_f1_interval: tuple[float, float]
    negative_recall_interval: tuple[float, float]
    comments_per_second: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Every method on the rows that the model could score; `skipped` says why a method is missing."""

    rows: int
    unscored: Mapping[UnknownReason, int]
    results: tuple[MethodResult, ...]
    skipped: Mapping[str, str]

    def as_document(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "rows": self.rows,
            "unscored": {reason.name.lower(): count for reason, count in self.unscored.items()},
            "skipped": dict(self.skipped),
            "methods": [document(result) for result in self.results],
        }


def parse_mapping(text: str) -> dict[str, Sentiment]:
    """Read `VALUE=negative,VALUE=positive,…`; raises ValueError that names the part and the classes allowed."""
    mapping = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        value, separator, name = part.rpartition("=")
        if not separator or name.strip().lower() not in set(CLASSES):
            raise ValueError(f"{part!r} is not VALUE=CLASS; classes are {', '.join(CLASSES)}")
        mapping[value.strip()] = Sentiment(name.strip().lower())
    return mapping


def label_numbers(comments: Sequence[LabelledComment]) -> Labels:
    """Column numbers (n,) of the labels."""
    return np.array([CLASSES.index(comment.label) for comment in comments], np.int64)


def group_numbers(comments: Sequence[LabelledComment]) -> NDArray[np.int64]:
    """A number (n,) per group; a comment without a group is one of its own."""
    names = [comment.group or f"\0{row}" for row, comment in enumerate(comments)]
    return np.unique(names, return_inverse=True)[1].astype(np.int64)


def method_result(
    method: str, report: Report, labels: Labels, predicted: Labels, groups: NDArray[np.int64], seconds: float
) -> MethodResult:
    """Add intervals and pace to a report."""
    negative = report.classes[Sentiment.NEGATIVE]
    return MethodResult(
        method,
        report,
        bootstrap_macro_f1(labels, predicted, groups, np.random.default_rng(BOOTSTRAP_SEED)),
        wilson(round(negative.recall * negative.support), negative.support),
        len(labels) / seconds if seconds > 0 else float("inf"),
    )


def count_unscored(reasons: Sequence[UnknownReason | None]) -> dict[UnknownReason, int]:
    """How many rows lack a score, by reason."""
    return dict(Counter(reason for reason in reasons if reason is not None))


def document(result: MethodResult) -> dict[str, Any]:
    """One method's scores as plain values, for JSON."""
    report = result.report
    return {
        "method": result.method,
        "accuracy": report.accuracy,
        "macro_f1": report.macro_f1,
        "macro_f1_interval": list(result.macro_f1_interval),
        "macro_recall": report.macro_recall,
        "negative_recall_interval": list(result.negative_recall_interval),
        # Undefined where all rows or none are negative, and JSON has no such number.
        "negative_auc": None if isnan(report.negative_auc) else report.negative_auc,
        "ece": report.ece,
        "brier": report.brier,
        "comments_per_second": round(result.comments_per_second, 1),
        "confusion": report.confusion.tolist(),
        "classes": {
            str(name): {"precision": s.precision, "recall": s.recall, "f1": s.f1, "support": s.support}
            for name, s in report.classes.items()
        },
    }
