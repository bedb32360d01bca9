from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from nanni.demo.grammar import load_grammar
from nanni.demo.lives import ROOT_CAUSES, Course, Life, Step, plan_life
from tickets import actions
from tickets.adapters.sla_file import load_sla
from tickets.calendar import Clock, elapsed
from tickets.lifecycle import Move
from tickets.ticket import DueTimes, Priority, Status, Ticket
from triggers.policy import Severity

SLA = load_sla(Path(__file__).resolve().parents[2] / "data" / "demo" / "sla.yaml")
PHRASES = load_grammar("lives")


def ticket(theme: str | None = "delivery.late", severity: Severity = Severity.HIGH) -> Ticket:
    return Ticket(
        key="N-1", status=Status.NEW, severity=severity, priority=Priority.HIGH, team="delivery", owner="ines",
        survey="delivery_nps", theme=theme, rule="r", customer_id=None, opened_at=datetime(2026, 2, 11, 9, tzinfo=UTC),
        due=DueTimes(), version=1,
    )  # fmt: skip


def life(seed: int, of: Ticket) -> Life:
    return plan_life(of, np.random.default_rng(seed), SLA.calendar, PHRASES)


def play(of: Ticket, step: Step) -> Ticket:
    match step.move:
        case Move.ACKNOWLEDGE:
            return actions.acknowledge(of, "ines", step.at).ticket
        case Move.START:
            return actions.start(of, "ines", step.at).ticket
        case Move.CONTACT:
            return actions.contact(of, "ines", step.at, step.how, step.text).ticket
        case Move.NOTE:
            return actions.note(of, "ines", step.at, step.text).ticket
        case Move.WAIT:
            return actions.wait(of, "ines", step.at, step.text).ticket
        case Move.HOLD:
            return actions.hold(of, "ines", step.at, step.text).ticket
        case Move.RESOLVE:
            assert step.closure
            return actions.resolve(of, "ines", step.at, step.closure, SLA.root_causes).ticket
        case Move.CLOSE:
            return actions.close(of, "ines", step.at).ticket
    raise AssertionError(step.move)


def test_every_life_can_be_played_by_the_ticket_actions() -> None:
    ends = Counter[Status]()
    for seed in range(300):
        of = ticket(theme=[None, "billing", "damaged", "own.theme"][seed % 4])
        for step in life(seed, of).steps:
            of = play(of, step)
        ends[of.status] += 1
    assert ends[Status.CLOSED] > 270
    assert ends[Status.NEW] + ends[Status.OPEN] + ends[Status.WAITING] + ends[Status.ON_HOLD] > 5
    assert set(ends) <= {Status.NEW, Status.OPEN, Status.WAITING, Status.ON_HOLD, Status.CLOSED}


def test_the_same_seed_gives_the_same_life() -> None:
    assert life(7, ticket()) == life(7, ticket())
    assert life(7, ticket()) != life(8, ticket())


def test_steps_follow_each_other_in_working_hours() -> None:
    for seed in range(60):
        moments = [ticket().opened_at, *(step.at for step in life(seed, ticket()).steps)]
        assert moments == sorted(moments)
        for moment in moments[1:]:
            used = elapsed(moment - timedelta(minutes=1), moment, SLA.calendar, Clock.BUSINESS)
            assert used > timedelta(0)


def test_every_root_cause_is_one_the_workspace_knows() -> None:
    assert {cause for causes in ROOT_CAUSES.values() for cause in causes} == set(SLA.root_causes)


@pytest.mark.parametrize(
    ("theme", "cause"), [("delivery.lost", "courier"), ("damaged", "packaging"), ("website", "system")]
)
def test_the_cause_goes_with_the_theme(theme: str, cause: str) -> None:
    causes = Counter(
        step.closure.root_cause for seed in range(120) for step in life(seed, ticket(theme)).steps if step.closure
    )
    assert causes.most_common(1)[0][0] == cause
    assert 1 < len(causes)


def test_urgent_work_is_taken_up_sooner() -> None:
    def first(severity: Severity) -> float:
        starts = [life(seed, ticket(severity=severity)).steps for seed in range(80)]
        return float(np.median([(steps[0].at - ticket().opened_at).total_seconds() for steps in starts if steps]))

    assert first(Severity.CRITICAL) < first(Severity.LOW)


def test_not_everybody_is_helped() -> None:
    helped = Counter(
        step.closure.resolved for seed in range(200) for step in life(seed, ticket()).steps if step.closure
    )
    assert helped[True] > 3 * helped[False] > 0


def test_courses_all_occur() -> None:
    assert {life(seed, ticket()).course for seed in range(200)} == set(Course)
