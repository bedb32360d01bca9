"""Initiatives of a workspace: recorded against its themes and people, measured in its warehouse."""

from collections.abc import Sequence

from feedback.errors import NotFoundError
from nanni.parts import Parts
from nanni.theme_facts import found_themes
from outerloop.adapters.duckdb_warehouse import open_reader
from outerloop.adapters.initiative_file import FILE, add_initiative, load_initiatives
from outerloop.effect_reports import Measured, measure, measure_finely
from outerloop.initiatives import Initiative, find
from outerloop.reports import Grain
from tickets.actions import Acted
from tickets.collaboration import cite
from tickets.events import TicketEvent
from tickets.ticket import Ticket


def listed(parts: Parts) -> tuple[Initiative, ...]:
    """All initiatives, in the order of the file. Raises ConfigError."""
    return load_initiatives(parts.workspace.folder / FILE)


def add(parts: Parts, initiative: Initiative) -> Initiative:
    """Record one. Raises NotFoundError for a theme or owner nobody knows, ConfigError for an id used before."""
    parts.workspace.routing.member(initiative.owner)
    with parts.ledger.read() as uow:
        found = found_themes(uow.connection).facts
    known = (*parts.workspace.taxonomy.ids, *(one.theme for one in found))
    if unknown := [theme for theme in initiative.themes if theme not in known]:
        raise NotFoundError(
            f"no theme {', '.join(unknown)}",
            where=f"initiative {initiative.id}",
            allowed=", ".join(known),
            next_step="name one of those, or add the theme to themes.yaml",
        )
    add_initiative(parts.workspace.folder / FILE, initiative)
    return initiative


def effect(parts: Parts, wanted: str, grain: Grain | None, before: int, seed: int) -> Measured:
    """What one brought so far; without a grain by week, or by month where a week has too few mentions.

    Raises NotFoundError, StoreError or TooLittleToMeasureError.
    """
    initiative = find(listed(parts), wanted)
    with open_reader(parts.workspace.settings.warehouse) as warehouse:
        if grain is None:
            return measure_finely(warehouse, initiative, seed, before)
        return measure(warehouse, initiative, seed, grain, before)


def citing(parts: Parts, ticket: Ticket, events: Sequence[TicketEvent], wanted: str, actor: str) -> Acted:
    """Let a ticket cite an initiative. Raises NotFoundError for one there is not, LifecycleError when it does."""
    return cite(ticket, actor, parts.clock(), find(listed(parts), wanted).id, events)
