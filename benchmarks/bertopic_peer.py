"""BERTopic as it comes, in an environment of its own: `.bench-peers/bin/python benchmarks/bertopic_peer.py FOLDER`.

FOLDER holds `texts.json` (a list) and `vectors.npy` (a row a text). `topics.json` is written beside them: `topics` of
the rows, `reversed` of the same rows given last to first (in the first's order), `cpu_s` of the first, `version`. It
imports nothing of Nanni, since that environment has none of its libraries. `benchmarks.themes` runs it.
"""

import json
import sys
from importlib.metadata import version
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np


def main(folder: Path) -> None:
    """Fit twice and write."""
    from bertopic import BERTopic  # type: ignore[import-not-found]  # in the benchmark's own environment only

    texts, vectors = json.loads((folder / "texts.json").read_text()), np.load(folder / "vectors.npy")

    def topics(words: list[str], rows: Any) -> list[int]:
        return [int(one) for one in BERTopic(embedding_model=None).fit_transform(words, rows)[0]]

    start = process_time()
    found = topics(texts, vectors)
    cpu = round(process_time() - start, 1)
    other = topics(texts[::-1], vectors[::-1])[::-1]
    told = {"topics": found, "reversed": other, "cpu_s": cpu, "version": version("bertopic")}
    (folder / "topics.json").write_text(json.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
