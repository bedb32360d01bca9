"""The quality half of `benchmarks.sentiment`: shipped model, five folds by respondent, domains left out."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from models.adapters.evaluation import compare
from models.adapters.onnx_sentiment import DEFAULT_ARTIFACT, OnnxSentiment
from models.calibration import softmax
from models.evaluate import LabelledComment
from models.metrics import (
    Report,
    bootstrap_macro_f1,
    calibration_noise,
    evaluate,
    evaluate_calls,
    wilson,
)
from models.sentiment import CLASSES, ScoreInput, Sentiment
from models.training.datasets import load_human_rated, load_nhs
from models.training.examples import Example
from models.training.mixture import split

Scores = dict[str, Any]


def held_out(data: Path) -> dict[str, Scores]:
    """The shipped encoder beside VADER and TF-IDF on respondents and documents that it never learnt from."""
    encoder = OnnxSentiment(DEFAULT_ARTIFACT, cascade=False)
    sets = {"nhs_held_out": load_nhs(data), "amazon_held_out": load_human_rated(data)}
    found: dict[str, Scores] = {}
    for name, examples in sets.items():
        _, kept = split([e for e in examples if e.domain in ("nhs", "amazon_reviews")], 0, 10)
        found[name] = _methods(compare(comments(kept), encoder).as_document())
    return found


def comments(examples: Sequence[Example]) -> list[LabelledComment]:
    """Labelled examples as the evaluation wants them."""
    return [LabelledComment(ScoreInput(e.text, e.question, "en"), e.label, e.group) for e in examples if e.label]


def _methods(document: dict[str, Any]) -> dict[str, dict[str, float]]:
    kept = ("accuracy", "macro_f1", "negative_auc", "ece", "brier")
    return {
        method["method"]: {name: method[name] for name in kept}
        | {"negative_recall": method["classes"]["negative"]["recall"], "rows": int(np.sum(method["confusion"]))}
        for method in document["methods"]
    }


def five_fold(path: Path) -> dict[str, Scores]:
    """Out-of-fold scores of `models.training.crossvalidate`, by the most probable class and by each recall contract."""
    with np.load(path, allow_pickle=False) as saved:
        labels, groups, probabilities = saved["labels"], saved["groups"], saved["probabilities"]
        calls = dict(zip(saved["contracts"].tolist(), saved["calls"].T, strict=True))
    report = evaluate(labels, probabilities)
    noise = calibration_noise(probabilities, np.random.default_rng(0))
    plain = _told(report, labels, probabilities.argmax(axis=1), groups) | {"ece": report.ece, "brier": report.brier}
    plain |= {"ece_of_perfect_low": noise[0], "ece_of_perfect_high": noise[1]}
    found = {"most probable class": plain}
    for missed, called in calls.items():
        scored = evaluate_calls(labels, called, probabilities[:, 0])
        found[f"at most {missed:.0%} missed"] = _told(scored, labels, called, groups)
    return found


def _told(report: Report, labels: Any, called: Any, groups: Any) -> Scores:
    negative = report.classes[Sentiment.NEGATIVE]
    f1 = bootstrap_macro_f1(labels, called, groups, np.random.default_rng(0))
    recall = wilson(round(negative.recall * negative.support), negative.support)
    return {
        "macro_f1": report.macro_f1,
        "macro_f1_low": f1[0],
        "macro_f1_high": f1[1],
        "negative_recall": negative.recall,
        "negative_recall_low": recall[0],
        "negative_recall_high": recall[1],
        "negative_precision": negative.precision,
        "neutral_f1": report.classes[Sentiment.NEUTRAL].f1,
        "negative_auc": report.negative_auc,
        "accuracy": report.accuracy,
        "rows": report.rows,
    }


def left_out(paths: Sequence[Path]) -> dict[str, dict[str, Scores]]:
    """What `models.training.leave_one_out` wrote, a file a recipe."""
    return {path.stem: json.loads(path.read_text("utf-8")) for path in paths}


def unseen_domain(data: Path, checkpoints: Path) -> dict[str, Scores]:
    """The checkpoint of the stage that saw no survey comment, on the whole survey."""
    from models.training.encoder import predict
    from models.training.sentiment import find_base, load_checkpoint

    examples = load_nhs(data)
    logits, _ = predict(load_checkpoint(checkpoints / "general.pt"), examples, find_base().tokenizer(128))
    labels = np.array([CLASSES.index(e.label) for e in examples if e.label])
    report = evaluate(labels, softmax(logits))
    scores = {"macro_f1": report.macro_f1, "macro_recall": report.macro_recall, "negative_auc": report.negative_auc}
    return {"encoder that saw no survey": scores | {"ece": report.ece, "rows": report.rows}}
