"""`nanni model`: how well the sentiment model reads a team's own comments."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from cyclopts import App
from rich.console import Console

from models.sentiment import CLASSES, Sentiment
from nanni.cli.app import COMMON, Common
from nanni.cli.labels import Labels
from nanni.cli.output import ERRORS, show, table

if TYPE_CHECKING:
    from models.evaluate import Comparison, MethodResult
    from nanni.settings import SentimentModelChoice

model = App(name="model", help="The sentiment model: evaluate it on your own labelled comments.")


@model.command
def evaluate(
    file: Path,
    *,
    labels: Labels,
    group: str | None = None,
    name: str | None = None,
    baselines: bool = True,
    common: Common = COMMON,
) -> None:
    """Score a labelled CSV file with the model, beside VADER and TF-IDF with logistic regression.

    Parameters
    ----------
    file
        A CSV file (also .gz) with one comment a row.
    group
        The column that names the respondent: one person's rows stay together.
    name
        Which model: default (shipped), a folder that `nanni model train` wrote, or a Hugging Face name or folder (torch
        extra). Without it the workspace's, as its nanni.yaml names it; outside of a workspace the shipped one.
    baselines
        Also measure the two baselines.
    """
    from models.adapters.evaluation import compare
    from nanni.parts import load_model

    comments, choice = labels.read(file, group), _choice(name, common.workspace)
    with ERRORS.status(f"Scoring {len(comments):,} comments ..."):
        found = compare(comments, load_model(choice), baselines=baselines)
    show(found.as_document(), lambda screen: _draw(screen, found), common.json)


def _choice(name: str | None, workspace: Path | None) -> "SentimentModelChoice":
    from nanni.settings import SentimentModelChoice, is_workspace, load_settings

    if name is None and (workspace is not None or is_workspace(None)):
        return load_settings(workspace, os.environ).file.sentiment
    return SentimentModelChoice(model=name or "default")


def _draw(screen: Console, found: "Comparison") -> None:
    columns = ["method", "accuracy", "macro F1 (95 %)", "ECE", "Brier", "per second"]
    screen.print(table("", columns, [_row(result) for result in found.results], right=columns[1:]))
    for result in found.results:
        columns = ["truth", *CLASSES, "precision", "recall (95 %)", "F1"]
        title = f"{result.method}: true class (down), called class (across)"
        screen.print(table(title, columns, _class_rows(result), right=columns[1:]))
    unscored = ", ".join(f"{count} {reason.value}" for reason, count in found.unscored.items())
    screen.print(f"{found.rows:,} rows{f'; not scored: {unscored}' if unscored else ''}.")
    for method, reason in found.skipped.items():
        screen.print(f"  {method} was left out: {reason}", soft_wrap=True)


def _row(result: "MethodResult") -> list[str]:
    report = result.report
    low, high = result.macro_f1_interval
    return [
        result.method,
        f"{report.accuracy:.3f}",
        f"{report.macro_f1:.3f} ({low:.2f}-{high:.2f})",
        "-" if report.ece is None else f"{report.ece:.3f}",
        "-" if report.brier is None else f"{report.brier:.3f}",
        f"{result.comments_per_second:,.0f}",
    ]


def _class_rows(result: "MethodResult") -> Iterator[list[str]]:
    """One line a class: how its rows were called, and its scores."""
    low, high = result.negative_recall_interval
    for (name, score), called in zip(result.report.classes.items(), result.report.confusion, strict=True):
        interval = f" ({_hundredths(low)}-{_hundredths(high)})" if name is Sentiment.NEGATIVE else ""
        scores = [f"{score.precision:.3f}", f"{score.recall:.3f}{interval}", f"{score.f1:.3f}"]
        yield [name.value, *(f"{count:,}" for count in called), *scores]


def _hundredths(share: float) -> str:
    """A share as .97 or 1.00, so that the table fits a narrow screen."""
    return f"{share:.2f}".removeprefix("0")
