from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from feedback.errors import ConfigError
from tests.tickets.builders import ROUTING
from tickets.adapters.sla_file import load_ladder, load_sla
from tickets.calendar import Clock
from tickets.ladder import Ladder
from tickets.sla import Metric, PauseRule, SlaPolicy, Target, due_times
from tickets.ticket import Priority, Status
from triggers.policy import Severity

GOOD = """\
calendar:
  timezone: Europe/London
  hours: {mon: ["09:00-12:30", "13:00-17:30"], tue: ["09:00-17:00"], fri: ["22:00-06:00"]}
  holidays: [2026-12-25, "2026-12-26", GB-SCT]
priorities: {critical: urgent, high: urgent}
targets:
  - {priority: urgent, first_touch: 2h, resolution: 1d, clock: business}
  - {priority: normal, first_touch: 1h30m, resolution: 5d, clock: elapsed}
escalate_overdue_to: head-of-care
root_causes: [product, process]
"""


def load(folder: Path, text: str) -> SlaPolicy:
    path = folder / "sla.yaml"
    path.write_text(text)
    return load_sla(path)


def test_hours_targets_and_priorities_are_read(tmp_path: Path) -> None:
    policy = load(tmp_path, GOOD)
    assert policy.calendar.hours[0] == ((540, 750), (780, 1050))
    assert policy.calendar.hours[4] == ((22 * 60, 30 * 60),)
    assert policy.priorities[Severity.HIGH] is Priority.URGENT
    assert policy.priorities[Severity.LOW] is Priority.LOW
    assert policy.targets[Priority.NORMAL] == Target(timedelta(minutes=90), timedelta(days=5), Clock.ELAPSED)
    assert policy.root_causes == ("product", "process")


def test_a_day_of_business_time_is_a_working_day_unless_stated(tmp_path: Path) -> None:
    assert load(tmp_path, GOOD).targets[Priority.URGENT].resolution == timedelta(hours=8)
    stated = GOOD.replace("  timezone", "  day: 7h30m\n  timezone")
    assert load(tmp_path, stated).targets[Priority.URGENT].resolution == timedelta(hours=7, minutes=30)


def test_holidays_are_dates_and_countries(tmp_path: Path) -> None:
    holidays = load(tmp_path, GOOD).calendar.holidays
    assert {date(2026, 12, 25), date(2026, 12, 26), date(2031, 1, 2), date(2027, 11, 30)} <= holidays


def test_a_target_across_a_holiday(tmp_path: Path) -> None:
    policy = load(tmp_path, GOOD)
    before = datetime(2026, 1, 1, 12, tzinfo=UTC)  # 2 January is a holiday in Scotland, so Friday's night shift is off
    assert due_times(Priority.URGENT, before, policy).first_touch == datetime(2026, 1, 5, 11, tzinfo=UTC)


def test_overdue_work_must_go_to_somebody_known(tmp_path: Path) -> None:
    path = tmp_path / "sla.yaml"
    path.write_text(GOOD)
    with pytest.raises(ConfigError, match=r"'head-of-care' is in no team.*Allowed: amira, bo, hana"):
        load_sla(path, ROUTING)
    path.write_text(GOOD.replace("head-of-care", "hana"))
    (step,) = load_ladder(path, load_sla(path, ROUTING), ROUTING).steps
    assert (step.at, step.to) == (1.0, ("owner", "hana"))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("Europe/London", "Europe/Londn", "sla.yaml:2: .*not an IANA time zone"),
        ('"09:00-17:00"', '"9-17"', "sla.yaml:3: .*not an interval"),
        ("first_touch: 2h", "first_touch: soon", "sla.yaml:7: .*not a duration"),
        ("first_touch: 2h", 'first_touch: ""', "not a duration"),
        ("GB-SCT", "XX", "holidays 'XX'"),
        ("GB-SCT", '"2026-13-01"', "'2026-13-01' is not a date"),
        ("priority: normal", "priority: urgent", "priority urgent has two targets"),
        ("root_causes: [product, process]", "root_causes: []", "root_causes"),
        ('{mon: ["09:00-12:30", "13:00-17:30"], tue: ["09:00-17:00"], fri: ["22:00-06:00"]}', "{}", "no weekday has"),
        ("critical: urgent", "critical: panic", "panic"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in GOOD
    with pytest.raises(ConfigError, match=message):
        load(tmp_path, GOOD.replace(old, new))


def test_tiers_surveys_calendars_and_pauses_are_read(tmp_path: Path) -> None:
    text = GOOD.replace(
        "escalate_overdue_to",
        """  - {priority: normal, tier: gold, first_touch: 1d, next_touch: 2h, close_the_loop: 3d, calendar: support}
  - {priority: normal, survey: [web_csat], resolution: 2d, clock: elapsed}
calendars:
  support: {timezone: Europe/Berlin, hours: {sat: ["08:00-20:00"]}}
pauses:
  - {status: waiting_on_customer, cap: 2d}
  - {status: on_hold, metrics: [resolution]}
tier_attribute: loyalty
escalate_overdue_to""",
    )
    policy = load(tmp_path, text)
    gold = policy.target(Priority.NORMAL, "web_csat", "GOLD")
    assert gold is not None and gold.calendar is not None
    assert (gold.calendar.timezone, gold.first_touch) == ("Europe/Berlin", timedelta(hours=12))
    assert (gold.next_touch, gold.close_the_loop) == (timedelta(hours=2), timedelta(hours=36))
    web = policy.target(Priority.NORMAL, "web_csat", None)
    assert web is not None and web.resolution == timedelta(days=2)
    assert policy.target(Priority.NORMAL, "store_nps", None) == policy.targets[Priority.NORMAL]
    waiting, held = policy.pauses
    assert waiting == PauseRule(
        Status.WAITING, (Metric.RESOLUTION, Metric.CLOSE_THE_LOOP), 2 * policy.calendar.working_day()
    )
    assert held == PauseRule(Status.ON_HOLD, (Metric.RESOLUTION,), None)
    assert policy.tier_attribute == "loyalty"


@pytest.mark.parametrize(
    ("added", "message"),
    [
        ("pauses: [{status: new}]", "nothing pauses while a ticket is new"),
        ("pauses: [{status: resolved}]", "nothing pauses while a ticket is resolved"),
        ("pauses: [{status: on_hold}, {status: on_hold}]", "on_hold is named twice"),
        ("calendars: {night: {timezone: UTC, hours: {}}}", "calendars.night.hours"),
    ],
)
def test_mistakes_in_the_newer_parts_are_named(tmp_path: Path, added: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load(tmp_path, f"{GOOD}{added}\n")


def test_a_target_with_an_unknown_calendar_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no calendar is called 'night'"):
        load(tmp_path, GOOD.replace("clock: elapsed}", "clock: elapsed, calendar: night}"))


def test_holidays_come_from_an_icalendar_file_beside_it(tmp_path: Path) -> None:
    (tmp_path / "closed.ics").write_text(
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20260804\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    policy = load(tmp_path, GOOD.replace("GB-SCT", "closed.ics"))
    assert date(2026, 8, 4) in policy.calendar.holidays


LADDER = GOOD.replace(
    "escalate_overdue_to: head-of-care\n",
    """\
escalation:
  repeat: 4h
  most: 5
  steps:
    - {at: 75%, to: owner}
    - {at: 100%, to: [owner, lead], metrics: resolution}
    - {after: 1d, to: hana}
  signals: [{when: repeated, at_least: 2, to: lead}]
""",
)


def ladder(folder: Path, text: str) -> Ladder:
    path = folder / "sla.yaml"
    path.write_text(text)
    return load_ladder(path, load_sla(path), ROUTING)


def test_the_ladder_is_read(tmp_path: Path) -> None:
    read = ladder(tmp_path, LADDER)
    assert [(step.at, step.after, step.to) for step in read.steps] == [
        (0.75, timedelta(), ("owner",)),
        (1.0, timedelta(), ("owner", "lead")),
        (1.0, timedelta(hours=8), ("hana",)),
    ]
    assert read.steps[1].metrics == (Metric.RESOLUTION,)
    assert (read.repeat, read.most, read.signals[0].at_least, read.stops) == (timedelta(hours=4), 5, 2, False)
    assert ladder(tmp_path, LADDER.replace("  repeat: ", "  on_acknowledgement: stop\n  repeat: ")).stops


@pytest.mark.parametrize(
    ("line", "wrong", "said"),
    [
        ("at: 75%", "at: soon", "not a share of the target"),
        ("{at: 75%, to: owner}", "{to: owner}", "either `at` or `after`"),
        ("to: hana", "to: nobody", "'nobody' is no role and in no team"),
        ("when: repeated", "when: expertise", "asked for by hand"),
        ("root_causes:", "escalate_overdue_to: hana\nroot_causes:", "says the same shortly"),
    ],
)
def test_a_ladder_that_leads_nowhere_is_named(tmp_path: Path, line: str, wrong: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        ladder(tmp_path, LADDER.replace(line, wrong))
