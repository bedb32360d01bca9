"""`nanni audit` and `nanni doctor`: proof that nothing was lost, and whether everything is in order."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from feedback.errors import ConservationError
from nanni.cli.app import COMMON, Common, opened
from nanni.cli.output import outcomes, show, table

if TYPE_CHECKING:
    from ledger.audit import AuditReport


def audit(
    *, since: datetime | None = None, until: datetime | None = None, chain: bool = False, common: Common = COMMON
) -> None:
    """Prove that every row received is accounted for, and that tickets, events and notices agree.

    Parameters
    ----------
    since
        Only runs started at or after this time (ISO 8601).
    until
        Only runs started before this time.
    chain
        Only verify the hash chains, and rebuild each ticket from its events.
    """
    from ledger.audit import conservation

    if chain:
        return _audit_chain(common)

    with opened(common) as parts, parts.ledger.read() as uow:
        report = conservation(uow, _aware(since), _aware(until))
    show(_data(report), lambda screen: _draw(screen, report), common.json)
    if not report.sound:
        raise ConservationError("not everything is accounted for", where="audit", next_step="see the problems above")


def _audit_chain(common: Common) -> None:
    from ledger.chain_audit import chain_report

    with opened(common) as parts, parts.ledger.read() as uow:
        report = chain_report(uow)

    def draw(screen: Console) -> None:
        for problem in report.problems:
            screen.print(Text(f"  {problem}", style="red"))
        screen.print(
            f"{report.events:,} events of {report.tickets:,} tickets and {report.entries:,} journal entries verified; "
            f"every ticket rebuilt from its events. {len(report.problems)} problems."
        )

    show(report, draw, common.json)
    if report.problems:
        raise ConservationError("the chain is broken", where="audit --chain", next_step="see the problems above")


def _aware(moment: datetime | None) -> datetime | None:
    """A time without a zone is taken as UTC."""
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment


def _data(report: "AuditReport") -> dict[str, Any]:
    return {
        "sound": report.sound,
        "received": report.received,
        "residue": report.residue,
        "counts": report.counts,
        "runs": report.runs,
        "problems": report.problems,
    }


def _draw(screen: Console, report: "AuditReport") -> None:
    rows = [
        [
            audit.run.file_name,
            audit.run.survey,
            f"{audit.run.received:,}",
            outcomes(audit.run.counts or {}),
            audit.residue,
        ]
        for audit in report.runs
    ]
    columns = ["file", "survey", "rows", "what became of them", "residue"]
    screen.print(table("Rows received", columns, rows, right=["rows", "residue"]))
    for problem in (*report.problems, *(problem for audit in report.runs for problem in audit.problems)):
        screen.print(Text(f"  {problem}", style="red"))
    screen.print(f"In all: {outcomes(report.counts)}.")
    verdict = "every row is accounted for; tickets, events, notices and hash chains agree"
    told = verdict if report.sound else "NOT everything is in order, see above"
    screen.print(Text(f"{report.received:,} rows received, residue {report.residue}: {told}.", style="bold"))


def doctor(*, common: Common = COMMON) -> None:
    """Check the installation and the workspace, and say what to do about each thing that is not in order."""
    from nanni.health import examine

    with opened(common) as parts:
        findings = examine(parts)
    rows = [[Text("ok") if f.ok else Text("see to it", style="bold red"), f.subject, f.found] for f in findings]
    show(findings, lambda screen: screen.print(table("Nanni", ["", "what", "found"], rows)), common.json)
    if not all(finding.ok for finding in findings):
        raise SystemExit(1)
