"""`nanni ingest`: take survey files through the walk."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from models.drift import DriftState
from nanni.cli.app import COMMON, Common, opened
from nanni.cli.output import ERRORS, outcomes, show, table
from nanni.quiet import output_to

if TYPE_CHECKING:
    from nanni.parts import Parts


def ingest(
    path: Path | None = None, *, survey: str | None = None, direct: bool = False, common: Common = COMMON
) -> None:
    """Ingest survey files: every complete new file of the inboxes, or one named file.

    Parameters
    ----------
    path
        One file to take (with --survey); without it the inboxes of all surveys are looked through.
    survey
        Only this survey's files.
    direct
        Run the same steps in this process without Prefect.
    """
    from nanni.upkeep import look_after

    with opened(common) as parts:
        waiting = _waiting(parts, survey, path)
        log = parts.workspace.settings.state / "prefect.log"
        folder = parts.workspace.folder
        try:
            if direct:
                results = _direct(parts, waiting)
            else:
                parts.close()
                results = _with_prefect(folder, waiting, log)
        finally:
            look_after(parts)  # also without a new file, and when one of them is bad: waits end and storms pass
    show(results, lambda screen: _draw(screen, results), common.json)


def _waiting(parts: "Parts", survey: str | None, path: Path | None) -> list[tuple[str, Path]]:
    from nanni.intake import waiting_files

    return waiting_files(parts, survey, path)


def _progress(screen: Console) -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=screen,
        transient=True,
    )


def _direct(parts: "Parts", waiting: list[tuple[str, Path]]) -> list[dict[str, Any]]:
    from nanni.ingestion import ingest_file
    from nanni.intake import take_all

    with _progress(ERRORS) as progress:
        files = progress.add_task("Files", total=len(waiting))
        rows = progress.add_task("Rows", total=None)

        def one(survey: str, file: Path) -> dict[str, Any]:
            progress.update(files, description=f"Files ({file.name})")
            taken = ingest_file(parts, parts.workspace.survey(survey), file, lambda n: progress.advance(rows, n))
            progress.advance(files)
            return taken.summary()

        return take_all(waiting, one)


def _with_prefect(folder: Path, waiting: list[tuple[str, Path]], log: Path) -> list[dict[str, Any]]:
    """Run the flow. Prefect's own output goes to the log; the screen says what starts, so that nothing looks hung."""
    with output_to(log) as real_stderr:
        screen = Console(file=real_stderr, force_terminal=sys.stderr.isatty() or None)
        with _progress(screen) as progress:
            step = progress.add_task("Starting Prefect (the first time takes up to a minute) ...", total=None)
            from flows.ingest_responses import ingest_responses
            from nanni.early import import_early
            from nanni.intake import take_all

            import_early()
            progress.update(step, description="Files", total=len(waiting))

            def one(survey: str, file: Path) -> dict[str, Any]:
                progress.update(step, description=f"Files ({file.name})")
                result: dict[str, Any] = ingest_responses(str(folder), survey, str(file))[0]
                progress.advance(step)
                return result

            return take_all(waiting, one)


def _draw(screen: Console, results: list[dict[str, Any]]) -> None:
    if not results:
        screen.print(
            "No new complete files in the inboxes. Next: put an export there, or `nanni ingest FILE --survey ID`."
        )
        return
    rows = [
        [
            result["file"],
            result["survey"],
            f"{result['received']:,}",
            "already ingested: nothing done" if result["already_ingested"] else outcomes(result["counts"]),
        ]
        for result in results
    ]
    screen.print(table("Ingested", ["file", "survey", "rows", "what became of them"], rows, right=["rows"]))
    for result in results:
        if (drift := result.get("drift")) and drift["state"] == DriftState.ALARM:
            screen.print(f"{result['file']}: {drift['state']}; `nanni doctor` says more.")
    screen.print("Next: `nanni tickets list`, `nanni why RESPONSE`, `nanni quarantine list`, `nanni audit`.")
