"""`nanni outer-loop`: closed tickets into the warehouse that notebooks read."""

from cyclopts import App
from rich.console import Console

from nanni.cli.app import COMMON, Common, opened
from nanni.cli.output import ERRORS, show, table

outer_loop = App(name="outer-loop", help="What closed tickets teach: refresh the warehouse, see the themes.")


@outer_loop.command
def refresh(*, common: Common = COMMON) -> None:
    """Rebuild the warehouse from the ledger and swap it in."""
    from nanni.outer_loop import refresh as rebuild

    with opened(common) as parts, ERRORS.status("Writing facts ..."):
        report = rebuild(parts)
    rows = [[name, count] for name, count in report["rows"].items()]
    hint = f"Next: open notebooks/01_outer_loop.ipynb with NANNI_WAREHOUSE={report['path']}"

    def draw(screen: Console) -> None:
        screen.print(table("Warehouse", ["table", "rows"], rows, right=["rows"]))
        screen.print(hint, soft_wrap=True)

    show(report, draw, common.json)
