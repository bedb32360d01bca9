"""`nanni demo`: a year of a fictional company from export to outer loop, in one command."""

import sys
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from nanni.cli.app import JsonFlag
from nanni.cli.output import ERRORS, SCREEN, show
from nanni.quiet import output_to

if TYPE_CHECKING:
    from nanni.demo.play import Year
    from nanni.parts import Parts

SOURCE = Path(__file__).parents[2] / "data" / "demo"


def demo(directory: Path = Path("demo"), *, direct: bool = False, json: JsonFlag = False) -> None:
    """Play the demo year of Larkmoor Home, a fictional homeware retailer, and say what to look at next.

    Parameters
    ----------
    directory
        Where its workspace is made; an earlier demo there is replaced.
    direct
        Without Prefect: the same steps in this process.
    """
    from nanni.demo.play import fresh_workspace

    began = time.monotonic()
    folder = fresh_workspace(SOURCE, directory.resolve())
    log = folder / "state" / "prefect.log"
    (ERRORS if json else SCREEN).print(
        "Larkmoor Home, four surveys, one year of exports: ingest, tickets and their lives, outer loop."
    )
    with output_to(log) as real_stderr:
        screen = Console(file=real_stderr, force_terminal=sys.stderr.isatty() or None)
        year = _play(folder, direct, screen)
        warehouse = _refresh(folder, direct)
    from nanni.demo.report import report, summary

    told = summary(year, warehouse, time.monotonic() - began)
    show(told, lambda screen: report(screen, told, directory), json)


def _wire(folder: Path) -> "tuple[Parts, Any]":
    """The parts once, and a function that sets their clock."""
    from nanni.wiring import wire

    parts = wire(folder)

    def at(now: datetime) -> "Parts":
        parts.clock = lambda: now
        return parts

    return parts, at


def _play(folder: Path, direct: bool, screen: Console) -> "Year":
    from nanni.demo.exports import MONTHS
    from nanni.demo.play import Year

    columns = (
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
    )  # fmt: skip
    with Progress(*columns, console=screen, transient=True) as progress:
        starting = "Loading the model" if direct else "Starting Prefect (up to a minute the first time)"
        task = progress.add_task(starting, total=len(MONTHS) + 1)
        parts, at = _wire(folder)
        year = Year(SOURCE, folder, at, _direct(parts, at) if direct else _flow(folder, parts))
        for month in year.play():
            progress.update(task, advance=1, description=f"Played {month}")
        parts.close()
    return year


def _flow(folder: Path, parts: "Parts") -> Any:
    from flows.ingest_responses import ingest_responses
    from flows.runtime import sharing
    from nanni.early import import_early

    import_early()

    def one_month(now: datetime) -> Any:
        with sharing(parts):
            return ingest_responses(str(folder), now=now.isoformat())

    return one_month


def _direct(parts: "Parts", at: Any) -> Any:
    from nanni.ingestion import ingest_file
    from nanni.intake import take_all, waiting_files
    from nanni.upkeep import look_after

    def one_month(now: datetime) -> list[dict[str, Any]]:
        at(now)
        waiting = waiting_files(parts, None, None)
        taken = take_all(waiting, lambda name, file: ingest_file(parts, parts.workspace.survey(name), file).summary())
        look_after(parts)
        return taken

    return one_month


def _refresh(folder: Path, direct: bool) -> dict[str, Any]:
    from nanni.demo.exports import MONTHS, exported_at
    from nanni.demo.play import AFTERWARDS

    now = exported_at(MONTHS[-1]) + AFTERWARDS
    if not direct:
        from flows.refresh_outer_loop import refresh_outer_loop

        return refresh_outer_loop(str(folder), now=now.isoformat())
    from nanni.outer_loop import refresh

    parts, at = _wire(folder)
    written = refresh(at(now))
    parts.close()
    return written
