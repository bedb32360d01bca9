"""What commands print: a table or a story for people, one JSON document for machines (`--json`)."""

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from feedback.disposition import Disposition
from feedback.errors import NanniError
from nanni.documents.plain import plain

SCREEN = Console(highlight=False)
ERRORS = Console(stderr=True, highlight=False)


def show(data: Any, render: Callable[[Console], None], as_json: bool) -> None:
    """Print `data` as JSON, or let `render` draw it."""
    if as_json:
        sys.stdout.write(json.dumps(data, default=plain, ensure_ascii=False, indent=2) + "\n")
    else:
        render(SCREEN)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], right: Sequence[str] = ()) -> Table:
    """A plain table; columns named in `right` are numbers. Cell text is never read as markup."""
    drawn = Table(title=title or None, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        drawn.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*(cell if isinstance(cell, Text) else Text("" if cell is None else str(cell)) for cell in row))
    return drawn


def outcomes(counts: Mapping[Disposition, int] | Mapping[str, int]) -> str:
    """Rows by what became of them, in words: only what happened at all."""
    told = {str(name): count for name, count in counts.items()}
    return ", ".join(f"{told[name]:,} {name}" for name in Disposition if told.get(name)) or "nothing"


def show_error(error: NanniError, as_json: bool) -> None:
    """One error: a sentence for people, its parts for machines; always on stderr."""
    if as_json:
        parts = {"what": error.what, "where": error.where, "allowed": error.allowed, "next": error.next_step}
        sys.stderr.write(json.dumps({"error": type(error).__name__, **parts}, ensure_ascii=False) + "\n")
        return
    ERRORS.print(Text.assemble(("Error: ", "bold red"), error.what))
    for label, value in (("Where", error.where), ("Allowed", error.allowed), ("Next", error.next_step)):
        if value:
            ERRORS.print(Text.assemble((f"  {label}: ", "bold"), value), soft_wrap=True)
