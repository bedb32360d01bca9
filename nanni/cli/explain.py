"""`nanni why` and `nanni why-not`."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from nanni.cli.app import COMMON, Common, opened
from nanni.cli.output import show
from nanni.cli.verbatim import comment_text

if TYPE_CHECKING:
    from nanni.explaining import Explanation


def why(name: str, *, survey: str | None = None, common: Common = COMMON) -> None:
    """Say why a response (by its id) or a ticket (by its key) came to be what it is.

    Parameters
    ----------
    name
        A response id, or a ticket key such as N-17.
    survey
        The survey, when several have a response of that id.
    """
    from nanni.documents.tickets import why_document
    from nanni.explaining import explain

    with opened(common) as parts:
        found = explain(parts, name, survey)
    show([why_document(one) for one in found], lambda screen: _each(screen, found, _draw), common.json)


def why_not(name: str, *, survey: str | None = None, common: Common = COMMON) -> None:
    """Say, rule by rule, what kept a response from firing it and the smallest change that would have.

    Parameters
    ----------
    name
        A response id, or a ticket key such as N-17.
    survey
        The survey, when several have a response of that id.
    """
    from nanni.documents.tickets import why_document
    from nanni.explaining import explain

    with opened(common) as parts:
        found = explain(parts, name, survey)
    show([why_document(one) for one in found], lambda screen: _each(screen, found, _draw_not), common.json)


def _each(screen: Console, found: "list[Explanation]", draw: "Callable[[Console, Explanation], None]") -> None:
    for one in found:
        draw(screen, one)


def _head(screen: Console, one: "Explanation") -> None:
    response, stored = one.stored.response, one.stored
    score = "no score" if response.score is None else f"{response.score:g}"
    scale = f" on {response.scale.kind.upper()}" if response.scale else ""
    screen.print(
        Text.assemble(
            (f"{response.key.survey} / {response.key.response_id}", "bold"),
            f"  revision {stored.revision}  {score}{scale}  {response.submitted_at:%Y-%m-%d %H:%M} UTC",
        )
    )
    spans = [span for rule in one.trace.rules for span in _spans(rule.evidence)]
    for comment in response.comments:
        screen.print(Padding(comment_text(comment, spans), (0, 2)))
    where = f" ({stored.ticket})" if stored.ticket else ""
    screen.print(f"  {stored.disposition.value.upper()}{where}: {stored.disposition_reason}")


def _spans(evidence: Any) -> list[Any]:
    return [*evidence.spans, *(span for part in evidence.parts for span in _spans(part))]


def _draw(screen: Console, one: "Explanation") -> None:
    from triggers.explain import sentence, why_lines

    _head(screen, one)
    screen.print(Text(f"  {sentence(one.trace, one.stored.response)}", style="bold"))
    for line in why_lines(one.trace, one.stored.response)[1:]:
        screen.print(Text(f"    {line}"))
    _foot(screen, one)


def _draw_not(screen: Console, one: "Explanation") -> None:
    from triggers.explain import why_not as missing

    _head(screen, one)
    misses = missing(one.trace)
    for miss in misses:
        screen.print(
            Text(f"    {miss.rule} ({miss.outcome.name.lower()}) would have fired had it been that:", style="bold")
        )
        for change in miss.change or ("nothing that this response could have said would fire it",):
            screen.print(Text(f"      {change}"))
    if not misses:
        screen.print("    Every rule fired.")
    _foot(screen, one)


def _foot(screen: Console, one: "Explanation") -> None:
    origin = "recomputed from stored signals" if one.recomputed else "as stored when it was decided"
    screen.print(Text(f"  policy {one.trace.policy_hash}, model {one.trace.model_id}; trace {origin}\n", style="dim"))
