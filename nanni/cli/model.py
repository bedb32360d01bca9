"""`nanni model`: how well the sentiment model reads a team's own comments."""

from pathlib import Path
from typing import TYPE_CHECKING

from cyclopts import App
from rich.console import Console

from feedback.errors import ConfigError
from models.sentiment import Sentiment
from nanni.cli.app import COMMON, Common
from nanni.cli.output import ERRORS, show, table

if TYPE_CHECKING:
    from models.evaluate import Comparison, MethodResult

model = App(name="model", help="The sentiment model: evaluate it on your own labelled comments.")


@model.command
def evaluate(
    file: Path,
    *,
    text: str,
    label: str,
    question: str | None = None,
    group: str | None = None,
    language: str | None = None,
    map: str = "",
    name: str = "default",
    baselines: bool = True,
    common: Common = COMMON,
) -> None:
    """Score a labelled CSV file with the model, beside VADER and TF-IDF with logistic regression.

    Parameters
    ----------
    file
        A CSV file (also .gz) with one comment a row.
    text
        The column of the comments.
    label
        The column of the labels.
    question
        The column of the question each comment answers.
    group
        The column that names the respondent: one person's rows stay together.
    language
        The column of the language.
    map
        What labels mean, for example '1=positive,3=neutral,5=negative'.
    name
        Which model: default, or the name or folder of a Hugging Face model (torch extra).
    baselines
        Also measure the two baselines.
    """
    from models.adapters.evaluation import compare, read_labelled
    from nanni.parts import load_model
    from nanni.settings import SentimentModelChoice

    comments = read_labelled(
        file, text=text, label=label, mapping=meanings(map), question=question, group=group, language=language
    )
    with ERRORS.status(f"Scoring {len(comments):,} comments ..."):
        found = compare(comments, load_model(SentimentModelChoice(model=name)), baselines=baselines)
    show(found.as_document(), lambda screen: _draw(screen, found), common.json)


def meanings(map: str) -> dict[str, Sentiment]:
    """What `--map` says. Raises ConfigError."""
    from models.evaluate import parse_mapping

    try:
        return parse_mapping(map)
    except ValueError as error:
        raise ConfigError(str(error), where="--map", next_step="for example --map '1=positive,5=negative'") from error


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
