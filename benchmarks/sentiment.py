"""Sentiment: quality beside VADER and TF-IDF, and speed beside VADER and a `transformers` pipeline.

    python -m benchmarks.sentiment --data FOLDER [--quick] [--part NAME ...] [--state FILE.json]
        [--out-of-fold FILE.npz] [--left-out FILE.json ...] [--checkpoints FOLDER]

Peers: vaderSentiment 3.3.2; scikit-learn's TF-IDF with logistic regression (five folds on the rows judged);
`transformers`' text-classification pipeline with a network of DistilBERT's size (six layers of 768, random weights:
only its speed is read). All on two threads, one after another. With `--state` each part's figures are kept as it ends
and parts that are in the file are not measured again, so that an interrupted run goes on.

Keys of the JSON object on the last line, one a part:
- `held_out.<set>`: for each method accuracy, macro_f1, negative_recall, negative_auc, ece, brier, rows, on respondents
  and documents the shipped model never learnt from; half of them set its temperature.
- `five_fold`: out-of-fold probabilities of `models.training.crossvalidate`: by the most probable class (with `ece`, and
  between which values the same measure lies for probabilities that are exactly true) and by each recall contract.
- `left_out.<file>.<domain>`: what `models.training.leave_one_out` found, a file (by its name) a recipe;
  `unseen_domain`: the checkpoint of the stage that saw no survey comment, on the whole survey.
- `speed.<method>`: comments per second (`wall`) and processor milliseconds per comment (`cpu_ms`, which a busy machine
  changes less), the best of three goes over the survey comments, with their question, of respondents from whom nothing
  was learnt: vader, pipeline (every third of them), encoder_int8, encoder_fp32 (the checkpoint with --checkpoints, else
  the same network untrained), cascade, phrase_tier; `rows`: how many; `accepted_share`: what that tier answered of the
  different comments; `cascade_over_pipeline`, `cascade_over_vader`: how many times their pace, by wall and by processor
  time. `speed.learnt_from`: the cascade on comments most of which its first tier had learnt from, which flatters it.
- `cascade`: macro_f1 and negative recall of encoder and cascade on the held-out survey rows, their agreement, and
  `accepted_share`, what the phrase tier answered of these rows, from whose respondents nothing was learnt.
- `process`: `memory_mb`, peak of a process that scores 10,000 comments; `cold_start_s`, import to first score in a new
  process, and `cold_start_cpu_s`, its processor time.
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

import benchmarks.sentiment_quality as quality
from benchmarks.sentiment_tables import print_tables
from models.adapters.baselines import vader_compounds
from models.adapters.onnx_network import CPU, OnnxNetwork
from models.adapters.onnx_sentiment import DEFAULT_ARTIFACT, OnnxSentiment
from models.artifact import Calibration
from models.metrics import evaluate
from models.sentiment import CLASSES, ScoreInput, Sentiment
from models.training.datasets import load_nhs
from models.training.examples import Example
from models.training.mixture import split

PARTS = ("held_out", "five_fold", "left_out", "unseen_domain", "cascade", "speed", "process")
_PROBE = """
import sys, time
from pathlib import Path
started, busy = time.perf_counter(), time.process_time()
from models.adapters.onnx_sentiment import default_model
from models.sentiment import ScoreInput
model = default_model()
model.score([ScoreInput("The parcel came late.", "Why did you give that score?", "en")])
print(time.perf_counter() - started, time.process_time() - busy)
texts = [f"Order {i} came late and the box was torn" for i in range(int(sys.argv[1]))]
model.score([ScoreInput(text, "What went wrong?", "en") for text in texts])
# ru_maxrss would start at the size of the process that started this one.
peak = [line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
print(int(peak[0]) / 1024)
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Measure part by part, print the tables, and print the JSON object."""
    options = _options(argv)
    figures: dict[str, Any] = _read(options.state)
    for name, measure in _parts(options).items():
        if name not in figures:
            figures[name] = measure()
            if options.state is not None:
                options.state.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")
    print_tables(figures)
    print(json.dumps(figures))
    return 0


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.sentiment", description=__doc__.splitlines()[0] if __doc__ else ""
    )
    parser.add_argument("--data", type=Path, default=os.environ.get("NANNI_DATA"))
    parser.add_argument("--quick", action="store_true", help="a sample: fewer rows, no pipeline")
    parser.add_argument("--part", action="append", choices=PARTS, help="measure only this part; may be repeated")
    parser.add_argument("--state", type=Path, help="file that keeps each part's figures")
    parser.add_argument("--out-of-fold", type=Path)
    parser.add_argument("--left-out", action="append", type=Path)
    parser.add_argument("--checkpoints", type=Path, help="folder of the training's checkpoints")
    options = parser.parse_args(argv)
    if options.data is None:
        parser.error("name the folder of the labelled data with --data or NANNI_DATA")
    return options


def _read(state: Path | None) -> dict[str, Any]:
    return json.loads(state.read_text("utf-8")) if state is not None and state.is_file() else {}


def _parts(options: argparse.Namespace) -> dict[str, Callable[[], dict[str, Any]]]:
    measures: dict[str, Callable[[], dict[str, Any]]] = {
        "held_out": lambda: quality.held_out(options.data),
        "speed": lambda: speed(options.data, options.checkpoints, quick=options.quick),
        "cascade": lambda: cascade(options.data),
        "process": lambda: process_figures(1000 if options.quick else 10_000),
    }
    if options.out_of_fold is not None:
        measures["five_fold"] = lambda: quality.five_fold(options.out_of_fold)
    if options.left_out is not None:
        measures["left_out"] = lambda: quality.left_out(options.left_out)
    if options.checkpoints is not None:
        measures["unseen_domain"] = lambda: quality.unseen_domain(options.data, options.checkpoints)
    return {name: measures[name] for name in PARTS if name in measures and name in (options.part or PARTS)}


def speed(data: Path, checkpoints: Path | None, *, quick: bool) -> dict[str, Any]:
    """Pace of each method on the comments of respondents from whom nothing was learnt, and what it is on others."""
    learnt, held_out = (_inputs(part)[:: 8 if quick else 1] for part in split(load_nhs(data), 0, 10))
    texts = [row.text for row in held_out]
    cascaded, encoder = OnnxSentiment(DEFAULT_ARTIFACT), OnnxSentiment(DEFAULT_ARTIFACT, cascade=False)
    found: dict[str, Any] = {
        "rows": len(held_out),
        "vader": _pace(lambda: vader_compounds(texts), len(texts)),
        "encoder_int8": _pace(lambda: encoder.score(held_out), len(texts)),
        "cascade": _pace(lambda: cascaded.score(held_out), len(texts)),
        "learnt_from": _pace(lambda: cascaded.score(learnt), len(learnt)),
    }
    pairs = sorted({(row.question, row.text) for row in held_out})
    asked = [question for question, _ in pairs], [text for _, text in pairs]
    if tier := cascaded.tier:
        found["phrase_tier"] = _pace(lambda: tier.attempt(*asked), len(pairs))
        found["accepted_share"] = round(float(tier.attempt(*asked)[1].mean()), 4)
    if find_spec("onnx") and find_spec("torch"):
        found["encoder_fp32"] = _fp32_pace(checkpoints, held_out)
    if not quick and find_spec("torch"):
        found["pipeline"] = _pipeline_pace(texts[::3])
        found["cascade_over_pipeline"] = _times(found["cascade"], found["pipeline"])
    found["cascade_over_vader"] = _times(found["cascade"], found["vader"])
    return found


def _inputs(examples: Sequence[Example]) -> list[ScoreInput]:
    return [ScoreInput(example.text, example.question, "en") for example in examples]


def _times(ours: dict[str, float], peer: dict[str, float]) -> dict[str, float]:
    return {"wall": round(ours["wall"] / peer["wall"], 2), "cpu": round(peer["cpu_ms"] / ours["cpu_ms"], 2)}


def _pace(work: Callable[[], object], rows: int, repeats: int = 3) -> dict[str, float]:
    paces = []
    for _ in range(repeats):
        started, busy = time.perf_counter(), time.process_time()
        work()
        paces.append((time.perf_counter() - started, time.process_time() - busy))
    seconds, busy = min(paces)
    return {"wall": round(rows / seconds, 1), "cpu_ms": round(1000 * busy / rows, 4)}


def _fp32_pace(checkpoints: Path | None, rows: Sequence[ScoreInput]) -> dict[str, float]:
    from models.training.encoder import FeedbackEncoder
    from models.training.graph import write_graph
    from models.training.sentiment import find_base, load_checkpoint

    base = find_base()
    network = load_checkpoint(checkpoints / "polish.pt") if checkpoints else None
    with TemporaryDirectory() as folder:
        graph = Path(folder, "fp32.onnx")
        write_graph(network or FeedbackEncoder.from_base(base.folder, base.kept), graph, int8=False)
        encoder = OnnxNetwork(graph, base.tokenizer(128), Calibration(), 2, CPU)
        return _pace(lambda: encoder.estimate([row.question for row in rows], [row.text for row in rows]), len(rows))


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
    """What the phrase tier costs in quality on the respondents nobody trained on."""
    _, held_out = split(load_nhs(data), 0, 10)
    rows = _inputs(held_out)
    labels = np.array([CLASSES.index(e.label) for e in held_out if e.label])
    cascaded, encoder = (OnnxSentiment(DEFAULT_ARTIFACT, cascade=on) for on in (True, False))
    both = [model.score(rows).probabilities for model in (cascaded, encoder)]
    assert cascaded.tier is not None
    _, sure = cascaded.tier.attempt([row.question for row in rows], [row.text for row in rows])
    return {
        "rows": len(rows),
        "macro_f1_cascade": evaluate(labels, both[0]).macro_f1,
        "macro_f1_encoder": evaluate(labels, both[1]).macro_f1,
        "negative_recall_cascade": evaluate(labels, both[0]).classes[Sentiment.NEGATIVE].recall,
        "negative_recall_encoder": evaluate(labels, both[1]).classes[Sentiment.NEGATIVE].recall,
        "accepted_share": float(sure.mean()),
        "agreement": float((both[0].argmax(axis=1) == both[1].argmax(axis=1)).mean()),
    }


def process_figures(rows: int) -> dict[str, float]:
    """Cold start and peak memory, each in a process of its own."""
    command = [sys.executable, "-c", _PROBE, str(rows)]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    cold, busy, peak = (float(number) for number in output)
    return {"cold_start_s": round(cold, 2), "cold_start_cpu_s": round(busy, 2), "memory_mb": round(peak)}


if __name__ == "__main__":
    sys.exit(main())
