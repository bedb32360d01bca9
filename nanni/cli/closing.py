"""`nanni tickets close-the-loop`, `survey`, `answer`, `causes`, `checklist`, `consent`: how tickets really end."""

from collections.abc import Callable
from typing import Any

from rich.console import Console

from nanni.cli.app import COMMON, Common, opened
from nanni.cli.output import show, table
from nanni.cli.tickets import By
from tickets.consent import Consent


def close_the_loop(*, common: Common = COMMON) -> None:
    """Queue the follow-up surveys whose hour has come, and close resolved tickets that nobody answered."""
    from nanni.closing import close_the_loop as sweep

    with opened(common) as parts:
        done = sweep(parts)

    def draw(screen: Console) -> None:
        screen.print(f"{len(done.surveys)} surveys queued, {len(done.closed)} tickets closed.")
        if done.kept_open:
            screen.print(f"Kept open by their checklist: {', '.join(done.kept_open)}.")

    show(done, draw, common.json)


def survey(key: str, *, common: Common = COMMON) -> None:
    """Print the address of the survey about a ticket's last resolution, for a customer who asks for it.

    Parameters
    ----------
    key
        For example N-17.
    """
    from nanni.closing import address_of_survey

    with opened(common) as parts:
        address = address_of_survey(parts, key)
    show({"ticket": key, "address": address}, lambda screen: screen.print(address, soft_wrap=True), common.json)


def answer(token: str, rating: int, *, comment: str = "", common: Common = COMMON) -> None:
    """Record a customer's answer to the follow-up survey, as its page does.

    Parameters
    ----------
    token
        The last part of the survey's address.
    rating
        1 (not at all right) to 5.
    comment
        What they wrote.
    """
    from nanni.closing import record_answer

    with opened(common) as parts:
        done = record_answer(parts, token, rating, comment)
    owed = f", owed now: {done.owed}" if done.owed else ""
    show(done, lambda screen: screen.print(f"{done.ticket}: {done.became.replace('_', ' ')}{owed}."), common.json)


def causes(*, common: Common = COMMON) -> None:
    """The root causes that `resolve` chooses from."""
    with opened(common) as parts:
        known = parts.workspace.sla.root_causes

    def draw(screen: Console) -> None:
        for cause in known:
            screen.print(f"  {cause}")

    show(known, draw, common.json)


def checklist(*, common: Common = COMMON) -> None:
    """What must be ticked before a ticket closes."""
    with opened(common) as parts:
        items = parts.workspace.closing.checklist

    def draw(screen: Console) -> None:
        rows: list[list[Any]] = [[item.id, item.says] for item in items]
        screen.print(table("Closing checklist", ["item", "says"], rows) if rows else "No item in closing.yaml.")

    show(items, draw, common.json)


def consent(key: str, said: Consent, *, note: str = "", by: By = "cli", common: Common = COMMON) -> None:
    """Record whether a ticket's customer wants to be contacted; without it no message and no survey goes out to them.

    Parameters
    ----------
    said
        For all tickets of this customer.
    note
        How they said it.
    """
    from nanni.consents import consenting
    from nanni.work import act

    with opened(common) as parts:
        after = act(parts, key, consenting(parts, key, by, said, note))
    told = f"{after.key}: for all tickets of this customer being contacted is {said}."
    show(after, lambda screen: screen.print(told, markup=False), common.json)


COMMANDS: tuple[tuple[str, Callable[..., None]], ...] = (
    ("close-the-loop", close_the_loop),
    ("survey", survey),
    ("answer", answer),
    ("causes", causes),
    ("checklist", checklist),
    ("consent", consent),
)
"""Verbs of `nanni tickets` that live here."""
