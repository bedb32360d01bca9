"""SLA over a real ledger: due times follow pauses, an edited sla.yaml takes hold when told."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from nanni.cli.app import Common
from nanni.cli.sla import facts, record, reproject, show_sla
from nanni.parts import Parts
from nanni.sla_facts import record_facts
from nanni.timing import retime, sla_of
from nanni.wiring import wire
from nanni.work import act
from tests.nanni.test_landing import ROW, Trusting, take
from tests.workspaces import SLA, make_workspace
from tickets.actions import close, resolve, start, wait
from tickets.events import EventKind
from tickets.metric_events import MetricEventKind, metric_events
from tickets.sla import Metric
from tickets.sla_state import Standing
from tickets.ticket import Closure

NOW = datetime(2026, 3, 9, 10, 0, tzinfo=UTC)  # a Monday
PAUSES = "pauses: [{status: waiting_on_customer, cap: 2d}]\n"


class Clock:
    """A clock that is set."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def wired(folder: Path, clock: Clock) -> Parts:
    parts = wire(folder, clock)
    parts.contracts["nps"] = Trusting()
    return parts


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = make_workspace(tmp_path / "workspace")
    (folder / "sla.yaml").write_text(SLA + PAUSES)
    return folder


@pytest.fixture
def parts(folder: Path, clock: Clock) -> Iterator[Parts]:
    parts = wired(folder, clock)
    take(parts, "a.csv", ROW)
    yield parts
    parts.close()


def due(parts: Parts) -> datetime:
    with parts.ledger.read() as uow:
        assert uow.tickets.verify_chain() == []
        moment = uow.tickets.get("N-1").due.resolution
    assert moment is not None
    return moment


def test_due_times_in_the_ledger_follow_a_pause(parts: Parts, clock: Clock) -> None:
    planned = due(parts)
    act(parts, "N-1", lambda t: wait(t, "amira", clock()))
    assert due(parts) > planned
    clock.now += timedelta(hours=2)
    act(parts, "N-1", lambda t: start(t, "amira", clock()))
    assert due(parts) == planned + timedelta(hours=2)


def test_the_customers_answer_ends_the_pause_and_settles_the_due_time(parts: Parts, clock: Clock) -> None:
    planned = due(parts)
    act(parts, "N-1", lambda t: wait(t, "amira", clock()))
    clock.now += timedelta(hours=1)
    take(parts, "b.csv", {**ROW, "id": "R2"})
    assert due(parts) == planned + timedelta(hours=1)
    state = next(one for one in sla_of(parts, "N-1").states if one.metric is Metric.RESOLUTION)
    assert (state.standing, state.deadline) == (Standing.ACTIVE, due(parts))


def test_an_edited_calendar_takes_hold_when_told_and_keeps_used_time(
    parts: Parts, folder: Path, clock: Clock, tmp_path: Path
) -> None:
    planned = due(parts)
    old = tmp_path / "old.yaml"
    old.write_text(SLA + PAUSES)
    (folder / "sla.yaml").write_text((SLA + PAUSES).replace("09:00-17:30", "09:00-13:00").replace("5d", "20h"))
    clock.now += timedelta(hours=7)  # all seven are used; the new mornings hold three of them
    edited = wired(folder, clock)
    assert due(edited) == planned
    assert retime(edited, old, "hana") == 1
    assert due(edited) == datetime(2026, 3, 13, 10, tzinfo=UTC)  # thirteen more: three mornings of four, and one
    assert retime(edited, None, "hana") == 1
    assert due(edited) == datetime(2026, 3, 16, 10, tzinfo=UTC)  # three, four mornings of four, and one
    with edited.ledger.read() as uow:
        modes = [dict(e.data)["mode"] for e in uow.tickets.events("N-1") if e.kind is EventKind.SLA_UPDATED]
    assert modes == ["reprojected", "recomputed"]
    edited.close()


def test_show_prints_tables_for_people_and_minutes_for_machines(
    parts: Parts, folder: Path, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    act(parts, "N-1", lambda t: wait(t, "amira", clock()))
    parts.close()
    show_sla("N-1", as_of=NOW + timedelta(hours=1), common=Common(folder, json=True))
    told = json.loads(capsys.readouterr().out)
    (resolution,) = [one for one in told["states"] if one["metric"] == "resolution"]
    assert (resolution["standing"], resolution["business_minutes"]) == ("paused", 0)
    show_sla("N-1", as_of=NOW + timedelta(hours=1), common=Common(folder))
    assert "resolution paused: waiting on customer by amira" in capsys.readouterr().out
    reproject(folder / "sla.yaml", common=Common(folder, json=True))
    assert json.loads(capsys.readouterr().out) == {"changed": 0}


def kept(parts: Parts) -> list[tuple[str, str, datetime]]:
    with parts.ledger.read() as uow:
        return [(metric, kind, at) for _, metric, _, kind, at, _ in reversed(uow.sla_facts.list())]


def test_facts_are_kept_once_and_follow_changes_time_and_an_edit(parts: Parts, clock: Clock) -> None:
    assert record_facts(parts) == 1 and record_facts(parts) == 0
    with parts.ledger.read() as uow:
        derived = metric_events(uow.tickets.events("N-1"), parts.workspace.sla, clock())
        due = uow.tickets.get("N-1").due
    assert kept(parts) == [(one.metric.value, one.kind.value, one.at) for one in derived]
    assert due.first_touch is not None
    clock.now = due.first_touch
    record_facts(parts)
    assert ("first_touch", "breach", due.first_touch) not in kept(parts), "at the deadline it is still on time"
    clock.now = due.first_touch + timedelta(minutes=5)
    record_facts(parts)
    assert ("first_touch", "breach", due.first_touch) in kept(parts)
    act(parts, "N-1", lambda t: start(t, "amira", clock()))
    assert record_facts(parts) == 1
    assert kept(parts)[-1] == ("first_touch", "fulfil", clock.now)
    path = parts.workspace.folder / "sla.yaml"
    path.write_text(path.read_text() + "\n# edited\n")
    assert record_facts(parts) == 1


def test_kept_facts_on_the_command_line(parts: Parts, clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    clock.now += timedelta(days=30)
    record(common=Common(parts.workspace.folder, json=True))
    assert json.loads(capsys.readouterr().out) == {"tickets": 1}
    record_facts(parts)
    facts(kind=MetricEventKind.BREACH, metric=Metric.FIRST_TOUCH, common=Common(parts.workspace.folder, json=True))
    (breach,) = json.loads(capsys.readouterr().out)
    assert (breach["ticket"], breach["kind"]) == ("N-1", "breach")


def test_what_is_closed_is_not_judged_anew_by_another_policy(parts: Parts, clock: Clock) -> None:
    clock.now += timedelta(days=2)
    done = Closure("product", "Sent a new one.", True)
    act(parts, "N-1", lambda t: resolve(t, "amira", clock(), done, ("product",)), lambda t: close(t, "amira", clock()))
    record_facts(parts)
    before = kept(parts)
    path = parts.workspace.folder / "sla.yaml"
    path.write_text(path.read_text() + "\n# edited\n")
    assert record_facts(parts) == 0 and kept(parts) == before
