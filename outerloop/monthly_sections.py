"""The sections of a month's report in words: every figure with its unit and interval, and how to read it."""

from outerloop.alarm_reports import Alarm
from outerloop.monthly import Change, InitiativeLine, MonthlyReport, ScoreLine, Step
from outerloop.monthly_names import SCORES, Told
from outerloop.monthly_promises import causes_section, promises_section, teams_section
from outerloop.page import Chart, Quotes, Section, Table
from outerloop.rates import Estimate
from outerloop.wording import change_of, count, day, number, per_cent, percent, percent_moved, points


def sections_of(report: MonthlyReport, told: Told) -> tuple[Section, ...]:
    """All sections that have something to say, the steps first."""
    found = (
        _steps(report, told), _scores(report), _moved(report), _alarms(report, told), _drivers(report),
        _initiatives(report, told), promises_section(report), teams_section(report.teams, told),
        causes_section(report), _comments(report, told),
    )  # fmt: skip
    return tuple(section for section in found if section is not None)


def _steps(report: MonthlyReport, told: Told) -> Section:
    if not report.steps:
        return Section("What to do next", "Nothing in this month asks for a new action.")
    return Section("What to do next", items=tuple(_step(step, told) for step in report.steps))


def _step(step: Step, told: Told) -> str:
    who = f" ({told.person(step.who)})" if step.who else ""
    where = f", {told.surveys.get(step.survey, step.survey)}" if step.survey else ""
    return f"{step.what}{who}{where}: {step.why}."


def _scores(report: MonthlyReport) -> Section | None:
    rows = tuple(
        (
            SCORES.get(one.kind, one.kind),
            _score(one.kind, one.value.now),
            *_score_before(one),
            f"{one.answers:,}",
        )
        for one in report.scores
    )
    if not rows:
        return None
    return Section(
        "How customers score us",
        "NPS in points; any other scale as the percentage of answers in its top band.",
        table=Table(("Score", "This month", "Before", "Change", "Answers"), rows),
        chart=Chart("scores", "Scores by month over the last year") if report.score_trend else None,
        notes=("Bands and brackets are 95 % intervals; a hollow point is a month that is not complete.",),
    )


def _score(kind: str, value: Estimate) -> str:
    return points(value, signed=True) if kind == "nps" else per_cent(value)


def _score_before(line: ScoreLine) -> tuple[str, str]:
    before, moved = line.value.before, line.value.moved
    if before is None or moved is None:
        return "–", "–"
    told = points(moved, signed=True) if line.kind == "nps" else percent_moved(moved, 1)
    return _score(line.kind, before), told + (", clear" if moved.clear else "")


def _moved(report: MonthlyReport) -> Section:
    rows = tuple(
        (line.name, f"{percent(line.share.now)}, {line.mentions} of {line.responses}", *_compared_cells(line.share))
        for line in report.moved
    )
    looked = count(report.themes_looked_at, "theme was", "themes were")
    return Section(
        "What moved",
        "The share of responses that name a theme, clear moves first." if rows else "No theme was named often enough.",
        table=Table(("Theme", "This month", "Before", "Change"), rows) if rows else None,
        chart=Chart("moved", "Shares of responses naming each theme, this month beside before") if rows else None,
        notes=(f"{looked} looked at: about one in twenty leaves its interval by chance alone.",) if rows else (),
    )


def _compared_cells(change: Change) -> tuple[str, str]:
    if change.before is None or change.moved is None:
        return "–", "–"
    return percent(change.before), percent_moved(change.moved) + (", clear" if change.clear else "")


def _alarms(report: MonthlyReport, told: Told) -> Section:
    past = "the same time of earlier years" if report.seasonal else "the (up to) twelve before it"
    notes = (f"Each week is compared with {past}; of all these alarms one in ten may be false.",)
    if not report.weeks_watched:
        return Section("Alarms", "No week of the month could be tested: four whole weeks before it are needed.")
    weeks = count(len(report.weeks_watched), "week that ended in the month was", "weeks that ended in the month were")
    if not report.alarms:
        return Section("Alarms", f"No theme rose more than chance explains; {weeks} tested.", notes=notes)
    rows = tuple(_alarm(one, report, told) for one in _once(report.alarms))
    columns = ("Theme", "Week from", "Named by", "Times as often", "Also in")
    return Section(
        "Alarms", f"Themes that rose within a week; {weeks} tested.", table=Table(columns, rows), notes=notes
    )


def _once(alarms: tuple[Alarm, ...]) -> list[Alarm]:
    """One of each theme and week: that over all responses where there is one, else the clearest segment's."""
    ranked = sorted(alarms, key=lambda one: (one.kind != "all", one.q))
    first: dict[tuple[object, str], Alarm] = {}
    for one in ranked:
        first.setdefault((one.period, one.theme), one)
    return sorted(first.values(), key=lambda one: (one.period, one.q))


def _alarm(alarm: Alarm, report: MonthlyReport, told: Told) -> tuple[str, ...]:
    times = "new" if alarm.ratio is None else number(alarm.ratio, 1)
    high = "…" if alarm.high is None else number(alarm.high, 1)
    others = [
        _segment(other, told)
        for other in report.alarms
        if (other.period, other.theme) == (alarm.period, alarm.theme) and other is not alarm
    ]
    where = "" if alarm.kind == "all" else f" ({_segment(alarm, told)})"
    return (
        alarm.name,
        day(alarm.period),
        f"{alarm.mentions} of {alarm.responses}{where}",
        f"{times} [{number(alarm.low, 1)}, {high}]",
        ", ".join(others) or "–",
    )


def _segment(alarm: Alarm, told: Told) -> str:
    return told.surveys.get(alarm.segment, alarm.segment) if alarm.kind == "survey" else f"{alarm.kind} {alarm.segment}"


def _drivers(report: MonthlyReport) -> Section | None:
    rows = tuple(
        (line.name, points(line.impact, signed=True), percent(line.weight), f"{line.answers:,}")
        for line in report.drivers[:8]
    )
    if not rows:
        return None
    return Section(
        "What costs score",
        "NPS of all answers minus NPS of those that do not name the theme, "
        f"{day(report.year.first)} to the month's end.",
        table=Table(("Theme", "Moves the NPS by", "Its own part", "Answers"), rows),
        chart=Chart("drivers", "What each theme moves the NPS by, with intervals"),
        notes=(
            "Its own part: of the variance in scores, what the theme explains once overlaps are shared out (Johnson). "
            "Neither figure shows a cause, and themes named together do not add up.",
        ),
    )


def _initiatives(report: MonthlyReport, told: Told) -> Section:
    if not report.initiatives:
        return Section("Initiatives", "None had begun. One is recorded with nanni outer-loop initiatives add.")
    rows = tuple(_initiative(line, told) for line in report.initiatives)
    return Section(
        "Initiatives",
        "What each brought up to the month's end, against themes it does not touch.",
        table=Table(("Initiative", "Since", "Mentions", "Expected", "Worth"), rows),
        notes=("One begun because its theme had just flared up looks better than it is.",),
    )


def _initiative(line: InitiativeLine, told: Told) -> tuple[str, ...]:
    one, found = line.initiative, line.measured
    expected = f"{number(-100 * one.expected)} % by {day(one.expected_by)}"
    name = f"{one.title} ({told.person(one.owner)})"
    if found is None:
        return name, day(one.started), f"not measured: {line.why_not}", expected, "–"
    verdict = "a clear drop" if found.clear else "no clear drop"
    mentions = f"{change_of(found.ratio, found.low, found.high)}, {verdict}"
    return name, day(one.started), mentions, expected, found.sentence.removeprefix("Fix worth ").replace("-", "\u2212")


def _comments(report: MonthlyReport, told: Told) -> Section | None:
    if told.withheld or not report.verbatims:
        return None
    groups = [
        Quotes(named.about, tuple(told.quotes[one.response] for one in named.responses if one.response in told.quotes))
        for named in report.verbatims
    ]
    return Section(
        "In customers' words",
        quotes=tuple(group for group in groups if group.comments),
        notes=(
            "The most negative comments on what rose and what costs most, and what was liked; mail addresses, numbers "
            "and the writer's name are masked. Comments of people who asked to be forgotten are not here: make the "
            "report anew after such a request, and delete this one.",
        ),
    )
