"""What a month asks for: each step follows from one figure of the report by a stated rule, in the order of urgency."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from outerloop.alarm_reports import Alarm
from outerloop.initiatives import Initiative
from outerloop.monthly import MonthlyReport, Step, StepKind
from outerloop.wording import change_of, day, number, percent_moved, points

ALARMS, STARTS = 3, 2
"""At most so many steps of these two kinds."""
PROMISES = {"first_touch": "first contact", "resolution": "resolution"}


@dataclass(frozen=True, slots=True)
class Touches:
    """How themes lie to each other: by theme, itself and those above it."""

    above: Mapping[str, frozenset[str]]

    def covers(self, initiative: Initiative, theme: str) -> bool:
        """Whether an initiative works on the theme, on one above it or on one below it."""
        ours = self.above.get(theme, frozenset({theme}))
        return any(one in ours or theme in self.above.get(one, frozenset({one})) for one in initiative.themes)

    def most_special(self, themes: Iterable[str]) -> set[str]:
        """The themes that have none of the others below them."""
        given = set(themes)
        return given - {one for theme in given for one in self.above.get(theme, frozenset()) - {theme}}


def steps_of(told: MonthlyReport, touches: Touches) -> tuple[Step, ...]:
    """The steps, alarms first; none where the month asks for none."""
    return (
        *_look_into(told, touches),
        *_decide(told),
        *_start(told, touches),
        *_keep(told),
        *_name_causes(told),
    )


def strongest(alarms: Sequence[Alarm], touches: Touches) -> list[Alarm]:
    """Each alarmed theme at its clearest, clearest first; of a theme and one below it only the latter."""
    special = touches.most_special(one.theme for one in alarms)
    ranked = sorted((one for one in alarms if one.theme in special), key=lambda one: one.q)
    return list({one.theme: one for one in reversed(ranked)}.values())[::-1]


def _look_into(told: MonthlyReport, touches: Touches) -> Iterator[Step]:
    for alarm in strongest(told.alarms, touches)[:ALARMS]:
        where = "" if alarm.kind in ("all", "survey") else f", {alarm.kind} {alarm.segment}"
        times = "named by nobody before" if alarm.ratio is None else f"{alarm.ratio:.1f} times as often as expected"
        yield Step(
            StepKind.LOOK_INTO,
            f"Find out why {alarm.name} rose",
            f"{alarm.mentions} of {alarm.responses} responses in the week from {day(alarm.period)}{where}: {times}",
            _owner(told, touches, alarm.theme),
            alarm.segment if alarm.kind == "survey" else "",
        )


def _owner(told: MonthlyReport, touches: Touches, theme: str) -> str:
    """Who works on the theme already."""
    ours = (line.initiative for line in told.initiatives)
    return next((one.owner for one in ours if touches.covers(one, theme)), "")


def _decide(told: MonthlyReport) -> Iterator[Step]:
    for line in told.initiatives:
        one, found = line.initiative, line.measured
        if found is None:
            yield Step(StepKind.MEASURE, f"Measure {one.title} again", line.why_not, one.owner)
        elif one.expected_by < told.days.ends and 1 - found.ratio < one.expected:
            yield Step(
                StepKind.DECIDE,
                f"{one.title}: go on, change or stop",
                f"{change_of(found.ratio, found.low, found.high)} mentions, where {number(-100 * one.expected)} % "
                f"was expected by {day(one.expected_by)}",
                one.owner,
            )


def _start(told: MonthlyReport, touches: Touches) -> Iterator[Step]:
    """The costliest themes whose whole interval costs score and that no initiative works on."""
    untouched = [
        line
        for line in told.drivers
        if line.impact.high < 0 and not any(touches.covers(one.initiative, line.theme) for one in told.initiatives)
    ]
    for line in untouched[:STARTS]:
        yield Step(
            StepKind.START,
            f"Name somebody for {line.name}",
            f"it moves the NPS by {points(line.impact)} over twelve months and no initiative works on it",
        )


def _keep(told: MonthlyReport) -> Iterator[Step]:
    for line in told.promises:
        moved = line.kept.moved
        if moved is not None and moved.high < 0:
            yield Step(
                StepKind.PROMISES,
                f"Find out why fewer promises of {PROMISES.get(line.promise, line.promise)} were kept",
                f"{line.met} of {line.met + line.missed} kept, {percent_moved(moved)} against the months before",
            )


def _name_causes(told: MonthlyReport) -> Iterator[Step]:
    if told.worked.unnamed:
        yield Step(
            StepKind.CAUSES,
            "Name the root cause when closing",
            f"{told.worked.unnamed} of {told.worked.closed} tickets were closed without one",
        )
