"""How well responses find their episode when themes are not read: `python -m benchmarks.episodes [--data FOLDER]`.

Customers with one to three troubles each, told in one to four responses over two weeks; at a stated rate the theme of a
response is missing. Pairs of a customer's responses are right when they are of one trouble and end on one ticket (or on
one that follows it up). Three kinds of words: the demo's grammar, and with FOLDER (`banking77_train.csv.gz`,
`nhs_fft_neas.csv.gz`; not part of this repository) sentences of real customers by intent, and survey comments of
patients by theme. `nanni.settings.ALIKE` was set on the one half of the intents (`--tune` prints that); the other half
judges it.

Keys of the JSON line: `alike`; `worlds` by words and missing rate: `customers`, `pairs`, and with and without words
compared `precision` and `recall`, each with its 95 % interval (bootstrap over customers). The peer is Nanni without.
`--quick` takes 100 of 1,000 customers.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pandas as pd

from models.adapters.onnx_encoder import OnnxEncoder
from nanni.settings import ALIKE
from tests.tickets.episode_worlds import Quality, Spoilt, Voice, demo_voice, quality, sentences_voice

MISSING = (0.0, 0.1, 0.2)
LIMITS = (0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6)
FEWEST, MOST = 10, 60


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Precision and recall of episodes, by how many themes are missing.")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--tune", action="store_true", help="the limits on the words they are set on; needs --data")
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    customers, encoder = 100 if asked.quick else 1_000, OnnxEncoder()
    if asked.tune:
        tune(intents(asked.data)[0], customers, encoder)
        return
    voices = {"demo": demo_voice()}
    if asked.data is not None:
        voices |= {"other intents": intents(asked.data)[1], "patients": patients(asked.data)}
    worlds = {}
    for name, voice in voices.items():
        for missing in MISSING:
            without = quality(voice, Spoilt(missing), customers)
            compared = quality(voice, Spoilt(missing), customers, ALIKE, encoder)
            told = {"without": shown(without), "with": shown(compared)}
            pairs = int(without.same.sum())
            worlds[f"{name}, {missing:.0%} missing"] = {"customers": customers, "pairs": pairs, **told}
            print(f"{name:>14} {missing:4.0%} missing: {line(without)}  ->  {line(compared)}", flush=True)
    print(json.dumps({"alike": ALIKE, "worlds": worlds}))


def tune(voice: Voice, customers: int, encoder: OnnxEncoder) -> None:
    """Precision and recall by limit, on the intents that judge nothing."""
    for missing in MISSING[1:]:
        print(f"{missing:.0%} missing, without: {line(quality(voice, Spoilt(missing), customers))}")
        for limit in LIMITS:
            print(f"  {limit:.2f}: {line(quality(voice, Spoilt(missing), customers, limit, encoder))}", flush=True)


def shown(found: Quality) -> dict[str, Any]:
    """Figures with their intervals."""
    precision, recall = found.intervals()
    return {
        "precision": round(found.precision, 3),
        "precision_interval": [round(one, 3) for one in precision],
        "recall": round(found.recall, 3),
        "recall_interval": [round(one, 3) for one in recall],
    }


def line(found: Quality) -> str:
    """The same for reading."""
    (p, q), (r, s) = found.intervals()
    return f"precision {found.precision:.3f} ({p:.3f}-{q:.3f}), recall {found.recall:.3f} ({r:.3f}-{s:.3f})"


def intents(folder: Path) -> tuple[Voice, Voice]:
    """What customers of a bank asked, by intent: the half that the limit is set on, and the others."""
    frame = pd.read_csv(folder / "banking77_train.csv.gz")
    names = sorted(frame["category"].unique().tolist())
    texts = {name: frame.loc[frame["category"] == name, "text"].head(MOST).tolist() for name in names}
    Random(77).shuffle(names)
    half = len(names) // 2
    one, other = ({name: texts[name] for name in part} for part in (names[:half], names[half:]))
    return sentences_voice(one), sentences_voice(other)


def patients(folder: Path) -> Voice:
    """What patients had to complain of, by theme: comments of one theme only, read as negative by people."""
    frame = pd.read_csv(folder / "nhs_fft_neas.csv.gz", dtype=str)
    themes = list(frame.columns[12:-2])
    return sentences_voice(dict(_comments(frame, themes)))


def _comments(frame: pd.DataFrame, themes: list[str]) -> Iterator[tuple[str, list[str]]]:
    marked = frame[themes].astype(float).eq(1)
    told = pd.Series([len(str(text).split()) >= 3 for text in frame["FFT answer"].fillna("")], frame.index)
    chosen = told & (marked.sum(axis=1) == 1) & frame["Comment sentiment"].astype(float).ge(4)
    for theme in themes:
        texts = frame.loc[chosen & marked[theme], "FFT answer"].tolist()
        if len(texts) >= FEWEST:
            yield theme.replace(".", ""), texts


if __name__ == "__main__":
    main()
