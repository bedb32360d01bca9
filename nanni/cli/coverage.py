"""How a policy's coverage is printed: a table a survey, the gaps, the overlaps."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from nanni.cli.output import table
from triggers.outcome import Outcome

if TYPE_CHECKING:
    from triggers.coverage import Coverage
    from triggers.policy import Policy
    from triggers.verdicts import Verdict


def draw(screen: Console, policy: "Policy", found: "Sequence[Coverage]", warned: Sequence[str] = ()) -> None:
    """Every survey for people."""
    for line in warned:
        screen.print(Text(f"warning: {line}", style="yellow"), soft_wrap=True)
    said = "it loads, and may run in spite of the warnings" if warned else "nothing wrong found"
    screen.print(f"Policy {policy.hash}: {len(policy.rules)} rules, hit policy {policy.hit}; {said}.")
    for one in found:
        columns = [str(said) for said in dict.fromkeys(cell.said for cell in one.cells)]
        rows = [[_range(scores), *map(_told, verdicts)] for scores, verdicts in one.rows()]
        screen.print(table(f"{one.survey}: which rule decides, by score and comment", ["score", *columns], rows))
        for line in _notes(one):
            screen.print(Text(f"  {line}"), soft_wrap=True)


def _notes(one: "Coverage") -> Iterator[str]:
    for gap in one.gaps:
        what = "nobody decides" if gap.unknown else "no rule fires"
        yield f"gap: detractors {_range(gap.scores)}, comment {gap.said}: {what}"
    for (first, second), cells in one.overlaps.items():
        yield f"overlap: {first} and {second} both fire in {cells} of {len(one.cells)} cells"
    if one.unreached:
        yield f"only through words, themes or attributes: {', '.join(one.unreached)}"


def _range(scores: Sequence[float | None]) -> str:
    known = [score for score in scores if score is not None]
    if not known:
        return "none"
    told = f"{known[0]:g}" if len(known) == 1 else f"{known[0]:g} to {known[-1]:g}"
    return f"{told}, none" if None in scores else told


def _told(verdict: "Verdict") -> Text:
    if verdict.outcome is Outcome.FIRED:
        more = f" +{len(verdict.fired) - 1}" if len(verdict.fired) > 1 else ""
        return Text(f"{verdict.rule}{more}")
    return Text("unknown" if verdict.outcome is Outcome.UNKNOWN else "-", style="dim")
