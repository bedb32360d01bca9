"""`nanni contract`: what a survey's data contract promises and how a file keeps it."""

from pathlib import Path

from cyclopts import App

from nanni.cli.app import COMMON, Common, opened
from nanni.cli.output import ERRORS, show

contract = App(name="contract", help="Data contracts: how a file keeps its survey's promises.")


@contract.command
def docs(file: Path, *, survey: str, out: Path = Path("data-docs"), common: Common = COMMON) -> None:
    """Write a Data Docs page about one file: counts by expectation, no customer's value. Nothing is ingested.

    Parameters
    ----------
    file
        The export to look at.
    survey
        Whose contract.
    out
        The folder for the page.
    """
    from nanni.contracts import document_file

    with opened(common) as parts, ERRORS.status("Checking the file against its contract ..."):
        page = document_file(parts.workspace.survey(survey), parts.workspace.folder, file, out)
    show({"page": page}, lambda screen: screen.print(f"Wrote {page}.", soft_wrap=True), common.json)
