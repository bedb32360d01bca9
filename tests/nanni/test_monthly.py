import json
import mailbox
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from feedback.errors import ConfigError, DeliveryRefusedError, StoreError
from ledger.personal import erase_customer
from nanni import monthly, summaries
from nanni.cli.commands import app
from nanni.ingestion import ingest_file
from nanni.notices import delivery_of
from nanni.outer_loop import refresh
from nanni.parts import Parts
from nanni.wiring import wire
from outerloop.alarm_reports import Verbatim
from outerloop.monthly import MonthlyReport, Named
from tests.workspaces import make_rows, make_workspace, write_csv
from tickets.notice import Audience, summary_notices

MARCH = date(2026, 3, 1)


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    """Sixty answers of the second of March, one of them with its writer's name and address in it."""
    folder = make_workspace(tmp_path_factory.mktemp("monthly") / "w")
    rows = make_rows(60)
    rows[0] |= {"comment": "The courier was late. Ring 020 7946 0018 or c0@example.org.", "score": "0"}
    file = write_csv(folder / "inbox" / "a.csv", rows)
    wired = wire(folder, lambda: datetime(2026, 3, 9, 9, tzinfo=UTC))
    ingest_file(wired, wired.workspace.survey("nps"), file)
    refresh(wired)
    yield wired
    wired.close()


def told(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    app([str(word) for word in words], result_action="return_value")
    return capsys.readouterr().out


def test_the_report_is_written_as_html_and_pdf(
    parts: Parts, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found: Any = json.loads(
        told(capsys, "outer-loop", "report", "--month", "2026-03", "--out", tmp_path / "out", "-w",
             parts.workspace.folder, "--json")
    )  # fmt: skip
    html, pdf = Path(found["html"]), Path(found["pdf"])
    assert (html.name, pdf.name) == ("2026-03.html", "2026-03.pdf")
    assert (found["responses"], found["partial"]) == (60, True)
    assert "Customer feedback, March 2026" in html.read_text("utf-8") and pdf.read_bytes().startswith(b"%PDF-")
    assert {path.stat().st_mode & 0o077 for path in (html, pdf)} == {0}


def test_a_month_is_written_as_year_and_month() -> None:
    assert monthly.parse_month("2026-09") == date(2026, 9, 1)
    for wrong in ("2026-13", "September", "2026-9"):
        with pytest.raises(ConfigError, match="YYYY-MM"):
            monthly.parse_month(wrong)


def test_a_folder_that_cannot_be_written_is_said_so(parts: Parts, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="choose another --out"):
        monthly.write(parts, MARCH, tmp_path / "file" / "out", verbatims=False)


def first(parts: Parts) -> tuple[MonthlyReport, str]:
    """March with its first response to be quoted, and whose that is."""
    with parts.ledger.read() as uow:
        stored = uow.responses.find("R0")
    named = Named("Late", (Verbatim(stored.id, "nps", "R0"),))
    assert stored.customer_id is not None
    return replace(monthly.build(parts, MARCH), verbatims=(named,)), stored.customer_id


def test_a_customer_is_quoted_without_who_they_are_and_not_at_all_once_erased(parts: Parts) -> None:
    report, customer = first(parts)
    page = str(monthly.page(parts, report, verbatims=True))
    assert "The courier was late. Ring [number] or [mail address]" in page
    assert "The courier was late" not in str(monthly.page(parts, report, verbatims=False))
    with parts.ledger.begin() as uow:
        erase_customer(uow, customer, at=parts.clock(), actor="amira")
    assert "The courier was late" not in str(monthly.page(parts, report, verbatims=True))


def test_a_summary_is_owed_once_a_manager_and_delivered_once(parts: Parts, capsys: pytest.CaptureFixture[str]) -> None:
    first, again = (summaries.queue_summaries(parts, MARCH) for _ in range(2))
    assert [notice.target for notice in first] == ["amira@example.org"] == [notice.target for notice in again]
    delivered = delivery_of(parts).due()
    assert delivered.problems == () and "2026-03" in {attempt.notice.about for attempt in delivered.attempts}
    sent = mailbox.Maildir(parts.workspace.settings.state / "maildir", create=False)
    subjects = [str(mail["Subject"]) for mail in sent]
    assert subjects.count("[Nanni] Customer feedback, March 2026") == 1
    summaries.queue_summaries(parts, MARCH)
    assert delivery_of(parts).due().attempts == ()
    assert refresh(parts)["rows"]["fact_notice"] == len(sent) - 1  # a summary is about no ticket: no fact of one
    shown = told(capsys, "outer-loop", "summary", "--month", "2026-03", "-w", parts.workspace.folder)
    assert "WHAT TO DO NEXT" in shown and "THE TEAMS OF AMIRA KHAN" in shown


def test_a_month_without_answers_has_no_summary(parts: Parts) -> None:
    assert summaries.last_month(parts) == date(2026, 2, 1)
    assert summaries.queue_summaries(parts, date(2026, 2, 1)) == ()


def test_a_summary_that_cannot_be_made_is_no_fault_of_the_delivery(parts: Parts) -> None:
    (notice,) = summary_notices("2025-01", Audience(), "amira@example.org", parts.clock())
    with pytest.raises(DeliveryRefusedError, match="no responses in 2025-01"):
        summaries.summary_of(parts, notice)


def test_only_managers_have_a_summary(parts: Parts) -> None:
    with pytest.raises(ConfigError, match=r"'ben' manages no team.*amira"):
        summaries.preview(parts, MARCH, "ben")
