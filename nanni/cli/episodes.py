"""`nanni tickets merge`, `unmerge` and `split`: one trouble in one ticket, two troubles in two."""

from collections.abc import Callable
from typing import Annotated

from cyclopts import Parameter

from nanni.cli.app import COMMON, Common, opened
from nanni.cli.output import show
from nanni.cli.tickets import By


def merge(key: str, *, into: str, reason: str, by: By = "cli", common: Common = COMMON) -> None:
    """Let another ticket take this one over: its responses, and what was promised if that is sooner.

    Parameters
    ----------
    key
        The ticket that is taken over.
    into
        The ticket that goes on, of the same customer.
    reason
        Why they are one.
    """
    from nanni.regrouping import merge_tickets

    with opened(common) as parts:
        root = merge_tickets(parts, key, into, by, reason)
    told = f"{key} is merged into {root.key}, which has {root.responses} responses, {root.priority} priority."
    show(root, lambda screen: screen.print(told), common.json)


def unmerge(key: str, *, reason: str, by: By = "cli", common: Common = COMMON) -> None:
    """Undo a merge: both tickets are again what they were.

    Parameters
    ----------
    key
        The ticket that was taken over.
    reason
        Why they are two.
    """
    from nanni.regrouping import unmerge_ticket

    with opened(common) as parts:
        alone = unmerge_ticket(parts, key, by, reason)
    told = f"{alone.key} stands alone again: {alone.status}, owned by {alone.owner} of {alone.team}."
    show(alone, lambda screen: screen.print(told), common.json)


def split(
    key: str,
    *,
    response: Annotated[list[str], Parameter(negative=())],
    theme: str,
    reason: str,
    by: By = "cli",
    common: Common = COMMON,
) -> None:
    """Take responses out of a ticket into one of their own; `merge` undoes it.

    Parameters
    ----------
    response
        The response's id; give it once for each.
    theme
        What the new ticket is about, a theme of themes.yaml.
    reason
        Why they are two.
    """
    from feedback.errors import ConfigError
    from nanni.regrouping import split_ticket

    with opened(common) as parts:
        if theme not in parts.workspace.taxonomy.ids:
            known = ", ".join(parts.workspace.taxonomy.ids)
            raise ConfigError(f"no theme {theme!r}", where="themes.yaml", allowed=known, next_step="name one of them")
        made = split_ticket(parts, key, response, theme, by, reason)
    told = f"{made.key} holds {made.responses} of the responses of {key}, about {theme}, owned by {made.owner}."
    show(made, lambda screen: screen.print(told), common.json)


COMMANDS: tuple[tuple[str, Callable[..., None]], ...] = (("merge", merge), ("unmerge", unmerge), ("split", split))
"""Verbs of `nanni tickets` that live here."""
