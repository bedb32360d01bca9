"""Help while working, on labelled questions of customers: `python -m benchmarks.help --data FOLDER`.

FOLDER holds `banking77_train.csv.gz` (columns text and category, 77 intents; not part of this repository). A question's
similar ones are right when they have its intent. Keys of the JSON line: `questions` asked, `searched` against;
`precision_at_5` and `first_right` by way: meaning (the encoder that ships), words (TF-IDF), fused by rank, and summed
(meaning plus half of words, which is what `nanni tickets similar` and `nanni kb search` do); `encoder_per_second`;
`category`: accuracy on unseen questions of seeds alone (three sentences an intent) and of the head learned from so many
corrected ones; `confidence_error` (expected calibration error on the unseen) after the most of them, of the head as
fitted and as calibrated. `--quick` takes 1,000 of 4,000 texts.
"""

import argparse
import json
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.adapters.onnx_encoder import OnnxEncoder
from models.category_head import FOLDS, calibrated, cross_validated, fit_head
from models.metrics import expected_calibration_error
from models.search import WordIndex, summed

QUESTIONS = 500


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Similar tickets and categories: how often they are right.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    frame = pd.read_csv(asked.data / "banking77_train.csv.gz")
    frame = frame.sample(1_000 if asked.quick else 4_000, random_state=1).reset_index(drop=True)
    began = perf_counter()
    vectors = OnnxEncoder().vectors(frame["text"].tolist())
    figures: dict[str, Any] = {"encoder_per_second": round(len(frame) / (perf_counter() - began))}
    figures |= search(frame, vectors)
    figures["category"] = categories(frame["category"].to_numpy(), vectors)
    figures["confidence_error"] = confidence(frame["category"].to_numpy(), vectors)
    for name, told in figures.items():
        print(f"{name:>20}: {told}")
    print(json.dumps(figures))


def search(frame: pd.DataFrame, vectors: NDArray[np.float32]) -> dict[str, Any]:
    """The first questions looked up among the rest, each way."""
    count = min(QUESTIONS, len(frame) // 4)
    labels, texts = frame["category"].to_numpy(), frame["text"].tolist()
    index = WordIndex(texts[count:])
    right: dict[str, list[NDArray[np.bool_]]] = {"meaning": [], "words": [], "fused": [], "summed": []}
    for i in range(count):
        meaning, words = vectors[count:] @ vectors[i], index.scores(texts[i])
        ways = {"meaning": np.argsort(-meaning), "words": np.argsort(-words),
                "fused": fused(meaning, words), "summed": np.argsort(-summed(meaning, words))}  # fmt: skip
        for way, order in ways.items():
            right[way].append(labels[count:][order[:5]] == labels[i])
    hits = {way: np.array(found) for way, found in right.items()}
    return {
        "questions": count,
        "searched": len(frame) - count,
        "precision_at_5": {way: round(float(found.mean()), 3) for way, found in hits.items()},
        "first_right": {way: round(float(found[:, 0].mean()), 3) for way, found in hits.items()},
    }


def fused(*scores: NDArray[np.float32]) -> NDArray[np.int64]:
    """Reciprocal rank fusion (Cormack, Clarke and Büttcher 2009): places by the sum of 1 / (60 + rank), best first."""
    total = np.zeros(len(scores[0]))
    for one in scores:
        ranks = np.empty(len(one))
        ranks[np.argsort(-one, kind="stable")] = np.arange(1, len(one) + 1)
        total += np.where(one > 0, 1 / (60 + ranks), 0)
    return np.argsort(-total, kind="stable")


def categories(labels: NDArray[Any], vectors: NDArray[np.float32]) -> dict[str, float]:
    """Accuracy on a third that nobody has seen: nearest seed, and the head after more and more corrected ones."""
    unseen = len(labels) // 3
    test, known = slice(0, unseen), slice(unseen, None)
    seeds = [np.flatnonzero(labels[known] == name)[:3] for name in np.unique(labels)]
    names = np.repeat(np.unique(labels), [len(one) for one in seeds])
    nearest = np.argmax(vectors[test] @ vectors[known][np.concatenate(seeds)].T, axis=1)
    found = {"seeds_only": round(float((names[nearest] == labels[test]).mean()), 3)}
    for corrected in (300, 1000, len(labels) - unseen):
        if corrected <= len(labels) - unseen:
            head = fit_head(vectors[known][:corrected], labels[known][:corrected].tolist())
            told = np.array(head.classes)[head.probabilities(vectors[test]).argmax(axis=1)]
            found[f"head_after_{corrected}"] = round(float((told == labels[test]).mean()), 3)
    return found


def confidence(labels: NDArray[Any], vectors: NDArray[np.float32]) -> dict[str, float]:
    """By how much the head's confidence misses how often it is right, on a third that nobody has seen."""
    unseen = len(labels) // 3
    known, frequent = labels[unseen:], [name for name in np.unique(labels) if (labels[unseen:] == name).sum() >= FOLDS]
    used, asked = np.isin(known, frequent), np.isin(labels[:unseen], frequent)
    learned, names = vectors[unseen:][used], known[used].tolist()
    head = fit_head(learned, names)
    truth = np.searchsorted(np.array(head.classes), labels[:unseen][asked])
    ways = {"fitted": head, "calibrated": head.tempered(calibrated(cross_validated(learned, names)).temperature)}
    return {
        way: round(expected_calibration_error(truth, one.probabilities(vectors[:unseen][asked])), 3)
        for way, one in ways.items()
    }


if __name__ == "__main__":
    main()
