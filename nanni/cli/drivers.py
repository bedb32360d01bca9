"""`nanni outer-loop drivers`, `causes` and `repeats`: what moves the score, why, and who comes back."""

from typing import TYPE_CHECKING, Any

from rich.console import Console

from nanni.cli.app import COMMON, Common, opened
from nanni.cli.output import show, table

if TYPE_CHECKING:
    import pandas as pd

    from nanni.drivers import Drives


def drivers(
    *, level: int = 1, survey: str | None = None, seed: int = 1, resamples: int = 1000, common: Common = COMMON
) -> None:
    """What each theme moves the NPS by, its relative weight, and whether it only costs, only brings, or both.

    Parameters
    ----------
    level
        Themes of this level; 1 is the top.
    survey
        Only this survey's answers.
    seed
        Decides which customers are drawn for the intervals; the same seed gives the same figures.
    resamples
        How often they are drawn.
    """
    from nanni.documents.outer_loop import drives_document
    from nanni.drivers import drivers as ask

    with opened(common) as parts:
        found = ask(parts, level, survey, seed, resamples)
    show(drives_document(found), lambda screen: _draw_drivers(screen, found), common.json)


def causes(*, level: int = 1, top: int = 20, common: Common = COMMON) -> None:
    """Which root causes of closed tickets go with which themes more often than chance.

    Parameters
    ----------
    level
        Themes of this level; 1 is the top.
    top
        At most so many pairs for people; `--json` has them all.
    """
    from nanni.documents.outer_loop import records
    from nanni.drivers import causes as ask

    with opened(common) as parts:
        found = ask(parts, level)
    show(records(found), lambda screen: _draw_causes(screen, found.head(top)), common.json)


def repeats(*, level: int = 1, days: int = 90, common: Common = COMMON) -> None:
    """How many customers come back with a theme after it was resolved for them.

    Parameters
    ----------
    level
        Themes of this level; 1 is the top.
    days
        Within so many days after the resolution.
    """
    from nanni.documents.outer_loop import records
    from nanni.drivers import repeats as ask

    with opened(common) as parts:
        found = ask(parts, level, days)
    show(records(found), lambda screen: _draw_repeats(screen, found, days), common.json)


def _draw_drivers(screen: Console, found: "Drives") -> None:
    from nanni.documents.outer_loop import records

    if found.themes.empty:
        screen.print("No answer on an NPS scale names a theme yet.")
        return
    sides = found.kinds.set_index("theme")
    rows = []
    for line in records(found.themes):
        side = sides.loc[line["theme"]]
        rows.append([
            line["name"], line["answers"], _span(line, "impact", "low", "high"), _percents(line, "weight", "weight_"),
            _points(side.penalty), _points(side.reward), side["kind"],
        ])  # fmt: skip
    columns = ["theme", "answers", "moves NPS by [95 %]", "of variance [95 %]", "penalty", "reward", "kind"]
    screen.print(table("What moves the score", columns, rows, right=["answers", "penalty", "reward"]))
    screen.print(
        f"Together themes explain {found.explained:.0%} of the variance. Penalty and reward: NPS points of answers "
        "that name it negatively or positively, against those that do not name it. None of this shows a cause.",
        soft_wrap=True,
    )


def _draw_causes(screen: Console, found: "pd.DataFrame") -> None:
    from nanni.documents.outer_loop import records

    columns = ["theme", "root cause", "closed", "expected", "times as often [95 %]", ""]
    rows = [
        [line["name"], line["root_cause"], line["closed"], f"{line['expected']:.1f}",
         f"{line['lift']:.1f} [{line['low']:.1f}, {line['high']:.1f}]",
         "more than chance" if line["low"] > 1 else "less" if line["high"] < 1 else ""]
        for line in records(found)
    ]  # fmt: skip
    told = table("Causes that go with themes", columns, rows, right=["closed", "expected"])
    screen.print(told if rows else "No closed ticket has a theme and a cause yet.")


def _draw_repeats(screen: Console, found: "pd.DataFrame", days: int) -> None:
    from nanni.documents.outer_loop import records

    columns = ["theme", "helped", "came back", "of all [95 %]", "answered again", "of those [95 %]", "too recent"]
    rows = [
        [line["name"], line["resolved"], line["came_back"], _percents(line, "share", ""), line["answered"],
         _percents(line, "answering_share", "answering_"), line["too_recent"]]
        for line in records(found)
    ]  # fmt: skip
    right = ["helped", "came back", "answered again", "too recent"]
    told = table(f"Customers who came back with a theme within {days} days", columns, rows, right=right)
    screen.print(told if rows else "No ticket with a theme and a known customer was resolved yet.")


def _span(line: dict[str, Any], value: str, low: str, high: str) -> str:
    told = line[value]
    return "–" if told is None else f"{told:+.1f} [{line[low]:+.1f}, {line[high]:+.1f}]"


def _percents(line: dict[str, Any], value: str, prefix: str) -> str:
    told = line[value]
    return "–" if told is None else f"{told:.1%} [{line[f'{prefix}low']:.1%}, {line[f'{prefix}high']:.1%}]"


def _points(value: float) -> str:
    return "–" if value != value else f"{round(value):+d}"
