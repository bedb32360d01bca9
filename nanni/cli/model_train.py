"""`nanni model train`: a model of a team's own from its labelled comments."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from feedback.errors import ConfigError
from models.sentiment import Sentiment
from nanni.cli.app import COMMON, Common
from nanni.cli.labels import Labels
from nanni.cli.model_contract import model
from nanni.cli.output import ERRORS, show, table

if TYPE_CHECKING:
    from models.adapters.own_model import OwnModel

__all__ = ["model", "train"]


@model.command
def train(
    file: Path,
    *,
    labels: Labels,
    out: Path,
    group: str | None = None,
    name: str = "own-sentiment",
    threads: int = 2,
    anyway: bool = False,
    common: Common = COMMON,
) -> None:
    """Learn from your own labelled comments: a head on the shipped encoder, kept only if it is better.

    One respondent in four is held out; the new model is written when its macro F1 there is higher than the shipped
    model's, beyond chance (95 %). Then name the folder in nanni.yaml: `sentiment: {model: FOLDER}`.

    Parameters
    ----------
    file
        A CSV file (also .gz) with one comment a row.
    out
        The folder to write, new or empty.
    group
        The column that names the respondent: one person's rows stay together.
    name
        What model ids call it.
    threads
        Comments scored at a time.
    anyway
        Write it although the held-out comments do not show that it is better.
    """
    from models.adapters.onnx_sentiment import DEFAULT_ARTIFACT
    from models.adapters.own_model import train_own, write_own

    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ConfigError("not an empty folder", where=str(out), next_step="name a new or empty folder with --out")
    comments = labels.read(file, group)
    with ERRORS.status(f"Reading {len(comments):,} comments ..."):
        made = train_own(comments, DEFAULT_ARTIFACT, threads)
    kept = made.better or anyway
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    model_id = write_own(made, DEFAULT_ARTIFACT, out, name, digest) if kept else None
    show(_data(made, model_id, out), lambda screen: _draw(screen, made, model_id, out), common.json)
    if not kept:
        raise SystemExit(1)


def _data(made: "OwnModel", model_id: str | None, out: Path) -> dict[str, Any]:
    from models.evaluate import document

    return {
        "model": model_id,
        "folder": out if model_id else None,
        "better": made.better,
        "macro_f1_gain": list(made.gain),
        "learnt": made.learnt,
        "judged": made.judged,
        "methods": [document(result) for result in (made.own, made.shipped)],
    }


def _draw(screen: Console, made: "OwnModel", model_id: str | None, out: Path) -> None:
    columns = ["method", "macro F1 (95 %)", "negative recall (95 %)", "ECE", "Brier"]
    rows = []
    for result in (made.own, made.shipped):
        report, (low, high), (least, most) = result.report, result.macro_f1_interval, result.negative_recall_interval
        recall = report.classes[Sentiment.NEGATIVE].recall
        rows.append(
            [
                result.method,
                f"{report.macro_f1:.3f} ({low:.2f}-{high:.2f})",
                f"{recall:.3f} ({least:.2f}-{most:.2f})",
                f"{report.ece or 0:.3f}",
                f"{report.brier or 0:.3f}",
            ]
        )
    title = f"Learnt from {made.learnt:,} comments, judged on {made.judged:,} of other respondents"
    screen.print(table(title, columns, rows, right=columns[1:]))
    low, high = made.gain
    screen.print(f"Macro F1 gained: {low:+.3f} to {high:+.3f} (95 %).")
    if model_id is None:
        told = (
            "Nothing was written: that does not show that it is better. More labels may; --anyway writes it as it is."
        )
    else:
        told = f"Wrote {model_id} to {out}. Next: `sentiment: {{model: {out}}}` in nanni.yaml, then `nanni check`."
    screen.print(told, soft_wrap=True)
