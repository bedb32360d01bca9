"""A month's report over the synthetic year, where late deliveries swell in November and December 2025."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from feedback.errors import ConfigError
from outerloop.adapters.duckdb_warehouse import DuckDbWarehouse
from outerloop.alarm_reports import Alarm, Verbatim
from outerloop.between import Days, Worked
from outerloop.monthly import DriverLine, MonthlyReport, StepKind
from outerloop.monthly_builder import latest_month, month_of, monthly_report
from outerloop.monthly_charts import charts_of
from outerloop.monthly_names import Told
from outerloop.monthly_page import page_of
from outerloop.monthly_steps import Touches, steps_of
from outerloop.page import Page, Section
from outerloop.rates import Estimate
from tests.outerloop.builders import THEMES, ListedFacts, response
from tests.outerloop.test_reports import day, warehouse

NOVEMBER = date(2025, 11, 1)
TOUCHES = Touches(
    {
        "delivery": frozenset({"delivery"}),
        "delivery.late": frozenset({"delivery", "delivery.late"}),
        "billing": frozenset({"billing"}),
    }
)


def test_a_month_is_compared_with_the_three_whole_ones_before(november: MonthlyReport) -> None:
    assert november.days == Days(NOVEMBER, date(2025, 12, 1)) and not november.partial
    assert november.before == Days(date(2025, 8, 1), NOVEMBER)
    assert november.year.first == date(2024, 12, 1)
    late = next(line for line in november.moved if line.theme == "delivery.late")
    assert late.share.clear and late.share.moved is not None and late.share.moved.value > 0.05
    assert late.mentions / late.responses == pytest.approx(late.share.now.value)
    assert [line.share.clear for line in november.moved] == sorted(
        (x.share.clear for x in november.moved), reverse=True
    )


def test_alarms_are_of_the_weeks_that_end_in_the_month(november: MonthlyReport) -> None:
    assert november.weeks_watched == tuple(date(2025, 10, 27) + timedelta(weeks=n) for n in range(5))
    assert {one.period for one in november.alarms} <= set(november.weeks_watched)
    assert any(one.theme == "delivery.late" for one in november.alarms)


@pytest.mark.parametrize(("seasonal", "past"), [(False, "twelve before"), (True, "same time of earlier years")])
def test_alarms_say_what_each_week_is_compared_with(november: MonthlyReport, seasonal: bool, past: str) -> None:
    assert not november.seasonal  # one year of the past
    page = page_of(replace(november, seasonal=seasonal), Told())
    (notes,) = (one.notes for one in page.sections if one.title == "Alarms")
    assert past in notes[0]


def test_only_initiatives_that_had_begun_are_told_and_each_with_an_effect_or_a_reason(november: MonthlyReport) -> None:
    labels, young = november.initiatives
    assert labels.initiative.id == "labels" and labels.measured is not None
    assert young.measured is None and "whole" in young.why_not


def test_trends_end_with_the_month(november: MonthlyReport) -> None:
    months = [one.month for one in november.score_trend if one.line == "nps"]
    assert months == [date(2025, month, 1) for month in range(1, 12)]
    assert {one.line for one in november.promise_trend} == {"first_touch", "resolution"}


def test_teams_add_up_to_the_whole(november: MonthlyReport) -> None:
    assert {line.team for line in november.teams} == {"stores", "web"}
    assert sum(line.worked.opened for line in november.teams) == november.worked.opened
    assert sum(line.promises[0].tickets for line in november.teams) == november.promises[0].tickets


def test_a_partial_month_says_so_and_the_first_month_has_nothing_before(year: DuckDbWarehouse) -> None:
    assert monthly_report(year, date(2026, 1, 5), resamples=2).partial
    first = monthly_report(year, date(2025, 1, 1), resamples=2)
    assert first.before is None and first.responses_a_month_before is None
    assert all(line.share.moved is None for line in first.moved)
    told = page_of(first, Told())
    assert "no whole month before" in told.subtitle
    assert "four whole weeks before it are needed" in section(told, "Alarms").lead


def test_the_latest_whole_month_is_the_default(year: DuckDbWarehouse, tmp_path: Path) -> None:
    assert latest_month(year) == date(2025, 12, 1)
    with warehouse(tmp_path, ListedFacts(response_rows=[response(1, submitted_at=day(6, 3))])) as reader:
        assert latest_month(reader) == date(2025, 6, 1)
        with pytest.raises(ConfigError, match=r"no responses in 2025-05.*2025-06 to 2025-06"):
            monthly_report(reader, date(2025, 5, 1))
    with (
        warehouse(tmp_path, ListedFacts(theme_rows=THEMES)) as reader,
        pytest.raises(ConfigError, match="no responses yet"),
    ):
        latest_month(reader)


def test_a_month_of_few_responses_is_not_the_default(tmp_path: Path) -> None:
    rows = [response(at, submitted_at=day(3 + at // 30, 1 + at % 28)) for at in range(60)]
    straggler = response(60, submitted_at=day(6, 3))
    with warehouse(tmp_path, ListedFacts(response_rows=[*rows, straggler])) as reader:
        assert latest_month(reader) == date(2025, 4, 1)
        assert monthly_report(reader, date(2025, 6, 1), resamples=2).responses == 1


def test_a_month_is_a_month() -> None:
    assert month_of(date(2025, 12, 31)) == Days(date(2025, 12, 1), date(2026, 1, 1))
    assert month_of(date(2024, 2, 1)) == Days(date(2024, 2, 1), date(2024, 3, 1))


def alarm(theme: str, q: float, kind: str = "all", segment: str = "all") -> Alarm:
    return Alarm(
        period=date(2025, 11, 3), theme=theme, name=theme.title(), level=1, kind=kind, segment=segment, mentions=14,
        responses=40, share=0.35, baseline_mentions=24, baseline_responses=480, baseline_share=0.05, expected=2.0,
        ratio=7.0, low=3.5, high=13.0, dispersion=1.0, p=q / 10, q=q, verbatims=(Verbatim(1, "store_nps", "R_1"),),
    )  # fmt: skip


def quiet(report: MonthlyReport) -> MonthlyReport:
    """The report with nothing in it that asks for anything."""
    return replace(
        report, alarms=(), drivers=(), initiatives=(), promises=(), worked=Worked(3, 2, 0, 1, 0), steps=(), verbatims=()
    )


def test_a_quiet_month_asks_for_nothing(november: MonthlyReport) -> None:
    assert steps_of(quiet(november), TOUCHES) == ()
    assert section(page_of(quiet(november), Told()), "What to do next").lead.startswith("Nothing in this month")


def test_an_alarm_asks_to_look_into_the_most_special_theme_at_its_clearest(november: MonthlyReport) -> None:
    alarms = (
        alarm("delivery", 0.001),
        alarm("delivery.late", 0.01),
        alarm("delivery.late", 0.002, "survey", "store_nps"),
    )
    (step,) = steps_of(replace(quiet(november), alarms=alarms), TOUCHES)
    assert (step.kind, step.survey, step.who) == (StepKind.LOOK_INTO, "store_nps", "")
    assert "Delivery.Late" in step.what and "14 of 40 responses in the week from 3 November 2025" in step.why
    working = replace(quiet(november), alarms=alarms, initiatives=november.initiatives[1:])
    assert steps_of(working, TOUCHES)[0].who == "ben"


def test_what_clearly_costs_score_and_nobody_works_on_asks_for_somebody(november: MonthlyReport) -> None:
    lines = tuple(
        DriverLine(theme, theme.title(), 40, Estimate(-4.0, -6.0, high), Estimate(0.1, 0.05, 0.2))
        for theme, high in (("delivery.late", -1.0), ("staff", -1.0), ("price", 0.5))
    )
    asked = steps_of(replace(quiet(november), drivers=lines, initiatives=november.initiatives[:1]), TOUCHES)
    assert [step.what for step in asked if step.kind is StepKind.START] == ["Name somebody for Delivery.Late"]


def test_an_initiative_past_its_day_is_decided_on_and_an_unmeasured_one_measured_again(november: MonthlyReport) -> None:
    told = steps_of(replace(quiet(november), initiatives=november.initiatives), TOUCHES)
    measured = november.initiatives[0].measured
    assert measured is not None
    kinds = [step.kind for step in told]
    assert kinds == ([StepKind.DECIDE] if 1 - measured.ratio < 0.3 else []) + [StepKind.MEASURE]
    fine = replace(november.initiatives[0], measured=replace(measured, ratio=0.5))
    assert steps_of(replace(quiet(november), initiatives=(fine,)), TOUCHES) == ()
    short = replace(november.initiatives[0], measured=replace(measured, ratio=0.9))
    (step,) = steps_of(replace(quiet(november), initiatives=(short,)), TOUCHES)
    assert (step.kind, step.who) == (StepKind.DECIDE, "amira") and "−30 % was expected by 1 October 2025" in step.why


def test_broken_promises_and_unnamed_causes_are_asked_about(november: MonthlyReport) -> None:
    line = november.promises[0]
    fell = replace(line, kept=replace(line.kept, moved=Estimate(-0.2, -0.3, -0.1)))
    worked = replace(november.worked, closed=9, unnamed=4)
    told = steps_of(replace(quiet(november), promises=(fell,), worked=worked), TOUCHES)
    assert [step.kind for step in told] == [StepKind.PROMISES, StepKind.CAUSES]
    assert "−20.0 pp [−30.0, −10.0]" in told[0].why and told[1].why.startswith("4 of 9")


def section(page: Page, title: str) -> Section:
    return next(one for one in page.sections if one.title == title)


def test_the_page_has_every_figure_with_its_unit_and_names_for_ids(november: MonthlyReport) -> None:
    told = Told(people={"ben": "Ben Ode"}, surveys={"store_nps": "After purchase"})
    page = page_of(november, told)
    assert page.title == "Customer feedback, November 2025" and page.warning == ""
    assert page.sections[0].title == "What to do next"
    scores = section(page, "How customers score us").table
    assert scores is not None and [" points [" in row[1] for row in scores.rows] == [False, True]
    moved = section(page, "What moved").table
    assert moved is not None and all("%" in row[1] and "pp" in row[3] for row in moved.rows)
    alarms = section(page, "Alarms").table
    assert alarms is not None and len({(row[0], row[1]) for row in alarms.rows}) == len(alarms.rows)
    initiatives = section(page, "Initiatives").table
    assert initiatives is not None and initiatives.rows[1][0] == "Two vans more (Ben Ode)"
    assert "10 January 2026" in page.footer


def test_a_partial_month_is_warned_of(november: MonthlyReport) -> None:
    assert "not complete" in page_of(replace(november, partial=True), Told()).warning


def test_only_comments_that_are_still_there_are_quoted(november: MonthlyReport) -> None:
    named = november.verbatims
    assert named and len({one for group in named for one in group.responses}) == sum(len(g.responses) for g in named)
    first = named[0].responses[0]
    words = section(page_of(november, Told(quotes={first.response: "Late again"})), "In customers' words")
    assert [(group.about, group.comments) for group in words.quotes] == [(named[0].about, ("Late again",))]
    withheld = page_of(november, Told(withheld=True))
    assert "In customers' words" not in [one.title for one in withheld.sections]
    assert "customers' words" not in withheld.footer


def test_the_charts_are_those_the_page_names(november: MonthlyReport) -> None:
    named = {one.chart.name for one in page_of(november, Told()).sections if one.chart}
    assert named == set(charts_of(november)) == {"scores", "moved", "drivers", "promises"}
    assert charts_of(replace(quiet(november), moved=(), score_trend=(), promise_trend=())) == {}
