"""Themes found without knowing how many: `python -m benchmarks.themes --data FOLDER`.

FOLDER holds `banking77_train.csv.gz` (columns text and category, 77 intents; not part of this repository). Labels are
read only to score. Every peer below gets the same vectors of the encoder that ships, but for TF-IDF; k-means is told
the true number of themes, ours and HDBSCAN are not. Peers: scikit-learn's KMeans (one seed), TfidfVectorizer with
TruncatedSVD(100), HDBSCAN(min_cluster_size=10); BERTopic in an environment of its own (`make bench-peers`, or
`--bertopic PYTHON`), twice: the second time with its rows reversed (`agree`: ARI between the two).

Keys of the JSON line: `rows`; `found` by way: `themes`, `ami`, `nmi`, `ari` (texts of no theme count as one more
theme), `outside` (their share), `cpu_s`. Our way has three rows: `tree` (groups as clustered), `nearest` (the space's
nearest theme for each text) and `assigned` (with its abstention: what the product does). `tentative` of our themes;
`numbers`: how many are found in texts of so many intents (those drawn by seed); `unseen`: share of texts the space of
those abstains on, of their own intents and of all others; `hashes`: distinct fingerprints over shuffles, on one and on
two threads; `weeks`: what weeks of new texts do to ids (`benchmarks.theme_weeks`), of the questions and, where FOLDER
holds `nhs_fft_neas.csv.gz`, of that survey's sentences. `--quick` takes 2,500 texts, `--only-weeks` leaves out the
rest, `--vectors FOLDER` keeps the encoder's readings. Exit 1 when `assigned` is below an AMI of .78 (not with
`--quick`), when there is more than one hash, when less than 95 % of ids survive a week, or
when a second look at the same texts changes anything.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import HDBSCAN, KMeans
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score, normalized_mutual_info_score

from benchmarks.theme_texts import Texts, questions, survey
from benchmarks.theme_weeks import weeks
from models.discovery.discover import Discovery, DiscoverySettings
from models.discovery.stability import resample

GOAL, SURVIVE = 0.78, 0.95
INTENTS = (12, 30)
SHUFFLES, SHUFFLED = 20, 1_500
YEARS, WEEKS = 2, 4
"""Ways of sharing texts out to weeks, and last weeks looked at one after another."""


def main() -> None:
    """Measure and print."""
    asked = arguments()
    texts = questions(asked.data, asked.vectors)
    if asked.quick:
        texts = texts.take(np.arange(2_500))
    if asked.shuffles:
        print(json.dumps(sorted(shuffled(texts, asked.shuffles))))
        return
    figures: dict[str, Any] = {"weeks": all_weeks(asked, texts)}
    if not asked.only_weeks:
        figures |= judged(asked, texts)
    print(json.dumps(figures))
    survived = all(told["survived"] >= SURVIVE and np.all(told["again"]) for told in figures["weeks"].values())
    if asked.only_weeks:
        sys.exit(not survived)
    missed = not asked.quick and figures["found"]["assigned"]["ami"] < GOAL
    sys.exit(missed or figures["hashes"]["distinct"] != 1 or not survived)


def all_weeks(asked: argparse.Namespace, questions: Texts) -> dict[str, Any]:
    """Weeks of the questions and of the survey."""
    answers = survey(asked.data, asked.vectors)
    if answers is not None and asked.quick:
        answers = answers.take(np.arange(2_500))
    found = {}
    for name, texts in (("questions", questions), ("survey", answers)):
        if texts is not None:
            found[name] = weeks(texts, range(1 if asked.quick else YEARS), WEEKS)
            print(f"{name:>15}: {found[name]}")
    return found


def judged(asked: argparse.Namespace, texts: Texts) -> dict[str, Any]:
    """Everything that is held against the intents, and the hashes."""
    figures: dict[str, Any] = {"rows": len(texts), "found": {}}
    ours, found = own(texts)
    figures["found"] |= found
    figures["tentative"] = sum(theme.tentative for theme in ours.themes)
    for name, way in ({} if asked.alone else PEERS).items():
        figures["found"][name] = peer(texts, way)
    if not asked.alone:
        figures["found"]["bertopic"] = bertopic(texts, asked.bertopic)
    figures["numbers"], figures["unseen"] = other_numbers(texts)
    figures["hashes"] = hashes(asked)
    show(figures)
    return figures


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(description="Themes found without knowing how many.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--vectors", type=Path, help="keep the encoder's readings in this folder")
    parser.add_argument("--quick", action="store_true", help="2,500 texts")
    parser.add_argument("--bertopic", type=Path, default=Path(".bench-peers/bin/python"), help="a Python that has it")
    parser.add_argument("--alone", action="store_true", help="without the peers")
    parser.add_argument("--only-weeks", action="store_true", help="only what weeks of new texts do to ids")
    parser.add_argument("--shuffles", type=int, default=0, help=argparse.SUPPRESS)
    return parser.parse_args()


def own(texts: Texts) -> tuple[Discovery, dict[str, Any]]:
    """Our way: groups as clustered, nearest theme, and with abstention."""
    start = process_time()
    ours = texts.discovery()
    cpu = round(process_time() - start, 1)
    settings = DiscoverySettings()
    number = max(len(ours.themes), 2)
    tree = resample(texts.codes, texts.digests, 0, settings.groups.tree).whole
    open_space = replace(ours.space, bars=np.full(len(ours.space.bars), -1.0))
    return ours, {
        "assigned": scored(texts.intents, ours.labels) | {"cpu_s": cpu},
        "nearest": scored(texts.intents, open_space.assign(texts.codes)[0]),
        "tree": scored(texts.intents, tree.groups(number)),
    }


def scored(intents: NDArray[np.int64], labels: NDArray[np.int64]) -> dict[str, Any]:
    """How well labels (negative: of no theme) agree with the intents."""
    return {
        "themes": len(set(labels[labels >= 0].tolist())),
        "ami": round(float(adjusted_mutual_info_score(intents, labels)), 3),
        "nmi": round(float(normalized_mutual_info_score(intents, labels)), 3),
        "ari": round(float(adjusted_rand_score(intents, labels)), 3),
        "outside": round(float((labels < 0).mean()), 3),
    }


def peer(texts: Texts, way: Callable[[Texts], NDArray[np.int64]]) -> dict[str, Any]:
    """A peer's figures."""
    start = process_time()
    labels = way(texts)
    return scored(texts.intents, labels) | {"cpu_s": round(process_time() - start, 1)}


def kmeans_words(texts: Texts) -> NDArray[np.int64]:
    """TF-IDF, reduced, k-means with the true number."""
    words = TfidfVectorizer(sublinear_tf=True, stop_words="english").fit_transform(texts.texts)
    return _kmeans(TruncatedSVD(100, random_state=0).fit_transform(words), texts)


def kmeans_meaning(texts: Texts) -> NDArray[np.int64]:
    """k-means with the true number on the encoder's vectors."""
    return _kmeans(texts.vectors, texts)


def _kmeans(rows: NDArray[Any], texts: Texts) -> NDArray[np.int64]:
    number = len(set(texts.intents.tolist()))
    return np.asarray(KMeans(number, n_init=1, random_state=0).fit_predict(rows), np.int64)


def hdbscan(texts: Texts) -> NDArray[np.int64]:
    """HDBSCAN on the encoder's vectors."""
    return np.asarray(HDBSCAN(min_cluster_size=10, copy=True).fit_predict(texts.vectors), np.int64)


def bertopic(texts: Texts, python: Path) -> dict[str, Any]:
    """BERTopic as it comes, on the encoder's vectors, run by a Python that has it; `agree`: ARI with rows reversed."""
    if not python.is_file():
        return {"absent": f"there is no {python} (`make bench-peers`, or name one with --bertopic)"}
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "texts.json").write_text(json.dumps(texts.texts))
        np.save(folder / "vectors.npy", texts.vectors)
        script = Path(__file__).with_name("bertopic_peer.py")
        variables = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        subprocess.run([str(python), str(script), name], check=True, env=variables, capture_output=True)
        told = json.loads((folder / "topics.json").read_text())
    agree = adjusted_rand_score(told["topics"], told["reversed"])
    found = scored(texts.intents, np.array(told["topics"]))
    return found | {"cpu_s": told["cpu_s"], "version": told["version"], "agree": round(float(agree), 3)}


PEERS = {"kmeans_words": kmeans_words, "kmeans_meaning": kmeans_meaning, "hdbscan": hdbscan}


def other_numbers(texts: Texts) -> tuple[dict[int, int], dict[int, dict[str, float]]]:
    """How many themes texts of fewer intents have, and whom the space of those abstains on."""
    numbers, unseen = {}, {}
    for intents in INTENTS:
        chosen = np.random.default_rng(intents).permutation(texts.intents.max() + 1)[:intents]
        mine = np.isin(texts.intents, chosen)
        found = texts.take(np.flatnonzero(mine)).discovery()
        numbers[intents] = len(found.themes)
        outside = found.space.assign(texts.codes)[0] < 0
        unseen[intents] = {
            "own": round(float(outside[mine].mean()), 3), "others": round(float(outside[~mine].mean()), 3)
        }  # fmt: skip
    return numbers, unseen


def shuffled(texts: Texts, shuffles: int) -> set[str]:
    """Fingerprints of the same texts in other orders."""
    some = texts.take(np.arange(min(SHUFFLED, len(texts))))
    draw = np.random.default_rng(os.getpid())
    return {some.take(draw.permutation(len(some))).discovery().fingerprint for _ in range(shuffles)}


def hashes(asked: argparse.Namespace) -> dict[str, Any]:
    """Distinct fingerprints over shuffles, in one process on one thread and in another on two."""
    found: set[str] = set()
    for threads in ("1", "2"):
        variables = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), threads)
        command = [sys.executable, "-m", "benchmarks.themes", "--data", str(asked.data), "--shuffles",
                   str(2 if asked.quick else SHUFFLES // 2)]  # fmt: skip
        command += ["--vectors", str(asked.vectors)] if asked.vectors else []
        told = subprocess.run(command, env=os.environ | variables, check=True, capture_output=True, text=True).stdout
        found |= set(json.loads(told))
    return {"distinct": len(found), "shuffles": 4 if asked.quick else SHUFFLES, "texts": SHUFFLED}


def show(figures: dict[str, Any]) -> None:
    """A table for people."""
    print(f"{figures['rows']} texts; {figures['tentative']} of our themes are tentative")
    for name, told in figures["found"].items():
        print(f"{name:>15}: {', '.join(f'{key} {value}' for key, value in told.items())}")
    for name in ("numbers", "unseen", "hashes"):
        print(f"{name:>15}: {figures[name]}")


if __name__ == "__main__":
    main()
