"""How a backtest is printed: what changes by rule and severity, what it costs people, which tickets would miss."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from nanni.cli.output import table
from nanni.cli.verbatim import printable
from triggers.backtest import Change

if TYPE_CHECKING:
    from nanni.backtest_load import Load
    from nanni.backtesting import BacktestResult
    from triggers.backtest import Example

_WORDS = {
    Change.GAINED: "would fire, did not",
    Change.LOST: "fired, would not",
    Change.CHANGED: "would fire by other rules or severity",
    Change.HELD: "would be unknown",
    Change.RELEASED: "would no longer be unknown",
}


def draw(screen: Console, result: "BacktestResult") -> None:
    """The result as tables for people."""
    for line in _head(result):
        screen.print(line)
    if not result.report.responses:
        return
    _draw_rules(screen, result)
    _draw_load(screen, result)
    for cost in _costs(result):
        screen.print(cost, soft_wrap=True)
    _draw_mattered(screen, result)
    for one in result.report.examples:
        _draw_example(screen, one)
    if not result.report.differences:
        screen.print("The policy decides every one of these responses as they were decided.")


def _head(result: "BacktestResult") -> Iterator[Text]:
    report = result.report
    which = "the live policy" if result.policy == result.live_policy else f"candidate {result.policy}"
    span = f", {result.first:%Y-%m-%d} to {result.last:%Y-%m-%d}" if result.first and result.last else ""
    yield Text(f"{report.responses:,} responses{span} under {which}", style="bold")
    told = [f"{count:,} {_WORDS[kind]}" for kind, count in report.changes.items() if count]
    yield Text(f"{report.differences:,} decided otherwise" + (f": {'; '.join(told)}" if told else ""))
    if result.other_policy:
        yield Text(f"{result.other_policy:,} were decided under another policy than the live one")
    if result.faults:
        yield Text(
            f"{result.faults:,} were decided under this very policy and come out otherwise: the store or the program "
            "has changed them, run `nanni audit`",
            style="bold red",
        )
    if result.erased:
        yield Text(f"{result.erased:,} left out: their words were erased")


def _draw_rules(screen: Console, result: "BacktestResult") -> None:
    report = result.report
    rows: list[list[object]] = [
        [rule, count.live, count.candidate, _signed(count.gained), _signed(-count.lost)]
        for rule, count in report.rules.items()
    ]
    numbers = ["live", "candidate", "gained", "lost"]
    screen.print(table("Responses by rule that fired", ["rule", *numbers], rows, right=numbers))
    severities = [[kind.value, then, now, _signed(now - then)] for kind, (then, now) in report.severities.items()]
    numbers = ["live", "candidate", "change"]
    screen.print(table("By severity", ["severity", *numbers], severities, right=numbers))


def _draw_load(screen: Console, result: "BacktestResult") -> None:
    live, new = result.live, result.candidate
    budgeted = live.reviewed or new.reviewed
    rows = [
        [
            now.team,
            now.owner,
            now.capacity,
            *(f"{a:,} / {b:,}" for a, b in ((then.tickets, now.tickets), (then.peak, now.peak))),
            f"{then.tickets / live.days:.1f} / {now.tickets / new.days:.1f}",
            f"{then.full_days} / {now.full_days}",
            *([f"{then.reviews:,} / {now.reviews:,}"] if budgeted else []),
        ]
        for then, now in zip(live.owners, new.owners, strict=True)
    ]
    numbers = ["capacity", "tickets", "peak", "a day", "full days", *(["over budget"] if budgeted else [])]
    days = result.handling.total_seconds() / 86_400
    title = f"Load, live / candidate, over {new.days} days (a ticket is taken to be live for {days:.1f} days)"
    screen.print(table(title, ["team", "owner", *numbers], rows, right=numbers))
    screen.print("; ".join(_became(live, new)), soft_wrap=True)
    for which, load in (("live", live), ("candidate", new)):
        for storm in load.storms:
            until = f"{storm.ended:%Y-%m-%d %H:%M}" if storm.ended else "the end"
            screen.print(
                f"Storm under the {which} policy: {' '.join(storm.group)}, {storm.began:%Y-%m-%d %H:%M} to {until}: "
                f"{storm.tickets:,} tickets, {storm.kept_back:,} of them told of in digests",
                soft_wrap=True,
                markup=False,
            )


def _became(live: "Load", new: "Load") -> Iterator[str]:
    """What became of the responses that fire; what neither policy meets is left out."""
    yield f"Fired {live.fired:,} / {new.fired:,}; opened {live.opened:,} / {new.opened:,}"
    counts = {
        "joined an earlier ticket": (live.attached, new.attached),
        "of them brought one back": (live.reopened, new.reopened),
        "held back by a cool-down": (live.suppressed, new.suppressed),
        "over a budget, to review": (live.reviewed, new.reviewed),
        **{
            f"no ticket by policy ({reason})": (live.refused.get(reason, 0), new.refused.get(reason, 0))
            for reason in sorted({*live.refused, *new.refused})
        },
        "waited for room in their team": (live.overflow, new.overflow),
        "problems of storms": (live.problems, new.problems),
    }
    for told, (then, now) in counts.items():
        if then or now:
            yield f"{told} {then:,} / {now:,}"
    yield f"share of days at capacity {live.pressure:.1%} / {new.pressure:.1%}"


def _costs(result: "BacktestResult") -> Iterator[str]:
    judged = sum(one.tickets for one in result.kept.values())
    if judged:
        then, now = result.late
        yield (
            f"Expected to be late, at the rate of the {judged:,} tickets whose promise can be judged by now: "
            f"{then:.1f} / {now:.1f}"
        )
    if result.recall is not None:
        one = result.recall
        share = one.called / one.comments if one.comments else 0.0
        yield (
            f"The recall contract (miss at most {one.miss_at_most:.0%} of negative comments: limit {one.threshold:.3f})"
            f" calls {one.called:,} of {one.comments:,} comments negative, {share:.1%}"
        )


def _draw_mattered(screen: Console, result: "BacktestResult") -> None:
    rows = [
        [name, one.tickets, len(one.lost), ", ".join(one.lost[:8]) + (" …" if len(one.lost) > 8 else "")]
        for name, one in result.mattered.items()
    ]
    title = f"Tickets that mattered ({result.tickets_lost:,} tickets would not have been opened)"
    screen.print(table(title, ["kind", "tickets", "missing", "named"], rows, right=["tickets", "missing"]))


def _draw_example(screen: Console, one: "Example") -> None:
    score = "" if one.score is None else f" ({one.score:g})"
    head = f"{one.change.value}  {one.rule}  {one.survey} / {one.response_id}{score}"
    screen.print(Text(head, style="bold"), soft_wrap=True)
    if one.change is Change.CHANGED:
        screen.print(Text(f"    {_told(one.before)} -> {_told(one.after)}", style="dim"))
    screen.print(Text(f"    {printable(one.told)}"))


def _told(said: Any) -> str:
    return f"{', '.join(said.fired)} ({said.severity})"


def _signed(number: int) -> str:
    return f"{number:+,}" if number else "0"
