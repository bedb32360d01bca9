"""What the demo says at its end: what happened, in numbers read back from the stores, and where to look next."""

from collections import Counter
from pathlib import Path
from typing import Any

from rich.console import Console

from ledger.audit import conservation
from nanni.cli.output import outcomes, table
from nanni.cli.verbatim import printable
from nanni.demo.play import Year
from nanni.explaining import explain
from nanni.wiring import wire
from outerloop.adapters.duckdb_warehouse import open_reader
from outerloop.theme_reports import themes_ranked
from tickets.ports import TicketFilter
from tickets.ticket import Ticket
from triggers.explain import sentence

EVERYTHING = 1_000_000


def report(screen: Console, year: Year, warehouse: dict[str, Any], folder: Path, seconds: float) -> None:
    """Print it."""
    parts = wire(year.folder)
    with parts.ledger.read() as uow:
        audit = conservation(uow)
        tickets = list(uow.tickets.list(TicketFilter(limit=EVERYTHING)))
    fired = Counter[str]()
    for taken in year.taken:
        fired.update(taken["fired"])
    screen.print(_intake(year))
    screen.print(f"In all {audit.received:,} rows: {outcomes(audit.counts)}.", soft_wrap=True)
    verdict = "every row accounted for, chains and stores agree" if audit.sound else "NOT sound: run `nanni audit`"
    screen.print(f"Audit: residue {audit.residue}; {verdict}.\n")
    screen.print(table("Responses by rule", ["rule", "fired"], fired.most_common(), right=["fired"]))
    screen.print(_lives(tickets))
    told = f"{year.delivered:,} notices delivered to a maildir, {year.escalated:,} tickets escalated as overdue."
    screen.print(f"{told}\n")
    screen.print(_themes(Path(warehouse["path"])))
    example = next((t.key for t in tickets if t.rule.startswith("silent")), tickets[0].key)
    explained = explain(parts, example, None)[0]
    screen.print(
        f"For example {example}: {printable(sentence(explained.trace, explained.stored.response))}\n", soft_wrap=True
    )
    parts.close()
    _next(screen, folder, example, seconds)


def _intake(year: Year) -> Any:
    surveys: dict[str, Counter[str]] = {}
    for taken in year.taken:
        counts = surveys.setdefault(taken["survey"], Counter())
        counts.update({**taken["counts"], "rows": taken["received"], "files": 1})
    rows = [
        [survey, counts.pop("files"), f"{counts.pop('rows'):,}", outcomes(counts)] for survey, counts in surveys.items()
    ]
    columns = ["survey", "files", "rows", "what became of them"]
    return table("Survey rows", columns, rows, right=["files", "rows"])


def _lives(tickets: list[Ticket]) -> Any:
    by_team: dict[str, list[Ticket]] = {}
    for ticket in tickets:
        by_team.setdefault(ticket.team, []).append(ticket)
    rows = [
        [
            team,
            len(theirs),
            sum(t.closed_at is not None for t in theirs),
            _share(
                [t.first_touched_at <= t.due.first_touch for t in theirs if t.first_touched_at and t.due.first_touch]
            ),
            _share([t.resolved_at <= t.due.resolution for t in theirs if t.resolved_at and t.due.resolution]),
        ]
        for team, theirs in sorted(by_team.items())
    ]
    columns = ["team", "tickets", "closed", "first touch in time", "resolved in time"]
    return table("Tickets and their lives", columns, rows, right=columns[1:])


def _share(kept: list[bool]) -> str:
    return f"{sum(kept) / len(kept):.0%}" if kept else "-"


def _themes(path: Path) -> Any:
    with open_reader(path) as warehouse:
        ranked = themes_ranked(warehouse)
    top = ranked[ranked["level"] == 1].head(8)
    rows = [
        [row.name, f"{row.mentions:,}", f"{row.share:.1%}", f"{row.low:.1%} to {row.high:.1%}", row.closed]
        for row in top.itertuples(index=False)
    ]
    columns = ["theme", "mentions", "of all responses", "95 % interval", "closed tickets"]
    return table("What customers speak of (all surveys)", columns, rows, right=columns[1:])


def _next(screen: Console, folder: Path, example: str, seconds: float) -> None:
    nanni, where = ".venv/bin/nanni", f"-w {folder}"
    screen.print(f"Done in {seconds:.0f} s. Look next at:")
    for command, what in (
        (f"{nanni} tickets list {where}", "what is still owed, most urgent first"),
        (f"{nanni} why {example} {where}", "why that ticket was opened"),
        (f"{nanni} tickets show {example} {where}", "its whole life"),
        (f"{nanni} quarantine list {where}", "rows that were not trusted, and why"),
        (f"{nanni} audit {where}", "the proof that nothing was lost"),
        ("notebooks/01_outer_loop.ipynb", "the outer loop: themes, causes, promises kept"),
        (f"{folder}/state/maildir/new", "the mails that owners got"),
    ):
        screen.print(f"  {command:<52} {what}", soft_wrap=True)
