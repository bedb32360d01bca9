"""`nanni quarantine`: rows that are not trusted yet."""

from cyclopts import App
from rich.console import Console
from rich.text import Text

from feedback.ports import QuarantinedRow
from nanni.cli.app import COMMON, Common, opened
from nanni.cli.output import outcomes, show, table
from nanni.cli.verbatim import printable
from nanni.documents.plain import plain

quarantine = App(name="quarantine", help="Rows that could not be trusted: look, mend the mapping, release.")


@quarantine.command(name="list")
def list_rows(*, survey: str | None = None, released: bool = False, limit: int = 50, common: Common = COMMON) -> None:
    """List quarantined rows, oldest first.

    Parameters
    ----------
    survey
        Only this survey's.
    released
        Also those taken up again.
    limit
        At most so many.
    """
    with opened(common) as parts, parts.ledger.read() as uow:
        rows = list(uow.quarantine.list(survey, include_released=released, limit=limit))
    show(rows, lambda screen: _draw(screen, rows), common.json)


@quarantine.command(name="show")
def show_row(row: int, *, common: Common = COMMON) -> None:
    """Show one row whole: where it came from, its raw cells, and why it is here.

    Parameters
    ----------
    row
        Its number in `nanni quarantine list`.
    """
    with opened(common) as parts, parts.ledger.read() as uow:
        found = uow.quarantine.get(row)
    show(found, lambda screen: _draw_one(screen, found), common.json)


@quarantine.command
def release(*rows: int, survey: str | None = None, everything: bool = False, common: Common = COMMON) -> None:
    """Take rows up again with today's mapping and contract; what still fails comes back here.

    Parameters
    ----------
    rows
        Row numbers; or use --survey or --everything.
    survey
        All rows of this survey.
    everything
        All rows of all surveys.
    """
    from feedback.errors import ConfigError
    from nanni.release import release as take_up

    if not rows and survey is None and not everything:
        raise ConfigError("which rows?", allowed="row numbers, --survey ID or --everything")
    with opened(common) as parts:
        results = [taken.summary() for taken in take_up(parts, rows, survey)]
    rows_told = [[result["survey"], result["received"], outcomes(result["counts"])] for result in results]
    drawn = table("Released", ["survey", "rows", "what became of them"], rows_told, right=["rows"])
    show(results, lambda screen: screen.print(drawn), common.json)


def _draw(screen: Console, rows: list[QuarantinedRow]) -> None:
    if not rows:
        screen.print("Nothing is in quarantine.")
        return
    columns = ["row", "survey", "file row", "response", "reason", "message"]
    cells = [
        [row.id, row.survey, rejected.row_number, rejected.response_id, rejected.reason, _short(rejected.message)]
        for row in rows
        for rejected in (row.rejection,)
    ]
    screen.print(table("Quarantine", columns, cells, right=["row", "file row"]))
    screen.print("Next: `nanni quarantine show ROW`; mend the mapping or contract; `nanni quarantine release ROW`.")


def _short(text: str, limit: int = 160) -> str:
    return printable(text if len(text) <= limit else text[: limit - 1] + "…")


def _draw_one(screen: Console, row: QuarantinedRow) -> None:
    state = f"released in run {row.released_in}" if row.released_in else "waiting"
    screen.print(Text(f"Row {row.id} of quarantine, {state}", style="bold"))
    where = f"data row {row.rejection.row_number} of the file"
    screen.print(f"  survey {row.survey}, run {row.run_id}, {where}, {plain(row.at)}")
    screen.print(Text(f"  {row.rejection.reason}: {printable(row.rejection.message)}", style="bold"))
    screen.print(table("", ["column", "raw cell"], [[name, _short(value, 1000)] for name, value in row.rejection.raw]))
