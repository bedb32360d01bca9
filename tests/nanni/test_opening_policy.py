from datetime import UTC, datetime, timedelta
from pathlib import Path

from feedback.disposition import Disposition
from feedback.response import ResponseStatus
from nanni.backtesting import run_backtest
from nanni.ingestion import ingest_file
from nanni.parts import Parts
from nanni.wiring import wire
from nanni.work import act
from tests.workspaces import POLICY, make_rows, make_workspace, write_csv
from tickets import actions
from tickets.ticket import Closure

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
OLD, FRESH = "2026-03-01 09:00:00", "2026-03-04 09:00:00"


def dispositions(folder: Path, policy: str) -> list[tuple[Disposition, str]]:
    made = make_workspace(folder)
    (made / "policy.yaml").write_text(policy)
    rows = [{**row, "score": "1", "at": at} for row, at in zip(make_rows(2), (OLD, FRESH), strict=True)]
    write_csv(made / "inbox" / "a.csv", rows)
    parts = wire(made, lambda: NOW)
    ingest_file(parts, parts.workspace.survey("nps"), made / "inbox" / "a.csv")
    with parts.ledger.read() as uow:
        found = [uow.responses.find(name) for name in ("R0", "R1")]
    parts.close()
    return [(one.disposition, one.disposition_reason) for one in found]


def test_a_late_response_is_suppressed_with_the_reason_when_the_policy_says_so(tmp_path: Path) -> None:
    said = dispositions(tmp_path / "late", "responses: {late_after: 2d}\n" + POLICY)
    assert said[0] == (Disposition.SUPPRESSED, "submitted more than 2 days ago")
    assert said[1][0] is Disposition.OPENED


def test_without_a_word_in_the_policy_nothing_is_too_late(tmp_path: Path) -> None:
    assert [kind for kind, _ in dispositions(tmp_path / "all", POLICY)] == [Disposition.OPENED] * 2


def test_the_policy_says_which_statuses_open_tickets(tmp_path: Path) -> None:
    made = make_workspace(tmp_path / "w")
    (made / "policy.yaml").write_text("responses: {imported: suppress, partial: open}\n" + POLICY)
    parts = wire(made)
    parts.close()
    assert parts.workspace.opening_rules.statuses == (ResponseStatus.LIVE, ResponseStatus.PARTIAL)


def opened(folder: Path, policy: str, now: datetime = NOW) -> Parts:
    made = folder if folder.exists() else make_workspace(folder)
    (made / "policy.yaml").write_text(policy)
    return wire(made, lambda: now)


def take(parts: Parts, name: str, **fields: str) -> tuple[Disposition, str, str | None]:
    """Ingest one response and say what became of it."""
    row = {**make_rows(1)[0], "score": "1", "comment": "", "email": "ann@example.org", "at": FRESH, **fields}
    path = parts.workspace.folder / "inbox" / f"{name}.csv"
    write_csv(path, [row])
    ingest_file(parts, parts.workspace.survey("nps"), path)
    with parts.ledger.read() as uow:
        found = uow.responses.find(row["id"])
    return found.disposition, found.disposition_reason, found.ticket


COOL = POLICY.replace("when: {score: {at_most: 4}}", "cool_down: 14d, when: {score: {at_most: 4}}")


def close(parts: Parts, key: str) -> None:
    done, causes = Closure("product", "Replaced it.", resolved=True), parts.workspace.sla.root_causes
    act(parts, key, lambda ticket: actions.resolve(ticket, "amira", parts.clock(), done, causes))


def test_a_customer_is_not_given_a_second_ticket_during_the_cool_down(tmp_path: Path) -> None:
    parts = opened(tmp_path / "w", COOL)
    assert take(parts, "a", id="A") == (Disposition.OPENED, "the customer has no live ticket", "N-1")
    assert take(parts, "b", id="B")[0] is Disposition.ATTACHED
    close(parts, "N-1")
    reason = "cool-down: ticket N-1 was opened on 2026-03-04, rule detractor waits 14 days"
    assert take(parts, "c", id="C") == (Disposition.SUPPRESSED, reason, None)
    assert take(parts, "d", id="D", email="ben@example.org")[0] is Disposition.OPENED
    reopened = take(parts, "e", id="E", comment="It burned me.")
    assert (reopened[0], reopened[2]) == (Disposition.ATTACHED, "N-1"), "a rule without cool-down: the episode goes on"
    assert run_backtest(parts).report.differences == 0
    parts.close()


def test_after_the_cool_down_a_ticket_is_opened_again(tmp_path: Path) -> None:
    parts = opened(tmp_path / "w", COOL)
    take(parts, "a", id="A")
    close(parts, "N-1")
    parts.close()
    later = opened(tmp_path / "w", COOL, NOW + timedelta(days=14))
    assert take(later, "b", id="B") == (
        Disposition.OPENED,
        "follows up on N-1, resolved on 2026-03-04",
        "N-2",
    )
    later.close()


def test_the_policy_says_whether_an_edit_may_open_a_ticket(tmp_path: Path) -> None:
    for name, policy, wanted in (
        ("open", POLICY, Disposition.OPENED),
        ("shut", "responses: {edited: suppress}\n" + POLICY, Disposition.SUPPRESSED),
    ):
        parts = opened(tmp_path / name, policy)
        assert take(parts, "a", id="A", score="9")[0] is Disposition.QUIET
        disposition, reason, _ = take(parts, "b", id="A", score="1")
        assert disposition is wanted
        assert wanted is Disposition.OPENED or reason.startswith("revision 2: the policy opens no ticket")
        # A response that has its ticket keeps it, whatever the policy says of edits.
        take(parts, "c", id="B", score="2", email="bo@example.org")
        assert take(parts, "d", id="B", score="1", email="bo@example.org")[0] is Disposition.REVISED
        parts.close()
