"""Labels that people gave survey comments, several a comment: `python -m benchmarks.survey_themes --data FOLDER`.

FOLDER holds `nhs_fft_neas.csv.gz` (one ambulance trust; not part of this repository). Three tenths of the respondents
are held out; `models.theme_head` learns from the others. Themes that fewer than 20 comments have are left out.

Keys of the JSON line: `train`, `test` (comments), `themes`; `micro_f1`, `macro_f1`; `without_unlabelled`: the same
without the label "Labelling not possible", which is no theme and easy to tell; `by_theme`: comments in the test part
and F1; `cpu_s`. The authors of the data (The-Strategy-Unit/pxtextmining) state for 32 themes, over several trusts and
about three times the comments, so not on the same rows: SVC micro .71, macro .64; their best ensemble .77 and .71.
"""

import argparse
import json
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import f1_score
from sklearn.model_selection import GroupShuffleSplit

from models.adapters.onnx_encoder import OnnxEncoder
from models.theme_head import LabelledTexts, ThemeHead

FEWEST, NO_THEME = 20, "Labelling not possible"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Themes of survey comments, several a comment.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--quick", action="store_true", help="2,000 comments")
    asked = parser.parse_args()
    texts, labels, names = read(asked.data, 2_000 if asked.quick else None)
    start = process_time()
    split = GroupShuffleSplit(1, test_size=0.3, random_state=0)
    train, test = next(split.split(texts.texts, groups=texts.groups))
    said = ThemeHead(part(texts, train), labels[train]).labels(part(texts, test))
    figures: dict[str, Any] = {"train": len(train), "test": len(test), "themes": len(names)}
    figures |= scored(labels[test], said)
    real = [at for at, name in enumerate(names) if name != NO_THEME]
    figures["without_unlabelled"] = scored(labels[test][:, real], said[:, real])
    figures["by_theme"] = {
        name: [int(labels[test][:, at].sum()), round(_f1(labels[test][:, at], said[:, at], "binary"), 2)]
        for at, name in enumerate(names)
    }
    figures["cpu_s"] = round(process_time() - start, 1)
    for name, told in figures.items():
        print(f"{name:>20}: {told}")
    print(json.dumps(figures))


def read(folder: Path, most: int | None) -> tuple[LabelledTexts, NDArray[np.bool_], list[str]]:
    """Comments, their labels, and the labels' names."""
    frame = pd.read_csv(folder / "nhs_fft_neas.csv.gz", dtype=str)
    frame = frame[frame["FFT answer"].fillna("").str.strip().ne("")][:most]
    columns = list(frame.columns)
    columns = columns[columns.index("Not assigned") + 1 :]
    given = frame[columns].apply(pd.to_numeric, errors="coerce").fillna(0).gt(0)
    names = [name for name in columns if given[name].to_numpy().sum() >= FEWEST]
    answers = frame["FFT answer"].tolist()
    known = (frame["FFT question"].fillna("") + "|" + frame["Service type 1"].fillna("")).tolist()
    groups = frame["Respondent ID"].fillna("").tolist()
    return LabelledTexts(answers, OnnxEncoder().vectors(answers), known, groups), given[names].to_numpy(bool), names


def part(texts: LabelledTexts, rows: NDArray[np.intp]) -> LabelledTexts:
    """These rows."""
    return LabelledTexts(
        [texts.texts[at] for at in rows], texts.vectors[rows], [texts.known[at] for at in rows],
        [texts.groups[at] for at in rows],
    )  # fmt: skip


def scored(truth: NDArray[np.bool_], said: NDArray[np.bool_]) -> dict[str, float]:
    """Micro and macro F1."""
    return {f"{average}_f1": round(_f1(truth, said, average), 3) for average in ("micro", "macro")}


def _f1(truth: NDArray[np.bool_], said: NDArray[np.bool_], average: str) -> float:
    return float(f1_score(truth, said, average=average, zero_division=0))


if __name__ == "__main__":
    main()
