"""`nanni model`: how well the sentiment model reads a team's own comments."""

from pathlib import Path
from typing import TYPE_CHECKING

from cyclopts import App
from rich.console import Console

from models.sentiment import Sentiment
from nanni.cli.app import COMMON, Common
from nanni.cli.labels import Labels
from nanni.cli.output import ERRORS, show, table

if TYPE_CHECKING:
    from models.evaluate import Comparison, MethodResult

model = App(name="model", help="The sentiment model: evaluate it on your own labelled comments.")


@model.command
def evaluate(
    file: Path,
    *,
    labels: Labels,
    group: str | None = None,
    name: str = "default",
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
        Which model: default, or the name or folder of a Hugging Face model (torch extra).
    baselines
        Also measure the two baselines.
    """
    from models.adapters.evaluation import compare
    from nanni.parts import load_model
    from nanni.settings import SentimentModelChoice

    comments = labels.read(file, group)
    with ERRORS.status(f"Scoring {len(comments):,} comments ..."):
        found = compare(comments, load_model(SentimentModelChoice(model=name)), baselines=baselines)
    show(found.as_document(), lambda screen: _draw(screen, found), common.json)


def _draw(screen: Console, found: "Comparison") -> None:
    columns = ["method", "accuracy", "macro F1 (95 %)", "negative recall (95 %)", "ECE", "Brier", "comments/s"]
    screen.print(table("", columns, [_row(result) for result in found.results], right=columns[1:]))
    for result in found.results:
        told = "; ".join(
            f"{name} P {s.precision:.2f} R {s.recall:.2f} F1 {s.f1:.2f} (n {s.support})"
            for name, s in result.report.classes.items()
        )
        screen.print(f"  {result.method}: {told}", soft_wrap=True)
    unscored = ", ".join(f"{count} {reason.value}" for reason, count in found.unscored.items())
    screen.print(f"{found.rows:,} rows{f'; not scored: {unscored}' if unscored else ''}.")
    for method, reason in found.skipped.items():
        screen.print(f"  {method} was left out: {reason}", soft_wrap=True)


def _row(result: "MethodResult") -> list[str]:
    report = result.report
    low, high = result.macro_f1_interval
    least, most = result.negative_recall_interval
    recall = report.classes[Sentiment.NEGATIVE].recall
    return [
        result.method,
        f"{report.accuracy:.3f}",
        f"{report.macro_f1:.3f} ({low:.2f}-{high:.2f})",
        f"{recall:.3f} ({least:.2f}-{most:.2f})",
        "-" if report.ece is None else f"{report.ece:.3f}",
        "-" if report.brier is None else f"{report.brier:.3f}",
        f"{result.comments_per_second:,.0f}",
    ]
