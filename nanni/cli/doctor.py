"""`nanni audit` and `nanni doctor`: proof that nothing was lost, and whether everything is in order."""

from datetime import datetime
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from feedback.disposition import Disposition
from feedback.errors import ConservationError
from nanni.cli.app import COMMON, Common, opened
from nanni.cli.output import show, table

if TYPE_CHECKING:
    from nanni.auditing import AuditReport


def audit(
    *, since: datetime | None = None, until: datetime | None = None, chain: bool = True, common: Common = COMMON
) -> None:
    """Prove that every row received is accounted for, and that tickets, events and notices agree.

    Parameters
    ----------
    since
        Only runs started at or after this time (ISO 8601).
    until
        Only runs started before this time.
    chain
        Also verify the hash chain of every ticket.
    """
    from nanni.auditing import audit_ledger

    with opened(common) as parts:
        report = audit_ledger(parts, since, until, chain)
    show(report.data(), lambda screen: _draw(screen, report), common.json)
    if not report.ok:
        raise ConservationError(
            f"{len(report.problems)} problems, residue {report.residue}", where="audit", next_step="see the list above"
        )


def _draw(screen: Console, report: "AuditReport") -> None:
    columns = ["run", "file", "rows", *(name.value for name in Disposition), "residue"]
    rows = [
        [run.id, run.file_name, run.received, *((run.counts or {}).get(name, 0) or "" for name in Disposition), left]
        for run, left in report.runs
    ]
    screen.print(table("Rows received and what became of them", columns, rows, right=columns[2:]))
    for problem in report.problems:
        screen.print(Text(f"  {problem}", style="red"))
    verdict = "every row is accounted for" if report.ok else "NOT everything is accounted for"
    screen.print(Text(f"Residue {report.residue} over {report.received:,} rows: {verdict}.", style="bold"))


def doctor(*, common: Common = COMMON) -> None:
    """Check the installation and the workspace, and say what to do about each thing that is not in order."""
    from nanni.health import examine

    with opened(common) as parts:
        findings = examine(parts)
    rows = [[Text("ok") if f.ok else Text("see to it", style="bold red"), f.subject, f.found] for f in findings]
    show(findings, lambda screen: screen.print(table("Nanni", ["", "what", "found"], rows)), common.json)
    if not all(finding.ok for finding in findings):
        raise SystemExit(1)
