import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from ledger.audit import conservation
from nanni.quiet import LIBRARY_SETTINGS
from nanni.wiring import wire
from tests.workspaces import make_rows, make_workspace, write_csv
from tickets.notice import DeliveryState
from tickets.ports import TicketFilter

NOW = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)
LATER = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("prefect"),
    pytest.mark.usefixtures("prefect"),
    # Prefect's and its libraries' own warnings; ours stay errors in every other test.
    pytest.mark.filterwarnings("default"),
]


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = make_workspace(tmp_path / "w", batch_size=50)
    aged(write_csv(folder / "inbox" / "a.csv", make_rows(120, customers=30)))
    return folder


def aged(path: Path) -> Path:
    """Make the file look complete at NOW."""
    os.utime(path, (NOW.timestamp() - 3600,) * 2)
    return path


def ingest(workspace: Path) -> list[dict[str, Any]]:
    from flows.ingest_responses import ingest_responses

    done: list[dict[str, Any]] = ingest_responses(str(workspace), now=NOW.isoformat())
    return done


def test_the_flow_does_what_the_direct_steps_do(workspace: Path, tmp_path: Path) -> None:
    from nanni.ingestion import ingest_file

    (by_flow,) = ingest(workspace)
    other = make_workspace(tmp_path / "direct", batch_size=50)
    file = write_csv(other / "inbox" / "a.csv", make_rows(120, customers=30))
    parts = wire(other, lambda: NOW)
    direct = ingest_file(parts, parts.workspace.survey("nps"), file).summary()
    parts.close()
    assert by_flow == direct
    assert by_flow["received"] == 120


def test_a_second_run_opens_nothing_and_a_new_file_is_taken(workspace: Path) -> None:
    ingest(workspace)
    assert ingest(workspace) == []
    aged(write_csv(workspace / "inbox" / "b.csv", make_rows(10, first=120)))
    (taken,) = ingest(workspace)
    assert (taken["file"], taken["received"]) == ("b.csv", 10)


def test_a_bad_file_is_told_and_the_good_ones_are_in(workspace: Path) -> None:
    from feedback.errors import SourceError

    bad = workspace / "inbox" / "bad.csv"
    bad.write_text("id,when\n1,2\n")
    aged(bad)
    with pytest.raises(SourceError, match="'email', 'comment', 'store' not found; the file has 'id', 'when'"):
        ingest(workspace)
    parts = wire(workspace, lambda: NOW)
    with parts.ledger.read() as uow:
        report = conservation(uow)
    parts.close()
    assert report.received == 120 and report.sound


def test_the_other_flows_deliver_escalate_and_refresh(workspace: Path) -> None:
    from flows.deliver_notices import deliver_notices
    from flows.discover_themes import discover_themes
    from flows.escalate_overdue import escalate_overdue
    from flows.refresh_outer_loop import refresh_outer_loop
    from flows.send_summaries import send_summaries

    ingest(workspace)
    parts = wire(workspace, lambda: NOW)
    with parts.ledger.read() as uow:
        owed = len(uow.outbox.list(None, 10_000))
        live = len(uow.tickets.list(TicketFilter(limit=10_000)))
    assert deliver_notices(str(workspace), now=NOW.isoformat()) == {"delivered": owed}
    assert escalate_overdue(str(workspace), now=LATER.isoformat()) == live
    assert escalate_overdue(str(workspace), now=LATER.isoformat()) == 0
    told = discover_themes(str(workspace), now=LATER.isoformat())
    assert discover_themes(str(workspace), now=LATER.isoformat()) == told | {"new": False, "fates": {}, "mentions": 0}
    assert refresh_outer_loop(str(workspace), now=LATER.isoformat())["rows"]["fact_ticket"] == live
    assert send_summaries(str(workspace), now="2026-04-02T07:00:00+00:00") == 1
    with parts.ledger.read() as uow:
        assert len(uow.outbox.list(DeliveryState.DELIVERED, 10_000)) == owed
    parts.close()


def test_counts_are_left_as_artifacts_and_no_customer_text(workspace: Path) -> None:
    from prefect.artifacts import Artifact

    ingest(workspace)
    rows = cast("Any", Artifact.get("ingest-nps-rows"))
    assert "opened" in str(rows.data)
    assert "courier" not in str(rows.data) and "@example.org" not in str(rows.data)


def test_a_run_that_was_compared_leaves_its_drift_too() -> None:
    from flows.ingest_responses import tables

    drift = {"state": "steady", "confidence_index": 0.03}
    told = {"counts": {"opened": 2}, "fired": {"detractor": 2}, "drift": drift}
    assert tables(told)["drift"] == [drift]
    assert set(tables({**told, "drift": None})) == {"rows", "rules"}


def test_schedules_are_loaded_by_module_path_one_run_at_a_time(workspace: Path) -> None:
    from flows.schedules import deployments
    from nanni.settings import load_settings

    found = deployments(load_settings(workspace, {}), NOW)
    assert {deployment.entrypoint for deployment in found} == {
        "flows.ingest_responses.ingest_responses",
        "flows.deliver_notices.deliver_notices",
        "flows.escalate_overdue.escalate_overdue",
        "flows.close_the_loop.close_the_loop",
        "flows.hand_over_absent.hand_over_absent",
        "flows.file_tickets.file_tickets",
        "flows.remind_people.remind_people",
        "flows.record_sla_facts.record_sla_facts",
        "flows.discover_themes.discover_themes",
        "flows.refresh_outer_loop.refresh_outer_loop",
        "flows.send_summaries.send_summaries",
    }
    assert all(deployment.concurrency_limit == 1 for deployment in found)
    assert all(deployment.parameters == {"workspace": str(workspace)} for deployment in found)


def test_scoring_on_a_dask_cluster_of_two_gives_the_same_result(tmp_path: Path) -> None:
    pytest.importorskip("prefect_dask", reason="needs the dask extra")
    results = {}
    for name, cluster in (("here", ""), ("cluster", 'flows: {dask: "local:2"}\n')):
        folder = make_workspace(tmp_path / name, model="default")
        (folder / "nanni.yaml").write_text((folder / "nanni.yaml").read_text() + cluster)
        aged(write_csv(folder / "inbox" / "a.csv", make_rows(60, customers=20)))
        ingest(folder)
        results[name] = scores(folder)
    assert results["here"] == results["cluster"]


def scores(folder: Path) -> list[tuple[int, list[float], str]]:
    parts = wire(folder, lambda: NOW)
    with parts.ledger.read() as uow:
        ids = [number for numbers, _ in uow.responses.stream("nps") for number in numbers]
        (column,) = uow.decisions.sentiment(ids, ["why"])
        outcomes = [uow.decisions.get(number).outcome.name for number in ids]
    parts.close()
    assert not all(column.unknown)
    found = column.probabilities.round(4).tolist()
    return [(i, row if row[0] == row[0] else [], name) for i, row, name in zip(ids, found, outcomes, strict=True)]


def test_telemetry_of_dependencies_is_off() -> None:
    assert LIBRARY_SETTINGS["DO_NOT_TRACK"] == "1"
    assert LIBRARY_SETTINGS["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"
    assert LIBRARY_SETTINGS["GX_ANALYTICS_ENABLED"] == "false"
