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


def summary(year: Year, warehouse: dict[str, Any], seconds: float) -> dict[str, Any]:
    """What the year came to, in numbers read back from the stores."""
    parts = wire(year.folder)
    with parts.ledger.read() as uow:
        audit = conservation(uow)
        tickets = list(uow.tickets.list(TicketFilter(limit=EVERYTHING)))
    example = next((t.key for t in tickets if t.rule.startswith("silent")), tickets[0].key)
    explained = explain(parts, example, None)[0]
    parts.close()
    fired = Counter[str]()
    for taken in year.taken:
        fired.update(taken["fired"])
    return {
        "workspace": year.folder,
        "seconds": round(seconds, 1),
        "received": audit.received,
        "counts": audit.counts,
        "residue": audit.residue,
        "sound": audit.sound,
        "surveys": _surveys(year),
        "fired": dict(fired.most_common()),
        "teams": _teams(tickets),
        "notices_delivered": year.delivered,
        "escalated": year.escalated,
        "asked_how_it_was": year.surveys,
        "answers": dict(year.answers.most_common()),
        "themes": _themes(Path(warehouse["path"])),
        "example": {"ticket": example, "why": sentence(explained.trace, explained.stored.response)},
    }


def report(screen: Console, told: dict[str, Any], folder: Path) -> None:
    """Print a `summary` for a person; `folder` is the workspace as they named it."""
    rows = [
        [survey, counts.pop("files"), f"{counts.pop('rows'):,}", outcomes(counts)]
        for survey, counts in ((name, dict(counts)) for name, counts in told["surveys"].items())
    ]
    columns = ["survey", "files", "rows", "what became of them"]
    screen.print(table("Survey rows", columns, rows, right=["files", "rows"]))
    screen.print(f"In all {told['received']:,} rows: {outcomes(told['counts'])}.", soft_wrap=True)
    verdict = "every row accounted for, chains and stores agree" if told["sound"] else "NOT sound: run `nanni audit`"
    screen.print(f"Audit: residue {told['residue']}; {verdict}.\n")
    screen.print(table("Responses by rule", ["rule", "fired"], told["fired"].items(), right=["fired"]))
    columns = ["team", "tickets", "closed", "first touch in time", "resolved in time"]
    lives = [[team, one["tickets"], one["closed"], *map(_percent, (one["touched"], one["resolved"]))]
             for team, one in told["teams"].items()]  # fmt: skip
    screen.print(table("Tickets and their lives", columns, lives, right=columns[1:]))
    sent = f"{told['notices_delivered']:,} notices delivered to a maildir"
    screen.print(f"{sent}, {told['escalated']:,} escalations of overdue work.")
    answers = ", ".join(f"{count} {became.replace('_', ' ')}" for became, count in told["answers"].items())
    screen.print(f"{told['asked_how_it_was']:,} customers were asked how it ended; of their answers: {answers}.\n")
    columns = ["theme", "mentions", "of all responses", "95 % interval", "closed tickets"]
    themes = [
        [one["name"], f"{one['mentions']:,}", f"{one['share']:.1%}", f"{one['low']:.1%} to {one['high']:.1%}",
         one["closed"]] for one in told["themes"]
    ]  # fmt: skip
    screen.print(table("What customers speak of (all surveys)", columns, themes, right=columns[1:]))
    example = told["example"]["ticket"]
    screen.print(f"For example {example}: {printable(told['example']['why'])}\n", soft_wrap=True)
    _next(screen, folder, example, told["seconds"])


def _surveys(year: Year) -> dict[str, dict[str, int]]:
    surveys: dict[str, Counter[str]] = {}
    for taken in year.taken:
        counts = surveys.setdefault(taken["survey"], Counter())
        counts.update({**taken["counts"], "rows": taken["received"], "files": 1})
    return {survey: dict(counts) for survey, counts in surveys.items()}


def _teams(tickets: list[Ticket]) -> dict[str, dict[str, Any]]:
    by_team: dict[str, list[Ticket]] = {}
    for ticket in tickets:
        by_team.setdefault(ticket.team, []).append(ticket)
    return {team: _team(theirs) for team, theirs in sorted(by_team.items())}


def _team(theirs: list[Ticket]) -> dict[str, Any]:
    touched = [(t.first_touched_at, t.due.first_touch) for t in theirs]
    resolved = [(t.resolved_at, t.due.resolution) for t in theirs]
    return {
        "tickets": len(theirs),
        "closed": sum(t.closed_at is not None for t in theirs),
        "touched": _share([at <= due for at, due in touched if at and due]),
        "resolved": _share([at <= due for at, due in resolved if at and due]),
    }


def _share(kept: list[bool]) -> float | None:
    return sum(kept) / len(kept) if kept else None


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.0%}"


def _themes(path: Path) -> list[dict[str, Any]]:
    with open_reader(path) as warehouse:
        ranked = themes_ranked(warehouse)
    wanted = ["name", "mentions", "share", "low", "high", "closed"]
    top = ranked.loc[ranked["level"] == 1, wanted].head(8)
    return [dict(zip(wanted, row, strict=True)) for row in top.itertuples(index=False)]


def _next(screen: Console, folder: Path, example: str, seconds: float) -> None:
    nanni, where = ".venv/bin/nanni", f"-w {folder}"
    screen.print(f"Done in {seconds:.0f} s. Look next at:")
    for command, what in (
        (f"{nanni} tickets list {where}", "what is still owed, most urgent first"),
        (f"{nanni} why {example} {where}", "why that ticket was opened"),
        (f"{nanni} tickets story {example} {where}", "its whole life"),
        (f"{nanni} quarantine list {where}", "rows that were not trusted, and why"),
        (f"{nanni} audit {where}", "the proof that nothing was lost"),
        (f"{nanni} outer-loop report --out reports {where}", "the last month as HTML and PDF: what moved, what to do"),
        ("notebooks/", "the outer loop: themes, alarms, drivers, a fix measured, rules, operations"),
        (f"{folder}/state/maildir/new", "the mails that owners got"),
    ):
        screen.print(f"  {command:<52} {what}", soft_wrap=True)
