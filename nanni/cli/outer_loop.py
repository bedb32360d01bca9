"""`nanni outer-loop`: closed tickets into the warehouse that notebooks read, and what rose in it."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from cyclopts import App
from rich.console import Console

from nanni.cli.app import COMMON, Common, opened
from nanni.cli.drivers import causes, drivers, repeats
from nanni.cli.initiatives import initiatives
from nanni.cli.monthly import report, summary
from nanni.cli.operations import nowcast, operations
from nanni.cli.output import ERRORS, show, table
from nanni.cli.themes import themes

if TYPE_CHECKING:
    from outerloop.alarm_reports import Alarm, Watch

outer_loop = App(name="outer-loop", help="What closed tickets teach: refresh the warehouse, see the themes.")
outer_loop.command(initiatives)
outer_loop.command(themes)
for verb in (drivers, causes, repeats, report, summary, operations, nowcast):
    outer_loop.command(verb)


@outer_loop.command
def refresh(*, whole: bool = False, common: Common = COMMON) -> None:
    """Bring the warehouse up to date and swap it in.

    Parameters
    ----------
    whole
        Read everything anew, not only what changed. Both give the same.
    """
    from nanni.outer_loop import refresh as rebuild

    with opened(common) as parts, ERRORS.status("Writing facts ..."):
        report = rebuild(parts, whole)
    rows = [[name, count] for name, count in report["rows"].items()]
    hint = f"Next: open notebooks/01_outer_loop.ipynb with NANNI_WAREHOUSE={report['path']}"

    def draw(screen: Console) -> None:
        name = "Warehouse, written anew" if report["whole"] else "Warehouse, brought up to date"
        screen.print(table(name, ["table", "rows"], rows, right=["rows"]))
        screen.print(hint, soft_wrap=True)

    show(report, draw, common.json)


@outer_loop.command
def export(folder: Path, *, common: Common = COMMON) -> None:
    """Write every table of the warehouse as a Parquet file.

    Parameters
    ----------
    folder
        Where to; files of an earlier export there are replaced.
    """
    from nanni.outer_loop import export as write

    with opened(common) as parts:
        found = write(parts, folder)
    rows: list[list[object]] = [[f"{name}.parquet", count] for name, count in found.items()]
    told = {"folder": str(folder), "rows": dict(found)}
    show(told, lambda screen: screen.print(table(f"In {folder}", ["file", "rows"], rows, right=["rows"])), common.json)


@outer_loop.command
def alarms(
    *,
    grain: Literal["week", "month", "quarter"] = "week",
    by: tuple[str, ...] = ("survey",),
    baseline: int = 12,
    q: float = 0.1,
    least: int = 5,
    until: date | None = None,
    last: int = 1,
    season: bool | None = None,
    common: Common = COMMON,
) -> None:
    """Themes whose share of responses rose in the latest whole period above that of the past.

    Parameters
    ----------
    grain
        Length of a period.
    by
        Segments to look into besides everybody: survey, channel, language, or an attribute of responses.
    baseline
        Compare with so many whole periods before, where there is no season.
    q
        The share of alarms that may be false.
    least
        Mentions a theme needs over all those periods to be tested.
    until
        Ask as of this day: later periods are left out.
    last
        Ask about so many whole periods, all judged together.
    season
        Compare with the same time of earlier years instead of the periods before; needs more than a year of the past.
        Without a word it is so from two years on.
    """
    from nanni.outer_loop import alarms as ask
    from outerloop.alarms import AlarmRule
    from outerloop.reports import Grain

    with opened(common) as parts:
        found = ask(parts, Grain(grain), by, AlarmRule(q, baseline, least), until, last, season)
    show(found, lambda screen: _draw(screen, found), common.json)


def _draw(screen: Console, found: "Watch") -> None:
    if found.period is None:
        screen.print(f"No {found.grain} is whole yet: nothing to compare.")
        return
    when = f"{found.grain} from {found.period}" if found.since == found.period else f"{found.grain}s from {found.since}"
    past = (
        f"the same time of year since {found.baseline_from}" if found.seasonal else f"those from {found.baseline_from}"
    )
    screen.print(
        f"{when}, against {past}: {found.tested} of {found.rows} "
        f"themes in segments had enough mentions to be tested; at most {found.q:.0%} of alarms are false.",
        soft_wrap=True,
    )
    if not found.alarms:
        screen.print("No theme rose more than chance explains.")
        return
    columns = [str(found.grain), "theme", "segment", "mentions", "before", "expected", "times [95 %]", "q"]
    screen.print(table("Alarms", columns, [_row(alarm) for alarm in found.alarms], right=["expected", "q"]))
    screen.print("Read, most negative first (`nanni explain ID`):")
    for alarm in found.alarms:
        screen.print(f"  {alarm.name}: {', '.join(one.response_id for one in alarm.verbatims)}", soft_wrap=True)


def _row(alarm: "Alarm") -> list[object]:
    times = "new" if alarm.ratio is None else f"{alarm.ratio:.1f}"
    high = "…" if alarm.high is None else f"{alarm.high:.1f}"
    return [
        alarm.period,
        alarm.name,
        alarm.segment if alarm.kind == "all" else f"{alarm.kind} {alarm.segment}",
        f"{alarm.mentions} of {alarm.responses} ({alarm.share:.1%})",
        f"{alarm.baseline_mentions} of {alarm.baseline_responses} ({alarm.baseline_share:.1%})",
        f"{alarm.expected:.1f}",
        f"{times} [{alarm.low:.1f}, {high}]",
        f"{alarm.q:.3f}",
    ]
