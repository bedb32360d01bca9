"""The figures of `benchmarks.sentiment` as tables for people."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

Figures = Mapping[str, Any]
MOST_COLUMNS = 8
_TITLES = {
    "held_out": "Held out from the shipped model",
    "five_fold": "Five folds by respondent on the survey, by call rule",
    "left_out": "Domains left out",
    "unseen_domain": "The stage that saw no survey comment, on the survey",
    "cascade": "Cascade beside the encoder alone, held-out respondents",
    "speed": "Pace: comments a second by wall clock, and processor milliseconds a comment",
    "process": "A process of its own",
}


def print_tables(figures: Figures, screen: Console | None = None) -> None:
    """One table for each set of each part."""
    shown = screen or Console(highlight=False, width=max(Console().width, 120))
    for part, found in figures.items():
        title = _TITLES.get(part, part)
        if part == "left_out":
            for recipe, domains in found.items():
                shown.print(_left_out(f"{title}: {recipe}", domains))
        elif part == "held_out":
            for name, methods in found.items():
                shown.print(_methods(f"{title}: {name}", methods))
        else:
            shown.print(_methods(title, found))


def _methods(title: str, found: Figures) -> Table:
    """A line a method (or a figure that stands alone), a column a measure; the other way round for many measures."""
    lines = {name: dict(_measures(value)) if isinstance(value, dict) else {"": number(value)}
             for name, value in found.items()}  # fmt: skip
    columns = list(dict.fromkeys(column for line in lines.values() for column in line))
    if len(columns) > MOST_COLUMNS:
        table = _table(title, ["", *lines])
        for column in columns:
            table.add_row(column, *(line.get(column, "") for line in lines.values()))
        return table
    table = _table(title, ["", *columns])
    for name, line in lines.items():
        table.add_row(name.replace("_", " "), *(line.get(column, "") for column in columns))
    return table


def _measures(scores: Figures) -> Iterator[tuple[str, str]]:
    for key, value in scores.items():
        if key.endswith(("_low", "_high")):
            continue
        low, high = scores.get(f"{key}_low"), scores.get(f"{key}_high")
        interval = "" if low is None or high is None else f" ({number(low)}-{number(high)})"
        yield key.replace("_", " "), number(value) + interval
    if "ece_of_perfect_low" in scores:
        yield "ECE if perfect", f"{number(scores['ece_of_perfect_low'])}-{number(scores['ece_of_perfect_high'])}"


def _left_out(title: str, domains: Figures) -> Table:
    """A line a domain: ours beside VADER's, and which of the two measures are behind."""
    measures = {"macro_recall": "macro recall", "negative_auc": "negative AUC"}
    columns = [shown for name in measures.values() for shown in (name, "VADER")]
    table = _table(title, ["", "rows", *columns, "behind in"])
    for name, scores in domains.items():
        ours, vader = scores["encoder"], scores["vader"]
        pairs = [number(method[measure]) for measure in measures for method in (ours, vader)]
        behind = [shown for measure, shown in measures.items() if ours[measure] <= vader[measure]]
        table.add_row(name.replace("_", " "), number(scores["rows"]), *pairs, ", ".join(behind) or "nothing")
    return table


def _table(title: str, columns: list[str]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for place, column in enumerate(columns):
        table.add_column(column, justify="right" if place else "left")
    return table


def number(value: float | None) -> str:
    """A figure with as many digits as it deserves."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.3f}"
