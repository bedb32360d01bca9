"""The scores and the model card that travel with an artifact."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.artifact import Calibration
from models.calibration import sigmoid, softmax
from models.metrics import area_under_curve, bootstrap_macro_f1, evaluate, wilson
from models.sentiment import Sentiment
from models.training.datasets import SOURCES, sha256
from models.training.examples import Example

CARD = Path(__file__).parent / "card.md"


def domain_scores(
    examples: Sequence[Example], logits: NDArray[np.float32], calibration: Calibration
) -> dict[str, dict[str, float]]:
    """Scores of each domain's labelled rows."""
    probabilities = softmax(logits, calibration.sentiment_temperature)
    domains = sorted({e.domain for e in examples})
    return {domain: _scores(examples, probabilities, domain) for domain in domains}


def _scores(examples: Sequence[Example], probabilities: NDArray[np.float32], domain: str) -> dict[str, float]:
    classes = list(Sentiment)
    rows = np.array([i for i, e in enumerate(examples) if e.domain == domain and e.label is not None])
    labels = np.array([classes.index(label) for i in rows if (label := examples[i].label) is not None])
    report = evaluate(labels, probabilities[rows])
    negative = report.classes[Sentiment.NEGATIVE]
    groups = np.unique([examples[i].group for i in rows], return_inverse=True)[1]
    low, high = bootstrap_macro_f1(labels, probabilities[rows].argmax(axis=1), groups, np.random.default_rng(0))
    recall_low, recall_high = wilson(round(negative.recall * negative.support), negative.support)
    scores = {
        "rows": report.rows,
        "accuracy": report.accuracy,
        "macro_f1": report.macro_f1,
        "macro_f1_low": low,
        "macro_f1_high": high,
        "negative_recall": negative.recall,
        "negative_recall_low": recall_low,
        "negative_recall_high": recall_high,
        "negative_precision": negative.precision,
        "negative_auc": report.negative_auc,
        "ece": report.ece or 0.0,
        "brier": report.brier or 0.0,
    }
    return {name: round(float(value), 4) for name, value in scores.items()}


def frustration_auc(examples: Sequence[Example], logits: NDArray[np.float32], calibration: Calibration) -> float:
    """How well the frustration signal ranks the comments whose emotions people labelled."""
    rows = np.array([i for i, e in enumerate(examples) if e.domain == "goemotions"])
    annoyed = np.array([examples[i].frustration > 0.5 for i in rows])
    return area_under_curve(annoyed, sigmoid(logits[rows], calibration.frustration_temperature))


def data_table(data: Path) -> list[dict[str, str]]:
    """Title, origin, licence and hash of each training file."""
    return [
        {"title": s.title, "origin": s.origin, "licence": s.licence, "file": s.file, "sha256": sha256(data / s.file)}
        for s in SOURCES
    ]


def render_card(metrics: Mapping[str, object], sources: Sequence[Mapping[str, str]]) -> str:
    """The card: `card.md` with the tables of data and scores filled in."""
    domains = metrics["domains"]
    assert isinstance(domains, dict)
    columns = ("Domain", "Rows", "Macro F1 (95 %)", "Negative recall (95 %)", "Negative AUC", "ECE", "Brier")
    head = f"| {' | '.join(columns)} |\n{'|---' * len(columns)}|"
    rows = [
        f"| {name} | {int(s['rows'])} | {s['macro_f1']:.3f} ({s['macro_f1_low']:.3f}-{s['macro_f1_high']:.3f}) "
        f"| {s['negative_recall']:.3f} ({s['negative_recall_low']:.3f}-{s['negative_recall_high']:.3f}) "
        f"| {s['negative_auc']:.3f} | {s['ece']:.3f} | {s['brier']:.3f} |"
        for name, s in domains.items()
    ]
    data = ["| Data | Origin | Licence | SHA-256 of the file used |", "|---|---|---|---|"]
    data += [f"| {s['title']} | {s['origin']} | {s['licence']} | `{s['sha256']}` |" for s in sources]
    text = CARD.read_text("utf-8").replace("{{scores}}", "\n".join([head, *rows])).replace("{{data}}", "\n".join(data))
    text = text.replace("{{cascade}}", _cascade(metrics.get("cascade")))
    for name in ("frustration_auc", "int8_agreement", "megabytes", "held_out_share"):
        text = text.replace("{{" + name + "}}", str(metrics[name]))
    return text


def _cascade(found: object) -> str:
    """What the certificate says; `models.training.certify` describes the rows."""
    if not isinstance(found, dict):
        return "It has not been certified yet."
    f1 = f"{found['macro_f1_encoder']:.3f} by the encoder alone and {found['macro_f1_with_tier']:.3f}"
    recall = f"{found['negative_recall_encoder']:.3f} and {found['negative_recall_with_tier']:.3f}"
    return "\n".join(
        (
            f"{found['rows_that_chose']:,} held-out comments picked it so that what the network answers differs",
            f"from the encoder in at most {found['most_disagreement']:.1%} (95 % confidence, Clopper-Pearson,",
            f"thresholds tried in a fixed order). Then it was judged on {found['rows']} comments that neither the",
            f"encoder nor the network learnt from and that set nothing: it answered {found['accepted']} of them,",
            f"{found['errors']} otherwise than the encoder (at most {found['disagreement_upper_95']:.1%} with 95 %",
            f"confidence). On the labelled of them macro F1 is {f1} with the network",
            f"before it, negative recall {recall}. So few comments leave wide",
            "bounds; they are over the feedback sets together, not over each kind of text. Earlier networks and",
            "bounds had been looked at on those same comments, and that doubt about neutral counts for more was",
            "decided after a look at what macro F1 they and the comments that chose gave without it.",
        )
    )
