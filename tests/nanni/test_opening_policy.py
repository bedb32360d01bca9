from datetime import UTC, datetime
from pathlib import Path

from feedback.disposition import Disposition
from feedback.response import ResponseStatus
from nanni.ingestion import ingest_file
from nanni.wiring import wire
from tests.workspaces import POLICY, make_rows, make_workspace, write_csv

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
