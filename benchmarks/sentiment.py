"""Sentiment: quality beside VADER and TF-IDF, and speed beside VADER and a `transformers` pipeline.

    python -m benchmarks.sentiment --data FOLDER [--quick] [--out-of-fold FILE.npz] [--checkpoints FOLDER]

Peers: vaderSentiment 3.3.2; scikit-learn's TF-IDF with logistic regression (five folds on the rows judged);
`transformers`' text-classification pipeline with a network of DistilBERT's size (six layers of 768, random weights:
only its speed is read). All on two threads, one after another.

Keys of the JSON object on the last line:
- `quality.<set>`: for each method accuracy, macro_f1, negative_recall, negative_auc, ece, brier, rows. Sets:
  `nhs_held_out` and `amazon_held_out` (respondents and documents the shipped model never learnt from; half of them set
  its temperature) and, when the files are named, `nhs_five_fold` (out-of-fold probabilities of
  `models.training.crossvalidate`) and `nhs_unseen_domain` (the checkpoint of the stage that saw no survey comment, on
  the whole survey).
- `speed.<method>`: comments per second (`wall`) and processor milliseconds per comment (`cpu_ms`, which a busy machine
  changes less) on survey comments with their question: vader, pipeline, encoder_int8, cascade,
  cheap_tier, small_tier, encoder_fp32 (with --checkpoints); `accepted_share`: what the two tiers answered of the
  different comments.
- `cascade`: macro_f1 and negative recall of encoder and cascade on `nhs_held_out`, and their agreement.
- `memory_mb`: peak of a process that scores 10,000 comments; `cold_start_s`: import to first score in a new process.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from models.adapters.baselines import vader_compounds
from models.adapters.evaluation import compare
from models.adapters.onnx_sentiment import DEFAULT_ARTIFACT, OnnxSentiment
from models.adapters.small_tier import TierChain
from models.batching import FirstTier
from models.evaluate import LabelledComment
from models.metrics import evaluate
from models.sentiment import CLASSES, ScoreInput, Sentiment
from models.training.datasets import load_human_rated, load_nhs
from models.training.examples import Example
from models.training.mixture import split

_PROBE = """
import sys, time
from pathlib import Path
started = time.perf_counter()
from models.adapters.onnx_sentiment import default_model
from models.sentiment import ScoreInput
model = default_model()
model.score([ScoreInput("The parcel came late.", "Why did you give that score?", "en")])
print(time.perf_counter() - started)
texts = [f"Order {i} came late and the box was torn" for i in range(int(sys.argv[1]))]
model.score([ScoreInput(text, "What went wrong?", "en") for text in texts])
# ru_maxrss would start at the size of the process that started this one.
peak = [line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
print(int(peak[0]) / 1024)
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print the table, and print the JSON object."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.sentiment", description=__doc__.splitlines()[0] if __doc__ else ""
    )
    parser.add_argument("--data", type=Path, default=os.environ.get("NANNI_DATA"))
    parser.add_argument("--quick", action="store_true", help="a sample: fewer rows, no pipeline")
    parser.add_argument("--out-of-fold", type=Path)
    parser.add_argument("--checkpoints", type=Path, help="folder of the training's checkpoints")
    options = parser.parse_args(argv)
    if options.data is None:
        parser.error("name the folder of the labelled data with --data or NANNI_DATA")
    figures: dict[str, Any] = {"quality": quality(options.data, options.out_of_fold, options.checkpoints)}
    figures["speed"] = speed(options.data, options.checkpoints, quick=options.quick)
    figures["cascade"] = cascade(options.data)
    figures |= process_figures(1000 if options.quick else 10_000)
    print_tables(figures)
    print(json.dumps(figures))
    return 0


def quality(data: Path, out_of_fold: Path | None, checkpoints: Path | None) -> dict[str, Any]:
    """Scores by set and method."""
    encoder = OnnxSentiment(DEFAULT_ARTIFACT, cascade=False)
    sets = {"nhs_held_out": load_nhs(data), "amazon_held_out": load_human_rated(data)}
    found: dict[str, Any] = {}
    for name, examples in sets.items():
        _, held_out = split([e for e in examples if e.domain in ("nhs", "amazon_reviews")], 0, 10)
        found[name] = _methods(compare(comments(held_out), encoder).as_document())
    if out_of_fold is not None:
        found["nhs_five_fold"] = _five_fold(out_of_fold)
    if checkpoints is not None:
        found["nhs_unseen_domain"] = _unseen_domain(data, checkpoints)
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


def _five_fold(path: Path) -> dict[str, dict[str, float]]:
    saved = np.load(path)
    return {"encoder": _scores(saved["labels"], saved["probabilities"])}


def _scores(labels: Any, probabilities: Any) -> dict[str, float]:
    report = evaluate(labels, probabilities)
    return {
        "accuracy": report.accuracy,
        "macro_f1": report.macro_f1,
        "negative_auc": report.negative_auc,
        "ece": report.ece or 0.0,
        "brier": report.brier or 0.0,
        "negative_recall": report.classes[Sentiment.NEGATIVE].recall,
        "rows": report.rows,
    }


def _unseen_domain(data: Path, checkpoints: Path) -> dict[str, dict[str, float]]:
    from models.calibration import softmax
    from models.training.encoder import predict
    from models.training.sentiment import find_base, load_checkpoint

    examples = load_nhs(data)
    logits, _ = predict(load_checkpoint(checkpoints / "general.pt"), examples, find_base().tokenizer(128))
    labels = np.array([CLASSES.index(e.label) for e in examples if e.label])
    return {"encoder that saw no survey": _scores(labels, softmax(logits))}


def speed(data: Path, checkpoints: Path | None, *, quick: bool) -> dict[str, Any]:
    """Pace of each method on the same survey comments."""
    rows = [ScoreInput(e.text, e.question, "en") for e in load_nhs(data)][:: 8 if quick else 2]
    texts = [row.text for row in rows]
    cascaded, encoder = OnnxSentiment(DEFAULT_ARTIFACT), OnnxSentiment(DEFAULT_ARTIFACT, cascade=False)
    found: dict[str, Any] = {
        "vader": _pace(lambda: vader_compounds(texts), len(rows)),
        "encoder_int8": _pace(lambda: encoder.score(rows), len(rows)),
        "cascade": _pace(lambda: cascaded.score(rows), len(rows)),
    }
    if cascaded.tiers:
        found |= _tier_figures(cascaded.tiers, rows)
    if checkpoints is not None:
        found["encoder_fp32"] = _fp32_pace(checkpoints, data, rows)
    if not quick and find_spec("torch"):
        found["pipeline"] = _pipeline_pace(texts[::8])
    return found


def _tier_figures(tiers: Sequence[FirstTier], rows: Sequence[ScoreInput]) -> dict[str, Any]:
    questions, texts = [row.question for row in rows], [row.text for row in rows]
    names = ("cheap_tier", "small_tier")
    found: dict[str, Any] = {
        name: _pace(lambda: tier.attempt(questions, texts), len(rows), repeats=2)  # noqa: B023
        for name, tier in zip(names, tiers, strict=False)
    }
    pairs = sorted({(row.question, row.text) for row in rows})
    asked = [q for q, _ in pairs], [t for _, t in pairs]
    found["accepted_share"] = round(float(TierChain(tiers).attempt(*asked)[1].mean()), 4)
    return found


def _pace(work: Callable[[], object], rows: int, repeats: int = 1) -> dict[str, float]:
    paces = []
    for _ in range(repeats):
        started, busy = time.perf_counter(), time.process_time()
        work()
        paces.append((time.perf_counter() - started, time.process_time() - busy))
    seconds, busy = min(paces)
    return {"wall": round(rows / seconds, 1), "cpu_ms": round(1000 * busy / rows, 4)}


def _fp32_pace(checkpoints: Path, data: Path, rows: Sequence[ScoreInput]) -> dict[str, float]:
    from models.training.export import network_logits, write_graph
    from models.training.sentiment import find_base, load_checkpoint

    examples = load_nhs(data)[: len(rows)]
    with TemporaryDirectory() as folder:
        graph = Path(folder, "fp32.onnx")
        write_graph(load_checkpoint(checkpoints / "polish.pt"), graph, int8=False)
        return _pace(lambda: network_logits(graph, find_base().tokenizer(128), examples), len(examples))


def _pipeline_pace(texts: Sequence[str]) -> dict[str, float]:
    import torch
    from transformers import (
        DistilBertConfig,
        DistilBertForSequenceClassification,
        PreTrainedTokenizerFast,
        pipeline,
    )

    torch.set_num_threads(2)
    tokenizer = PreTrainedTokenizerFast.from_pretrained(DEFAULT_ARTIFACT)
    network = DistilBertForSequenceClassification(DistilBertConfig(vocab_size=30_522, num_labels=3)).eval()
    classify = pipeline("text-classification", model=network, tokenizer=tokenizer, device=-1)
    return _pace(lambda: classify(list(texts), truncation=True, max_length=128), len(texts))


def cascade(data: Path) -> dict[str, float]:
    """What the cheap tier costs in quality on the respondents nobody trained on."""
    _, held_out = split(load_nhs(data), 0, 10)
    rows = [ScoreInput(e.text, e.question, "en") for e in held_out]
    labels = np.array([CLASSES.index(e.label) for e in held_out if e.label])
    both = [OnnxSentiment(DEFAULT_ARTIFACT, cascade=on).score(rows).probabilities for on in (True, False)]
    return {
        "rows": len(rows),
        "macro_f1_cascade": evaluate(labels, both[0]).macro_f1,
        "macro_f1_encoder": evaluate(labels, both[1]).macro_f1,
        "negative_recall_cascade": evaluate(labels, both[0]).classes[Sentiment.NEGATIVE].recall,
        "negative_recall_encoder": evaluate(labels, both[1]).classes[Sentiment.NEGATIVE].recall,
        "agreement": float((both[0].argmax(axis=1) == both[1].argmax(axis=1)).mean()),
    }


def process_figures(rows: int) -> dict[str, float]:
    """Cold start and peak memory, each in a process of its own."""
    command = [sys.executable, "-c", _PROBE, str(rows)]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return {"cold_start_s": round(float(output[0]), 2), "memory_mb": round(float(output[1]))}


def print_tables(figures: dict[str, Any]) -> None:
    """The figures for people."""
    for name, methods in figures["quality"].items():
        print(f"\n{name}")
        for method, scores in methods.items():
            print(f"  {method:45}" + "".join(f"  {key} {_number(value)}" for key, value in scores.items()))
    print("\nspeed")
    for name, pace in figures["speed"].items():
        shown = f"{pace['wall']:>10,.0f}/s {pace['cpu_ms']:>9.3f} ms" if isinstance(pace, dict) else f"{pace:>10.3f}"
        print(f"  {name:24}{shown}")
    print("\ncascade")
    for key, value in figures["cascade"].items():
        print(f"  {key:24} {_number(value)}")
    print(f"\ncold start {figures['cold_start_s']} s, peak memory {figures['memory_mb']} MB\n")


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.3f}"


if __name__ == "__main__":
    sys.exit(main())
