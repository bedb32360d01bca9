"""Lines of routing.yaml and sla.yaml that load and can take no ticket: they name a survey or theme that is not there.

Tickets of a survey that was given up may still be on their way, so this is told and does not stop anything.
"""

from collections.abc import Iterator, Sequence

from feedback.adapters.yaml_places import Places
from nanni.workspace import ROUTING_FILE, SLA_FILE, Workspace
from tickets.routes import Route, below


def dead_ends(workspace: Workspace) -> list[str]:
    """A sentence each, with file and line."""
    return [*_routes(workspace), *_targets(workspace)]


def _routes(workspace: Workspace) -> Iterator[str]:
    places, themes = Places(workspace.folder / ROUTING_FILE), _themes(workspace)
    for at, route in enumerate(workspace.routing.routes):
        for key, what in _missing(route, tuple(workspace.surveys), themes):
            yield f"{places.of(('routes', at, 'when', key))}: {what}; no ticket goes this way"


def _missing(route: Route, surveys: Sequence[str], themes: Sequence[str]) -> Iterator[tuple[str, str]]:
    for name in route.surveys:
        if name not in surveys:
            yield "survey", _unknown("survey", name, surveys)
    for name in route.themes:
        if not any(below(theme, (name,), ".") for theme in themes):
            yield "theme", _unknown("theme", name, themes)


def _targets(workspace: Workspace) -> Iterator[str]:
    places = Places(workspace.folder / SLA_FILE)
    for special in workspace.sla.special:
        for name in special.surveys:
            if name not in workspace.surveys:
                what = _unknown("survey", name, tuple(workspace.surveys))
                yield f"{places.of(('targets',))}: {what}; no ticket has this target"


def _themes(workspace: Workspace) -> tuple[str, ...]:
    """What a ticket's theme can be: those of the taxonomy, and those that a rule gives."""
    given = (rule.ticket.theme for rule in workspace.policy.policy.rules)
    return tuple(dict.fromkeys([*workspace.taxonomy.ids, *filter(None, given)]))


def _unknown(kind: str, name: str, known: Sequence[str]) -> str:
    return f"no {kind} is called {name!r} (there {'is' if len(known) == 1 else 'are'} {', '.join(known) or 'none'})"
