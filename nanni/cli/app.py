"""The command line's frame: common options, opening and closing a workspace, errors to exit codes."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from feedback.errors import NanniError
from nanni.cli.output import show_error
from nanni.quiet import quiet_libraries

if TYPE_CHECKING:
    from nanni.parts import Parts

HELP = """Survey feedback into owned tickets (inner loop) and closed tickets into fixes (outer loop).

Exit codes: 0 done · 1 a rule of Nanni refused · 2 wrong command or workspace file · 3 a source file cannot be read ·
4 the data contract itself failed · 5 store refused · 6 not found · 7 a notice was not delivered ·
8 rows unaccounted for · 9 an optional package is missing · 130 interrupted.
"""


@Parameter(name="*")
@dataclass(frozen=True)
class Common:
    """Options every command takes."""

    workspace: Annotated[Path | None, Parameter(alias="-w")] = None
    """The workspace folder (default: NANNI_WORKSPACE, else the current folder)."""
    json: Annotated[bool, Parameter(negative=())] = False
    """Print one JSON document instead of tables."""


COMMON = Common()

JsonFlag = Annotated[bool, Parameter(negative=(), help="Print one JSON document instead of tables.")]
"""`--json` of the commands that make a workspace and so take none."""

app = App(name="nanni", help=HELP, version=lambda: version("nanni"))


@contextmanager
def opened(common: Common) -> "Iterator[Parts]":
    """The wired workspace for one command."""
    from nanni.wiring import wire

    parts = wire(common.workspace)
    try:
        yield parts
    finally:
        parts.close()


def run() -> None:
    """Run the command line and exit with its code."""
    quiet_libraries(os.environ)
    try:
        app()
    except NanniError as error:
        show_error(error, "--json" in sys.argv)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted; whatever was committed stays, run the same command again to go on.\n")
        sys.exit(130)
